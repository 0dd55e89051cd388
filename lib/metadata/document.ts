/** From the options of `protectedResource` to the document. RFC 9728 §2, §2.1, §3.2. */
import { own } from '../core/base/own.js'
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

/** Returns a copy, as JSON has it. */
function readOthers(reader: OptionReader): Readonly<Record<string, unknown>> {
  const given = reader.plainRecord('otherMembers') ?? {}
  for (const name of Object.keys(given)) {
    const option = WIRE_NAMES.get(name.replace(/#[^]*$/, ''))
    if (option !== undefined)
      reader.fail('otherMembers', `has a member of RFC 9728. Write the option ${option} instead`)
  }
  try {
    return JSON.parse(JSON.stringify(given)) as Record<string, unknown>
  } catch {
    return reader.fail('otherMembers', 'must be JSON: it has a cycle or a bigint')
  }
}
