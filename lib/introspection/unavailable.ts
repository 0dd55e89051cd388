/** The 503 of introspection: the token may be good, but nobody can say so now. */
import { copyOf } from '../core/errors/copy.js'
import { UnavailableError } from '../core/errors/errors.js'
import { discoveryHint } from '../core/errors/hints.js'
import type { UpstreamError, UpstreamSource } from '../core/errors/upstream-error.js'

export function unavailable(
  cause: UpstreamError | undefined,
  waitMs: number,
  source: UpstreamSource,
): UnavailableError {
  const hint = discoveryHint(cause?.problem)
  return new UnavailableError('ERR_INTROSPECTION_UNAVAILABLE', {
    cause: copyOf(cause),
    hint,
    source,
    retryAfterSeconds: waitMs / 1000,
  })
}

/** For a token about which there is no usable answer: until it is asked about again. */
export function unavailableToken(cause: UpstreamError, waitMs: number): UnavailableError {
  const retryAfterSeconds = waitMs / 1000
  return new UnavailableError('ERR_INTROSPECTION_UNAVAILABLE', { cause: copyOf(cause), retryAfterSeconds })
}
