/** Whether an answer about a JWT that was verified here speaks of the same token. RFC 7662 §2.2, RFC 7800 §3.1. */
import { isDeepStrictEqual } from 'node:util'
import { isObject, isString, own } from '../core/base/own.js'
import type { JsonObject } from '../core/base/own.js'
import { UnauthorizedError } from '../core/errors/errors.js'
import { readClaim } from '../core/token/claim-source.js'
import type { ClaimReader } from '../core/token/claim-source.js'
import { isAbsent } from '../core/token/token-marks.js'

/** Who the token is for and how they logged in. Each claim may be missing on either side. */
const SAME_ON_BOTH_SIDES: readonly string[] = [
  'sub',
  'client_id',
  'azp',
  'cid',
  'appid',
  'jti',
  'act',
  'acr',
  'auth_time',
]

/**
 * Throws an UnauthorizedError for an answer that contradicts the JWT, or binds it to a key that the
 * JWT does not name: the sender has proved to hold the keys of the JWT only.
 */
export function assertAgrees(
  answer: JsonObject,
  jwt: JsonObject,
  clientIdOf: ClaimReader<string | undefined>,
): void {
  for (const name of SAME_ON_BOTH_SIDES) {
    if (isAbsent(answer, name) || isAbsent(jwt, name)) continue
    if (!isDeepStrictEqual(own(answer, name), own(jwt, name))) contradicts(name)
  }
  if (namesAnotherClient(answer, jwt, clientIdOf)) contradicts('client_id')
  if (Object.hasOwn(answer, 'cnf') && !isWithin(own(answer, 'cnf'), own(jwt, 'cnf')))
    throw new UnauthorizedError('ERR_CONFIRMATION_MISMATCH')
}

/**
 * One side may say `azp` or `cid` where the other one says `client_id`. If the JWT has several, the
 * answer may repeat any of them.
 */
function namesAnotherClient(
  answer: JsonObject,
  jwt: JsonObject,
  clientIdOf: ClaimReader<string | undefined>,
): boolean {
  const signed = clientIdOf(jwt)
  if (signed === undefined) return false
  for (const source of clientIdOf.sources ?? []) {
    // A function of the application may rely on claims that only the JWT has.
    const client = readClaim(source, typeof source === 'function' ? { ...jwt, ...answer } : answer)
    if (isString(client) && client !== '') return client !== signed && client !== readClaim(source, jwt)
  }
  return false
}

function isWithin(said: unknown, signed: unknown): boolean {
  if (!isObject(said) || !isObject(signed)) return false
  return Object.keys(said).every((name) => isDeepStrictEqual(said[name], own(signed, name)))
}

function contradicts(name: string): never {
  throw new UnauthorizedError('ERR_CLAIM_INVALID', { expected: [`introspection: the same ${name}`] })
}
