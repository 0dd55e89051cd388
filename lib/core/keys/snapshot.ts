/**
 * Key sets that one process hands to another, for cold starts. An imported set is trusted for as
 * long as if this process had fetched it at that time by the wall clock. It is as public as the JWK
 * Set.
 */
import { createHash } from 'node:crypto'
import type { JSONWebKeySet } from 'jose'
import type { Clocks, Instant } from '../base/clock.js'
import { isObject, isString, own } from '../base/own.js'
import type { JsonObject } from '../base/own.js'
import { toValidators } from '../net/fetch-json.js'
import { parseKeySet } from '../jws/jwk-set.js'
import { clampTtlMs } from './limits.js'
import type { KeyLimits } from './limits.js'
import { publicMembers } from '../jws/public-members.js'
import { purgeId, purgeSerial } from './purges.js'
import type { KeyRecord } from './record.js'
import { freshness, trustedForMs } from './state.js'

/** The keys of one issuer as they were fetched. */
export interface IssuerSnapshot {
  readonly issuer: string
  readonly jwksUri: string
  readonly jwks: JSONWebKeySet
  /** NumericDate of the fetch: when it began. */
  readonly fetchedAt: number
  readonly ttlSeconds: number
  readonly etag?: string | undefined
  readonly lastModified?: string | undefined
  /** Names the `purge()` that the fetch followed, for the process in which it was called. */
  readonly purgeId?: string | undefined
}

/** A snapshot from the options. */
export interface GivenSnapshot {
  /** Not parsed yet: unusable parts are ignored, like an unusable document from the network. */
  readonly contents: JsonObject
  /** The number of purges in this process when the options were given. */
  readonly givenAt: number
}

/** The keys of all issuers, as plain JSON. Its writer decides which keys are trusted. */
export interface KeysSnapshot {
  readonly version: 1
  readonly issuers: readonly IssuerSnapshot[]
}

/**
 * The clocks of two machines differ a little. A snapshot from further ahead has no reliable date.
 */
const MAX_AHEAD_MS = 60_000

export function toSnapshot(
  record: KeyRecord,
  { clocks, names }: { readonly clocks: Clocks; readonly names: readonly string[] },
): Omit<IssuerSnapshot, 'issuer'> {
  const { jwks, url, validators, freshness: fresh, fetchedAt, fetchedSerial } = record
  const now = clocks.now()
  // The monotonic clock may stop while the machine sleeps.
  const ageMs = Math.max(now.monotonicMs - fetchedAt.monotonicMs, now.epochMs - fetchedAt.epochMs)
  const purge = purgeId(fetchedSerial, [...names, url])
  return {
    jwksUri: url,
    // Another server may share these keys: whoever changes a snapshot changes only that.
    jwks: JSON.parse(JSON.stringify({ keys: jwks })) as JSONWebKeySet,
    fetchedAt: (now.epochMs - ageMs) / 1000,
    ttlSeconds: fresh.ttlMs / 1000,
    ...(validators.etag !== undefined && { etag: validators.etag }),
    ...(validators.lastModified !== undefined && { lastModified: validators.lastModified }),
    ...(purge !== undefined && { purgeId: purge }),
  }
}

/** An entry that can be used now. */
export interface UsableSnapshot {
  readonly record: KeyRecord
  /** Equal for two entries with the same keys, place, date, TTL and validators. */
  readonly identity: string
  /** The member of the entry, not parsed. */
  readonly purgeId: unknown
}

/**
 * `undefined` if the entry is too old, from the future or malformed: the source then starts cold.
 */
export function usableSnapshot(
  entry: JsonObject,
  limits: KeyLimits,
  now: Instant,
): UsableSnapshot | undefined {
  const record = recordOf(entry, limits, now)
  if (record === undefined) return undefined
  const { url, jwks, validators } = record
  const dates = [own(entry, 'fetchedAt'), own(entry, 'ttlSeconds')]
  const identity = createHash('sha256').update(JSON.stringify([url, jwks, validators, dates]))
  return { record, identity: identity.digest('base64url'), purgeId: own(entry, 'purgeId') }
}

function recordOf(snapshot: JsonObject, limits: KeyLimits, now: Instant): KeyRecord | undefined {
  const [fetchedAt, ttlSeconds, url] = ['fetchedAt', 'ttlSeconds', 'jwksUri'].map((name) =>
    own(snapshot, name),
  )
  if (typeof fetchedAt !== 'number' || typeof ttlSeconds !== 'number' || !isString(url)) return undefined
  const aheadMs = fetchedAt * 1000 - now.epochMs
  if (!(aheadMs <= MAX_AHEAD_MS)) return undefined
  const ageMs = Math.max(0, -aheadMs)
  const loadedAt = { epochMs: now.epochMs - ageMs, monotonicMs: now.monotonicMs - ageMs }
  const bounds = { ttlMs: clampTtlMs(limits, ttlSeconds * 1000), staleMs: limits.staleMs }
  const fresh = freshness(loadedAt, bounds, Math.random())
  if (!(ageMs < trustedForMs(fresh))) return undefined
  const document = own(snapshot, 'jwks')
  const index = parseKeySet(document, limits.maxKeys)
  if (typeof index === 'string') return undefined
  const validators = toValidators(own(snapshot, 'etag'), own(snapshot, 'lastModified'))
  const jwks = publicMembers(document)
  const origin = { fetchedAt: loadedAt, fetchedSerial: purgeSerial(), url, metadata: undefined }
  return { index, jwks, generation: 1, freshness: fresh, validators, ...origin }
}

/** The entry for one issuer. */
export function entryFor(issuer: string, snapshot: JsonObject): JsonObject | undefined {
  const entries: unknown = own(snapshot, 'version') === 1 ? own(snapshot, 'issuers') : undefined
  if (!Array.isArray(entries)) return undefined
  return entries.filter(isObject).find((entry) => own(entry, 'issuer') === issuer)
}
