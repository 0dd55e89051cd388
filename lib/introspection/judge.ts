/** What an answer must say about an active token, by the rules for the claims of a JWT. RFC 7662 §2.2 and §4, RFC 9449 §6.2. */
import { isObject, isString, own } from '../core/base/own.js'
import type { JsonObject } from '../core/base/own.js'
import { UnauthorizedError } from '../core/errors/errors.js'
import type { ErrorCode } from '../core/errors/errors.js'
import { validateClaims } from '../core/token/claims.js'
import type { ClaimsPolicy, RegisteredClaims } from '../core/token/claims.js'
import { assertNoMarks } from '../core/token/token-marks.js'
import type { TokenMarks } from '../core/token/token-marks.js'

/** Servers also answer about tokens that are no access tokens. */
const MARKS: TokenMarks = {
  token_type: ['refresh', 'refresh_token', 'id', 'id_token'],
  token_use: ['id', 'id_token', 'refresh', 'refresh_token'],
  typ: ['ID', 'Refresh', 'Offline', 'Logout'],
}

/** Claims of a JWT that its own rules let pass. */
const MARKS_OF_JWTS: TokenMarks = {
  token_type: ['refresh', 'refresh_token', 'id', 'id_token'],
  token_use: ['id_token', 'refresh', 'refresh_token'],
}

export interface JudgeConfig {
  readonly issuer: string
  /** With the profile `jwt`: an opaque token has no `typ`, and need not have the claims of RFC 9068. */
  readonly policy: ClaimsPolicy
}

/** About an opaque token, of which nothing else is known. Throws an UnauthorizedError. */
export function judge(
  answer: JsonObject,
  { issuer, policy }: JudgeConfig,
  nowSeconds: number,
): RegisteredClaims {
  if (own(answer, 'active') !== true) refuse('ERR_TOKEN_INACTIVE')
  assertNoMarks(answer, MARKS)
  assertAccessToken(own(answer, 'token_type'), own(answer, 'cnf'))
  assertIssuer(answer, issuer)
  return validateClaims(answer, policy, nowSeconds)
}

/** About a JWT that was judged by its own claims: only where and until when it is good. Throws an UnauthorizedError. */
export function judgeAgain(
  answer: JsonObject,
  jwt: JsonObject,
  { issuer, policy }: JudgeConfig,
  nowSeconds: number,
): RegisteredClaims {
  if (own(answer, 'active') !== true) refuse('ERR_TOKEN_INACTIVE')
  const said = own(answer, 'token_type')
  assertNoMarks(answer, MARKS)
  const type = said === undefined ? own(jwt, 'token_type') : said
  assertNoMarks({ token_type: type, token_use: own(jwt, 'token_use') }, MARKS_OF_JWTS)
  assertAccessToken(said, own(jwt, 'cnf'))
  assertIssuer(answer, issuer)
  const claims = { ...restrictionsOf(jwt, policy), ...restrictionsOf(answer, policy) }
  return validateClaims(claims, { ...policy, requiredClaims: [] }, nowSeconds)
}

/** What the claims say about time and audience. An `iat` of `null` says nothing. */
function restrictionsOf(claims: JsonObject, { audienceClaim }: ClaimsPolicy): JsonObject {
  const names = ['exp', 'nbf', 'iat', 'aud', audienceClaim].filter((name) => Object.hasOwn(claims, name))
  const stated = names.filter((name) => name !== 'iat' || own(claims, name) !== null)
  return Object.fromEntries(stated.map((name) => [name, own(claims, name)]))
}

function assertIssuer(answer: JsonObject, issuer: string): void {
  const iss = own(answer, 'iss')
  if (iss !== undefined && iss !== issuer)
    throw new UnauthorizedError('ERR_ISSUER_UNKNOWN', { expected: [issuer] })
}

/**
 * RFC 6749 §7.1: types are compared without case. Only an answer has such a type: a claim of a JWT
 * by this name is the issuer's own, with any value.
 */
function assertAccessToken(type: unknown, cnf: unknown): void {
  if (type === undefined) return
  if (!isString(type)) refuse('ERR_CLAIM_INVALID')
  const name = type.toLowerCase()
  if (name !== 'bearer' && name !== 'dpop') refuse('ERR_NOT_AN_ACCESS_TOKEN')
  const isBoundToKey = isObject(cnf) && own(cnf, 'jkt') !== undefined
  if (isBoundToKey !== (name === 'dpop')) refuse('ERR_CLAIM_INVALID')
}

function refuse(code: ErrorCode): never {
  throw new UnauthorizedError(code)
}
