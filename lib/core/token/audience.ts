/** Whether a token is meant for this resource. RFC 7519 §4.1.3, RFC 9068 §4. */
import { isString, isStringArray, own } from '../base/own.js'
import type { JsonObject } from '../base/own.js'
import { UnauthorizedError } from '../errors/errors.js'
import { audienceHint } from '../errors/identifier-hints.js'

export interface AudiencePolicy {
  /** `undefined`: any audience is accepted. */
  readonly audiences: ReadonlySet<string> | undefined
  /** The claim to read, normally `aud`. */
  readonly audienceClaim: string
  /** Whether a token without that claim is accepted. Default `false`. */
  readonly acceptsMissing?: boolean
}

/**
 * The values of each claim that must name this resource. A present `aud` must, even if another claim
 * is read in its place. Throws if the claim is missing, unless any audience is accepted and the
 * profile does not require it.
 */
export function readAudiences(
  claims: JsonObject,
  { audiences, audienceClaim, acceptsMissing = false }: AudiencePolicy,
  isRequired: boolean,
): readonly (readonly string[])[] {
  const value = own(claims, audienceClaim)
  if (audienceClaim === 'aud' && value !== undefined) return [toAudience(value)]
  const aud = audienceClaim === 'aud' ? undefined : own(claims, 'aud')
  if (aud !== undefined) assertForThisResource(toAudience(aud), claims, audiences)
  if (value !== undefined) return [value, aud].filter((each) => each !== undefined).map(toAudience)
  if ((audiences === undefined || acceptsMissing) && !isRequired) return []
  const expected = audiences && [...audiences]
  throw new UnauthorizedError('ERR_CLAIM_MISSING', { hint: 'audience_missing', expected })
}

/** Throws unless one of the values equals one of the audiences. */
export function assertForThisResource(
  values: readonly string[],
  claims: JsonObject,
  audiences: AudiencePolicy['audiences'],
): void {
  if (audiences === undefined || values.some((value) => audiences.has(value))) return
  const hint = audienceHint(claims, audiences)
  throw new UnauthorizedError('ERR_AUDIENCE_MISMATCH', { hint, expected: [...audiences] })
}

function toAudience(value: unknown): readonly string[] {
  const audience = isString(value) ? [value] : value
  if (!isStringArray(audience)) throw new UnauthorizedError('ERR_CLAIM_INVALID')
  return audience
}
