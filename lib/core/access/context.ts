/** What a server found out about a request, kept where no other code can write it. Guards read nothing else. */
import type { Next, ResourceResponse } from '../http/request.js'
import type { ResourceRequest } from '../http/request.js'
import type { Principal } from './principal.js'

/** A request that a server refuses, and what is needed to answer it. */
export interface Exchange {
  readonly req: ResourceRequest
  readonly res: ResourceResponse
  readonly next: Next
}

/** What guards need of the server in front of them. */
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
  /** What `req.auth` shows: the principal; behind a report-only server, what it showed before. */
  readonly auth: Principal | undefined
  /** What report-only servers found behind an enforcing one. Guards do not read it. */
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

/** Replaces what an earlier server found. A report-only server never replaces what an enforcing one found. */
export function setContext(request: object, found: Found): RequestContext {
  const { server, outcome, principal } = found
  if (server.isReportOnly) return setReported(request, found)
  const context = { server, outcome, principal, auth: principal }
  contexts.set(request, context)
  return context
}

function setReported(request: object, found: Found): RequestContext {
  const earlier = contexts.get(request)
  const context = { ...found, auth: earlier?.auth }
  const isShadowed = earlier !== undefined && !earlier.server.isReportOnly
  const kept = isShadowed ? { ...earlier, reported: [...(earlier.reported ?? []), context] } : context
  contexts.set(request, kept)
  return kept
}

export function clearContext(request: object): void {
  contexts.delete(request)
}
