/** One key for decryption: what it can decrypt, and its public half. RFC 7517 §4, RFC 7518 §4 and §6. */
import { createPrivateKey, createSecretKey, KeyObject } from 'node:crypto'
import type { JsonWebKey } from 'node:crypto'
import { parseBase64url } from '../core/base/base64url.js'
import { isObject, isString, isStringArray, own } from '../core/base/own.js'
import type { JsonObject } from '../core/base/own.js'
import { publicHalf } from '../core/jws/public-half.js'
import { hasRefusedSize, isWeakKey } from '../core/jws/weak-keys.js'
import { CONTENT_ENCRYPTION, COORDINATE_BYTES, KEY_MANAGEMENT } from './algorithms.js'
import type { ContentEncryption, KeyManagement } from './algorithms.js'
import type { Jwe } from './compact-jwe.js'
import { haveMatchingHalves } from './matching-halves.js'

export interface DecryptionKey {
  readonly kid: string | undefined
  readonly key: KeyObject
  /** `undefined` for a symmetric key. */
  readonly publicJwk: JsonObject | undefined
  /** Whether the key can have been used for this token, whatever the token names. */
  readonly fits: (jwe: Pick<Jwe, 'alg' | 'enc' | 'crv'>) => boolean
}

export interface AllowedAlgorithms {
  readonly algorithms: readonly KeyManagement[]
  readonly encryptions: readonly ContentEncryption[]
}

/** What is wrong with a key, as the end of a sentence. */
type Problem = string

const DECRYPTING = ['decrypt', 'unwrapKey', 'deriveKey', 'deriveBits']

/** A JWK, or a KeyObject with its `kid` and `alg`. */
export function toDecryptionKey(value: JsonObject, allowed: AllowedAlgorithms): DecryptionKey | Problem {
  const kid = own(value, 'kid')
  if (kid !== undefined && (!isString(kid) || kid === '')) return 'has a kid that is not a string, or empty'
  const alg = own(value, 'alg')
  if (alg !== undefined && !isKnown(alg)) return 'has an alg that is not one of those for decryption'
  const key = own(value, 'key') ?? importJwk(value)
  if (isString(key)) return key
  if (!(key instanceof KeyObject)) return 'must be a JWK, or { key, kid } with a KeyObject'
  return key.type === 'secret'
    ? secretKey(key, { kid, alg }, allowed)
    : privateKey(key, { kid, alg }, allowed.algorithms)
}

function isKnown(alg: unknown): alg is string {
  return isString(alg) && (Object.hasOwn(KEY_MANAGEMENT, alg) || Object.hasOwn(CONTENT_ENCRYPTION, alg))
}

function importJwk(jwk: JsonObject): KeyObject | Problem {
  const { use, key_ops: operations } = jwk
  if (use !== undefined && use !== 'enc')
    return 'has a use other than "enc": a key for signatures must not decrypt'
  if (
    operations !== undefined &&
    !(isStringArray(operations) && operations.some((each) => DECRYPTING.includes(each)))
  )
    return 'has key_ops that do not allow decryption'
  return own(jwk, 'kty') === 'oct' ? importSecret(jwk) : importPrivateKey(jwk)
}

function importSecret(jwk: JsonObject): KeyObject | Problem {
  const k = own(jwk, 'k')
  const bytes = isString(k) ? parseBase64url(k) : undefined
  return bytes === undefined ? 'is not a valid symmetric JWK' : createSecretKey(bytes)
}

function importPrivateKey(jwk: JsonObject): KeyObject | Problem {
  if (!Object.hasOwn(jwk, 'd')) return 'must be a private JWK: decryption needs more than the public half'
  try {
    return createPrivateKey({ key: jwk as JsonWebKey, format: 'jwk' })
  } catch {
    return 'is not a valid private JWK'
  }
}

interface Names {
  readonly kid: string | undefined
  /** The only algorithm; for `dir` that of the content. */
  readonly alg: string | undefined
}

function secretKey(
  key: KeyObject,
  { kid, alg }: Names,
  { algorithms, encryptions }: AllowedAlgorithms,
): DecryptionKey | Problem {
  const bytes = key.symmetricKeySize
  const wraps = algorithms.filter(
    (name) => KEY_MANAGEMENT[name].secretBytes === bytes && (alg ?? name) === name,
  )
  const contents = algorithms.includes('dir')
    ? encryptions.filter(
        (name) => CONTENT_ENCRYPTION[name].keyBytes === bytes && [undefined, name, 'dir'].includes(alg),
      )
    : []
  if (wraps.length + contents.length === 0) return 'fits none of the algorithms'
  const fits: DecryptionKey['fits'] = (jwe) =>
    jwe.alg === 'dir' ? contents.includes(jwe.enc) : wraps.includes(jwe.alg)
  return { kid, key, publicJwk: undefined, fits }
}

const KINDS: ReadonlyMap<string | undefined, 'RSA' | 'ECDH'> = new Map([
  ['rsa', 'RSA'],
  ['ec', 'ECDH'],
  ['x25519', 'ECDH'],
])

function privateKey(
  key: KeyObject,
  { kid, alg }: Names,
  algorithms: readonly KeyManagement[],
): DecryptionKey | Problem {
  if (key.type === 'public') return 'must be a private key: decryption needs more than the public half'
  const half = publicHalf(key)
  const kind = KINDS.get(half.asymmetricKeyType)
  if (kind === undefined) return 'is of a type that cannot decrypt'
  const members = half.export({ format: 'jwk' }) as Readonly<Record<string, string>>
  const { crv } = members
  if (hasRefusedSize(members) || isWeakKey(half, members)) return 'is a weak RSA key'
  if (kind === 'ECDH' && !COORDINATE_BYTES.has(crv)) return 'is on a curve that cannot decrypt'
  if (!haveMatchingHalves(key, half)) return 'has a private half that does not belong to its public half'
  const own = algorithms.filter((name) => KEY_MANAGEMENT[name].kind === kind && (alg ?? name) === name)
  if (own.length === 0) return 'fits none of the algorithms'
  const names = { ...(kid !== undefined && { kid }), ...(alg !== undefined && { alg }) }
  return {
    kid,
    key,
    publicJwk: { ...members, use: 'enc', ...names },
    fits: (jwe) => own.includes(jwe.alg) && jwe.crv === crv,
  }
}

/** Whether a value has the form of a key. */
export function isKeyLike(value: unknown): value is JsonObject {
  return isObject(value) && (isString(own(value, 'kty')) || own(value, 'key') instanceof KeyObject)
}
