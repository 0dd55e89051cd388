/** What the middleware found out about a request, where no other code can write it: guards believe nothing else. */
import type { ServerConfig } from '../core/server/authenticate.js'
import type { Principal } from '../core/access/principal.js'

export interface RequestContext {
  readonly config: ServerConfig
  /** `wouldRefuse`: the server only reports, and has reported this request. */
  readonly outcome: 'authenticated' | 'anonymous' | 'wouldRefuse'
  readonly principal: Principal | undefined
  /** What `req.auth` shows: the principal, or what it showed before where the server only reports. */
  readonly auth: Principal | undefined
}

const contexts = new WeakMap<object, RequestContext>()

export function contextOf(request: object): RequestContext | undefined {
  return contexts.get(request)
}

/** Replaces what an earlier server on the way found. */
export function setContext(request: object, found: Omit<RequestContext, 'auth'>): void {
  const { config, outcome, principal } = found
  const auth = config.isReportOnly ? contexts.get(request)?.auth : principal
  contexts.set(request, { config, outcome, principal, auth })
}

export function clearContext(request: object): void {
  contexts.delete(request)
}
