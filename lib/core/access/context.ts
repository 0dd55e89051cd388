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
}

const contexts = new WeakMap<object, RequestContext>()

export function contextOf(request: object): RequestContext | undefined {
  return contexts.get(request)
}

/** Replaces what an earlier server found. */
export function setContext(request: object, found: Omit<RequestContext, 'auth'>): RequestContext {
  const { server, outcome, principal } = found
  const auth = server.isReportOnly ? contexts.get(request)?.auth : principal
  const context = { server, outcome, principal, auth }
  contexts.set(request, context)
  return context
}

export function clearContext(request: object): void {
  contexts.delete(request)
}
