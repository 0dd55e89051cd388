/**
 * The private result of a server for one request. No other code can write it, and guards read
 * nothing else.
 */
import type { Next, ResourceResponse } from '../http/request.js'
import type { ResourceRequest } from '../http/request.js'
import type { Principal } from './principal.js'

/** A request, and what is needed to answer it. */
export interface Exchange {
  readonly req: ResourceRequest
  readonly res: ResourceResponse
  readonly next: Next
}

/** The part of a server that its guards use. */
export interface GuardedServer {
  readonly isReportOnly: boolean
  /** Answers a refusal or passes it on, exactly once. `thrown` may be anything. */
  refuse(thrown: unknown, exchange: Exchange): void
}

export interface RequestContext {
  readonly server: GuardedServer
  /** `wouldRefuse`: the server only reports, and has reported this request. */
  readonly outcome: 'authenticated' | 'anonymous' | 'wouldRefuse'
  readonly principal: Principal | undefined
  /**
   * The value of `req.auth`: the principal, or behind a report-only server the value from before.
   */
  readonly auth: Principal | undefined
  /** What other report-only servers found, in front of this one or behind it. Guards do not read it. */
  readonly reported?: readonly RequestContext[]
}

const contexts = new WeakMap<object, RequestContext>()

/** What guards read. */
export function contextOf(request: object): RequestContext | undefined {
  return contexts.get(request)
}

/** What one server found. */
export function contextBy(server: GuardedServer, request: object): RequestContext | undefined {
  const context = contexts.get(request)
  return [context, ...(context?.reported ?? [])].find((each) => each?.server === server)
}

export type Found = Omit<RequestContext, 'auth' | 'reported'>

/** Replaces the result of an earlier server. A report-only server never replaces that of an enforcing one. */
export function setContext(request: object, found: Found): RequestContext {
  const { server, outcome, principal } = found
  if (server.isReportOnly) return setReported(request, found)
  const context = { server, outcome, principal, auth: principal }
  const reported = reportsIn(contexts.get(request), server)
  contexts.set(request, reported === undefined ? context : { ...context, reported })
  return context
}

/** What report-only servers found so far; `undefined` if none was there. */
function reportsIn(
  earlier: RequestContext | undefined,
  server: GuardedServer,
): readonly RequestContext[] | undefined {
  if (earlier === undefined) return undefined
  const last = earlier.server.isReportOnly ? [earlier] : []
  const all = [...(earlier.reported ?? []), ...last].filter((each) => each.server !== server)
  return all.length === 0 ? undefined : all
}

function setReported(request: object, found: Found): RequestContext {
  const earlier = contexts.get(request)
  const context = { ...found, auth: earlier?.auth }
  const reports = reportsIn(earlier, found.server) ?? []
  const isShadowed = earlier !== undefined && !earlier.server.isReportOnly
  const kept = isShadowed
    ? { ...earlier, reported: [...reports, context] }
    : { ...context, reported: reports }
  contexts.set(request, kept)
  return kept
}

export function clearContext(request: object): void {
  contexts.delete(request)
}
