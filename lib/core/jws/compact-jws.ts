/**
 * From the bytes of a credential to an unverified JWS in compact serialization, through gates that need no I/O:
 * size, three parts, canonical base64url, strict JSON, alg, crit, kid. RFC 7515 §7.1, §4.1 and §5.2 (1-7); RFC 8725 §3.1.
 * Nothing here is verified: a value of this type must not be believed.
 */
import { parseBase64url } from '../base/base64url.js'
import { UnauthorizedError } from '../errors/errors.js'
import type { ErrorCode } from '../errors/errors.js'
import { algorithmHint, formatHint } from '../errors/hints.js'
import { own } from '../base/own.js'
import type { JsonObject } from '../base/own.js'
import { parseStrictJsonObject } from '../base/strict-json.js'

declare const unverified: unique symbol

export interface JwsHeader extends JsonObject {
  readonly alg: string
  readonly kid?: string
}

export interface UnverifiedJws {
  readonly [unverified]: true
  readonly token: string
  readonly header: JwsHeader
  readonly payload: Buffer
  /** The payload as a JWT Claims Set; `undefined` when it is no JSON object (RFC 7519 §7.2 (10)). */
  readonly claims: JsonObject | undefined
  readonly signature: Buffer
}

export interface JwsGates {
  readonly maxTokenBytes: number
  /** Values of `alg` that at least one trusted issuer allows. */
  readonly algorithms: ReadonlySet<string>
}

/** What `parseCompactJws` refuses with: it may not have seen each character of the token by then. */
export const PARSING_CODES: ReadonlySet<ErrorCode> = new Set([
  'ERR_TOKEN_TOO_LARGE',
  'ERR_TOKEN_MALFORMED',
  'ERR_ALGORITHM_NOT_ALLOWED',
  'ERR_CRITICAL_HEADER',
])

const MAX_KID_LENGTH = 256
const CONTROL_CHARACTER = /\p{Cc}/u

/**
 * Headers by their encoded text, before any gate: an issuer's tokens have the same few, and one costs 2 µs to decode. Emptied
 * when full, so that strange ones cannot fill the memory.
 */
const knownHeaders = new Map<string, JsonObject>()
const MAX_KNOWN_HEADERS = 256
const MAX_KNOWN_HEADER_LENGTH = 512

export function parseCompactJws(token: string, gates: JwsGates): UnverifiedJws {
  if (token.length > gates.maxTokenBytes) throw new UnauthorizedError('ERR_TOKEN_TOO_LARGE')
  const firstDot = token.indexOf('.')
  const secondDot = token.indexOf('.', firstDot + 1)
  if (secondDot <= firstDot || token.includes('.', secondDot + 1)) {
    throw new UnauthorizedError('ERR_TOKEN_MALFORMED', { hint: formatHint(token) })
  }
  const header = parseHeader(token.slice(0, firstDot), gates)
  const payload = parseBase64url(token.slice(firstDot + 1, secondDot))
  const signature = parseBase64url(token.slice(secondDot + 1))
  if (!payload?.length || !signature?.length) throw new UnauthorizedError('ERR_TOKEN_MALFORMED')
  return { token, header, payload, claims: parseStrictJsonObject(payload), signature } as UnverifiedJws
}

/** The bytes that the signature covers. RFC 7515 §5.2 (8). */
export function signingInputOf(jws: UnverifiedJws): Buffer {
  return Buffer.from(jws.token.slice(0, jws.token.lastIndexOf('.')), 'latin1')
}

function parseHeader(part: string, gates: JwsGates): JwsHeader {
  const header = knownHeaders.get(part) ?? decodeHeader(part)
  if (header === undefined) throw new UnauthorizedError('ERR_TOKEN_MALFORMED')
  const alg = own(header, 'alg')
  if (typeof alg !== 'string' || !gates.algorithms.has(alg)) {
    throw new UnauthorizedError('ERR_ALGORITHM_NOT_ALLOWED', { hint: algorithmHint(alg) })
  }
  // No extension is supported, so each value of crit names one that is not, or is malformed: RFC 7515 §4.1.11.
  if (Object.hasOwn(header, 'crit')) throw new UnauthorizedError('ERR_CRITICAL_HEADER')
  if (Object.hasOwn(header, 'kid') && !isKid(header['kid']))
    throw new UnauthorizedError('ERR_TOKEN_MALFORMED')
  return header as JwsHeader
}

function decodeHeader(part: string): JsonObject | undefined {
  const bytes = parseBase64url(part)
  const header = bytes && parseStrictJsonObject(bytes)
  if (bytes === undefined || header === undefined || part.length > MAX_KNOWN_HEADER_LENGTH) return header
  if (knownHeaders.size === MAX_KNOWN_HEADERS) knownHeaders.clear()
  // A text of its own: as a slice, the part would keep the whole token in memory.
  knownHeaders.set(bytes.toString('base64url'), header)
  return header
}

/** Longer or stranger key ids are nobody's; they would only fill the memory of unknown ones. */
function isKid(kid: unknown): kid is string {
  return (
    typeof kid === 'string' && kid.length > 0 && kid.length <= MAX_KID_LENGTH && !CONTROL_CHARACTER.test(kid)
  )
}
