/** From the options of `introspection` to plain settings. */
import { OptionReader } from '../core/options/reader.js'
import { parseClient } from './client-options.js'
import type { Client } from './client.js'
import type { IntrospectionCacheOptions, IntrospectionOptions } from './types.js'

const NAMES: Readonly<Record<keyof IntrospectionOptions, true>> = {
  client: true,
  issuer: true,
  endpoint: true,
  tokens: true,
  cache: true,
  negativeSeconds: true,
  timeoutMs: true,
  jwt: true,
  dangerouslyAcceptMissingAudience: true,
}

const CACHE_NAMES: Readonly<Record<keyof IntrospectionCacheOptions, true>> = {
  maxEntries: true,
  maxSeconds: true,
}

export interface IntrospectionSettings {
  readonly client: Client
  /** As given: which issuer it is, and whether the URL may be used, depends on the server. */
  readonly issuer: string | undefined
  readonly endpoint: string | undefined
  readonly asksAboutJwts: boolean
  readonly maxEntries: number
  readonly maxMs: number
  readonly negativeMs: number
  readonly timeoutMs: number
  readonly isSigned: boolean
  readonly acceptsMissingAudience: boolean
  /** For messages about options that contradict those of the server. */
  readonly reader: OptionReader
}

/** Throws a ConfigurationError that names the wrong option. */
export function parseIntrospectionOptions(options: IntrospectionOptions): IntrospectionSettings {
  const reader = new OptionReader(options, 'introspection', Object.keys(NAMES))
  const cache = new OptionReader(
    reader.record('cache') ?? {},
    reader.pathOf('cache'),
    Object.keys(CACHE_NAMES),
  )
  return {
    reader,
    client: parseClient(reader),
    issuer: reader.string('issuer'),
    endpoint: reader.string('endpoint'),
    asksAboutJwts: reader.oneOf('tokens', ['opaque', 'all']) === 'all',
    maxEntries: cache.integer('maxEntries', { min: 1, max: 1_000_000 }) ?? 10_000,
    maxMs: (cache.number('maxSeconds', { min: 0, max: 3600 }) ?? 60) * 1000,
    negativeMs: (reader.number('negativeSeconds', { min: 0, max: 300 }) ?? 5) * 1000,
    timeoutMs: reader.number('timeoutMs', { min: 50, max: 60_000 }) ?? 3000,
    isSigned: reader.boolean('jwt'),
    acceptsMissingAudience: reader.boolean('dangerouslyAcceptMissingAudience'),
  }
}
