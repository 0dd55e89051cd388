/**
 * From the text of a token to an unverified JWS in compact serialization, through gates that need no
 * I/O: size, three parts, header, canonical base64url, strict JSON. RFC 7515 §7.1 and §5.2 (1-7).
 * Nothing here is verified: do not trust a value of this type.
 */
import { parseBase64url } from '../base/base64url.js'
import type { JsonObject } from '../base/own.js'
import { MAX_JSON_COST, parseStrictJsonObject } from '../base/strict-json.js'
import { UnauthorizedError } from '../errors/errors.js'
import { formatHint } from '../errors/hints.js'
import type { HeaderReader, JoseHeader } from './jose-header.js'

declare const unverified: unique symbol

export interface UnverifiedJws {
  readonly [unverified]: true
  readonly token: string
  readonly header: JoseHeader
  readonly payload: Buffer
  /** The payload as a JWT Claims Set; `undefined` if it is not a JSON object (RFC 7519 §7.2 (10)). */
  readonly claims: JsonObject | undefined
  readonly signature: Buffer
}

export interface JwsGates {
  readonly maxTokenBytes: number
  readonly headers: HeaderReader
}

export const DEFAULT_MAX_TOKEN_BYTES = 16_384

const THREE_PARTS = /^[\w-]+\.[\w-]*\.[\w-]*$/

/**
 * Whether a token has the form of a compact JWS: three base64url parts, of which the first is a
 * JSON object with `alg`. A header that `headers` remembers is not parsed.
 */
export function isCompactJws(token: string, headers?: HeaderReader): boolean {
  if (!THREE_PARTS.test(token)) return false
  const part = token.slice(0, token.indexOf('.'))
  if (headers?.knows(part) === true) return true
  const bytes = parseBase64url(part)
  const header = bytes && parseStrictJsonObject(bytes)
  return header !== undefined && Object.hasOwn(header, 'alg')
}

/** Throws an UnauthorizedError. */
export function parseCompactJws(token: string, gates: JwsGates): UnverifiedJws {
  if (token.length > gates.maxTokenBytes) throw new UnauthorizedError('ERR_TOKEN_TOO_LARGE')
  const firstDot = token.indexOf('.')
  const secondDot = token.indexOf('.', firstDot + 1)
  if (secondDot <= firstDot || token.includes('.', secondDot + 1)) {
    throw new UnauthorizedError('ERR_TOKEN_MALFORMED', { hint: formatHint(token) })
  }
  const middle = token.slice(firstDot + 1, secondDot)
  const header = gates.headers.read(token.slice(0, firstDot), middle)
  const payload = parseBase64url(middle)
  const signature = parseBase64url(token.slice(secondDot + 1))
  if (!payload?.length || !signature?.length) {
    throw new UnauthorizedError('ERR_TOKEN_MALFORMED', { hint: formatHint(token) })
  }
  const claims = parseStrictJsonObject(payload, maxCost(gates))
  return { token, header, payload, claims, signature } as UnverifiedJws
}

const CLAIMS_RULES: readonly string[] = Object.freeze([
  'claims: an object without repeated names, half surrogate pairs or too many values (more with a larger maxTokenBytes)',
])

/** For a JWS without `claims`. */
export function malformedClaims(): UnauthorizedError {
  return new UnauthorizedError('ERR_TOKEN_MALFORMED', { expected: CLAIMS_RULES })
}

/** Servers that accept longer tokens also accept more claims. */
function maxCost({ maxTokenBytes }: JwsGates): number {
  return MAX_JSON_COST * Math.max(1, maxTokenBytes / DEFAULT_MAX_TOKEN_BYTES)
}

/** The bytes that the signature covers. RFC 7515 §5.2 (8). */
export function signingInputOf(jws: UnverifiedJws): Buffer {
  return Buffer.from(jws.token.slice(0, jws.token.lastIndexOf('.')), 'latin1')
}
