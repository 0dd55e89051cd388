/** All options at once: parsed at start-up, so that a request touches finished values only. */
import type { ServerConfig } from '../authenticate.js'
import { Challenger } from '../challenge.js'
import { Clocks } from '../clock.js'
import type { Clock } from '../clock.js'
import { authorizationHeader, computed, customHeader, formBody, queryParameter } from '../credentials.js'
import type { CredentialSource } from '../credentials.js'
import { isObject, isString, isStringArray, own } from '../own.js'
import { closeHierarchy, isScopeToken } from '../scopes.js'
import type { ScopeHierarchy } from '../scopes.js'
import { isStandardSchema } from '../standard-schema.js'
import type { StandardSchema } from '../standard-schema.js'
import { DEFAULT_TOKEN_CACHE_LIMITS, TokenCache } from '../token-cache.js'
import { fetchTransport, nodeTransport } from '../transport.js'
import type { FetchFunction } from '../transport.js'
import { parseIssuers, TOKEN_OPTION_NAMES } from './issuers.js'
import { OptionReader } from './reader.js'
import type { ResourceServerOptions, TokenPlace } from './types.js'

const NAMES: Readonly<Record<keyof ResourceServerOptions, true>> = {
  ...TOKEN_OPTION_NAMES,
  issuer: true,
  dangerouslyAcceptAnyAudience: true,
  dangerouslyAllowInsecureHttp: true,
  dangerouslyAllowPrivateAddresses: true,
  maxTokenAgeSeconds: true,
  requiredClaims: true,
  maxTokenBytes: true,
  acceptTokenFrom: true,
  optional: true,
  claims: true,
  tokenCache: true,
  dangerouslyReportOnly: true,
  scopeHierarchy: true,
  resourceMetadata: true,
  challengeScopes: true,
  realm: true,
  refusals: true,
  fetch: true,
  clock: true,
}

const PRINTABLE = /^[\x20-\x7e]+$/
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

export function parseOptions(options: ResourceServerOptions<StandardSchema | undefined>): ServerConfig {
  const top = new OptionReader(options, '', Object.keys(NAMES))
  const clocks = new Clocks(parseClock(top))
  const fetch = top.function('fetch') as FetchFunction | undefined
  const transport = fetch === undefined ? nodeTransport : fetchTransport(fetch)
  const urlPolicy = { allowInsecureHttp: top.boolean('dangerouslyAllowInsecureHttp') }
  const { issuers, gates } = parseIssuers({ top, clocks, transport, urlPolicy })
  return {
    gates: { ...gates, maxTokenBytes: top.integer('maxTokenBytes', { min: 256, max: 1_048_576 }) ?? 16_384 },
    issuers,
    clocks,
    claimsSchema: parseSchema(top),
    tokenCache: parseTokenCache(top),
    credentialSources: parseTokenPlaces(top),
    scopeHierarchy: parseHierarchy(top),
    challenger: parseChallenger(top),
    isOptional: top.boolean('optional'),
    refusals: top.oneOf('refusals', ['respond', 'next']) ?? 'respond',
    isReportOnly: parseReportOnly(top),
  }
}

function parseSchema(top: OptionReader): StandardSchema | undefined {
  const schema = top.value('claims')
  if (schema === undefined || isStandardSchema(schema)) return schema
  return top.fail('claims', 'must be a Standard Schema: an object of zod, valibot, arktype or the like')
}

function parseTokenCache(top: OptionReader): TokenCache | undefined {
  if (top.value('tokenCache') === false) return undefined
  const reader = new OptionReader(top.record('tokenCache') ?? {}, 'tokenCache', ['maxEntries', 'maxBytes'])
  return new TokenCache({
    maxEntries:
      reader.integer('maxEntries', { min: 1, max: 1_000_000 }) ?? DEFAULT_TOKEN_CACHE_LIMITS.maxEntries,
    maxBytes: reader.integer('maxBytes', { min: 65_536, max: 2 ** 32 }) ?? DEFAULT_TOKEN_CACHE_LIMITS.maxBytes,
  })
}

function parseReportOnly(top: OptionReader): boolean {
  const isReportOnly = top.boolean('dangerouslyReportOnly')
  if (isReportOnly) {
    process.emitWarning('dangerouslyReportOnly is set: resourceServer and its guards refuse nothing', {
      type: 'SecurityWarning',
      code: 'RESOURCE_SERVER_REPORT_ONLY',
    })
  }
  return isReportOnly
}

function parseClock(top: OptionReader): Clock | undefined {
  const clock = top.value('clock')
  if (clock === undefined) return undefined
  if (typeof clock !== 'object' || clock === null || typeof (clock as Clock).epochMs !== 'function') {
    return top.fail('clock', 'must be an object with a function epochMs')
  }
  return clock as Clock
}

function parseTokenPlaces(top: OptionReader): readonly CredentialSource[] {
  const value = top.value('acceptTokenFrom')
  const places: readonly unknown[] = value === undefined ? ['header'] : Array.isArray(value) ? value : [value]
  if (places.length === 0) top.fail('acceptTokenFrom', 'must not be an empty array')
  return places.map((place) => toCredentialSource(place) ?? top.fail('acceptTokenFrom', PLACES))
}

const PLACES = 'must hold "header", "body", "query", { header: name } or functions'

function toCredentialSource(place: unknown): CredentialSource | undefined {
  if (place === 'header') return authorizationHeader
  if (place === 'body') return formBody
  if (place === 'query') return queryParameter
  if (typeof place === 'function')
    return computed(place as Extract<TokenPlace, (...args: never[]) => unknown>)
  const name = isObject(place) ? own(place, 'header') : undefined
  if (!isString(name) || !HEADER_NAME.test(name)) return undefined
  return name.toLowerCase() === 'authorization' ? authorizationHeader : customHeader(name)
}

function parseHierarchy(top: OptionReader): ScopeHierarchy {
  const direct = top.record('scopeHierarchy') ?? {}
  const isHierarchy = (value: object): value is Readonly<Record<string, readonly string[]>> =>
    Object.entries(value).every(
      ([scope, implied]) => isScopeToken(scope) && isStringArray(implied) && implied.every(isScopeToken),
    )
  return isHierarchy(direct)
    ? closeHierarchy(direct)
    : top.fail('scopeHierarchy', 'must map scope values to arrays of the scope values that they imply')
}

function parseChallenger(top: OptionReader): Challenger {
  const realm = top.string('realm')
  if (realm !== undefined && !PRINTABLE.test(realm)) top.fail('realm', 'must be printable ASCII')
  const resourceMetadata = top.string('resourceMetadata')
  if (resourceMetadata !== undefined && !URL.canParse(resourceMetadata))
    top.fail('resourceMetadata', 'must be a URL')
  const scopes = top.strings('challengeScopes') ?? []
  if (!scopes.every(isScopeToken))
    top.fail('challengeScopes', 'must hold scope values, without spaces or quotes')
  return new Challenger({ realm, resourceMetadata, scopes })
}
