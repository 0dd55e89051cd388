/**
 * Makes guards: handlers that judge the private request context by a requirement. RFC 6750 §3.1.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { brandOf, setBrand } from '../base/brand.js'
import type { GuardBrand } from '../base/brand.js'
import { andThen } from '../base/maybe-promise.js'
import type { MaybePromise } from '../base/maybe-promise.js'
import { ConfigurationError } from '../errors/errors.js'
import { assertNotHandler } from '../errors/misuse.js'
import type { Ignored } from '../errors/misuse.js'
import { containedNext } from '../http/contained-next.js'
import { missingCredentials } from '../http/credential-hints.js'
import type { Handler, Next, ResourceRequest } from '../http/request.js'
import { contextOf } from './context.js'
import { assertPrincipal } from './principal.js'
import type { Principal } from './principal.js'
import { toRefusal } from './verdict.js'
import type { Requirement } from './verdict.js'

/**
 * A handler that passes or refuses requests, with the same decision for code without a response.
 */
export interface Guard extends Handler {
  /**
   * Throws the refusal if the principal does not pass. Does not check revocation or expiry again.
   */
  check(principal: Principal<unknown>, request: ResourceRequest, ignored?: Ignored): void
  /**
   * Whether the principal passes. Throws what is not a refusal, such as the error of a predicate.
   */
  allows(principal: Principal<unknown>, request: ResourceRequest, ignored?: Ignored): boolean
}

/**
 * A guard with an asynchronous predicate. `await` its results inside a `try`: if another guard has
 * decided already, they are not promises.
 */
export interface AsyncGuard extends Handler {
  /** Rejects with the refusal if the principal does not pass. */
  check(principal: Principal<unknown>, request: ResourceRequest, ignored?: Ignored): Promise<void>
  /** Whether the principal passes. Rejects with what is not a refusal. */
  allows(principal: Principal<unknown>, request: ResourceRequest, ignored?: Ignored): Promise<boolean>
}

export type AnyGuard = Guard | AsyncGuard

const requirementOf = new WeakMap<AnyGuard, Requirement>()

const NO_CONTEXT =
  'A guard found no result of resourceServer for this request. Either no resourceServer(...) runs in front of it, ' +
  'or another middleware replaced the request object in between, ' +
  'or two copies of express-resource-server are installed (npm ls express-resource-server)'

const NO_DECISION = 'is not a handler. Pass the guard itself to Express, such as app.use(requireScopes(...))'

/** The types promise a principal, but code without types passes other things. */
type Given = Principal | null | undefined

/** The requirements of guards, for a guard that combines them. `name` is that guard's. */
export function toRequirements(guards: readonly AnyGuard[], name: string): readonly Requirement[] {
  if (guards.length === 0) throw new ConfigurationError(`${name}: needs at least one guard`, name)
  return guards.map((each) => {
    const requirement = requirementOf.get(each)
    if (requirement === undefined)
      throw new ConfigurationError(`${name}: accepts only guards of this package`, name)
    return requirement
  })
}

/** What a guard shows of its arguments: names of scopes, roles and claims, never values of claims. */
export interface ShownArguments {
  readonly scopes?: readonly string[] | undefined
  readonly names?: readonly string[] | undefined
}

/** The guards inside a guard that combines them. */
export function shownParts(guards: readonly AnyGuard[]): ShownArguments {
  const brands = guards.map((each) => brandOf(each) as GuardBrand)
  return { names: brands.map(({ text }) => text), scopes: brands.flatMap(({ scopes }) => scopes) }
}

/**
 * Makes a guard. `name` shows in stack traces. The type is that of both kinds: only the type of a
 * predicate tells whether its guard is asynchronous.
 */
export function makeGuard(
  name: string,
  requirement: Requirement,
  { scopes = [], names = scopes }: ShownArguments = {},
): Guard & AsyncGuard {
  const handler = (req: IncomingMessage, res: ServerResponse, next: Next): void => {
    admit(requirement, req, res, next)
  }
  const decisions = {
    check: (principal: Given, request: ResourceRequest, next?: unknown): MaybePromise<void> => {
      if (next !== undefined) assertNotHandler(`${name}.check`, [principal, request, next], NO_DECISION)
      return check(requirement, principal, request)
    },
    allows: (principal: Given, request: ResourceRequest, next?: unknown): MaybePromise<boolean> => {
      if (next !== undefined) assertNotHandler(`${name}.allows`, [principal, request, next], NO_DECISION)
      const verdict = requirement(present(principal, request), request)
      return andThen(verdict, ({ denied }) => denied === undefined)
    },
  }
  const named = Object.defineProperty(Object.assign(handler, decisions), 'name', { value: name })
  const made = named as unknown as Guard & AsyncGuard
  requirementOf.set(made, requirement)
  setBrand(made, { kind: 'guard', text: `${name}(${names.join(', ')})`, scopes })
  return made
}

function check(requirement: Requirement, principal: Given, request: ResourceRequest): MaybePromise<void> {
  const judged = present(principal, request)
  return andThen(requirement(judged, request), (verdict) => {
    const refusal = toRefusal(verdict, judged)
    if (refusal) throw refusal
  })
}

/** The types promise a principal, but `req.auth` of an anonymous request is `undefined`. */
function present(principal: Given, request: ResourceRequest): Principal {
  if (principal === undefined || principal === null) throw missingCredentials(request)
  assertPrincipal(principal, 'A guard')
  return principal
}

/** Calls `next` outside the `try`: errors of the next handler are not this guard's. */
function admit(requirement: Requirement, req: IncomingMessage, res: ServerResponse, next: Next): void {
  const context = contextOf(req)
  if (context === undefined) {
    next(new ConfigurationError(NO_CONTEXT))
    return
  }
  const { server, outcome, principal } = context
  if (outcome === 'wouldRefuse') {
    next()
    return
  }
  let passed: MaybePromise<void>
  try {
    passed = check(requirement, principal, req)
  } catch (error) {
    server.refuse(error, { req, res, next })
    return
  }
  if (!(passed instanceof Promise)) {
    next()
    return
  }
  passed.then(
    () => {
      next()
    },
    (error: unknown) => {
      server.refuse(error, { req, res, next: containedNext(next, res) })
    },
  )
}
