/** Whether a token is meant for this resource. RFC 7519 §4.1.3, RFC 9068 §4. */
import { isString, isStringArray, own } from '../base/own.js'
import type { JsonObject } from '../base/own.js'
import { UnauthorizedError } from '../errors/errors.js'
import type { Hint } from '../errors/errors.js'
import { audienceHint, looksLikeIdToken } from '../errors/identifier-hints.js'
import type { TokenMarks } from './token-marks.js'

export interface AudiencePolicy {
  /** `undefined`: any audience is accepted. */
  readonly audiences: ReadonlySet<string> | undefined
  /** The claim to read, normally `aud`. */
  readonly audienceClaim: string
  /** Whether a token without that claim is accepted. Default `false`. */
  readonly acceptsMissing?: boolean
  /** No mark at all means that ID tokens are what clients have to send. */
  readonly idTokenMarks?: TokenMarks
}

/**
 * The values of each claim that must name this resource. A present `aud` must, even if another claim
 * is read in its place. Throws if the claim is missing, unless any audience is accepted and the
 * profile does not require it.
 */
export function readAudiences(
  claims: JsonObject,
  policy: AudiencePolicy,
  isRequired: boolean,
): readonly (readonly string[])[] {
  const { audiences, audienceClaim, acceptsMissing = false } = policy
  const value = own(claims, audienceClaim)
  if (audienceClaim === 'aud' && value !== undefined) return [toAudience(value)]
  const aud = audienceClaim === 'aud' ? undefined : own(claims, 'aud')
  if (aud !== undefined) assertForThisResource(toAudience(aud), claims, policy)
  if (value !== undefined) return [value, aud].filter((each) => each !== undefined).map(toAudience)
  if ((audiences === undefined || acceptsMissing) && !isRequired) return []
  const expected = audiences && [...audiences]
  const hint = aud === undefined ? 'audience_missing' : idTokenHint(claims)
  throw new UnauthorizedError('ERR_CLAIM_MISSING', { hint, expected })
}

/** For a token with the right `aud` and without the claim that names its client. */
function idTokenHint(claims: JsonObject): Hint | undefined {
  return looksLikeIdToken(claims) ? 'id_token' : undefined
}

/** Throws unless one of the values equals one of the audiences. */
export function assertForThisResource(
  values: readonly string[],
  claims: JsonObject,
  { audiences, idTokenMarks }: AudiencePolicy,
): void {
  if (audiences === undefined || values.some((value) => audiences.has(value))) return
  const takesIdTokens = idTokenMarks !== undefined && Object.keys(idTokenMarks).length === 0
  const hint = audienceHint(claims, audiences, takesIdTokens)
  throw new UnauthorizedError('ERR_AUDIENCE_MISMATCH', { hint, expected: [...audiences] })
}

function toAudience(value: unknown): readonly string[] {
  const audience = isString(value) ? [value] : value
  if (!isStringArray(audience)) throw new UnauthorizedError('ERR_CLAIM_INVALID')
  return audience
}
