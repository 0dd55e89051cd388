/** Real key pairs for every algorithm that the running Node has, and signatures by them. RFC 7518 §3, RFC 8037, RFC 9964. */
import { constants, createHmac, createSecretKey, randomBytes, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { JWK } from 'jose'
import { ASYMMETRIC_ALGORITHMS, SYMMETRIC_ALGORITHMS } from '../core/jws/algorithms.js'
import type { Algorithm } from '../core/jws/algorithms.js'
import { generatePair } from './key-pair.js'
import type { KeyPair } from './key-pair.js'

export interface TestKey {
  readonly algorithm: Algorithm
  readonly kid: string
  /** The private key, or the secret. */
  readonly key: KeyObject
  /** The public key as the issuer publishes it; none for a secret. */
  readonly jwk: JWK | undefined
}

const CURVES: Partial<Readonly<Record<Algorithm, string>>> = {
  ES256: 'P-256',
  ES384: 'P-384',
  ES512: 'P-521',
  ES256K: 'secp256k1',
}

/** One key an algorithm; the RSA algorithms share one pair of numbers, which take long to find. */
export function generateKeys(generation: number, secret: Uint8Array): ReadonlyMap<Algorithm, TestKey> {
  const rsa = generatePair('rsa', { modulusLength: 2048 })
  const keys = new Map<Algorithm, TestKey>()
  for (const algorithm of ASYMMETRIC_ALGORITHMS) {
    const pair = /^[RP]S/.test(algorithm) ? rsa : pairFor(algorithm)
    if (pair === undefined) continue
    const kid = `${algorithm.toLowerCase()}-${String(generation)}`
    const jwk = { ...(pair.publicKey.export({ format: 'jwk' }) as JWK), kid, alg: algorithm, use: 'sig' }
    keys.set(algorithm, { algorithm, kid, key: pair.privateKey, jwk })
  }
  for (const algorithm of SYMMETRIC_ALGORITHMS) {
    const kid = `${algorithm.toLowerCase()}-${String(generation)}`
    keys.set(algorithm, { algorithm, kid, key: createSecretKey(secret), jwk: undefined })
  }
  return keys
}

export function generateSecret(): Uint8Array {
  return new Uint8Array(randomBytes(64))
}

/** `undefined`: this Node does not know the algorithm. */
function pairFor(algorithm: Algorithm): KeyPair | undefined {
  const namedCurve = CURVES[algorithm]
  if (namedCurve !== undefined) return generatePair('ec', { namedCurve })
  try {
    return generatePair(algorithm.toLowerCase())
  } catch {
    return undefined
  }
}

/** Signs with whatever key it is given, by the rules of `algorithm`: a test may want a key that does not belong. */
export function signBytes(algorithm: Algorithm, key: KeyObject, data: Buffer): Buffer {
  const hash = `sha${algorithm.slice(2, 5)}`
  if (algorithm.startsWith('HS')) return createHmac(hash, key).update(data).digest()
  if (algorithm.startsWith('ES')) return sign(hash, data, { key, dsaEncoding: 'ieee-p1363' })
  if (algorithm.startsWith('RS')) return sign(hash, data, key)
  if (!algorithm.startsWith('PS')) return sign(null, data, key)
  const saltLength = constants.RSA_PSS_SALTLEN_DIGEST
  return sign(hash, data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength })
}
