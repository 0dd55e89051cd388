/** Secrets that two sides share, as users write them. RFC 8725 §3.1. */
import { isString } from '../base/own.js'
import { isEncodedKey } from '../jws/key-encodings.js'
import type { OptionReader } from './reader.js'

const MAX_SECRET_BYTES = 65_536

export interface SecretUse {
  /** The name of the option. */
  readonly name: string
  /** What is wrong with a key in its place, as the rest of the sentence about it. */
  readonly ifKey: string
}

/** One secret, or several. Throws a ConfigurationError. */
export function parseSharedSecrets(reader: OptionReader, use: SecretUse): readonly Buffer[] {
  const value = reader.value(use.name)
  const secrets = (Array.isArray(value) ? Array.from<unknown>(value) : [value]).map((each) =>
    toSecretBytes(each, reader, use),
  )
  if (secrets.length === 0) reader.fail(use.name, 'must not be an empty array')
  return secrets
}

/** Copies the secret, because the caller may reuse its buffer. Throws a ConfigurationError. */
export function toSecretBytes(secret: unknown, reader: OptionReader, { name, ifKey }: SecretUse): Buffer {
  const isBytes = secret instanceof Uint8Array
  if (!isString(secret) && !isBytes) reader.fail(name, 'must be a string, a Uint8Array or an array of these')
  if (isString(secret) && !secret.isWellFormed()) {
    reader.fail(
      name,
      'has half of a surrogate pair, which UTF-8 replaces, so that other texts give the same secret. ' +
        'Give the bytes as a Uint8Array',
    )
  }
  const bytes = isBytes ? Buffer.from(secret) : Buffer.from(secret, 'utf8')
  if (bytes.byteLength > MAX_SECRET_BYTES)
    reader.fail(name, `must have at most ${String(MAX_SECRET_BYTES)} bytes. 64 random bytes are enough`)
  if (isEncodedKey(bytes)) reader.fail(name, `is a key or a certificate. ${ifKey}`)
  return bytes
}
