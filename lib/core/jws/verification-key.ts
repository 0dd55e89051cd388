/**
 * One usable public key. A JWK's own `alg`, `use` and `key_ops` bind it (RFC 7517 §4.2-4.4), and
 * its identity is its thumbprint (RFC 7638) with those bindings.
 */
import { createHash, createPublicKey, createSecretKey } from 'node:crypto'
import type { JsonWebKey, KeyObject } from 'node:crypto'
import type { JwkProblem } from '../errors/upstream-error.js'
import { isPooled, secretFits, signatureCheck, SYMMETRIC_ALGORITHMS } from './algorithms.js'
import type { Algorithm, SignatureCheck } from './algorithms.js'
import { toCanonicalJwk } from './canonical-jwk.js'
import type { CanonicalJwk, KeyMaterial } from './canonical-jwk.js'
import { hasRefusedSize, isWeakKey } from './weak-keys.js'

export type { JwkProblem } from '../errors/upstream-error.js'

export interface BoundCheck {
  readonly algorithm: Algorithm
  /** Whether the check runs in the thread pool. */
  readonly isPooled: boolean
  readonly check: SignatureCheck
}

export interface VerificationKey {
  readonly kid: string | undefined
  readonly identity: string
  /**
   * By `alg` of a token's header. `EdDSA` is a second name for the algorithm of the key's curve.
   */
  readonly checks: ReadonlyMap<string, BoundCheck>
}

type Identity = Pick<VerificationKey, 'kid' | 'identity'>

export function toVerificationKey(jwk: unknown): VerificationKey | JwkProblem {
  const canonical = toCanonicalJwk(jwk)
  return typeof canonical === 'string' ? canonical : importVerificationKey(canonical)
}

/** Takes up to a millisecond for a large key. */
export function importVerificationKey(jwk: CanonicalJwk): VerificationKey | JwkProblem {
  const { algorithms, material } = jwk
  if (hasRefusedSize(material)) return 'weak'
  const key = importKey(material)
  if (key === undefined) return 'malformed'
  return isWeakKey(key, material) ? 'weak' : verificationKey(jwk, algorithms, key)
}

/**
 * A shared secret serves every HMAC algorithm that its length admits (RFC 7518 §3.2). It has no key
 * id.
 */
export function toSecretKey(secret: Uint8Array): VerificationKey {
  const algorithms = SYMMETRIC_ALGORITHMS.filter((name) => secretFits(name, secret.byteLength))
  const identity = createHash('sha256').update(secret).digest('base64url')
  return verificationKey({ kid: undefined, identity }, algorithms, createSecretKey(secret))
}

function verificationKey(
  { kid, identity }: Identity,
  algorithms: readonly Algorithm[],
  key: KeyObject,
): VerificationKey {
  const checks = new Map<string, BoundCheck>()
  for (const algorithm of algorithms) {
    const check = signatureCheck(algorithm, key)
    const bound = { algorithm, isPooled: isPooled(algorithm, key), check }
    checks.set(algorithm, bound)
    if (algorithm === 'Ed25519' || algorithm === 'Ed448') checks.set('EdDSA', bound)
  }
  return { kid, identity, checks }
}

/**
 * SubjectPublicKeyInfo up to the coordinates (RFC 5480 §2). From a JWK, OpenSSL also multiplies the
 * point by the order of its curve: 3 ms for P-521, instead of 0.3. These curves have cofactor 1, so
 * that the check whether the point is on the curve, made here too, is all there is to check.
 */
const SPKI_PREFIXES: ReadonlyMap<unknown, Buffer> = new Map([
  ['P-384', Buffer.from('3076301006072a8648ce3d020106052b8104002203620004', 'hex')],
  ['P-521', Buffer.from('30819b301006072a8648ce3d020106052b810400230381860004', 'hex')],
  ['secp256k1', Buffer.from('3056301006072a8648ce3d020106052b8104000a03420004', 'hex')],
])

function importKey(material: KeyMaterial): KeyObject | undefined {
  const { kty, crv, x = '', y = '' } = material
  const prefix = kty === 'EC' ? SPKI_PREFIXES.get(crv) : undefined
  try {
    if (prefix === undefined) return createPublicKey({ key: material as JsonWebKey, format: 'jwk' })
    const point = [x, y].map((coordinate) => Buffer.from(coordinate, 'base64url'))
    return createPublicKey({ key: Buffer.concat([prefix, ...point]), format: 'der', type: 'spki' })
  } catch {
    return undefined
  }
}
