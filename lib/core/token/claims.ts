/**
 * What a JWT Claims Set must say to be an access token for this resource: exact types, time, audience, profile.
 * RFC 7519 §4.1, RFC 9068 §2.2 and §4, RFC 8725 §3.8-3.12. Not checked here: the signature, the issuer's identity
 * (both come before), scope, revocation and sender constraint.
 */
import { UnauthorizedError } from '../errors/errors.js'
import type { ErrorCode, Hint } from '../errors/errors.js'
import { audienceHint, timeHint } from '../errors/hints.js'
import { isString, isStringArray, own } from '../base/own.js'
import type { JsonObject } from '../base/own.js'

/** `'jwt'`: what providers issue today. `'at+jwt'`: RFC 9068 whole. */
export type TokenProfile = 'jwt' | 'at+jwt'

/** Claims that betray another kind of token: by their presence, or by one of the values. */
export type TokenMarks = Readonly<Record<string, true | readonly string[]>>

/** What every trusted issuer's tokens have in common: judged before the issuer is known, to refuse only. */
export interface ClaimsGate {
  readonly profile: TokenProfile
  readonly clockToleranceSeconds: number
}

export interface ClaimsPolicy extends ClaimsGate {
  /** `undefined`: any audience will do. */
  readonly audiences: ReadonlySet<string> | undefined
  readonly audienceClaim: string
  readonly idTokenMarks: TokenMarks
  readonly maxTokenAgeSeconds: number | undefined
  readonly requiredClaims: readonly string[]
}

export const DEFAULT_ID_TOKEN_MARKS: TokenMarks = {
  at_hash: true,
  c_hash: true,
  s_hash: true,
  events: true,
  typ: ['ID', 'Refresh', 'Offline', 'Logout'],
  token_use: ['id'],
}

const TOKEN_TYPES: Readonly<Record<TokenProfile, ReadonlySet<string | undefined>>> = {
  jwt: new Set([undefined, 'jwt', 'application/jwt', 'at+jwt', 'application/at+jwt']),
  'at+jwt': new Set(['at+jwt', 'application/at+jwt']),
}

/** RFC 9068 §2.2; `exp` is required in both profiles, `aud` in this one also where any will do or another claim is read. */
const AT_JWT_CLAIMS: readonly string[] = ['aud', 'sub', 'client_id', 'iat', 'jti']

const OPTIONAL_STRINGS: readonly string[] = ['sub', 'client_id', 'jti']

/** 9999-12-31T23:59:59Z: beyond it is no date that anyone meant, but milliseconds, or an attempt to live for ever. */
const MAX_NUMERIC_DATE = 253_402_300_799

/** RFC 9068 §4, RFC 8725 §3.11: `typ` is compared without case, as media types are; RFC 7515 §4.1.9: `application/` may be left out. */
export function assertTokenType(header: JsonObject, profile: TokenProfile): void {
  const typ = own(header, 'typ')
  const isAllowed = (typ === undefined || isString(typ)) && TOKEN_TYPES[profile].has(typ?.toLowerCase())
  if (!isAllowed) refuse('ERR_TOKEN_TYPE', profile === 'at+jwt' ? 'typ_not_at_jwt' : undefined)
}

/** May be asked before the signature is verified, to refuse only. Says nothing about a missing or mistyped `exp`. */
export function assertNotExpired(
  claims: JsonObject,
  { clockToleranceSeconds }: ClaimsGate,
  nowSeconds: number,
): void {
  const exp = own(claims, 'exp')
  if (typeof exp !== 'number' || nowSeconds < exp + clockToleranceSeconds) return
  refuse('ERR_TOKEN_EXPIRED', timeHint(nowSeconds - exp))
}

/** Returns the audience, always as an array. */
export function validateClaims(
  claims: JsonObject,
  policy: ClaimsPolicy,
  nowSeconds: number,
): readonly string[] {
  validateTime(claims, policy, nowSeconds)
  if (policy.profile === 'jwt') assertNoMarks(claims, policy.idTokenMarks)
  const audience = validateAudience(claims, policy)
  for (const name of OPTIONAL_STRINGS) assertString(claims, name)
  if (policy.profile === 'at+jwt') assertPresent(claims, AT_JWT_CLAIMS)
  assertPresent(claims, policy.requiredClaims)
  return audience
}

export function validateTime(claims: JsonObject, policy: ClaimsPolicy, nowSeconds: number): void {
  const { clockToleranceSeconds, maxTokenAgeSeconds } = policy
  if (numericDate(claims, 'exp') === undefined) refuse('ERR_CLAIM_MISSING')
  assertNotExpired(claims, policy, nowSeconds)
  const nbf = numericDate(claims, 'nbf')
  if (nbf !== undefined && nbf > nowSeconds + clockToleranceSeconds)
    refuse('ERR_TOKEN_NOT_YET_VALID', timeHint(nbf - nowSeconds))
  const iat = numericDate(claims, 'iat')
  if (maxTokenAgeSeconds === undefined) return
  if (iat === undefined) refuse('ERR_CLAIM_MISSING')
  if (iat > nowSeconds + clockToleranceSeconds) refuse('ERR_TOKEN_NOT_YET_VALID', timeHint(iat - nowSeconds))
  if (nowSeconds - iat > maxTokenAgeSeconds + clockToleranceSeconds) refuse('ERR_TOKEN_TOO_OLD')
}

/** RFC 7519 §4.1.3: an `aud` that is there must name this resource, also where another claim is read in its place. */
export function validateAudience(claims: JsonObject, policy: ClaimsPolicy): readonly string[] {
  const { audiences, audienceClaim, profile } = policy
  const value = own(claims, audienceClaim)
  if (audienceClaim !== 'aud' && Object.hasOwn(claims, 'aud'))
    matchAudience(own(claims, 'aud'), claims, audiences)
  if (value !== undefined) return matchAudience(value, claims, audiences)
  if (audiences === undefined && profile === 'jwt') return []
  refuse('ERR_CLAIM_MISSING', 'audience_missing')
}

/** One of the values, compared exactly, is one of the audiences. */
function matchAudience(
  value: unknown,
  claims: JsonObject,
  audiences: ReadonlySet<string> | undefined,
): readonly string[] {
  const audience = isString(value) ? [value] : value
  if (!isStringArray(audience)) refuse('ERR_CLAIM_INVALID')
  if (audiences !== undefined && !audience.some((each) => audiences.has(each))) {
    refuse('ERR_AUDIENCE_MISMATCH', audienceHint(claims, audiences))
  }
  return audience
}

function assertNoMarks(claims: JsonObject, marks: TokenMarks): void {
  for (const name of Object.keys(marks)) {
    const value = own(claims, name)
    if (value === undefined) continue
    const values = marks[name]
    const isMarked = values === true || (isString(value) && values?.includes(value))
    if (isMarked) refuse('ERR_NOT_AN_ACCESS_TOKEN', 'id_token')
  }
}

/** RFC 7519 §2: a number of seconds, perhaps with a fraction. `1e400` parses to Infinity, which never expires. */
function numericDate(claims: JsonObject, name: string): number | undefined {
  const value = own(claims, name)
  if (value === undefined) return undefined
  if (typeof value !== 'number' || !Number.isFinite(value)) refuse('ERR_CLAIM_INVALID')
  if (value > MAX_NUMERIC_DATE) refuse('ERR_CLAIM_INVALID', 'milliseconds')
  return value
}

function assertPresent(claims: JsonObject, names: readonly string[]): void {
  for (const name of names) {
    if (own(claims, name) === undefined || own(claims, name) === null) refuse('ERR_CLAIM_MISSING')
  }
}

/** Unless it is absent. */
function assertString(claims: JsonObject, name: string): void {
  const value = own(claims, name)
  if (value !== undefined && (!isString(value) || value === '')) refuse('ERR_CLAIM_INVALID')
}

function refuse(code: ErrorCode, hint?: Hint): never {
  throw new UnauthorizedError(code, { hint })
}
