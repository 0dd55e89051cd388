/** From the options of `protectedResource` to the document. RFC 9728 §2, §2.1, §3.2. */
import { isObject, own } from '../core/base/own.js'
import type { JsonObject } from '../core/base/own.js'
import { isPlain } from '../core/options/bag.js'
import { OptionReader } from '../core/options/reader.js'
import { LOCALIZED, MEMBERS } from './members.js'
import type { BearerMethod, ProtectedResourceOptions } from './types.js'

export interface Metadata {
  readonly resource: string
  /** What the server must not contradict. */
  readonly promises: Promises
  /** JSON. */
  readonly document: string
  readonly cacheSeconds: number
}

export interface Promises {
  readonly authorizationServers: readonly string[]
  readonly bearerMethodsSupported: readonly BearerMethod[]
  readonly tlsClientCertificateBoundAccessTokens?: boolean | undefined
  readonly dpopSigningAlgValuesSupported?: readonly string[] | undefined
  readonly dpopBoundAccessTokensRequired?: boolean | undefined
}

const DEFAULT_CACHE_SECONDS = 3600
const LANGUAGE_TAG = /^[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*$/
const NAMES = [...Object.keys(MEMBERS), 'localized', 'otherMembers', 'cacheSeconds']
const WIRE_NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries(MEMBERS).map(([name, [wireName]]) => [wireName, name]),
)

/** Throws a ConfigurationError that names the wrong option. */
export function parseMetadata(options: ProtectedResourceOptions): Metadata {
  const reader = new OptionReader(options, 'protectedResource', NAMES)
  const values = Object.entries(MEMBERS).map(([name, [wireName, read]]) => ({
    name,
    wireName,
    value: read(reader, name),
  }))
  const byName = Object.fromEntries(values.map(({ name, value }) => [name, value]))
  const members = Object.fromEntries(values.map(({ wireName, value }) => [wireName, value]))
  const document = { ...members, ...readLocalized(reader), ...readOthers(reader) }
  return {
    resource: String(own(byName, 'resource')),
    promises: byName as unknown as Promises,
    document: JSON.stringify(document),
    cacheSeconds: reader.integer('cacheSeconds', { min: 0, max: 86_400 }) ?? DEFAULT_CACHE_SECONDS,
  }
}

/** RFC 9728 §2.1: `resource_name#de`. */
function readLocalized(reader: OptionReader): Readonly<Record<string, unknown>> {
  const languages = Object.entries(reader.plainRecord('localized') ?? {})
  const members = languages.flatMap(([tag, options]) => {
    if (!LANGUAGE_TAG.test(tag))
      reader.fail('localized', 'must have BCP 47 language tags for names, such as "de" or "pt-BR"')
    const texts = new OptionReader(options, `${reader.pathOf('localized')}.${tag}`, Object.keys(LOCALIZED))
    return Object.entries(LOCALIZED).map(([name, [wireName, read]]): readonly [string, unknown] => [
      `${wireName}#${tag}`,
      read(texts, name),
    ])
  })
  return Object.fromEntries(members)
}

/** Returns a copy, as JSON has it: the names are those of the copy, which `toJSON` and getters make. */
function readOthers(reader: OptionReader): Readonly<Record<string, unknown>> {
  const copy = copyOf(reader.plainRecord('otherMembers') ?? {})
  if (copy === undefined)
    return reader.fail(
      'otherMembers',
      'must be JSON: it has a function, a cycle, NaN, a Map or another value that JSON does not have',
    )
  for (const name of Object.keys(copy)) {
    const option = WIRE_NAMES.get(name.replace(/#[^]*$/, ''))
    if (option !== undefined)
      reader.fail('otherMembers', `has a member of RFC 9728. Write the option ${option} instead`)
  }
  return copy
}

/** `undefined` if it cannot be written as JSON, or only in part. */
function copyOf(given: JsonObject): JsonObject | undefined {
  if (Object.values(given).some((value) => typeof value === 'function')) return undefined
  const altered: unknown[] = []
  try {
    const text = JSON.stringify(given, function (this: unknown, _name, value: unknown) {
      const isAbsent = value === undefined && !Array.isArray(this)
      if (!isAbsent && !isJson(value)) altered.push(value)
      return value
    })
    const copy: unknown = JSON.parse(text)
    return altered.length === 0 && isObject(copy) ? copy : undefined
  } catch {
    return undefined
  }
}

/** Whether JSON has the value itself, as opposed to `null`, `{}` or nothing in its place. */
function isJson(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (isObject(value)) return isPlain(value)
  return value === null || Array.isArray(value) || ['string', 'boolean'].includes(typeof value)
}
