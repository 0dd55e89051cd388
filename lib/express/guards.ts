/** Guards: requirements of a route as handlers. They read the private request context alone. RFC 6750 §3.1. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ClaimSource } from '../core/claim-source.js'
import { ConfigurationError, UnauthorizedError } from '../core/errors.js'
import * as requirements from '../core/guards.js'
import type { ClaimValue, Requirement } from '../core/guards.js'
import { andThen } from '../core/maybe-promise.js'
import type { MaybePromise } from '../core/maybe-promise.js'
import { toForbiddenError } from '../core/policy.js'
import type { Verdict } from '../core/policy.js'
import type { Principal } from '../core/principal.js'
import type { ResourceRequest } from '../core/request.js'
import { contextOf } from './context.js'
import { refuse } from './refuse.js'
import type { Handler, Next, RegisteredClaims } from './types.js'

/** A handler that lets a request pass or refuses it, and the same decision without a response to write to. */
export interface Guard extends Handler {
  /** Throws a ForbiddenError when the principal does not pass. Revocation and expiry are not checked again. */
  check(principal: Principal<never>, request: ResourceRequest): void
  allows(principal: Principal<never>, request: ResourceRequest): boolean
}

/** A guard with a predicate that answers later. */
export interface AsyncGuard extends Handler {
  /** Rejects with a ForbiddenError when the principal does not pass. */
  check(principal: Principal<never>, request: ResourceRequest): Promise<void>
  allows(principal: Principal<never>, request: ResourceRequest): Promise<boolean>
}

type AnyGuard = Guard | AsyncGuard

const requirementOf = new WeakMap<AnyGuard, Requirement>()

/** Passes when there is a principal: for routes behind an `optional` server. */
export function requireAuthentication(): Guard {
  return guard('requireAuthentication', requirements.authenticated)
}

/**
 * Passes when all the scopes are held, or implied by held ones. The 403 names all of them at once. A function gives the
 * scopes of one request: at least one, or the request fails with 500. Throws a ConfigurationError at set-up otherwise.
 */
export function requireScopes(...scopes: readonly [string, ...string[]]): Guard
export function requireScopes<R extends ResourceRequest>(scopes: (request: R) => readonly string[]): Guard
export function requireScopes(...scopes: readonly unknown[]): Guard {
  const [compute] = scopes
  const isComputed = typeof compute === 'function'
  if (!isComputed) requirements.assertScopes(scopes, 'requireScopes')
  return guard(
    'requireScopes',
    isComputed
      ? requirements.computedScopes(compute as ComputeScopes)
      : requirements.allScopes(scopes as string[]),
  )
}

type ComputeScopes = Parameters<typeof requirements.computedScopes>[0]

/** Passes when one of the scopes is held or implied. The 403 names the first. */
export function requireAnyScope(...scopes: readonly [string, ...string[]]): Guard {
  return guard('requireAnyScope', requirements.anyScope(scopes))
}

/** Passes when the principal has all the roles. */
export function requireRoles(...roles: readonly [string, ...string[]]): Guard {
  return guard('requireRoles', requirements.allRoles(roles))
}

/** Passes when the principal has one of the roles. */
export function requireAnyRole(...roles: readonly [string, ...string[]]): Guard {
  return guard('requireAnyRole', requirements.anyRole(roles))
}

/**
 * Passes when the claim has the value, or holds it where it is an array; or when the predicate answers `true`. The claim is
 * a name, or a path of names. It is read as the issuer signed it, before any schema.
 */
export function requireClaim(
  claim: string | readonly string[],
  expected: ClaimValue | ((value: unknown) => boolean),
): Guard
export function requireClaim(
  claim: string | readonly string[],
  expected: (value: unknown) => Promise<boolean>,
): AsyncGuard
export function requireClaim(
  claim: ClaimSource,
  expected: ClaimValue | requirements.ClaimPredicate,
): AnyGuard {
  return guard('requireClaim', requirements.claim(claim, expected))
}

/** `scope`: scope values, separated by spaces, that would lift the refusal; the 403 then names them. */
export interface RequireThatOptions {
  readonly scope?: string | undefined
}

/** Passes when the predicate answers literal `true`. What it throws is a 500, whatever it is. */
export function requireThat<R extends ResourceRequest>(
  predicate: (principal: Principal<RegisteredClaims>, request: R) => boolean,
  options?: RequireThatOptions,
): Guard
export function requireThat<R extends ResourceRequest>(
  predicate: (principal: Principal<RegisteredClaims>, request: R) => Promise<boolean>,
  options?: RequireThatOptions,
): AsyncGuard
export function requireThat(predicate: unknown, { scope }: RequireThatOptions = {}): AnyGuard {
  if (typeof predicate !== 'function')
    throw new ConfigurationError('requireThat: needs a function', 'requireThat')
  const scopes = scope === undefined ? [] : scope.split(' ')
  if (scope !== undefined) requirements.assertScopes(scopes, 'requireThat')
  return guard('requireThat', requirements.that(predicate as requirements.Predicate, scopes))
}

/** Passes when all the guards pass. Of several refusals one answer is made, naming all scopes of the operation. */
export function allOf(...guards: readonly [Guard, ...Guard[]]): Guard
export function allOf(...guards: readonly [AnyGuard, ...AnyGuard[]]): AsyncGuard
export function allOf(...guards: readonly AnyGuard[]): AnyGuard {
  return guard('allOf', requirements.all(toRequirements(guards, 'allOf')))
}

/** Passes when one of the guards passes. Otherwise the answer is the refusal that the fewest further scopes would lift. */
export function anyOf(...guards: readonly [Guard, ...Guard[]]): Guard
export function anyOf(...guards: readonly [AnyGuard, ...AnyGuard[]]): AsyncGuard
export function anyOf(...guards: readonly AnyGuard[]): AnyGuard {
  return guard('anyOf', requirements.any(toRequirements(guards, 'anyOf')))
}

function toRequirements(guards: readonly AnyGuard[], name: string): readonly Requirement[] {
  if (guards.length === 0) throw new ConfigurationError(`${name}: needs at least one guard`, name)
  return guards.map((each) => {
    const requirement = requirementOf.get(each)
    if (requirement === undefined)
      throw new ConfigurationError(`${name}: takes guards of this package alone`, name)
    return requirement
  })
}

/** Typed as the narrower of the two kinds; whether it answers later is known from the predicate's own type. */
function guard(name: string, requirement: Requirement): Guard & AsyncGuard {
  const handler = (req: IncomingMessage, res: ServerResponse, next: Next): void => {
    admit(requirement, req, res, next)
  }
  const decisions = {
    check: (principal: Principal, request: ResourceRequest): MaybePromise<void> =>
      andThen(requirement(principal, request), (verdict) => throwIfDenied(verdict, principal)),
    allows: (principal: Principal, request: ResourceRequest): MaybePromise<boolean> =>
      andThen(requirement(principal, request), (verdict) => verdict.denied === undefined),
  }
  const named = Object.defineProperty(Object.assign(handler, decisions), 'name', { value: name })
  requirementOf.set(named as unknown as Guard, requirement)
  return named as unknown as Guard & AsyncGuard
}

function throwIfDenied(verdict: Verdict, principal: Principal): void {
  const error = toForbiddenError(verdict, principal)
  if (error) throw error
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
    if (principal === undefined) throw new UnauthorizedError('ERR_CREDENTIALS_MISSING')
    passed = andThen(requirement(principal, req), (verdict) => throwIfDenied(verdict, principal))
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
