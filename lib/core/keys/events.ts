/** Events of key sources on `node:diagnostics_channel`. They cost nothing without subscribers. */
import { channel, tracingChannel } from 'node:diagnostics_channel'
import type { Channel } from 'node:diagnostics_channel'
import type { JwkProblem, NetworkReason, UpstreamProblem } from '../errors/upstream-error.js'
import type { KeyState } from './state.js'

/**
 * A document was accepted, the origin confirmed the known one (304), or a snapshot was accepted.
 */
export type RefreshKind = 'fetched' | 'not_modified' | 'imported'

/**
 * Published on `express-resource-server:keys` when a key source changes. A change of state is
 * noticed when a request or `health()` asks for it.
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
      /** For the problems `network` and `timeout`: why the network failed. */
      readonly reason: NetworkReason | undefined
      /** For `no_usable_key`: why each member was dropped, in the order of the document. */
      readonly dropped?: readonly JwkProblem[]
      readonly consecutiveFailures: number
    }
  /** A member of a key set is not used. */
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
 * The context of the tracing channel `express-resource-server:flight`. One flight fetches metadata
 * and keys of one source. `error` says why it failed.
 */
export interface FlightTrace {
  /** The `jwksUri`, the `metadataUrl` or the issuer, as configured. */
  readonly source: string
  /** Whether callers wait for it because the keys passed their TTL in a quiet time. */
  readonly isOverdue: boolean
}

const flights = tracingChannel<unknown, FlightTrace>('express-resource-server:flight')

/** Runs a flight inside the tracing channel, so that subscribers see its duration. */
export function traceFlight(trace: FlightTrace, fly: () => Promise<void>): Promise<void> {
  // The type of Node's function does not say that it returns what it is given.
  const traced: unknown = flights.tracePromise(fly, { ...trace })
  return traced as Promise<void>
}
