/** What guards need to know of the server that made a principal, besides the token. */
import type { Clocks } from '../base/clock.js'
import type { ScopeHierarchy } from './scopes.js'

export interface ServerRules {
  readonly scopeHierarchy: ScopeHierarchy
  /** Authentication context classes, weakest first. */
  readonly acrLevels: readonly string[]
  readonly clocks: Clocks
}
