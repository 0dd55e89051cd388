/** Claims that must be present, or have one of some values, because the operator says so. RFC 7519 §4. */
import { own } from '../base/own.js'
import type { JsonObject } from '../base/own.js'
import { UnauthorizedError } from '../errors/errors.js'
import { looksLikeIdToken } from '../errors/identifier-hints.js'
import { isAbsent } from './token-marks.js'

/**
 * Names of claims that must be present, or a map from names to `true` for their presence and to
 * arrays of values, of which the claim must have one. A claim that is an array must hold one.
 *
 * @example
 * requiredClaims: ['sub', 'tenant']
 * requiredClaims: { token_use: ['access'], tenant: true }
 */
export type RequiredClaims =
  readonly string[] | Readonly<Record<string, true | readonly (string | number | boolean)[]>>

export interface RequiredClaim {
  readonly name: string
  /** `undefined`: any value will do. */
  readonly values?: ReadonlySet<unknown> | undefined
}

/** ID tokens do not name the client that uses them. */
const CLIENT_CLAIMS: ReadonlySet<string> = new Set(['client_id', 'azp', 'cid', 'appid'])

/** Throws an UnauthorizedError. Values are compared with `===`. */
export function assertRequired(claims: JsonObject, required: readonly RequiredClaim[]): void {
  for (const { name, values } of required) {
    if (isAbsent(claims, name)) {
      const isIdToken = CLIENT_CLAIMS.has(name) && looksLikeIdToken(claims)
      const hint = isIdToken ? 'id_token' : undefined
      throw new UnauthorizedError('ERR_CLAIM_MISSING', { hint, expected: [name] })
    }
    if (values !== undefined && !hasOne(own(claims, name), values)) {
      const expected = [...values].map((value) => `${name}: ${String(value)}`)
      throw new UnauthorizedError('ERR_CLAIMS_REFUSED', { expected })
    }
  }
}

function hasOne(value: unknown, values: ReadonlySet<unknown>): boolean {
  return Array.isArray(value) ? value.some((each) => values.has(each)) : values.has(value)
}
