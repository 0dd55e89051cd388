/**
 * What can be observed, through `node:diagnostics_channel`: free when nobody listens. Events hold configuration values
 * and enums, never a request, a principal, a key id or a claim.
 */
import { channel } from 'node:diagnostics_channel'
import type { Channel } from 'node:diagnostics_channel'
import type { ErrorCode, Hint } from '../errors/errors.js'
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

const accepted: Channel = channel('express-resource-server:accepted')
const refused: Channel = channel('express-resource-server:refused')

export function publishAccepted({ issuer, header }: VerifiedAccessToken, isCached: boolean): void {
  if (!accepted.hasSubscribers) return
  accepted.publish({ issuer: issuer.issuer, alg: header.alg, isCached } satisfies AcceptedEvent)
}

export function publishRefused(event: RefusedEvent): void {
  if (!refused.hasSubscribers) return
  const { code, status, hint, isReportOnly } = event
  refused.publish({ code, status, hint, isReportOnly } satisfies RefusedEvent)
}
