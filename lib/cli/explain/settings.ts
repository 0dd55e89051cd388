/** The options with which `explain` judges a token, read from the command line. */
import type { ConfigurationError, ResourceServerOptions } from '../../index.js'

export interface Settings {
  /** The preset refuses its words, so that there is no server. */
  readonly refused: ConfigurationError | undefined
  readonly options: ResourceServerOptions
  readonly scopes: readonly string[]
  readonly roles: readonly string[]
}
