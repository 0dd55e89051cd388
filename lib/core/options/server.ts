/** From the user's options to plain settings. Parses only: makes nothing and holds nothing. */
import { isScopeToken } from '../access/scopes.js'
import { isStringArray } from '../base/own.js'
import type { ChallengeConfig } from '../http/answer.js'
import { DEFAULT_MAX_TOKEN_BYTES } from '../jws/compact-jws.js'
import type { FetchFunction } from '../net/fetch-transport.js'
import type { ServerSettings } from '../server/settings.js'
import { DEFAULT_TOKEN_CACHE_LIMITS } from '../server/token-cache.js'
import type { TokenCacheLimits } from '../server/token-cache.js'
import { isStandardSchema } from '../token/standard-schema.js'
import type { StandardSchema } from '../token/standard-schema.js'
import { parseClock } from './clock.js'
import { parseConfirmation } from './confirmation.js'
import { parseDecryption } from './decryption.js'
import { isFapi } from './fapi.js'
import { parseIssuers } from './issuers.js'
import { SERVER_OPTIONS, TOKEN_CACHE_OPTIONS } from './names.js'
import { OptionReader } from './reader.js'
import { parseOpaque } from './opaque.js'
import { advertised, NOT_A_SCOPE_OF_AN_API, parseResourceMetadata } from './resource-metadata.js'
import { parseRevocationOption } from './revocation.js'
import { parseTokenPlaces } from './token-places.js'

const PRINTABLE = /^[\x20-\x7e]+$/

/** Throws a ConfigurationError that names the wrong option. Nothing has to be released then. */
export function parseOptions(options: unknown): ServerSettings {
  const top = new OptionReader(options, '', SERVER_OPTIONS)
  const { metadata, metadataUrl } = parseResourceMetadata(top)
  const { issuers, gates } = parseIssuers(top, metadata?.resource)
  const settings: ServerSettings = {
    issuers,
    gates: {
      ...gates,
      maxTokenBytes: top.integer('maxTokenBytes', { min: 256, max: 1_048_576 }) ?? DEFAULT_MAX_TOKEN_BYTES,
    },
    clock: parseClock(top),
    fetch: top.function('fetch') as FetchFunction | undefined,
    claimsSchema: parseSchema(top),
    tokenCache: parseTokenCache(top),
    credentialPlaces: parseTokenPlaces(top),
    scopeHierarchy: parseHierarchy(top),
    acrLevels: parseAcrLevels(top),
    challenge: { ...parseChallenge(top), resourceMetadata: metadataUrl },
    metadata,
    isOptional: top.boolean('optional'),
    refusals: top.oneOf('refusals', ['respond', 'next']) ?? 'respond',
    isReportOnly: top.boolean('dangerouslyReportOnly'),
    credentialSources: [],
    verifiersBefore: parseDecryption(top),
    verifiersAfter: parseOpaque(top, issuers),
    confirmation: parseConfirmation(top),
    requiresConfirmation: isFapi(top),
    checks: parseRevocationOption(top),
  }
  metadata?.assertAgrees(advertised(settings))
  return settings
}

function parseSchema(top: OptionReader): StandardSchema | undefined {
  const schema = top.value('claims')
  if (schema === undefined || isStandardSchema(schema)) return schema
  return top.fail('claims', 'must be a Standard Schema, such as a schema of zod, valibot or arktype')
}

function parseTokenCache(top: OptionReader): TokenCacheLimits | undefined {
  if (top.value('tokenCache') === false) return undefined
  const reader = new OptionReader(top.record('tokenCache') ?? {}, 'tokenCache', TOKEN_CACHE_OPTIONS)
  return {
    maxEntries:
      reader.integer('maxEntries', { min: 1, max: 1_000_000 }) ?? DEFAULT_TOKEN_CACHE_LIMITS.maxEntries,
    maxBytes:
      reader.integer('maxBytes', { min: 65_536, max: 2 ** 32 }) ?? DEFAULT_TOKEN_CACHE_LIMITS.maxBytes,
  }
}

/** They appear in challenges, separated by spaces (RFC 9470 §3). */
function parseAcrLevels(top: OptionReader): readonly string[] {
  const levels = top.strings('acrLevels') ?? []
  if (!levels.every(isScopeToken) || new Set(levels).size < levels.length)
    top.fail('acrLevels', 'must name each class once, without spaces, quotes and backslashes')
  return levels
}

function parseHierarchy(top: OptionReader): ServerSettings['scopeHierarchy'] {
  const direct = top.plainRecord('scopeHierarchy') ?? {}
  const isHierarchy = (value: object): value is Readonly<Record<string, readonly string[]>> =>
    Object.entries(value).every(
      ([scope, implied]) => isScopeToken(scope) && isStringArray(implied) && implied.every(isScopeToken),
    )
  return isHierarchy(direct)
    ? direct
    : top.fail('scopeHierarchy', 'must map scope values to arrays of the scope values that they imply')
}

function parseChallenge(top: OptionReader): Pick<ChallengeConfig, 'realm' | 'scopes'> {
  const realm = top.string('realm')
  if (realm !== undefined && !PRINTABLE.test(realm)) top.fail('realm', 'must be printable ASCII')
  const scopes = top.strings('challengeScopes', { mayBeEmpty: true }) ?? []
  if (!scopes.every(isScopeToken))
    top.fail('challengeScopes', 'must be scope values, which have no spaces or quotes')
  if (scopes.includes('offline_access')) top.fail('challengeScopes', NOT_A_SCOPE_OF_AN_API)
  return { realm, scopes: [...new Set(scopes)] }
}
