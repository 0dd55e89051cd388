/**
 * Recognises keys and certificates given as shared secrets. Anyone who knows a public key could sign
 * with it as an HMAC secret. RFC 8725 §2.1 and §3.1.
 */
import { createPublicKey, X509Certificate } from 'node:crypto'
import { isObject } from '../base/own.js'
import { parseJson } from '../base/strict-json.js'

/** Any kind of PEM, including those of SSH and OpenPGP. */
const PEM = /-{4,5} ?BEGIN /
const SSH_KEY = /^(?:ssh|ecdsa|sk)-[\w@.-]+ AAAA/
const HEX = /^(?:[0-9a-f]{2})+$/i
const BASE64 = /^[\w+/-]+={0,2}$/
const DER_SEQUENCE = 0x30
const DER_TYPES = ['spki', 'pkcs1', 'pkcs8', 'sec1'] as const
const WHITE_SPACE = /\s+/g

/**
 * Whether the bytes are a key or a certificate in PEM, DER, JWK, JWK Set or SSH form, as they are or
 * in base64 or hex. Raw key bytes look like any secret and are not recognised.
 */
export function isEncodedKey(bytes: Uint8Array): boolean {
  const given = Buffer.from(bytes)
  const text = given.toString('utf8').trim()
  const once = decoded(text)
  // Some environment files hold a PEM text in base64, whose lines are base64 too.
  return [given, once, once && decoded(once.toString('latin1').trim())].some(isKey)
}

function decoded(text: string): Buffer | undefined {
  const compact = text.replace(WHITE_SPACE, '')
  if (HEX.test(compact)) return Buffer.from(compact, 'hex')
  return BASE64.test(compact) ? Buffer.from(compact, 'base64') : undefined
}

function isKey(bytes: Buffer | undefined): boolean {
  if (bytes === undefined) return false
  if (bytes[0] === DER_SEQUENCE && isDer(bytes)) return true
  const text = bytes.toString('utf8').trim()
  return PEM.test(text) || SSH_KEY.test(text) || isJwk(text)
}

function isJwk(text: string): boolean {
  const value = text.startsWith('{') || text.startsWith('"') ? parseJson(text) : undefined
  if (typeof value === 'string') return isKey(Buffer.from(value))
  return isObject(value) && (Object.hasOwn(value, 'kty') || Object.hasOwn(value, 'keys'))
}

function isDer(bytes: Buffer): boolean {
  const isCertificate = succeeds(() => new X509Certificate(bytes))
  return (
    isCertificate ||
    DER_TYPES.some((type) =>
      // The types leave out private keys, from which Node derives the public ones.
      succeeds(() => createPublicKey({ key: bytes, format: 'der', type: type as 'spki' })),
    )
  )
}

function succeeds(run: () => unknown): boolean {
  try {
    run()
    return true
  } catch {
    return false
  }
}
