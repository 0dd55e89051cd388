/**
 * What a JWT Claims Set must say to be an access token for this resource: exact types, time,
 * audience, profile. RFC 7519 §4.1, RFC 9068 §2.2 and §4, RFC 8725 §3.8-3.12. Not checked here:
 * signature and issuer (both come before), scope, revocation and sender constraint.
 */
import { isString, own } from '../base/own.js'
import type { JsonObject } from '../base/own.js'
import { UnauthorizedError } from '../errors/errors.js'
import type { ErrorCode, Hint } from '../errors/errors.js'
import { isRefreshToken, timeHint } from '../errors/hints.js'
import { looksLikeIdToken } from '../errors/identifier-hints.js'
import { assertForThisResource, readAudiences } from './audience.js'
import type { AudiencePolicy } from './audience.js'
import { assertRequired } from './required-claims.js'
import type { RequiredClaim } from './required-claims.js'
import { assertNoMarks, isAbsent } from './token-marks.js'
import type { TokenMarks } from './token-marks.js'

/** `'jwt'`: what providers issue today. `'at+jwt'`: all of RFC 9068. */
export type TokenProfile = 'jwt' | 'at+jwt'

/** Rules for the tokens of all trusted issuers. Checked before the issuer is known, only to refuse. */
export interface ClaimsGate {
  readonly profile: TokenProfile
  readonly clockToleranceSeconds: number
}

export interface ClaimsPolicy extends ClaimsGate, AudiencePolicy {
  readonly idTokenMarks: TokenMarks
  readonly maxTokenAgeSeconds: number | undefined
  readonly requiredClaims: readonly RequiredClaim[]
}

/** The time claims: NumericDates, finite, at most in the year 9999. */
export interface TimeClaims {
  readonly expiresAt: number
  readonly notBefore: number | undefined
  readonly issuedAt: number | undefined
}

/** The registered claims of an access token, with their types checked. RFC 7519 §4.1, RFC 9068 §2.2. */
export interface RegisteredClaims extends TimeClaims {
  readonly subject: string | undefined
  readonly clientId: string | undefined
  readonly jti: string | undefined
  /** The values of `aud`, or of the claim that replaces it. */
  readonly audience: readonly string[]
  /** The lists that must each name this resource: `audience`, and `aud` if another claim replaces it. */
  readonly audiences: readonly (readonly string[])[]
}

/** Values of `typ`, in lower case and without `application/`. */
const TOKEN_TYPES: Readonly<Record<TokenProfile, ReadonlySet<string | undefined>>> = {
  jwt: new Set([undefined, 'jwt', 'at+jwt']),
  'at+jwt': new Set(['at+jwt']),
}

/** RFC 9068 §2.2, besides `exp`. `aud` is required even if any audience is accepted. */
const AT_JWT_CLAIMS: readonly string[] = ['aud', 'sub', 'client_id', 'iat', 'jti']

/** 9999-12-31T23:59:59Z: anything later is in milliseconds, or an attempt to live forever. */
export const MAX_NUMERIC_DATE = 253_402_300_799

/** RFC 9068 §4, RFC 8725 §3.11. */
export function assertTokenType(typ: string | undefined, profile: TokenProfile, claims?: JsonObject): void {
  if (TOKEN_TYPES[profile].has(typ)) return
  // Any other type says what it is, such as a proof or a logout token.
  const hint = TOKEN_TYPES.jwt.has(typ) ? plainJwtHint(claims) : undefined
  throw new UnauthorizedError('ERR_TOKEN_TYPE', { hint, expected: [`profile: ${profile}`] })
}

/** For a token of type `JWT` or of no type, where an access token has to say that it is one. */
function plainJwtHint(claims: JsonObject | undefined): Hint {
  if (claims === undefined) return 'typ_not_at_jwt'
  if (isRefreshToken(claims)) return 'refresh_token'
  return looksLikeIdToken(claims) ? 'id_token' : 'typ_not_at_jwt'
}

/** The `iss` of unverified claims. */
export function presumedIssuer(claims: JsonObject): unknown {
  return own(claims, 'iss')
}

/** For unverified claims, only to refuse. Ignores an `exp` that is missing or not a number. */
export function assertNotExpired(claims: JsonObject, gate: ClaimsGate, nowSeconds: number): void {
  const exp = own(claims, 'exp')
  if (typeof exp === 'number') assertBefore(exp, gate, nowSeconds)
}

/** Checks everything, and returns the registered claims. */
export function validateClaims(
  claims: JsonObject,
  policy: ClaimsPolicy,
  nowSeconds: number,
): RegisteredClaims {
  const expiresAt = readNumericDate(claims, 'exp')
  if (expiresAt === undefined) refuseWithout('exp')
  const notBefore = readNumericDate(claims, 'nbf')
  const issuedAt = isNull(claims, 'iat', policy) ? undefined : readNumericDate(claims, 'iat')
  validateTime({ expiresAt, notBefore, issuedAt }, policy, nowSeconds)
  if (policy.profile === 'jwt') assertNoMarks(claims, policy.idTokenMarks)
  const audiences = readAudiences(claims, policy, policy.profile === 'at+jwt')
  for (const audience of audiences) assertForThisResource(audience, claims, policy)
  const subject = readIdentifier(claims, 'sub', policy)
  const clientId = readIdentifier(claims, 'client_id', policy)
  const jti = readIdentifier(claims, 'jti', policy)
  if (policy.profile === 'at+jwt') assertPresent(claims, AT_JWT_CLAIMS)
  assertRequired(claims, policy.requiredClaims)
  const audience = audiences[0] ?? []
  return { expiresAt, notBefore, issuedAt, subject, clientId, jti, audience, audiences }
}

/** Checks what may change between two uses of a token: time, and the audiences of this resource. */
export function validateAgain(
  registered: RegisteredClaims,
  claims: JsonObject,
  policy: ClaimsPolicy,
  nowSeconds: number,
): void {
  validateTime(registered, policy, nowSeconds)
  for (const audience of registered.audiences) assertForThisResource(audience, claims, policy)
}

function validateTime(time: TimeClaims, policy: ClaimsPolicy, nowSeconds: number): void {
  const { clockToleranceSeconds, maxTokenAgeSeconds } = policy
  const { expiresAt, notBefore, issuedAt } = time
  assertBefore(expiresAt, policy, nowSeconds)
  if (notBefore !== undefined && notBefore > nowSeconds + clockToleranceSeconds)
    refuse('ERR_TOKEN_NOT_YET_VALID', timeHint(notBefore - nowSeconds))
  if (maxTokenAgeSeconds === undefined) return
  if (issuedAt === undefined) refuseWithout('iat')
  if (issuedAt > nowSeconds + clockToleranceSeconds)
    refuse('ERR_TOKEN_NOT_YET_VALID', timeHint(issuedAt - nowSeconds))
  if (nowSeconds - issuedAt > maxTokenAgeSeconds + clockToleranceSeconds) {
    const expected = [`maxTokenAgeSeconds: ${String(maxTokenAgeSeconds)}`]
    throw new UnauthorizedError('ERR_TOKEN_TOO_OLD', { expected })
  }
}

function assertBefore(exp: number, { clockToleranceSeconds }: ClaimsGate, nowSeconds: number): void {
  if (nowSeconds >= exp + clockToleranceSeconds) refuse('ERR_TOKEN_EXPIRED', timeHint(nowSeconds - exp))
}

/** RFC 7519 §2: seconds, perhaps with a fraction. `1e400` parses to Infinity, which never expires. */
function readNumericDate(claims: JsonObject, name: string): number | undefined {
  const value = own(claims, name)
  if (value === undefined) return undefined
  if (typeof value !== 'number' || !Number.isFinite(value)) refuse('ERR_CLAIM_INVALID')
  if (value > MAX_NUMERIC_DATE) refuse('ERR_CLAIM_INVALID', 'milliseconds')
  return value
}

type Profile = Pick<ClaimsPolicy, 'profile'>

/** For claims that name or describe. `exp`, `nbf` and `aud` restrict: with `null` they are invalid. */
function isNull(claims: JsonObject, name: string, { profile }: Profile): boolean {
  return profile === 'jwt' && own(claims, name) === null
}

/** RFC 9068 §2.2 forbids empty identifiers. Other tokens have them, such as Cloudflare's service tokens. */
function readIdentifier(claims: JsonObject, name: string, policy: Profile): string | undefined {
  const value = own(claims, name)
  if (value === undefined || isNull(claims, name, policy)) return undefined
  if (value === '' && policy.profile === 'jwt') return undefined
  if (!isString(value) || value === '') refuse('ERR_CLAIM_INVALID')
  return value
}

function assertPresent(claims: JsonObject, names: readonly string[]): void {
  for (const name of names) {
    if (isAbsent(claims, name)) refuseWithout(name)
  }
}

function refuse(code: ErrorCode, hint?: Hint): never {
  throw new UnauthorizedError(code, { hint })
}

function refuseWithout(name: string): never {
  throw new UnauthorizedError('ERR_CLAIM_MISSING', { expected: [name] })
}
