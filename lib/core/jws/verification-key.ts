/**
 * One usable public key: a JWK's own `alg`, `use` and `key_ops` bind it (RFC 7517 §4.2-4.4), and its identity is its
 * thumbprint (RFC 7638) with those bindings, so that a key that did not change survives a refresh as the same object.
 * `x5c`, `x5t` and `x5u` are ignored, never followed.
 */
import { createHash, createPublicKey, createSecretKey } from 'node:crypto'
import type { JsonWebKey, KeyObject } from 'node:crypto'
import { parseBase64url } from '../base/base64url.js'
import { isObject, isString, isStringArray, own } from '../base/own.js'
import type { JsonObject } from '../base/own.js'
import { algorithmsOf, secretFits, signatureCheck, SYMMETRIC_ALGORITHMS } from './algorithms.js'
import type { Algorithm, SignatureCheck } from './algorithms.js'
import { isWeakKey } from './weak-keys.js'

export interface BoundCheck {
  readonly algorithm: Algorithm
  readonly check: SignatureCheck
}

export interface VerificationKey {
  readonly kid: string | undefined
  readonly identity: string
  /** By the `alg` of a token's header; `EdDSA` is a second name of what the key's curve says. */
  readonly checks: ReadonlyMap<string, BoundCheck>
}

/** Why a member of a key set is of no use. */
export type JwkProblem =
  'not_a_jwk' | 'private_key' | 'symmetric_key' | 'not_for_signatures' | 'unsupported' | 'malformed' | 'weak'

/** Of any of them one is enough: RFC 7518 §6.2.2 and §6.3.2, RFC 8037 §2, RFC 9964. */
export const PRIVATE_MEMBERS: readonly string[] = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'priv']
const COORDINATE_BYTES: ReadonlyMap<unknown, number> = new Map([
  ['P-256', 32],
  ['P-384', 48],
  ['P-521', 66],
  ['secp256k1', 32],
])

export function toVerificationKey(jwk: unknown): VerificationKey | JwkProblem {
  if (!isObject(jwk) || !isString(own(jwk, 'kty'))) return 'not_a_jwk'
  if (own(jwk, 'kty') === 'oct' || Object.hasOwn(jwk, 'k')) return 'symmetric_key'
  if (PRIVATE_MEMBERS.some((member) => Object.hasOwn(jwk, member))) return 'private_key'
  if (!isForSignatures(jwk)) return 'not_for_signatures'
  const material = toPublicJwk(jwk)
  if (material === undefined) return 'malformed'
  const algorithms = boundAlgorithms(jwk)
  if (algorithms.length === 0) return 'unsupported'
  const key = importKey(material)
  if (key === undefined) return 'malformed'
  if (isWeakKey(key, material)) return 'weak'
  return verificationKey(kidOf(jwk), identityOf(jwk, material), algorithms, key)
}

/** A shared secret serves every HMAC algorithm that its length admits (RFC 7518 §3.2). It has no key id. */
export function toSecretKey(secret: Uint8Array): VerificationKey {
  const algorithms = SYMMETRIC_ALGORITHMS.filter((name) => secretFits(name, secret.byteLength))
  const identity = createHash('sha256').update(secret).digest('base64url')
  return verificationKey(undefined, identity, algorithms, createSecretKey(secret))
}

function verificationKey(
  kid: string | undefined,
  identity: string,
  algorithms: readonly Algorithm[],
  key: KeyObject,
): VerificationKey {
  const checks = new Map<string, BoundCheck>()
  for (const algorithm of algorithms) {
    const bound = { algorithm, check: signatureCheck(algorithm, key) }
    checks.set(algorithm, bound)
    if (algorithm === 'Ed25519' || algorithm === 'Ed448') checks.set('EdDSA', bound)
  }
  return { kid, identity, checks }
}

function isForSignatures(jwk: JsonObject): boolean {
  const use = own(jwk, 'use')
  const operations = own(jwk, 'key_ops')
  return (
    (use === undefined || use === 'sig') &&
    (operations === undefined || (isStringArray(operations) && operations.includes('verify')))
  )
}

/** The algorithms of the key's type and curve, narrowed to its own `alg` where it has one. */
function boundAlgorithms(jwk: JsonObject): readonly Algorithm[] {
  const alg = own(jwk, 'alg')
  const admitted = algorithmsOf(String(own(jwk, 'kty')), parameterSetOf(jwk))
  if (alg === undefined) return admitted
  return admitted.filter(
    (name) => name === alg || (alg === 'EdDSA' && (name === 'Ed25519' || name === 'Ed448')),
  )
}

/** The curve; for AKP keys what `alg` says. An RSA key has none, and a stray `crv` in it must be ignored (RFC 7517 §4). */
function parameterSetOf(jwk: JsonObject): string | undefined {
  if (own(jwk, 'kty') === 'RSA') return undefined
  const parameterSet = own(jwk, own(jwk, 'kty') === 'AKP' ? 'alg' : 'crv')
  return isString(parameterSet) ? parameterSet : undefined
}

/** The public members alone, in the order of RFC 7638 §3.2; `undefined` where one is missing or no base64url. */
function toPublicJwk(jwk: JsonObject): Readonly<Record<string, string>> | undefined {
  switch (own(jwk, 'kty')) {
    case 'RSA':
      return members(jwk, ['e', 'kty', 'n'])
    case 'EC':
      return withFullCoordinates(members(jwk, ['crv', 'kty', 'x', 'y']))
    case 'OKP':
      return members(jwk, ['crv', 'kty', 'x'])
    case 'AKP':
      return members(jwk, ['alg', 'kty', 'pub'])
    default:
      return {}
  }
}

const TEXT_MEMBERS: readonly string[] = ['kty', 'crv', 'alg']

function members(jwk: JsonObject, names: readonly string[]): Readonly<Record<string, string>> | undefined {
  const found: Record<string, string> = {}
  for (const name of names) {
    const value = own(jwk, name)
    if (!isString(value) || value === '') return undefined
    if (!TEXT_MEMBERS.includes(name) && parseBase64url(value) === undefined) return undefined
    found[name] = value
  }
  return found
}

/** Some libraries drop leading zero octets of a coordinate, against RFC 7518 §6.2.1.2: these are put back. */
function withFullCoordinates(jwk: Readonly<Record<string, string>> | undefined): typeof jwk {
  const size = COORDINATE_BYTES.get(jwk?.['crv'])
  if (jwk === undefined || size === undefined) return jwk
  const [x, y] = [jwk['x'], jwk['y']].map((coordinate = '') => {
    const bytes = Buffer.from(coordinate, 'base64url')
    return bytes.length > size
      ? undefined
      : Buffer.concat([Buffer.alloc(size - bytes.length), bytes]).toString('base64url')
  })
  return x === undefined || y === undefined ? undefined : { ...jwk, x, y }
}

function importKey(jwk: Readonly<Record<string, string>>): KeyObject | undefined {
  try {
    return createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' })
  } catch {
    return undefined
  }
}

function kidOf(jwk: JsonObject): string | undefined {
  const kid = own(jwk, 'kid')
  return isString(kid) ? kid : undefined
}

function identityOf(jwk: JsonObject, material: Readonly<Record<string, string>>): string {
  const thumbprint = createHash('sha256').update(JSON.stringify(material)).digest('base64url')
  return JSON.stringify([thumbprint, kidOf(jwk), own(jwk, 'alg'), own(jwk, 'use'), own(jwk, 'key_ops')])
}
