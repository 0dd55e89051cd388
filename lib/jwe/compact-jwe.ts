/**
 * From the text of a token to a JWE in compact serialization, through gates that need no key: five
 * parts, header, canonical base64url, lengths. RFC 7516 §7.1 and §5.2 (1-7), RFC 7518 §4 and §5.
 * Anyone can write a JWE for a public key: do not trust a value of this type.
 */
import { parseBase64url } from '../core/base/base64url.js'
import { isObject, isString, own } from '../core/base/own.js'
import type { JsonObject } from '../core/base/own.js'
import { parseStrictJsonObject } from '../core/base/strict-json.js'
import { UnauthorizedError } from '../core/errors/errors.js'
import { CONTENT_ENCRYPTION, COORDINATE_BYTES, KEY_MANAGEMENT } from './algorithms.js'
import type { ContentEncryption, KeyManagement } from './algorithms.js'

export interface Jwe {
  readonly token: string
  readonly alg: KeyManagement
  readonly enc: ContentEncryption
  readonly kid: string | undefined
  /** The curve of the sender's key, for ECDH-ES. */
  readonly crv: string | undefined
  /** All members of the header as received. */
  readonly header: JsonObject
}

export interface JweGates {
  readonly algorithms: ReadonlySet<string>
  readonly encryptions: ReadonlySet<string>
}

const FIVE_PARTS = /^[\w-]+(?:\.[\w-]*){4}$/
const MAX_KID_LENGTH = 256

/**
 * Whether a token has the form of a compact JWE: five base64url parts, of which the first is a JSON
 * object with `enc`.
 */
export function isCompactJwe(token: string): boolean {
  if (!FIVE_PARTS.test(token)) return false
  const header = readHeader(token.slice(0, token.indexOf('.')))
  return header !== undefined && Object.hasOwn(header, 'enc')
}

/** Throws an UnauthorizedError. */
export function parseCompactJwe(token: string, gates: JweGates): Jwe {
  const [first = '', ...others] = token.split('.')
  const header = readHeader(first)
  if (header === undefined) throw new UnauthorizedError('ERR_TOKEN_MALFORMED')
  const { alg, enc } = readAlgorithms(header, gates)
  // No extension is supported: every value of crit names an unsupported one or is malformed. RFC 7516 §4.1.13.
  if (Object.hasOwn(header, 'crit')) throw new UnauthorizedError('ERR_CRITICAL_HEADER')
  assertLengths(others, alg, enc)
  const crv = KEY_MANAGEMENT[alg].kind === 'ECDH' ? readCurve(header) : undefined
  return { token, alg, enc, kid: readKid(header), crv, header }
}

function readHeader(part: string): JsonObject | undefined {
  const bytes = parseBase64url(part)
  return bytes && parseStrictJsonObject(bytes)
}

function readAlgorithms(header: JsonObject, gates: JweGates): Pick<Jwe, 'alg' | 'enc'> {
  const alg = own(header, 'alg')
  const enc = own(header, 'enc')
  const zip = own(header, 'zip')
  const areAllowed = isString(alg) && gates.algorithms.has(alg) && isString(enc) && gates.encryptions.has(enc)
  if (!areAllowed || !(zip === undefined || zip === 'DEF'))
    throw new UnauthorizedError('ERR_ALGORITHM_NOT_ALLOWED')
  return { alg: alg as KeyManagement, enc: enc as ContentEncryption }
}

/** Node's own ciphers accept shorter tags. */
function assertLengths(parts: readonly string[], alg: KeyManagement, enc: ContentEncryption): void {
  const [key = -1, iv = -1, ciphertext = -1, tag = -1] = parts.map(
    (part) => parseBase64url(part)?.length ?? -1,
  )
  const { keyBytes, ivBytes, tagBytes } = CONTENT_ENCRYPTION[enc]
  const { overhead } = KEY_MANAGEMENT[alg]
  const fitsKey = overhead === undefined ? key > 0 : key === (overhead === 'none' ? 0 : keyBytes + overhead)
  if (!fitsKey || iv !== ivBytes || tag !== tagBytes || ciphertext <= 0)
    throw new UnauthorizedError('ERR_DECRYPTION_FAILED')
}

/** An empty `kid` names no key. */
function readKid(header: JsonObject): string | undefined {
  const kid = own(header, 'kid')
  if (kid === undefined || kid === '') return undefined
  if (!isString(kid) || kid.length > MAX_KID_LENGTH) throw new UnauthorizedError('ERR_TOKEN_MALFORMED')
  return kid
}

/** Whether the point is on its curve is checked when it is imported. RFC 7518 §4.6.1.1. */
function readCurve(header: JsonObject): string {
  const epk = own(header, 'epk')
  const crv = isObject(epk) ? own(epk, 'crv') : undefined
  const size = COORDINATE_BYTES.get(crv)
  if (!isObject(epk) || !isString(crv) || size === undefined)
    throw new UnauthorizedError('ERR_DECRYPTION_FAILED')
  const isMontgomery = crv === 'X25519'
  const isWhole =
    own(epk, 'kty') === (isMontgomery ? 'OKP' : 'EC') &&
    (isMontgomery ? ['x'] : ['x', 'y']).every((name) => {
      const value = own(epk, name)
      return isString(value) && parseBase64url(value)?.length === size
    })
  if (!isWhole) throw new UnauthorizedError('ERR_DECRYPTION_FAILED')
  return crv
}
