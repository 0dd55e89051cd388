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

export interface JudgeConfig {
  readonly issuer: string
  /** With the profile `jwt`: an opaque token has no `typ`, and need not have the claims of RFC 9068. */
  readonly policy: ClaimsPolicy
}

/** What is known of a token. */
export interface Known {
  readonly answer: JsonObject
  /** With those of the JWT, where the answer is about one. */
  readonly claims: JsonObject
}

/** Throws an UnauthorizedError. */
export function judge(
  { answer, claims }: Known,
  { issuer, policy }: JudgeConfig,
  nowSeconds: number,
): RegisteredClaims {
  if (own(answer, 'active') !== true) refuse('ERR_TOKEN_INACTIVE')
  assertNoMarks(claims, MARKS)
  assertAccessToken(own(answer, 'token_type'), claims)
  const iss = own(claims, 'iss')
  if (iss !== undefined && iss !== issuer)
    throw new UnauthorizedError('ERR_ISSUER_UNKNOWN', { expected: [issuer] })
  return validateClaims(claims, policy, nowSeconds)
}

/**
 * RFC 6749 §7.1: types are compared without case. Only an answer has such a type: a claim of a JWT
 * by this name is the issuer's own, with any value.
 */
function assertAccessToken(type: unknown, claims: JsonObject): void {
  if (type === undefined) return
  if (!isString(type)) refuse('ERR_CLAIM_INVALID')
  const name = type.toLowerCase()
  if (name !== 'bearer' && name !== 'dpop') refuse('ERR_NOT_AN_ACCESS_TOKEN')
  const cnf = own(claims, 'cnf')
  const isBoundToKey = isObject(cnf) && own(cnf, 'jkt') !== undefined
  if (isBoundToKey !== (name === 'dpop')) refuse('ERR_CLAIM_INVALID')
}

function refuse(code: ErrorCode): never {
  throw new UnauthorizedError(code)
}
