/**
 * Key sets on their way from one process to another, for cold starts. What is imported is believed for as long as this process
 * would have believed it had it fetched it itself, reckoned by the wall clock, and it is no more secret than the JWK Sets are.
 */
import type { JSONWebKeySet } from 'jose'
import type { Instant } from '../base/clock.js'
import { isObject, isString, own } from '../base/own.js'
import type { JsonObject } from '../base/own.js'
import { parseKeySet } from '../jws/jwk-set.js'
import { clampTtlMs } from './limits.js'
import type { KeyLimits } from './limits.js'
import { publicMembers } from '../jws/public-members.js'
import type { KeyRecord } from './record.js'
import { freshness, trustedForMs } from './state.js'

/** One issuer's keys as they were fetched. */
export interface IssuerSnapshot {
  readonly issuer: string
  readonly jwksUri: string
  readonly jwks: JSONWebKeySet
  /** NumericDate of the fetch. */
  readonly fetchedAt: number
  readonly ttlSeconds: number
  readonly etag?: string | undefined
  readonly lastModified?: string | undefined
}

/** The keys of all issuers; plain JSON. Whoever can write it decides which keys are trusted. */
export interface KeysSnapshot {
  readonly version: 1
  readonly issuers: readonly IssuerSnapshot[]
}

/** Clocks of two machines differ a little; what comes from further ahead cannot be dated. */
const MAX_AHEAD_MS = 60_000

export function toSnapshot(record: KeyRecord, now: Instant): Omit<IssuerSnapshot, 'issuer'> {
  const { jwks, url, validators, freshness: fresh } = record
  const ageMs = now.monotonicMs - fresh.loadedAt.monotonicMs
  return {
    jwksUri: url,
    jwks: { keys: [...jwks] },
    fetchedAt: (now.epochMs - ageMs) / 1000,
    ttlSeconds: fresh.ttlMs / 1000,
    ...(validators.etag !== undefined && { etag: validators.etag }),
    ...(validators.lastModified !== undefined && { lastModified: validators.lastModified }),
  }
}

/** `undefined` for what is too old, from the future, or no snapshot: the source then starts without. */
export function recordOf(snapshot: JsonObject, limits: KeyLimits, now: Instant): KeyRecord | undefined {
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
  const validators = { etag: text(snapshot, 'etag'), lastModified: text(snapshot, 'lastModified') }
  const jwks = publicMembers(document)
  return { index, jwks, generation: 1, freshness: fresh, url, validators, metadata: undefined }
}

function text(snapshot: JsonObject, name: string): string | undefined {
  const value = own(snapshot, name)
  return isString(value) ? value : undefined
}

/** The entry for one issuer. */
export function entryFor(issuer: string, snapshot: JsonObject): JsonObject | undefined {
  const entries: unknown = own(snapshot, 'version') === 1 ? own(snapshot, 'issuers') : undefined
  if (!Array.isArray(entries)) return undefined
  return entries.filter(isObject).find((entry) => own(entry, 'issuer') === issuer)
}
