/** The state of a key source, as a pure function of the clock and the last accepted document. */
import type { Instant } from '../base/clock.js'

/**
 * COLD: never loaded. FRESH: serves. AHEAD: serves, and a refresh is due in the background. STALE:
 * past its TTL, still serves while refreshes fail. EXPIRED: no longer trusted.
 */
export type KeyState = 'COLD' | 'FRESH' | 'AHEAD' | 'STALE' | 'EXPIRED'

export interface Freshness {
  readonly loadedAt: Instant
  readonly aheadMs: number
  readonly ttlMs: number
  readonly staleMs: number
}

export interface FreshnessLimits {
  readonly ttlMs: number
  readonly staleMs: number
}

const AHEAD_SHARE = 0.8
const JITTER_SHARE = 0.1

/** `random` in [0, 1) spreads the refreshes of many processes over a tenth of the TTL. */
export function freshness(loadedAt: Instant, { ttlMs, staleMs }: FreshnessLimits, random: number): Freshness {
  return { loadedAt, aheadMs: ttlMs * (AHEAD_SHARE - JITTER_SHARE * random), ttlMs, staleMs }
}

export function stateOf(record: Freshness | undefined, now: Instant): KeyState {
  if (record === undefined) return 'COLD'
  if (trustAgeMs(record, now) >= trustedForMs(record)) return 'EXPIRED'
  const age = refreshAgeMs(record, now)
  if (age >= record.ttlMs) return 'STALE'
  return age >= record.aheadMs ? 'AHEAD' : 'FRESH'
}

export function trustedForMs({ ttlMs, staleMs }: Freshness): number {
  return ttlMs + staleMs
}

/** The used share of the stale window, 0 to 1. */
export function staleShare(record: Freshness, now: Instant): number {
  return Math.min(1, Math.max(0, trustAgeMs(record, now) - record.ttlMs) / record.staleMs)
}

/** Only the monotonic clock counts, since a jump of the wall clock must not end trust. */
export function trustAgeMs(record: Freshness, now: Instant): number {
  return now.monotonicMs - record.loadedAt.monotonicMs
}

/** The wall clock counts too, since the monotonic one may stop while the machine sleeps. */
export function refreshAgeMs(record: Freshness, now: Instant): number {
  return Math.max(trustAgeMs(record, now), now.epochMs - record.loadedAt.epochMs)
}
