/**
 * What can be observed of requests, through `node:diagnostics_channel`: free when nobody listens.
 * Events hold configuration values and enums, never a request, a principal, a key id or a claim.
 */
import { channel } from 'node:diagnostics_channel'
import type { Channel } from 'node:diagnostics_channel'
import { isString, own } from '../base/own.js'
import type { ErrorCode, Hint } from '../errors/errors.js'
import type { VerifiedToken } from '../token/verifier.js'

/** Published on `express-resource-server:accepted` for each request with a verified token. */
export interface AcceptedEvent {
  /** The trusted issuer, as configured. */
  readonly issuer: string
  /** The signature algorithm; `undefined` for a token without a JOSE header. */
  readonly alg: string | undefined
  /** Whether the token was remembered, so that only what may change was checked again. */
  readonly isCached: boolean
}

/** Published on `express-resource-server:refused` for each refusal, by the middleware or by a guard. */
export interface RefusedEvent {
  readonly code: ErrorCode
  readonly status: number
  readonly hint: Hint | undefined
  /** Whether the request continued all the same, because of `dangerouslyReportOnly`. */
  readonly isReportOnly: boolean
}

const accepted: Channel = channel('express-resource-server:accepted')
const refused: Channel = channel('express-resource-server:refused')

export function publishAccepted({ issuer, header }: VerifiedToken, isCached: boolean): void {
  if (!accepted.hasSubscribers) return
  const alg = header && own(header, 'alg')
  accepted.publish({
    issuer: issuer.issuer,
    alg: isString(alg) ? alg : undefined,
    isCached,
  } satisfies AcceptedEvent)
}

export function publishRefused(event: RefusedEvent): void {
  if (!refused.hasSubscribers) return
  const { code, status, hint, isReportOnly } = event
  refused.publish({ code, status, hint, isReportOnly } satisfies RefusedEvent)
}
