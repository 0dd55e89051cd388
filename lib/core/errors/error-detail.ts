/** What an error is made from besides its code. */
import type { Hint } from './hints.js'

/**
 * The `error` of a refusal as the client sees it: RFC 6750 §3.1, RFC 9470 §3, RFC 9449 §7.1 and §9.
 * The last three are this package's own and appear in bodies only.
 */
export type OAuthError =
  | 'invalid_request'
  | 'invalid_token'
  | 'insufficient_scope'
  | 'insufficient_user_authentication'
  | 'invalid_dpop_proof'
  | 'use_dpop_nonce'
  | 'access_denied'
  | 'temporarily_unavailable'
  | 'server_error'

/** What an error adds to the challenge of its answer. RFC 9110 §11.6.1. */
export interface ChallengeDetail {
  /** The schemes whose challenge shows the error. Default: the scheme of the credentials. */
  readonly schemes?: readonly string[] | undefined
  /** Parameters such as `scope` or `acr_values`, in place of the server's own of that name. */
  readonly parameters?: Readonly<Record<string, string>> | undefined
  /** Response headers such as `dpop-nonce`, lower-case names. */
  readonly headers?: Readonly<Record<string, string>> | undefined
}

export interface ErrorDetail {
  readonly cause?: unknown
  readonly hint?: Hint | undefined
  readonly challenge?: ChallengeDetail | undefined
  /**
   * The configured values that did not match: issuers, audiences, algorithms, scopes, roles, the name
   * of a required claim, or other settings and values as `name: value`.
   */
  readonly expected?: readonly string[] | undefined
}
