/** One requirement as a handler, which reads the private request context alone. RFC 6750 §3.1. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { ConfigurationError, UnauthorizedError } from '../core/errors/errors.js'
import type { Requirement } from '../core/access/requirements.js'
import { andThen } from '../core/base/maybe-promise.js'
import type { MaybePromise } from '../core/base/maybe-promise.js'
import { toForbiddenError } from '../core/access/verdict.js'
import type { Principal } from '../core/access/principal.js'
import type { ResourceRequest } from '../core/http/request.js'
import { contextOf } from './context.js'
import { refuse } from './refuse.js'
import type { Handler, Next } from './types.js'

/** A handler that lets a request pass or refuses it, and the same decision without a response to write to. */
export interface Guard extends Handler {
  /** Throws a ForbiddenError when the principal does not pass. Revocation and expiry are not checked again. */
  check(principal: Principal<unknown>, request: ResourceRequest): void
  allows(principal: Principal<unknown>, request: ResourceRequest): boolean
}

/**
 * A guard with a predicate that answers later. `await` its answers, in a `try`: they are at hand at once when a guard
 * beside it has decided already.
 */
export interface AsyncGuard extends Handler {
  /** Rejects with a ForbiddenError when the principal does not pass. */
  check(principal: Principal<unknown>, request: ResourceRequest): Promise<void>
  allows(principal: Principal<unknown>, request: ResourceRequest): Promise<boolean>
}

export type AnyGuard = Guard | AsyncGuard

const requirementOf = new WeakMap<AnyGuard, Requirement>()

/** What the guards stand for, to make one of several. */
export function toRequirements(guards: readonly AnyGuard[], name: string): readonly Requirement[] {
  if (guards.length === 0) throw new ConfigurationError(`${name}: needs at least one guard`, name)
  return guards.map((each) => {
    const requirement = requirementOf.get(each)
    if (requirement === undefined)
      throw new ConfigurationError(`${name}: takes guards of this package alone`, name)
    return requirement
  })
}

/** Typed as both kinds: whether it may answer later is known from the predicate's own type. */
export function guard(name: string, requirement: Requirement): Guard & AsyncGuard {
  const handler = (req: IncomingMessage, res: ServerResponse, next: Next): void => {
    admit(requirement, req, res, next)
  }
  const decisions = {
    check: (principal: Principal | undefined, request: ResourceRequest): MaybePromise<void> =>
      check(requirement, principal, request),
    allows: (principal: Principal | undefined, request: ResourceRequest): MaybePromise<boolean> =>
      andThen(requirement(present(principal), request), (verdict) => verdict.denied === undefined),
  }
  const named = Object.defineProperty(Object.assign(handler, decisions), 'name', { value: name })
  const made = named as unknown as Guard & AsyncGuard
  requirementOf.set(made, requirement)
  return made
}

function check(
  requirement: Requirement,
  principal: Principal | undefined,
  request: ResourceRequest,
): MaybePromise<void> {
  const judged = present(principal)
  return andThen(requirement(judged, request), (verdict) => {
    const error = toForbiddenError(verdict, judged)
    if (error) throw error
  })
}

/** Types promise a principal; `req.auth` of an anonymous request must not pass all the same. */
function present(principal: Principal | undefined): Principal {
  if (principal === undefined) throw new UnauthorizedError('ERR_CREDENTIALS_MISSING')
  return principal
}

/** `next` is called outside the `try`: what a handler throws is not this guard's. */
function admit(requirement: Requirement, req: IncomingMessage, res: ServerResponse, next: Next): void {
  const context = contextOf(req)
  if (context === undefined) {
    next(
      new ConfigurationError(
        'A guard runs without resourceServer in front of it: app.use(resourceServer(...)) first',
      ),
    )
    return
  }
  const { config, outcome, principal } = context
  if (outcome === 'wouldRefuse') {
    next()
    return
  }
  let passed: MaybePromise<void>
  try {
    passed = check(requirement, principal, req)
  } catch (error) {
    refuse(error, config, res, next)
    return
  }
  if (passed instanceof Promise)
    passed.then(
      () => {
        next()
      },
      (error: unknown) => {
        refuse(error, config, res, next)
      },
    )
  else next()
}
