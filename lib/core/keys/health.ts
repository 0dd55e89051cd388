/** The state of a key source for operators, read without I/O. */
import type { Instant } from '../base/clock.js'
import type { JwkProblem, NetworkReason, UpstreamProblem } from '../errors/upstream-error.js'
import type { Refresher } from './refresher.js'
import { refreshAgeMs, trustAgeMs, trustedForMs } from './state.js'
import type { KeyState } from './state.js'

export type KeyStatus = 'starting' | 'up' | 'degraded' | 'down'

/** The state of one key source. Times are NumericDates: seconds since 1970-01-01T00:00:00Z. */
export interface KeySetHealth {
  /**
   * COLD: never loaded. FRESH: serves. AHEAD: serves, and a refresh is due in the background.
   * STALE: past its TTL, still serves while refreshes fail. EXPIRED: no longer trusted.
   */
  readonly state: KeyState
  /** COLD is `starting`, FRESH and AHEAD are `up`, STALE is `degraded`, EXPIRED is `down`. */
  readonly status: KeyStatus
  /** Grows with each accepted document; 0 before the first. */
  readonly generation: number
  readonly keyCount: number
  /** Seconds since the last success. */
  readonly ageSeconds?: number
  /** When a document was last accepted, or confirmed by the origin. */
  readonly lastSuccessAt?: number
  /** Why the last attempt failed; absent after a success. */
  readonly lastFailure?: UpstreamProblem
  /** For the failures `network` and `timeout`: why the network failed. */
  readonly lastFailureReason?: NetworkReason
  /**
   * Why members of the last key set are not used, in the order of the document; absent if all are.
   */
  readonly droppedKeys?: readonly JwkProblem[]
  readonly consecutiveFailures: number
  /** When the next request may start a refresh; absent while one is under way. */
  readonly nextRefreshAt?: number
  /** When trust in the keys ends, unless they are refreshed before. */
  readonly staleUntil?: number
  /** How many callers wait for the refresh under way; at most 10,000. */
  readonly waiters: number
}

const STATUS: Readonly<Record<KeyState, KeyStatus>> = {
  COLD: 'starting',
  FRESH: 'up',
  AHEAD: 'up',
  STALE: 'degraded',
  EXPIRED: 'down',
}

export const GIVEN_KEYS: Pick<
  KeySetHealth,
  'state' | 'status' | 'generation' | 'consecutiveFailures' | 'waiters'
> = { state: 'FRESH', status: 'up', generation: 1, consecutiveFailures: 0, waiters: 0 }

export function healthOf(refresher: Refresher, now: Instant): KeySetHealth {
  const { record, flight, consecutiveFailures } = refresher
  const state = refresher.state(now)
  return {
    state,
    status: STATUS[state],
    generation: record?.generation ?? 0,
    keyCount: record?.index.keys.size ?? 0,
    consecutiveFailures,
    waiters: flight?.waiters ?? 0,
    ...failureOf(refresher),
    ...datesOf(refresher, now),
  }
}

type Failure = Pick<KeySetHealth, 'lastFailure' | 'lastFailureReason' | 'droppedKeys'>

function failureOf({ record, lastFailure }: Refresher): Failure {
  const { problem, reason, dropped: refused = [] } = lastFailure ?? {}
  const dropped = refused.length > 0 ? refused : (record?.index.dropped ?? [])
  return {
    ...(problem !== undefined && { lastFailure: problem }),
    ...(reason !== undefined && { lastFailureReason: reason }),
    ...(dropped.length > 0 && { droppedKeys: dropped }),
  }
}

type Dates = Pick<KeySetHealth, 'ageSeconds' | 'lastSuccessAt' | 'nextRefreshAt' | 'staleUntil'>

/** Computed from now, so that the dates are right although the wall clock may have jumped. */
function datesOf(refresher: Refresher, now: Instant): Dates {
  const freshness = refresher.record?.freshness
  const inMs = (ms: number): number => (now.epochMs + ms) / 1000
  const waitMs = refresher.waitMs()
  const isFlying = refresher.flight !== undefined
  if (freshness === undefined) return isFlying ? {} : { nextRefreshAt: inMs(waitMs) }
  const ageMs = trustAgeMs(freshness, now)
  return {
    ageSeconds: ageMs / 1000,
    lastSuccessAt: inMs(-ageMs),
    staleUntil: inMs(trustedForMs(freshness) - ageMs),
    ...(!isFlying && {
      nextRefreshAt: inMs(Math.max(waitMs, freshness.aheadMs - refreshAgeMs(freshness, now))),
    }),
  }
}
