/** What can be observed of key sources, through `node:diagnostics_channel`: free when nobody listens. */
import { channel, tracingChannel } from 'node:diagnostics_channel'
import type { Channel } from 'node:diagnostics_channel'
import type { UpstreamProblem } from '../errors/upstream-error.js'
import type { JwkProblem } from '../jws/verification-key.js'
import type { KeyState } from './state.js'

/** A document was accepted, the known one was confirmed by the origin (304), or a snapshot was believed. */
export type RefreshKind = 'fetched' | 'not_modified' | 'imported'

/**
 * Published on `express-resource-server:keys` for what becomes of a key source. A state is noticed when a request, or
 * `health()`, asks for it.
 */
export type KeysEvent = {
  /** The `jwksUri`, the `metadataUrl` or the issuer, as configured. */
  readonly source: string
} & (
  | { readonly type: 'state'; readonly from: KeyState; readonly to: KeyState }
  | {
      readonly type: 'refreshed'
      readonly how: RefreshKind
      readonly generation: number
      readonly keyCount: number
    }
  /** A refresh failed; the known keys stay. */
  | {
      readonly type: 'failed'
      readonly problem: UpstreamProblem
      readonly status: number | undefined
      readonly consecutiveFailures: number
    }
  /** A member of an accepted document is of no use. */
  | { readonly type: 'key_dropped'; readonly problem: JwkProblem }
  /** Refreshes have been failing for this share of the stale window. */
  | { readonly type: 'stale'; readonly windowUsed: 0 | 0.5 | 0.75 }
  | { readonly type: 'purged' }
)

const keys: Channel = channel('express-resource-server:keys')

export function publishKeys(event: KeysEvent): void {
  if (keys.hasSubscribers) keys.publish(event)
}

/**
 * What subscribers of the tracing channel `express-resource-server:flight` get: one flight fetches
 * metadata and keys of one source. `error` is what it failed with.
 */
export interface FlightTrace {
  /** The `jwksUri`, the `metadataUrl` or the issuer, as configured. */
  readonly source: string
  /** Whether callers wait for it because the keys are past their TTL after a quiet time. */
  readonly isOverdue: boolean
}

const flights = tracingChannel<unknown, FlightTrace>('express-resource-server:flight')

/** Runs a flight inside the tracing channel, so that subscribers see its duration. */
export function traceFlight(trace: FlightTrace, fly: () => Promise<void>): Promise<void> {
  // The type of Node's function does not say that it returns what it is given.
  const traced: unknown = flights.tracePromise(fly, { ...trace })
  return traced as Promise<void>
}
