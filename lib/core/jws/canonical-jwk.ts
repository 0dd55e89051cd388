/**
 * The canonical form of a published JWK. Servers publish keys with padding, plain base64, missing
 * or extra zero octets and empty members, and all of these describe the same key. RFC 7517 §4,
 * RFC 7518 §6, RFC 7638 §3. `x5c`, `x5t` and `x5u` are ignored, never followed.
 */
import { createHash } from 'node:crypto'
import { parseBase64url } from '../base/base64url.js'
import { isObject, isString, isStringArray, own } from '../base/own.js'
import type { JsonObject } from '../base/own.js'
import type { JwkProblem } from '../errors/upstream-error.js'
import { algorithmsOf } from './algorithms.js'
import type { Algorithm } from './algorithms.js'

/** The public members of a key in the order of RFC 7638 §3.2, as canonical base64url. */
export type KeyMaterial = Readonly<Record<string, string>>

export interface CanonicalJwk {
  readonly kid: string | undefined
  /** The algorithms of the key's type and curve, narrowed to its own `alg` if it has one. */
  readonly algorithms: readonly Algorithm[]
  readonly material: KeyMaterial
  /** Equal for two spellings of one key with the same `kid`, `alg`, `use` and `key_ops`. */
  readonly identity: string
}

/** One private member is enough: RFC 7518 §6.2.2 and §6.3.2, RFC 8037 §2, RFC 9964. */
const PRIVATE_MEMBERS: readonly string[] = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'priv']

const COORDINATE_BYTES: ReadonlyMap<unknown, number> = new Map([
  ['P-256', 32],
  ['P-384', 48],
  ['P-521', 66],
  ['secp256k1', 32],
])

/** Does not check whether the material is a key: importing it does. */
export function toCanonicalJwk(jwk: unknown): CanonicalJwk | JwkProblem {
  if (!isObject(jwk) || !isString(own(jwk, 'kty'))) return 'not_a_jwk'
  if (own(jwk, 'kty') === 'oct' || isPresent(jwk, 'k')) return 'symmetric_key'
  if (hasPrivateMember(jwk)) return 'private_key'
  if (!isForSignatures(jwk)) return 'not_for_signatures'
  const material = toMaterial(jwk)
  if (material === undefined) return 'malformed'
  const algorithms = boundAlgorithms(jwk)
  if (algorithms.length === 0) return 'unsupported'
  return { kid: kidOf(jwk), algorithms, material, identity: identityOf(jwk, material) }
}

/** Whether a JWK holds a secret: a symmetric key, or a part of a private one. */
export function isSecretJwk(jwk: JsonObject): boolean {
  return isPresent(jwk, 'k') || hasPrivateMember(jwk)
}

function hasPrivateMember(jwk: JsonObject): boolean {
  return PRIVATE_MEMBERS.some((name) => isPresent(jwk, name))
}

/** Serializers of some servers write unset members as `null`, `""` or `[]`. */
function present(jwk: JsonObject, name: string): unknown {
  const value = own(jwk, name)
  const isEmpty = value === null || value === '' || (Array.isArray(value) && value.length === 0)
  return isEmpty ? undefined : value
}

function isPresent(jwk: JsonObject, name: string): boolean {
  return present(jwk, name) !== undefined
}

function isForSignatures(jwk: JsonObject): boolean {
  const use = present(jwk, 'use')
  const operations = present(jwk, 'key_ops')
  return (
    (use === undefined || use === 'sig') &&
    (operations === undefined || (isStringArray(operations) && operations.includes('verify')))
  )
}

function boundAlgorithms(jwk: JsonObject): readonly Algorithm[] {
  const alg = present(jwk, 'alg')
  const admitted = algorithmsOf(String(own(jwk, 'kty')), parameterSetOf(jwk))
  if (alg === undefined) return admitted
  return admitted.filter(
    (name) => name === alg || (alg === 'EdDSA' && (name === 'Ed25519' || name === 'Ed448')),
  )
}

/**
 * The curve, or `alg` for AKP keys. RSA keys have neither: a stray `crv` is ignored (RFC 7517 §4).
 */
function parameterSetOf(jwk: JsonObject): string | undefined {
  if (own(jwk, 'kty') === 'RSA') return undefined
  const parameterSet = own(jwk, own(jwk, 'kty') === 'AKP' ? 'alg' : 'crv')
  return isString(parameterSet) ? parameterSet : undefined
}

function toMaterial(jwk: JsonObject): KeyMaterial | undefined {
  const crv = own(jwk, 'crv')
  const size = COORDINATE_BYTES.get(crv)
  switch (own(jwk, 'kty')) {
    case 'RSA':
      return complete({ e: integer(jwk, 'e'), kty: 'RSA', n: integer(jwk, 'n') })
    case 'EC':
      return complete({ crv, kty: 'EC', x: coordinate(jwk, 'x', size), y: coordinate(jwk, 'y', size) })
    case 'OKP':
      return complete({ crv, kty: 'OKP', x: octets(jwk, 'x')?.toString('base64url') })
    case 'AKP':
      return complete({ alg: own(jwk, 'alg'), kty: 'AKP', pub: octets(jwk, 'pub')?.toString('base64url') })
    default:
      return {}
  }
}

function complete(members: Readonly<Record<string, unknown>>): KeyMaterial | undefined {
  const areText = Object.values(members).every((value) => isString(value) && value !== '')
  return areText ? (members as KeyMaterial) : undefined
}

/** Reads base64url or base64, with or without padding. */
function octets(jwk: JsonObject, name: string): Buffer | undefined {
  const value = own(jwk, name)
  if (!isString(value)) return undefined
  return parseBase64url(
    value
      .replace(/={1,2}$/, '')
      .replaceAll('+', '-')
      .replaceAll('/', '_'),
  )
}

/** RFC 7518 §6.3.1.1 names the extra zero octet that some libraries put in front. */
function integer(jwk: JsonObject, name: string): string | undefined {
  return withoutLeadingZeros(octets(jwk, name))?.toString('base64url')
}

/**
 * Exactly as long as the curve says (RFC 7518 §6.2.1.2), although some libraries write integers.
 */
function coordinate(jwk: JsonObject, name: string, size: number | undefined): string | undefined {
  const bytes = octets(jwk, name)
  if (bytes === undefined || size === undefined) return bytes?.toString('base64url')
  const digits = withoutLeadingZeros(bytes)
  if (digits === undefined || digits.length > size) return undefined
  return Buffer.concat([Buffer.alloc(size - digits.length), digits]).toString('base64url')
}

/** Keeps the last octet, so that zero is one octet. */
function withoutLeadingZeros(bytes: Buffer | undefined): Buffer | undefined {
  if (bytes === undefined || bytes.length === 0) return undefined
  const first = bytes.findIndex((octet) => octet !== 0)
  return bytes.subarray(first === -1 ? bytes.length - 1 : first)
}

/** An empty `kid` names no key. */
function kidOf(jwk: JsonObject): string | undefined {
  const kid = present(jwk, 'kid')
  return isString(kid) ? kid : undefined
}

function identityOf(jwk: JsonObject, material: KeyMaterial): string {
  const bindings = ['alg', 'use', 'key_ops'].map((name) => present(jwk, name))
  return JSON.stringify([thumbprintOf(material), kidOf(jwk), ...bindings])
}

/** The SHA-256 thumbprint of RFC 7638, in base64url. */
export function thumbprintOf(material: KeyMaterial): string {
  return createHash('sha256').update(JSON.stringify(material)).digest('base64url')
}
