/**
 * The fixed table from `alg` to one kind of key, one hash and one padding, and the signature check of
 * each row. RFC 7518 §3, RFC 8037 §3.1, RFC 8812 §3.2, RFC 9864, RFC 9964 (ML-DSA).
 */
import { constants, createHmac, timingSafeEqual, verify } from 'node:crypto'
import type { KeyObject, VerifyKeyObjectInput } from 'node:crypto'
import { toDerSignature } from './ecdsa-signature.js'
import { checkInPool } from './pool.js'
import type { MaybePromise } from '../base/maybe-promise.js'
import { tableOf } from '../base/own.js'

interface AlgorithmSpec {
  readonly kty: 'RSA' | 'EC' | 'OKP' | 'AKP' | 'oct'
  /** The curve, or for AKP keys the parameter set. */
  readonly crv?: string
  readonly hash?: string
  readonly pss?: true
  readonly signatureBytes?: number
  /** Verified in the thread pool, because one verification would block the event loop too long. */
  readonly pooled?: true
}

/** Fully specified algorithms only: `EdDSA` means the algorithm of the key's curve. */
export type Algorithm =
  | 'RS256'
  | 'RS384'
  | 'RS512'
  | 'PS256'
  | 'PS384'
  | 'PS512'
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'ES256K'
  | 'Ed25519'
  | 'Ed448'
  | 'ML-DSA-44'
  | 'ML-DSA-65'
  | 'ML-DSA-87'
  | 'HS256'
  | 'HS384'
  | 'HS512'

const ALGORITHMS: Readonly<Record<Algorithm, AlgorithmSpec>> = tableOf({
  RS256: { kty: 'RSA', hash: 'sha256' },
  RS384: { kty: 'RSA', hash: 'sha384' },
  RS512: { kty: 'RSA', hash: 'sha512' },
  PS256: { kty: 'RSA', hash: 'sha256', pss: true },
  PS384: { kty: 'RSA', hash: 'sha384', pss: true },
  PS512: { kty: 'RSA', hash: 'sha512', pss: true },
  ES256: { kty: 'EC', crv: 'P-256', hash: 'sha256', signatureBytes: 64 },
  ES384: { kty: 'EC', crv: 'P-384', hash: 'sha384', signatureBytes: 96, pooled: true },
  ES512: { kty: 'EC', crv: 'P-521', hash: 'sha512', signatureBytes: 132, pooled: true },
  ES256K: { kty: 'EC', crv: 'secp256k1', hash: 'sha256', signatureBytes: 64, pooled: true },
  Ed25519: { kty: 'OKP', crv: 'Ed25519', signatureBytes: 64 },
  Ed448: { kty: 'OKP', crv: 'Ed448', signatureBytes: 114, pooled: true },
  'ML-DSA-44': { kty: 'AKP', crv: 'ML-DSA-44', signatureBytes: 2420, pooled: true },
  'ML-DSA-65': { kty: 'AKP', crv: 'ML-DSA-65', signatureBytes: 3309, pooled: true },
  'ML-DSA-87': { kty: 'AKP', crv: 'ML-DSA-87', signatureBytes: 4627, pooled: true },
  HS256: { kty: 'oct', hash: 'sha256', signatureBytes: 32 },
  HS384: { kty: 'oct', hash: 'sha384', signatureBytes: 48 },
  HS512: { kty: 'oct', hash: 'sha512', signatureBytes: 64 },
})

const NAMES = Object.keys(ALGORITHMS) as readonly Algorithm[]

export const SYMMETRIC_ALGORITHMS: readonly Algorithm[] = NAMES.filter(
  (name) => ALGORITHMS[name].kty === 'oct',
)
export const ASYMMETRIC_ALGORITHMS: readonly Algorithm[] = NAMES.filter(
  (name) => ALGORITHMS[name].kty !== 'oct',
)

export function isAlgorithm(name: string): name is Algorithm {
  return Object.hasOwn(ALGORITHMS, name)
}

/** The values of `alg` for these algorithms: `EdDSA` (RFC 8037) is the older name of both Edwards curves. */
export function headerNames(algorithms: Iterable<Algorithm>): ReadonlySet<string> {
  const names = new Set<string>(algorithms)
  if (names.has('Ed25519') || names.has('Ed448')) names.add('EdDSA')
  return names
}

/** The algorithms for which a key of this type and curve is made. */
export function algorithmsOf(kty: string, crv: string | undefined): readonly Algorithm[] {
  return NAMES.filter((name) => ALGORITHMS[name].kty === kty && ALGORITHMS[name].crv === crv)
}

/** RFC 7518 §3.2: a secret is at least as long as the hash. */
export function secretFits(algorithm: Algorithm, bytes: number): boolean {
  const spec = ALGORITHMS[algorithm]
  return spec.kty === 'oct' && spec.signatureBytes !== undefined && bytes >= spec.signatureBytes
}

/** Checks a signature over `data`. Checks in the thread pool reject with ERR_OVERLOADED during a flood. */
export type SignatureCheck = (data: Buffer, signature: Buffer) => MaybePromise<boolean>

/**
 * RSA keys above this size are verified in the thread pool. Moving there costs 8 to 15 µs of CPU
 * (Node 20, x86_64). A verification on the event loop costs: RSA-2048 18 µs, RSA-3072 34, ES256 48,
 * Ed25519 63, Ed448 159, ES256K 240, ES384 450, ES512 1000. RSA-4096 takes 54 µs and still uses the
 * pool, because larger keys follow.
 */
const MAX_RSA_BITS_ON_LOOP = 3072

/** Whether signatures by this key are verified in the thread pool. */
export function isPooled(algorithm: Algorithm, key: KeyObject): boolean {
  const rsaBits = key.asymmetricKeyDetails?.modulusLength ?? 0
  return ALGORITHMS[algorithm].pooled === true || rsaBits > MAX_RSA_BITS_ON_LOOP
}

/** Binds a key to one algorithm, so that nothing is looked up or allocated when a token arrives. */
export function signatureCheck(algorithm: Algorithm, key: KeyObject): SignatureCheck {
  const spec = ALGORITHMS[algorithm]
  if (spec.kty === 'oct') return hmacCheck(spec, key)
  const rsaBits = key.asymmetricKeyDetails?.modulusLength
  const signatureBytes = spec.signatureBytes ?? Math.ceil((rsaBits ?? 0) / 8)
  const hash = spec.hash ?? null
  const input = verifyInput(spec, key)
  const verifies = isPooled(algorithm, key) ? verifyInPool : verifyNow
  return function checkSignature(data, signature) {
    if (signature.length !== signatureBytes) return false
    return verifies(hash, data, input, spec.kty === 'EC' ? toDerSignature(signature) : signature)
  }
}

type VerifyInput = VerifyKeyObjectInput | KeyObject

/** OpenSSL throws for some malformed signatures. They are invalid like any other. */
function verifyNow(hash: string | null, data: Buffer, input: VerifyInput, signature: Buffer): boolean {
  try {
    return verify(hash, data, input, signature)
  } catch {
    return false
  }
}

function verifyInPool(
  hash: string | null,
  data: Buffer,
  input: VerifyInput,
  signature: Buffer,
): Promise<boolean> {
  return checkInPool(input, (done) => {
    verify(hash, data, input, signature, (error, valid) => {
      done(error === null && valid)
    })
  })
}

/**
 * Only the key, if its defaults are what the algorithm says. With options, Node 24 needs 17 µs (RSA)
 * or 34 µs (P-256) more, as much as the verification itself.
 */
function verifyInput(spec: AlgorithmSpec, key: KeyObject): VerifyInput {
  if (spec.pss === undefined) return key
  return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
}

function hmacCheck(spec: AlgorithmSpec, key: KeyObject): SignatureCheck {
  return function checkMac(data, signature) {
    const expected = createHmac(spec.hash ?? 'sha256', key)
      .update(data)
      .digest()
    return expected.length === signature.length && timingSafeEqual(expected, signature)
  }
}
