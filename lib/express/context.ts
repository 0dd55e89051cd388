/** What the middleware found out about a request, where no other code can write it: guards believe nothing else. */
import type { ServerConfig } from '../core/authenticate.js'
import type { Principal } from '../core/principal.js'

export interface RequestContext {
  readonly config: ServerConfig
  /** `wouldRefuse`: the server only reports, and has reported this request. */
  readonly outcome: 'authenticated' | 'anonymous' | 'wouldRefuse'
  readonly principal: Principal | undefined
}

/** A constructor that gives back its argument: a subclass then puts its private fields on that object. */
const Existing = function (object: object): object {
  return object
} as unknown as new (object: object) => object

/** A private field on the request itself: a WeakMap would cost 0.2 to 0.5 µs a request, most of it at garbage collection. */
class Contextual extends Existing {
  #context: RequestContext | undefined

  static get(request: object): RequestContext | undefined {
    return #context in request ? request.#context : undefined
  }

  static set(request: object, context: RequestContext | undefined): void {
    const contextual = #context in request ? request : new Contextual(request)
    contextual.#context = context
  }
}

export function contextOf(request: object): RequestContext | undefined {
  return Contextual.get(request)
}

/** Replaces what an earlier server on the way found; `req.auth` follows. */
export function setContext(request: object, context: RequestContext): void {
  Contextual.set(request, context)
  if (!context.config.isReportOnly) publish(request, context.principal)
}

export function clearContext(request: object): void {
  Contextual.set(request, undefined)
  publish(request, undefined)
}

function publish(request: { auth?: Principal | undefined }, principal: Principal | undefined): void {
  request.auth = principal
}
