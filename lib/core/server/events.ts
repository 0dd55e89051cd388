/**
 * What can be observed, through `node:diagnostics_channel`: free when nobody listens. Events hold configuration values
 * and enums, never a request, a principal, a key id or a claim.
 */
import { channel } from 'node:diagnostics_channel'
import type { Channel } from 'node:diagnostics_channel'
import type { ErrorCode, Hint } from '../errors/errors.js'
import type { UpstreamProblem } from '../net/fetch-json.js'
import type { KeyState } from '../keys/state.js'
import type { JwkProblem } from '../jws/verification-key.js'
import type { VerifiedAccessToken } from '../token/jwt-verifier.js'

/** Published on `express-resource-server:accepted` for each request with a verified token. */
export interface AcceptedEvent {
  /** The trusted issuer, as configured. */
  readonly issuer: string
  readonly alg: string
  /** Whether the token was verified before, and only its time and trust were judged anew. */
  readonly isCached: boolean
}

/** Published on `express-resource-server:refused` for each refusal, by the middleware or by a guard. */
export interface RefusedEvent {
  readonly code: ErrorCode
  readonly status: number
  readonly hint: Hint | undefined
  /** Whether the request went on all the same, because of `dangerouslyReportOnly`. */
  readonly isReportOnly: boolean
}

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

const accepted: Channel = channel('express-resource-server:accepted')
const refused: Channel = channel('express-resource-server:refused')
const keys: Channel = channel('express-resource-server:keys')

export function publishAccepted({ issuer, header }: VerifiedAccessToken, isCached: boolean): void {
  if (!accepted.hasSubscribers) return
  accepted.publish({ issuer: issuer.issuer, alg: header.alg, isCached } satisfies AcceptedEvent)
}

export function publishRefused(event: RefusedEvent): void {
  if (!refused.hasSubscribers) return
  const { code, status, hint, isReportOnly } = event
  refused.publish({ code, status, hint, isReportOnly } satisfies RefusedEvent)
}

export function publishKeys(event: KeysEvent): void {
  if (keys.hasSubscribers) keys.publish(event)
}
