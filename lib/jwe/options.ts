/** From the options of `jwe` to plain settings. */
import { OptionReader } from '../core/options/reader.js'
import { CONTENT_ENCRYPTION_NAMES, KEY_MANAGEMENT_NAMES } from './algorithms.js'
import { isKeyLike, toDecryptionKey } from './keys.js'
import type { AllowedAlgorithms, DecryptionKey } from './keys.js'
import type { JweKeyObject, JweOptions } from './types.js'

export interface JweSettings extends AllowedAlgorithms {
  readonly keys: readonly DecryptionKey[]
  readonly isRequired: boolean
}

const NAMES: Readonly<Record<keyof JweOptions, true>> = {
  keys: true,
  algorithms: true,
  encryptions: true,
  required: true,
}

const KEY_OBJECT_NAMES: Readonly<Record<keyof JweKeyObject, true>> = { key: true, kid: true, alg: true }

const MAX_KEYS = 16

/** Throws a ConfigurationError that names the wrong option. */
export function parseJweOptions(options: JweOptions): JweSettings {
  const reader = new OptionReader(options, 'jwe', Object.keys(NAMES))
  const allowed = {
    algorithms: parseNames(reader, 'algorithms', KEY_MANAGEMENT_NAMES),
    encryptions: parseNames(reader, 'encryptions', CONTENT_ENCRYPTION_NAMES),
  }
  return { ...allowed, keys: parseKeys(reader, allowed), isRequired: reader.boolean('required') }
}

function parseNames<T extends string>(
  reader: OptionReader,
  option: string,
  known: readonly T[],
): readonly T[] {
  const given = reader.strings(option)
  if (given === undefined) return known
  const unknown = given.some((name) => !known.some((each) => each === name))
  if (unknown) reader.fail(option, `must hold only ${known.join(', ')}. There are no others`)
  return known.filter((name) => given.includes(name))
}

function parseKeys(reader: OptionReader, allowed: AllowedAlgorithms): readonly DecryptionKey[] {
  const value = reader.value('keys')
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_KEYS)
    return reader.fail('keys', `must be an array of 1 to ${String(MAX_KEYS)} private keys`)
  const keys = Array.from<unknown>(value).map((each, index) =>
    parseKey(each, reader, `keys[${String(index)}]`, allowed),
  )
  const kids = keys.map(({ kid }) => kid).filter((kid) => kid !== undefined)
  if (new Set(kids).size < kids.length) reader.fail('keys', 'has two keys with the same kid')
  return keys
}

function parseKey(
  value: unknown,
  reader: OptionReader,
  path: string,
  allowed: AllowedAlgorithms,
): DecryptionKey {
  if (!isKeyLike(value)) return reader.fail(path, 'must be a JWK, or { key, kid } with a KeyObject')
  if (Object.hasOwn(value, 'key')) new OptionReader(value, reader.pathOf(path), Object.keys(KEY_OBJECT_NAMES))
  const key = toDecryptionKey(value, allowed)
  return typeof key === 'string' ? reader.fail(path, key) : key
}
