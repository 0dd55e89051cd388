/** The state of an introspection endpoint for operators, read without I/O. */
import type { NetworkReason, UpstreamProblem } from '../errors/upstream-error.js'

export interface IntrospectionHealth {
  readonly issuer: string
  /** `down`: three or more calls failed in a row, and only one at a time is made to find out. */
  readonly status: 'up' | 'down'
  readonly consecutiveFailures: number
  /** Why the last call failed; absent after a success. */
  readonly lastFailure?: UpstreamProblem
  /** For the failures `network` and `timeout`: why the network failed. */
  readonly lastFailureReason?: NetworkReason
  readonly callsInFlight: number
  /** Active tokens that are remembered. */
  readonly cachedTokens: number
}
