/**
 * What can go wrong between an issuer's documents and this process. Nothing here holds a document's
 * text.
 */

export type UpstreamProblem =
  | 'timeout'
  | 'network'
  | 'status'
  | 'redirect'
  | 'too_large'
  | 'not_json'
  | 'metadata_not_found'
  | 'not_metadata'
  | 'issuer_mismatch'
  | 'jwks_uri_missing'
  | 'jwks_uri_refused'
  | 'not_a_key_set'
  | 'too_many_keys'
  | 'no_usable_key'
  | 'too_many_waiters'
  | 'endpoint_missing'
  | 'endpoint_refused'
  | 'active_missing'
  | 'answer_not_signed'
  | 'answer_refused'

/** Why the network failed: the `reason` of the problems `network` and `timeout`. */
export type NetworkReason =
  /** The host name does not exist. */
  | 'dns_not_found'
  /** No name server answered in time. */
  | 'dns_timeout'
  /** A name server answered with an error. */
  | 'dns_failed'
  /** Nothing listens on the port. */
  | 'refused'
  /** There is no route to the host. */
  | 'unreachable'
  /** The host did not accept the connection in time. */
  | 'connect_timeout'
  /** The connection ended before the answer did. */
  | 'reset'
  /** The certificate is expired, for another name, or of an unknown authority. */
  | 'certificate'
  /** TLS failed for another reason, such as a server that speaks plain HTTP. */
  | 'tls'
  /** The host was connected but did not answer completely in time. */
  | 'timeout'
  /** The answer is not HTTP, or has an unknown content encoding. */
  | 'protocol'
  /**
   * The host has only private or other special addresses, which issuers of a resolver may not use.
   */
  | 'address_refused'
  /** The resource server was closed, or its keys were purged. */
  | 'aborted'
  /** Anything else, such as an error of a custom `fetch`. */
  | 'other'

/** Why a member of a key set is unusable. */
export type JwkProblem =
  'not_a_jwk' | 'private_key' | 'symmetric_key' | 'not_for_signatures' | 'unsupported' | 'malformed' | 'weak'

/** The configured options that say what was asked. */
export interface UpstreamSource {
  /** Absent with `jwksUri`, which several issuers may have in common. */
  readonly issuer?: string | undefined
  readonly jwksUri?: string | undefined
  readonly metadataUrl?: string | undefined
  readonly endpoint?: string | undefined
}

export interface UpstreamDetail {
  readonly status?: number | undefined
  readonly retryAfter?: string | undefined
  readonly reason?: NetworkReason | undefined
  readonly dropped?: readonly JwkProblem[]
  readonly cause?: unknown
}

/** Why a document is unavailable or refused. */
export class UpstreamError extends Error {
  static override readonly name: string = 'UpstreamError'
  override readonly name = 'UpstreamError'
  readonly problem: UpstreamProblem
  readonly status: number | undefined
  readonly retryAfter: string | undefined
  /** Set for `network` and `timeout`. */
  readonly reason: NetworkReason | undefined
  /** For `no_usable_key`: why each member was dropped, in the order of the document. */
  readonly dropped: readonly JwkProblem[]

  constructor(problem: UpstreamProblem, detail: UpstreamDetail = {}) {
    const { status, reason, dropped = [], cause } = detail
    const facts = [status, reason, ...new Set(dropped)].filter((fact) => fact !== undefined)
    const inBrackets = facts.length === 0 ? '' : ` (${facts.join(', ')})`
    super(`The issuer did not answer as it should: ${problem}${inBrackets}`, { cause })
    this.problem = problem
    this.status = status
    this.retryAfter = detail.retryAfter
    this.reason = reason
    this.dropped = Object.freeze([...dropped])
  }

  get isTransient(): boolean {
    return (
      this.problem === 'network' || this.status === 429 || (this.status !== undefined && this.status >= 500)
    )
  }
}
