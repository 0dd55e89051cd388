/**
 * The key by which this API signs its assertions. Whatever cannot sign them is refused at start-up,
 * because otherwise each call would fail. RFC 7517 §4, RFC 7523 §3.
 */
import { createPrivateKey, KeyObject, sign, verify } from 'node:crypto'
import type { JsonWebKey } from 'node:crypto'
import { isObject, isString, isStringArray, own } from '../core/base/own.js'
import type { JsonObject } from '../core/base/own.js'
import { publicHalf } from '../core/jws/public-half.js'
import { hasRefusedSize, isWeakKey } from '../core/jws/weak-keys.js'
import { parseAlgorithm } from '../core/options/algorithms.js'
import type { OptionReader } from '../core/options/reader.js'
import type { AssertionKey } from './client.js'

const RSA: readonly string[] = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']

/** The algorithms by which jose can sign, by the type of the key or its curve. */
const ALGORITHMS: ReadonlyMap<string | undefined, readonly string[]> = new Map([
  ['rsa', RSA],
  ['prime256v1', ['ES256']],
  ['secp384r1', ['ES384']],
  ['secp521r1', ['ES512']],
  ['ed25519', ['Ed25519', 'EdDSA']],
])

const KNOWN: readonly string[] = [...ALGORITHMS.values()].flat()
const NOT_A_KEY = 'must be a private key: a JWK, a KeyObject, or PEM'

/** Throws a ConfigurationError that names the wrong option. Its message holds nothing of the key. */
export function parseSigningKey(reader: OptionReader): AssertionKey {
  const algorithm = reader.string('algorithm') ?? reader.fail('algorithm', 'is required: such as "ES256"')
  parseAlgorithm(algorithm, 'algorithm', reader)
  if (!KNOWN.includes(algorithm))
    reader.fail('algorithm', `cannot sign assertions. It must be one of ${KNOWN.join(', ')}`)
  const value = reader.value('key')
  const key = toPrivateKey(value) ?? reader.fail('key', adviceAbout(value))
  const fitting =
    algorithmsOf(key) ?? reader.fail('key', 'must be an RSA, P-256, P-384, P-521 or Ed25519 key')
  if (!fitting.includes(algorithm))
    reader.fail('algorithm', `does not fit the key. Write ${fitting.join(' or ')}`)
  const problem = problemOf(key) ?? (isJwk(value) ? problemOfJwk(value, algorithm) : undefined)
  if (problem !== undefined) reader.fail('key', problem)
  const kid = isJwk(value) ? own(value, 'kid') : undefined
  return { key, algorithm, kid: isString(kid) ? kid : undefined }
}

function isJwk(value: unknown): value is JsonObject {
  return isObject(value) && !(value instanceof KeyObject)
}

/** Mistakes with keys that are good ones. */
function adviceAbout(value: unknown): string {
  if (value instanceof Uint8Array)
    return "is bytes. Write PEM as text, such as readFileSync(path, 'utf8'), or createPrivateKey(bytes) of node:crypto"
  if (!isString(value)) return NOT_A_KEY
  if (/^\s*\{/.test(value)) return 'is JSON in a string. Write the JWK as an object, such as JSON.parse(text)'
  if (value.includes('ENCRYPTED'))
    return 'is encrypted. Write createPrivateKey({ key, passphrase }) of node:crypto'
  if (value.includes('\\n'))
    return "has a backslash and an n in place of each line break. Write text.replaceAll('\\\\n', '\\n')"
  return NOT_A_KEY
}

/** Node's error may quote the key. */
function toPrivateKey(value: unknown): KeyObject | undefined {
  try {
    if (value instanceof KeyObject) return value.type === 'private' ? value : undefined
    if (isString(value)) return createPrivateKey(value)
    return isJwk(value) ? createPrivateKey({ key: value as JsonWebKey, format: 'jwk' }) : undefined
  } catch {
    return undefined
  }
}

function algorithmsOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): readonly string[] | undefined {
  return ALGORITHMS.get(asymmetricKeyType === 'ec' ? asymmetricKeyDetails?.namedCurve : asymmetricKeyType)
}

function problemOf(key: KeyObject): string | undefined {
  const half = publicHalf(key)
  const members = half.export({ format: 'jwk' }) as Readonly<Record<string, string>>
  if (hasRefusedSize(members)) return 'must have 2048 to 16384 bits'
  if (isWeakKey(half, members)) return 'is a weak key'
  return verifiesOwn(key, half) ? undefined : 'has a private half that does not belong to its public half'
}

/** One signature, which takes up to some milliseconds: Node.js imports keys whose members contradict each other. */
function verifiesOwn(key: KeyObject, half: KeyObject): boolean {
  const hash = key.asymmetricKeyType === 'ed25519' ? null : 'sha256'
  const sent = Buffer.from('probe')
  try {
    return verify(hash, sent, half, sign(hash, sent, key))
  } catch {
    return false
  }
}

/** What a JWK says that it is for. Empty members count as absent, as in published keys. */
function problemOfJwk(jwk: JsonObject, algorithm: string): string | undefined {
  const { use, key_ops: operations, alg } = { ...jwk }
  if (!isEmpty(use) && use !== 'sig') return 'has a use other than "sig": it must not sign'
  if (!isEmpty(operations) && !(isStringArray(operations) && operations.includes('sign')))
    return 'has key_ops without "sign": it must not sign'
  if (!isEmpty(alg) && fullName(alg) !== fullName(algorithm)) return 'has an alg other than algorithm'
  return undefined
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
}

/** RFC 9864: `EdDSA` of an Ed25519 key is Ed25519. */
function fullName(alg: unknown): unknown {
  return alg === 'EdDSA' ? 'Ed25519' : alg
}
