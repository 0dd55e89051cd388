/** The states of a key source, as a pure function of the clock and of the last accepted document. */
import type { Instant } from '../base/clock.js'

/**
 * COLD: never loaded. FRESH: serves. AHEAD: serves, and a refresh is due in the background. STALE: past its TTL,
 * still serves while refreshes fail. EXPIRED: no longer trusted.
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

/** How much of the stale window is used up, 0 to 1. */
export function staleShare(record: Freshness, now: Instant): number {
  return Math.min(1, Math.max(0, trustAgeMs(record, now) - record.ttlMs) / record.staleMs)
}

/** A wall clock that jumps must not end trust, so the monotonic one alone counts. */
export function trustAgeMs(record: Freshness, now: Instant): number {
  return now.monotonicMs - record.loadedAt.monotonicMs
}

/** A machine that slept wakes with an old set and a monotonic clock that may have slept too. */
export function refreshAgeMs(record: Freshness, now: Instant): number {
  return Math.max(trustAgeMs(record, now), now.epochMs - record.loadedAt.epochMs)
}
