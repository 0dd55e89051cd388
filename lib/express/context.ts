/** What the middleware found out about a request, where no other code can write it: guards believe nothing else. */
import type { ServerConfig } from '../core/authenticate.js'
import type { Principal } from '../core/principal.js'

export interface RequestContext {
  readonly config: ServerConfig
  /** `wouldRefuse`: the server only reports, and has reported this request. */
  readonly outcome: 'authenticated' | 'anonymous' | 'wouldRefuse'
  readonly principal: Principal | undefined
}

const contexts = new WeakMap<object, RequestContext>()

export function contextOf(request: object): RequestContext | undefined {
  return contexts.get(request)
}

/** Replaces what an earlier server on the way found; `req.auth` follows. */
export function setContext(request: object, context: RequestContext): void {
  contexts.set(request, context)
  if (!context.config.isReportOnly) publish(request, context.principal)
}

export function clearContext(request: object): void {
  contexts.delete(request)
  publish(request, undefined)
}

/** Defined, not assigned: an accessor of that name on the application's request must neither see it nor make this throw. */
function publish(request: object, value: Principal | undefined): void {
  Reflect.defineProperty(request, 'auth', { value, writable: true, configurable: true, enumerable: true })
}
