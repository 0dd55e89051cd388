/** All options at once: parsed at start-up, so that a request touches finished values only. */
import type { ServerConfig } from '../server/authenticate.js'
import { Challenger } from '../http/challenge.js'
import { Clocks } from '../base/clock.js'
import type { Clock } from '../base/clock.js'
import { isStringArray } from '../base/own.js'
import { closeHierarchy, isScopeToken } from '../access/scopes.js'
import type { ScopeHierarchy } from '../access/scopes.js'
import { isStandardSchema } from '../token/standard-schema.js'
import type { StandardSchema } from '../token/standard-schema.js'
import { DEFAULT_TOKEN_CACHE_LIMITS, TokenCache } from '../server/token-cache.js'
import { fetchTransport, nodeTransport } from '../net/transport.js'
import type { FetchFunction } from '../net/transport.js'
import { parseIssuers } from './issuers.js'
import { OptionReader } from './reader.js'
import { TOKEN_OPTION_NAMES } from './token-options.js'
import { parseTokenPlaces } from './token-places.js'
import type { ResourceServerOptions } from './types.js'

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

export function parseOptions(options: ResourceServerOptions<StandardSchema | undefined>): ServerConfig {
  const top = new OptionReader(options, '', Object.keys(NAMES))
  const clocks = new Clocks(parseClock(top))
  const fetch = top.function('fetch') as FetchFunction | undefined
  const transport = fetch === undefined ? nodeTransport : fetchTransport(fetch)
  const urlPolicy = { allowInsecureHttp: top.boolean('dangerouslyAllowInsecureHttp') }
  const places = parseTokenPlaces(top)
  const { issuers, gates } = parseIssuers({ top, clocks, transport, urlPolicy })
  return {
    gates: { ...gates, maxTokenBytes: top.integer('maxTokenBytes', { min: 256, max: 1_048_576 }) ?? 16_384 },
    issuers,
    clocks,
    claimsSchema: parseSchema(top),
    tokenCache: parseTokenCache(top),
    credentialSources: places.sources,
    vary: places.vary,
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
    maxBytes:
      reader.integer('maxBytes', { min: 65_536, max: 2 ** 32 }) ?? DEFAULT_TOKEN_CACHE_LIMITS.maxBytes,
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
  const { epochMs, monotonicMs } = (typeof clock === 'object' ? (clock ?? {}) : {}) as Record<string, unknown>
  const isClock =
    typeof epochMs === 'function' && (monotonicMs === undefined || typeof monotonicMs === 'function')
  return isClock
    ? (clock as Clock)
    : top.fail('clock', 'must be an object with a function epochMs and, if any, a function monotonicMs')
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
  if (
    resourceMetadata !== undefined &&
    !(URL.canParse(resourceMetadata) && PRINTABLE.test(resourceMetadata))
  ) {
    top.fail('resourceMetadata', 'must be a URL, in ASCII as headers are')
  }
  const scopes = top.strings('challengeScopes', { mayBeEmpty: true }) ?? []
  if (!scopes.every(isScopeToken))
    top.fail('challengeScopes', 'must hold scope values, without spaces or quotes')
  return new Challenger({ realm, resourceMetadata, scopes })
}
