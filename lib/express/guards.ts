/** Guards: what a route can require of the principal. RFC 6750 §3.1. */
import type { ClaimSource } from '../core/token/claim-source.js'
import { ConfigurationError } from '../core/errors/errors.js'
import * as requirements from '../core/access/requirements.js'
import type { ClaimValue } from '../core/access/requirements.js'
import { isString, option } from '../core/base/own.js'
import type { Principal } from '../core/access/principal.js'
import type { ResourceRequest } from '../core/http/request.js'
import { makeGuard, toRequirements } from '../core/access/guard.js'
import type { AnyGuard, AsyncGuard, Guard } from '../core/access/guard.js'
import type { RegisteredClaims } from './types.js'

/** Passes when there is a principal: for routes behind an `optional` server. */
export function requireAuthentication(): Guard {
  return makeGuard('requireAuthentication', requirements.authenticated)
}

/**
 * Passes when all the scopes are held, or implied by held ones. The 403 names all of them at once. A function gives the
 * scopes of one request: at least one, or the request fails with 500. Throws a ConfigurationError at set-up otherwise.
 */
export function requireScopes(...scopes: readonly [string, ...string[]]): Guard
export function requireScopes<R extends ResourceRequest>(scopes: (request: R) => readonly string[]): Guard
export function requireScopes(...scopes: readonly unknown[]): Guard {
  const [compute] = scopes
  const isComputed = scopes.length === 1 && typeof compute === 'function'
  return makeGuard(
    'requireScopes',
    isComputed
      ? requirements.computedScopes(compute as ComputeScopes)
      : requirements.allScopes(scopes as string[]),
  )
}

type ComputeScopes = Parameters<typeof requirements.computedScopes>[0]

/** Passes when one of the scopes is held or implied. The 403 names the first. */
export function requireAnyScope(...scopes: readonly [string, ...string[]]): Guard {
  return makeGuard('requireAnyScope', requirements.anyScope(scopes))
}

/** Passes when the principal has all the roles. */
export function requireRoles(...roles: readonly [string, ...string[]]): Guard {
  return makeGuard('requireRoles', requirements.allRoles(roles))
}

/** Passes when the principal has one of the roles. */
export function requireAnyRole(...roles: readonly [string, ...string[]]): Guard {
  return makeGuard('requireAnyRole', requirements.anyRole(roles))
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
  return makeGuard('requireClaim', requirements.claim(claim, expected))
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
export function requireThat(predicate: unknown, options: RequireThatOptions = {}): AnyGuard {
  if (typeof predicate !== 'function')
    throw new ConfigurationError('requireThat: needs a function', 'requireThat')
  const scope = option(options, 'scope')
  const scopes = isString(scope) ? scope.split(' ') : []
  if (scope !== undefined) requirements.assertScopes(scopes, 'requireThat')
  return makeGuard('requireThat', requirements.that(predicate as requirements.Predicate, scopes))
}

/** Passes when all the guards pass. Of several refusals one answer is made, naming all scopes of the operation. */
export function allOf(...guards: readonly [Guard, ...Guard[]]): Guard
export function allOf(...guards: readonly [AnyGuard, ...AnyGuard[]]): AsyncGuard
export function allOf(...guards: readonly AnyGuard[]): AnyGuard {
  return makeGuard('allOf', requirements.all(toRequirements(guards, 'allOf')))
}

/** Passes when one of the guards passes. Otherwise the answer is the refusal that the fewest further scopes would lift. */
export function anyOf(...guards: readonly [Guard, ...Guard[]]): Guard
export function anyOf(...guards: readonly [AnyGuard, ...AnyGuard[]]): AsyncGuard
export function anyOf(...guards: readonly AnyGuard[]): AnyGuard {
  return makeGuard('anyOf', requirements.any(toRequirements(guards, 'anyOf')))
}
