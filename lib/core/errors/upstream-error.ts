/** What can go wrong with metadata and keys on their way from an issuer. It never holds a body. */

export type UpstreamProblem =
  | 'timeout'
  | 'network'
  | 'status'
  | 'redirect'
  | 'too_large'
  | 'not_json'
  | 'metadata_not_found'
  | 'issuer_mismatch'
  | 'jwks_uri_missing'
  | 'jwks_uri_refused'
  | 'not_a_key_set'
  | 'too_many_keys'
  | 'no_usable_key'

/** Why a document could not be had or is not accepted. It never holds a body. */
export class UpstreamError extends Error {
  static override readonly name: string = 'UpstreamError'
  override readonly name = 'UpstreamError'
  readonly problem: UpstreamProblem
  readonly status: number | undefined
  readonly retryAfter: string | undefined

  constructor(
    problem: UpstreamProblem,
    detail: { status?: number; retryAfter?: string | undefined; cause?: unknown } = {},
  ) {
    const status = detail.status === undefined ? '' : ` ${String(detail.status)}`
    super(`The document cannot be had: ${problem}${status}`, { cause: detail.cause })
    this.problem = problem
    this.status = detail.status
    this.retryAfter = detail.retryAfter
  }

  get isTransient(): boolean {
    return (
      this.problem === 'network' || this.status === 429 || (this.status !== undefined && this.status >= 500)
    )
  }
}
