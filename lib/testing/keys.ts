/**
 * Real key pairs for every algorithm that the runtime supports, and their signatures. RFC 7518 §3,
 * RFC 8037, RFC 9964.
 */
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
  /** The public key as the issuer publishes it; `undefined` for a secret. */
  readonly jwk: JWK | undefined
}

const CURVES: Partial<Readonly<Record<Algorithm, string>>> = {
  ES256: 'P-256',
  ES384: 'P-384',
  ES512: 'P-521',
  ES256K: 'secp256k1',
}

/**
 * One key for each algorithm. The RSA algorithms share one key pair, because generating one is
 * slow. Key ids are an algorithm and `name`. Algorithms that the runtime does not support are left out.
 */
export function generateKeys(name: string, secret: Uint8Array): ReadonlyMap<Algorithm, TestKey> {
  const rsa = generatePair('rsa', { modulusLength: 2048 })
  const keys = new Map<Algorithm, TestKey>()
  for (const algorithm of ASYMMETRIC_ALGORITHMS) {
    const kid = `${algorithm.toLowerCase()}-${name}`
    const key = ifSupported(() =>
      toTestKey(algorithm, kid, /^[RP]S/.test(algorithm) ? rsa : pairFor(algorithm)),
    )
    if (key !== undefined) keys.set(algorithm, key)
  }
  for (const algorithm of SYMMETRIC_ALGORITHMS) {
    const kid = `${algorithm.toLowerCase()}-${name}`
    keys.set(algorithm, { algorithm, kid, key: createSecretKey(secret), jwk: undefined })
  }
  return keys
}

/** A pair for any asymmetric algorithm; `undefined` if the runtime has none for it. */
export function generateClientKey(algorithm: Algorithm): KeyPair | undefined {
  if (!ASYMMETRIC_ALGORITHMS.includes(algorithm)) return undefined
  const isRsa = /^[RP]S/.test(algorithm)
  return ifSupported(() => (isRsa ? generatePair('rsa', { modulusLength: 2048 }) : pairFor(algorithm)))
}

export function generateSecret(): Uint8Array {
  return new Uint8Array(randomBytes(64))
}

function toTestKey(algorithm: Algorithm, kid: string, { publicKey, privateKey }: KeyPair): TestKey {
  const jwk = { ...(publicKey.export({ format: 'jwk' }) as JWK), kid, alg: algorithm, use: 'sig' }
  return { algorithm, kid, key: privateKey, jwk }
}

/** Some runtimes lack a curve or an algorithm, and say so by throwing: Bun has no secp256k1. */
function ifSupported<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch {
    return undefined
  }
}

function pairFor(algorithm: Algorithm): KeyPair {
  const namedCurve = CURVES[algorithm]
  return namedCurve === undefined ? generatePair(algorithm.toLowerCase()) : generatePair('ec', { namedCurve })
}

/** The key must be one for the algorithm. */
export function signBytes(algorithm: Algorithm, key: KeyObject, data: Buffer): Buffer {
  const hash = `sha${algorithm.slice(2, 5)}`
  if (algorithm.startsWith('HS')) return createHmac(hash, key).update(data).digest()
  if (algorithm.startsWith('ES')) return sign(hash, data, { key, dsaEncoding: 'ieee-p1363' })
  if (algorithm.startsWith('RS')) return sign(hash, data, key)
  if (!algorithm.startsWith('PS')) return sign(null, data, key)
  const saltLength = constants.RSA_PSS_SALTLEN_DIGEST
  return sign(hash, data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength })
}
