/** The state of an introspection endpoint for operators, read without I/O. */
import type { NetworkReason, UpstreamProblem } from '../errors/upstream-error.js'

export interface IntrospectionHealth {
  readonly issuer: string
  /**
   * `down`: three or more calls failed in a row, and only one at a time is made to find out. Or there
   * is no endpoint to ask, because the issuer's metadata could not be used.
   */
  readonly status: 'up' | 'down'
  /** Of calls; while there is no endpoint to ask, of attempts to find it. */
  readonly consecutiveFailures: number
  /** Why the last of these failed; absent after a success. */
  readonly lastFailure?: UpstreamProblem
  /** For the failures `network` and `timeout`: why the network failed. */
  readonly lastFailureReason?: NetworkReason
  readonly callsInFlight: number
  /** Active tokens that are remembered. */
  readonly cachedTokens: number
}
