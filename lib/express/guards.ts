/** Guards: what a route can require of the principal. RFC 6750 §3.1. */
import { all, any } from '../core/access/combinations.js'
import { makeGuard, shownParts, toRequirements } from '../core/access/guard.js'
import type { AnyGuard, AsyncGuard, Guard } from '../core/access/guard.js'
import type { Principal } from '../core/access/principal.js'
import * as requirements from '../core/access/requirements.js'
import type { ClaimValue } from '../core/access/requirements.js'
import { isScopeToken } from '../core/access/scopes.js'
import { isObject, isString } from '../core/base/own.js'
import { ConfigurationError } from '../core/errors/errors.js'
import type { ResourceRequest } from '../core/http/request.js'
import { OptionReader } from '../core/options/reader.js'
import type { ClaimPath } from '../core/token/claim-source.js'
import { assertArgumentCount, assertSeparate } from '../core/errors/misuse.js'
import type { RegisteredClaims } from './types.js'

// A parameter of type `undefined` keeps a factory from compiling as a handler: Express passes a
// request as the first argument, or as the second one after an error.

/**
 * `Guard` for a predicate that answers at once, `AsyncGuard` for one that may answer later, as
 * `any` may.
 */
export type GuardFor<Answer> = 0 extends 1 & Answer
  ? AsyncGuard
  : [Answer] extends [boolean]
    ? Guard
    : AsyncGuard

/** `Guard` if all the guards are synchronous. */
export type CombinedGuard<Part> = 0 extends 1 & Part
  ? AsyncGuard
  : [Part] extends [Guard]
    ? Guard
    : AsyncGuard

/**
 * Passes if all the scopes are held, or implied by held ones (`scopeHierarchy`). The 403 names all
 * of them at once. A function computes the scopes of one request: at least one, or the request
 * fails with 500. Scope values have no spaces or quotes (RFC 6749 §3.3).
 *
 * @example
 * app.put('/orders/:id', requireScopes('orders:read', 'orders:write'))
 * app.post('/mcp', requireScopes((req: Request) => scopesOfTool(req.body)))
 *
 * @throws {ConfigurationError} at set-up, without a scope or for a wrong one.
 */
export function requireScopes(...scopes: readonly [string, ...string[]]): Guard
export function requireScopes<R extends ResourceRequest>(
  scopes: (request: R) => readonly string[],
  none?: undefined,
): Guard
export function requireScopes(...scopes: readonly unknown[]): Guard {
  assertSeparate('requireScopes', scopes)
  const [compute] = scopes
  const isComputed = scopes.length === 1 && typeof compute === 'function'
  return makeGuard(
    'requireScopes',
    isComputed
      ? requirements.computedScopes(compute as ComputeScopes)
      : requirements.allScopes(scopes as string[]),
    isComputed ? { names: ['function'] } : { scopes: scopes as string[] },
  )
}

type ComputeScopes = Parameters<typeof requirements.computedScopes>[0]

/**
 * Passes if one of the scopes is held or implied. The 403 names only the first.
 *
 * @throws {ConfigurationError} at set-up, without a scope or for a wrong one.
 */
export function requireAnyScope(...scopes: readonly [string, ...string[]]): Guard {
  assertSeparate('requireAnyScope', scopes)
  return makeGuard('requireAnyScope', requirements.anyScope(scopes), { scopes })
}

/**
 * Passes if the principal has all the roles. The option `roles` says where these are in the token.
 *
 * @throws {ConfigurationError} at set-up, without a role or for an empty one.
 */
export function requireRoles(...roles: readonly [string, ...string[]]): Guard {
  assertSeparate('requireRoles', roles)
  return makeGuard('requireRoles', requirements.allRoles(roles), { names: roles })
}

/**
 * Passes if the principal has one of the roles. The option `roles` says where these are in the
 * token.
 *
 * @throws {ConfigurationError} at set-up, without a role or for an empty one.
 */
export function requireAnyRole(...roles: readonly [string, ...string[]]): Guard {
  assertSeparate('requireAnyRole', roles)
  return makeGuard('requireAnyRole', requirements.anyRole(roles), { names: roles })
}

/**
 * Passes if the claim equals the value, or is an array that holds it; or if the predicate returns
 * `true`. The claim is a name or a path, and is read as the issuer signed it, before any schema.
 *
 * @example
 * app.use('/payments', requireClaim('amr', 'mfa'))
 * app.use('/beta', requireClaim({ path: ['features', 'beta'] }, true))
 *
 * @throws {ConfigurationError} at set-up, for a wrong claim, or for `undefined` as the value.
 */
export function requireClaim<Answer extends boolean | Promise<boolean>>(
  claim: string | readonly string[] | ClaimPath,
  expected: (value: unknown) => Answer,
): GuardFor<Answer>
export function requireClaim(claim: string | readonly string[] | ClaimPath, expected: ClaimValue): Guard
export function requireClaim(...args: readonly unknown[]): AnyGuard {
  assertArgumentCount('requireClaim', args, 2)
  const [claim, expected] = args as Parameters<typeof requirements.claim>
  return makeGuard('requireClaim', requirements.claim(claim, expected), {
    names: [[isObject(claim) ? claim.path : claim].flat().join('.')],
  })
}

/** The options of `requireThat`. */
export interface RequireThatOptions {
  /**
   * Scope values, separated by spaces, that would lift the refusal. The 403 then names them.
   * Default none.
   */
  readonly scope?: string | undefined
}

/**
 * Passes if the predicate returns, or resolves to, literal `true`. If it throws, the result is a
 * 500 with the error as `cause`.
 *
 * @example
 * app.get('/users/:id', requireThat(({ subject }, req: Request) => subject === req.params['id']))
 *
 * @throws {ConfigurationError} at set-up, without a function, or for a wrong option.
 */
export function requireThat<R extends ResourceRequest, Answer extends boolean | Promise<boolean>>(
  predicate: (principal: Principal<RegisteredClaims>, request: R) => Answer,
  options?: RequireThatOptions,
): GuardFor<Answer>
export function requireThat(...args: readonly unknown[]): AnyGuard {
  assertArgumentCount('requireThat', args, 2)
  const [predicate, options = {}] = args
  if (typeof predicate !== 'function')
    throw new ConfigurationError('requireThat: needs a function', 'requireThat')
  const reader = new OptionReader(options, 'requireThat', ['scope'])
  const scope = reader.value('scope')
  const scopes = isString(scope) ? scope.split(' ') : []
  if (scope !== undefined && (scopes.length === 0 || !scopes.every(isScopeToken)))
    reader.fail('scope', "must be one string of scope values with a space between them: scope: 'a b'")
  return makeGuard('requireThat', requirements.that(predicate as requirements.Predicate, scopes), { scopes })
}

/**
 * Passes if all the guards pass. Combines several refusals into one answer, which names all scopes
 * of the operation.
 *
 * @example
 * app.delete('/orders/:id', allOf(requireScopes('orders:write'), requireRoles('manager')))
 *
 * @throws {ConfigurationError} at set-up, without a guard, or for a handler that is not a guard.
 */
export function allOf<Parts extends readonly [AnyGuard, ...AnyGuard[]]>(
  ...guards: Parts
): CombinedGuard<Parts[number]>
export function allOf(...guards: readonly AnyGuard[]): AnyGuard {
  assertSeparate('allOf', guards)
  return makeGuard('allOf', all(toRequirements(guards, 'allOf')), shownParts(guards))
}

/**
 * Passes if one of the guards passes. Otherwise returns the refusal that needs the fewest extra
 * scopes.
 *
 * @example
 * app.get('/reports', anyOf(requireAnyRole('auditor', 'admin'), requireScopes('reports:read')))
 *
 * @throws {ConfigurationError} at set-up, without a guard, or for a handler that is not a guard.
 */
export function anyOf<Parts extends readonly [AnyGuard, ...AnyGuard[]]>(
  ...guards: Parts
): CombinedGuard<Parts[number]>
export function anyOf(...guards: readonly AnyGuard[]): AnyGuard {
  assertSeparate('anyOf', guards)
  return makeGuard('anyOf', any(toRequirements(guards, 'anyOf')), shownParts(guards))
}
