/** The `client` option: one way to authenticate, recognised by its members. */
import { createPrivateKey, createPublicKey, KeyObject } from 'node:crypto'
import type { JsonWebKey } from 'node:crypto'
import { isObject, isString, own } from '../core/base/own.js'
import { algorithmsOf } from '../core/jws/algorithms.js'
import { isEncodedKey } from '../core/jws/key-encodings.js'
import { parseAlgorithm } from '../core/options/algorithms.js'
import { OptionReader } from '../core/options/reader.js'
import { assertionClient, basicClient, certificateClient, postClient } from './client.js'
import type { AssertionKey, Client } from './client.js'

const NAMES = ['id', 'secret', 'method', 'key', 'algorithm', 'certificate']
const FORMS =
  'needs one of: secret; key and algorithm; certificate and key. They say how this API authenticates'

/** Throws a ConfigurationError. Its message holds no secret. */
export function parseClient(parent: OptionReader): Client {
  const reader = new OptionReader(
    parent.record('client') ??
      parent.fail('client', 'is required: the client that this API is for the authorization server'),
    parent.pathOf('client'),
    NAMES,
  )
  const id = reader.string('id') ?? reader.fail('id', 'is required')
  if (reader.has('certificate')) return withCertificate(id, only(reader, ['certificate', 'key']))
  if (reader.has('secret')) return withSecret(id, only(reader, ['secret', 'method']))
  if (reader.has('key')) return withKey(id, only(reader, ['key', 'algorithm']))
  const unset = ['secret', 'key', 'certificate'].find((name) => reader.isUndefined(name))
  if (unset !== undefined) reader.fail(unset, 'is undefined. Perhaps an environment variable is not set')
  return parent.fail('client', FORMS)
}

function only(reader: OptionReader, names: readonly string[]): OptionReader {
  const other = NAMES.find((name) => name !== 'id' && !names.includes(name) && reader.has(name))
  if (other !== undefined) reader.fail(other, `cannot be combined with ${String(names[0])}`)
  return reader
}

const LONE_SURROGATE = /\p{Surrogate}/u
const KEY_AS_SECRET =
  'is a key or a certificate, and would be sent as a password. Write a private key as key, with algorithm'

function withSecret(id: string, reader: OptionReader): Client {
  const secret = reader.string('secret') ?? ''
  if (LONE_SURROGATE.test(secret))
    reader.fail('secret', 'has half of a surrogate pair, which forms cannot hold')
  if (isEncodedKey(Buffer.from(secret))) reader.fail('secret', KEY_AS_SECRET)
  const method = reader.oneOf('method', ['client_secret_basic', 'client_secret_post'])
  return method === 'client_secret_post' ? postClient(id, secret) : basicClient(id, secret)
}

function withKey(id: string, reader: OptionReader): Client {
  const algorithm = reader.string('algorithm') ?? reader.fail('algorithm', 'is required: such as "ES256"')
  const parsed = parseAlgorithm(algorithm, 'algorithm', reader)
  const { key, kid } = readKey(reader)
  const { kty, crv } = createPublicKey(key).export({ format: 'jwk' })
  if (!algorithmsOf(kty ?? '', crv).includes(parsed)) reader.fail('algorithm', 'does not fit the key')
  return assertionClient(id, { key, kid, algorithm })
}

const NOT_A_KEY = 'must be a private key: a JWK, a KeyObject, or PEM'

function readKey(reader: OptionReader): Pick<AssertionKey, 'key' | 'kid'> {
  const value = reader.value('key')
  if (value instanceof KeyObject)
    return value.type === 'private' ? { key: value, kid: undefined } : reader.fail('key', NOT_A_KEY)
  const key = tryPrivateKey(value) ?? reader.fail('key', NOT_A_KEY)
  const kid = isObject(value) ? own(value, 'kid') : undefined
  return { key, kid: isString(kid) ? kid : undefined }
}

/** Node's error may quote the key. */
function tryPrivateKey(value: unknown): KeyObject | undefined {
  try {
    if (isString(value)) return createPrivateKey(value)
    return isObject(value) ? createPrivateKey({ key: value as JsonWebKey, format: 'jwk' }) : undefined
  } catch {
    return undefined
  }
}

/** With the settings of the global agent, such as certificate authorities. */
function withCertificate(id: string, reader: OptionReader): Client {
  const [cert, key] = ['certificate', 'key'].map((name) => readPem(reader, name))
  const { Agent, globalAgent } = process.getBuiltinModule('node:https')
  try {
    process.getBuiltinModule('node:tls').createSecureContext({ cert, key })
  } catch {
    reader.fail('certificate', 'must be a certificate in PEM that belongs to key, a private key in PEM')
  }
  return certificateClient(id, new Agent({ ...globalAgent.options, cert, key }))
}

function readPem(reader: OptionReader, name: string): Buffer {
  const value = reader.value(name)
  if (isString(value)) return Buffer.from(value)
  return value instanceof Uint8Array ? Buffer.from(value) : reader.fail(name, 'must be PEM')
}
