/** The `client` option: one way to authenticate, recognised by its members. */
import { isString } from '../core/base/own.js'
import { isEncodedKey } from '../core/jws/key-encodings.js'
import { OptionReader } from '../core/options/reader.js'
import { assertionClient, basicClient, certificateClient, postClient } from './client.js'
import type { Client } from './client.js'
import { parseSigningKey } from './signing-key.js'

const NAMES = ['id', 'secret', 'method', 'key', 'algorithm', 'certificate']
const FORMS =
  'needs one of: secret; key and algorithm; certificate and key. They say how this API authenticates'

const HALF_A_PAIR = 'has half of a surrogate pair, which forms cannot hold'

/** Throws a ConfigurationError. Its message holds no secret. */
export function parseClient(parent: OptionReader): Client {
  const reader = new OptionReader(
    parent.record('client') ??
      parent.fail('client', 'is required: the client that this API is for the authorization server'),
    parent.pathOf('client'),
    NAMES,
  )
  const id = reader.string('id') ?? reader.fail('id', 'is required')
  if (!id.isWellFormed()) reader.fail('id', HALF_A_PAIR)
  if (reader.has('certificate')) return withCertificate(id, only(reader, ['certificate', 'key']))
  if (reader.has('secret')) return withSecret(id, only(reader, ['secret', 'method']))
  if (reader.has('key')) return assertionClient(id, parseSigningKey(only(reader, ['key', 'algorithm'])))
  const unset = ['secret', 'key', 'certificate'].find((name) => reader.isUndefined(name))
  if (unset !== undefined) reader.fail(unset, 'is undefined. Perhaps an environment variable is not set')
  return parent.fail('client', FORMS)
}

function only(reader: OptionReader, names: readonly string[]): OptionReader {
  const other = NAMES.find((name) => name !== 'id' && !names.includes(name) && reader.has(name))
  if (other !== undefined) reader.fail(other, `cannot be combined with ${String(names[0])}`)
  return reader
}

const KEY_AS_SECRET =
  'is a key or a certificate, and would be sent as a password. Write a private key as key, with algorithm'

function withSecret(id: string, reader: OptionReader): Client {
  const secret = reader.string('secret') ?? ''
  if (!secret.isWellFormed()) reader.fail('secret', HALF_A_PAIR)
  if (isEncodedKey(Buffer.from(secret))) reader.fail('secret', KEY_AS_SECRET)
  const method = reader.oneOf('method', ['client_secret_basic', 'client_secret_post'])
  return method === 'client_secret_post' ? postClient(id, secret) : basicClient(id, secret)
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
