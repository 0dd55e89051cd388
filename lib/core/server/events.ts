/**
 * What can be observed of requests: two diagnostics channels, and one debug line per refusal. Free
 * when nobody listens. Events hold configuration values and enums, never a principal, a key id or a
 * claim; the request of a refusal is there, but not enumerable.
 */
import { channel } from 'node:diagnostics_channel'
import type { Channel } from 'node:diagnostics_channel'
import { isString, own } from '../base/own.js'
import type { ErrorCode, Hint, ResourceServerError } from '../errors/errors.js'
import type { ResourceRequest } from '../http/request.js'
import { pathOf } from '../http/shown-path.js'
import type { VerifiedToken } from '../token/verifier.js'
import { debugRefusal } from './debug.js'

/** Published on `express-resource-server:accepted` for each request with a verified token. */
export interface AcceptedEvent {
  /** The trusted issuer, as configured. */
  readonly issuer: string
  /** The signature algorithm; `undefined` for a token without a JOSE header. */
  readonly alg: string | undefined
  /** Whether the token was remembered, so that only what may change was checked again. */
  readonly isCached: boolean
}

/**
 * Published on `express-resource-server:refused` for each refusal, by the middleware or by a guard.
 * Not for `verify()`, `authenticate()` and `check()`: their callers get the error itself.
 */
export interface RefusedEvent {
  readonly code: ErrorCode
  /** The HTTP status of the refusal. */
  readonly status: number
  readonly hint: Hint | undefined
  readonly method: string | undefined
  /**
   * The path of the request, without the query, cut after 1024 characters. `[token]` stands for what
   * may be a token, long ids included.
   */
  readonly path: string
  /** Whether the request continued all the same, because of `dangerouslyReportOnly`. */
  readonly isReportOnly: boolean
  /**
   * The request itself. Not enumerable: it holds the token, and logging the event must not show it.
   */
  readonly request: ResourceRequest
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

export function publishRefused(
  error: ResourceServerError,
  request: ResourceRequest,
  isReportOnly: boolean,
): void {
  debugRefusal(error, request, isReportOnly)
  if (!refused.hasSubscribers) return
  const { code, status, hint } = error
  const event = { code, status, hint, method: request.method, path: pathOf(request), isReportOnly }
  // A getter, because `inspect` can show hidden values, but calls hidden getters only when asked to.
  Object.defineProperty(event, 'request', { get: () => request })
  refused.publish(event)
}
