/** What a route can require of a principal, as functions without HTTP. */
import { guarded, InternalError, toResourceServerError } from '../errors/errors.js'
import { readClaim, toClaimSource } from '../token/claim-source.js'
import type { ClaimSource, PlainClaimSource } from '../token/claim-source.js'
import { adopt, andThen, atHand } from '../base/maybe-promise.js'
import type { MaybePromise } from '../base/maybe-promise.js'
import { isStringArray } from '../base/own.js'
import type { ActorPattern } from './actor.js'
import { assertClaim, assertNames, assertScopes } from './assertions.js'
import { claimHint, roleHint } from './grant-hints.js'
import { MET } from './verdict.js'
import type { Requirement, Verdict } from './verdict.js'
import { rawClaimsOf } from './principal.js'
import type { Principal } from './principal.js'
import type { ResourceRequest } from '../http/request.js'
import { isScopeToken } from './scopes.js'

export type Predicate = (principal: Principal, request: ResourceRequest) => boolean | PromiseLike<boolean>

export const authenticated: Requirement = () => MET

export function allScopes(scopes: readonly string[]): Requirement {
  assertScopes(scopes, 'requireScopes')
  return holdingAll(scopes)
}

/** The scopes may be empty, and were checked before. Challenges name each once. */
export function holdingAll(named: readonly string[]): Requirement {
  const scopes = [...new Set(named)]
  const met: Verdict = { denied: undefined, scopes, missing: 0 }
  return (principal) => {
    const missing = scopes.filter((scope) => !principal.hasScope(scope)).length
    return missing === 0 ? met : { denied: 'ERR_SCOPE_INSUFFICIENT', scopes, missing }
  }
}

/** Scopes that depend on the request, such as those of one tool. */
export function computedScopes(compute: (request: ResourceRequest) => readonly string[]): Requirement {
  return (principal, request) => {
    const scopes: unknown = guarded(() => atHand(compute(request)))
    if (!isStringArray(scopes) || scopes.length === 0 || !scopes.every(isScopeToken)) {
      const cause = new TypeError('The function given to requireScopes must return at least one scope value')
      throw new InternalError('ERR_INTERNAL', { cause })
    }
    return holdingAll(scopes)(principal, request)
  }
}

/**
 * Names only the first scope in the challenge: a client that requests all gets more than it needs.
 */
export function anyScope(scopes: readonly string[]): Requirement {
  assertScopes(scopes, 'requireAnyScope')
  const denied: Verdict = { denied: 'ERR_SCOPE_INSUFFICIENT', scopes: scopes.slice(0, 1), missing: 1 }
  return (principal) => {
    const held = scopes.find((scope) => principal.hasScope(scope))
    return held === undefined ? denied : { denied: undefined, scopes: [held], missing: 0 }
  }
}

export function allRoles(roles: readonly string[]): Requirement {
  assertNames(roles, 'requireRoles')
  const denied = roleMissing(roles)
  return (principal) =>
    metIf(
      roles.every((role) => principal.roles.includes(role)),
      denied,
    )
}

export function anyRole(roles: readonly string[]): Requirement {
  assertNames(roles, 'requireAnyRole')
  const denied = roleMissing(roles)
  return (principal) =>
    metIf(
      roles.some((role) => principal.roles.includes(role)),
      denied,
    )
}

export type ClaimValue = string | number | boolean | null
export type ClaimPredicate = (value: unknown) => boolean | PromiseLike<boolean>

/** Compares with `===`; if the claim is an array, compares each element. */
export function claim(claimSource: ClaimSource, expected: ClaimValue | ClaimPredicate): Requirement {
  const source = toClaimSource(claimSource)
  assertClaim(source, expected)
  // A predicate is not called again for a guess.
  const mayBeMet = (value: unknown): boolean => typeof expected === 'function' || holdsValue(value, expected)
  const denied: Verdict = {
    denied: 'ERR_CLAIM_INSUFFICIENT',
    scopes: [],
    missing: 0,
    hint: claimHint(source, mayBeMet),
    ...(typeof expected !== 'function' && { expected: [`${claimName(source)}: ${String(expected)}`] }),
  }
  const isMet = typeof expected === 'function' ? expected : (value: unknown) => holdsValue(value, expected)
  return (principal) => {
    const value = readClaim(source, rawClaimsOf(principal))
    return andThen(
      answerOf(() => isMet(value)),
      (result) => metIf(result, denied),
    )
  }
}

/** The user's predicate. Only literal `true` passes, never an object or a forgotten promise. */
export function that(predicate: Predicate, scopes: readonly string[]): Requirement {
  const denied: Verdict = { denied: 'ERR_ACCESS_DENIED', scopes, missing: scopes.length }
  const met: Verdict = { ...denied, denied: undefined, missing: 0 }
  return (principal, request) =>
    andThen(
      answerOf(() => predicate(principal, request)),
      (result) => ((result as unknown) === true ? met : denied),
    )
}

/** Judges the current actor only: RFC 8693 §4.1 forbids to decide by earlier ones. */
export function actedBy({ issuer, subject, clientId }: ActorPattern): Requirement {
  const denied: Verdict = {
    denied: 'ERR_ACTOR_INSUFFICIENT',
    scopes: [],
    missing: 0,
    expected: Object.entries({ issuer, subject, clientId }).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}: ${value}`],
    ),
  }
  return ({ actor }) =>
    metIf(
      actor !== undefined &&
        (issuer === undefined || actor.issuer === issuer) &&
        (subject === undefined || actor.subject === subject) &&
        (clientId === undefined || actor.clientId === clientId),
      denied,
    )
}

function claimName(source: PlainClaimSource): string {
  return typeof source === 'function' ? 'claim' : [source].flat().join('.')
}

function roleMissing(roles: readonly string[]): Verdict {
  const expected = Object.freeze([...roles])
  return { denied: 'ERR_ROLE_INSUFFICIENT', scopes: [], missing: 0, expected, hint: roleHint(expected) }
}

/**
 * Calls the user's code. Whatever it throws, now or later, becomes one of this package's errors.
 */
export function answerOf<T>(ask: () => T | PromiseLike<T>): MaybePromise<T> {
  const answer = guarded(() => adopt(ask()))
  if (!(answer instanceof Promise)) return answer
  return answer.catch((thrown: unknown) => {
    throw toResourceServerError(thrown)
  })
}

function metIf(result: unknown, denied: Verdict): Verdict {
  return result === true ? MET : denied
}

function holdsValue(value: unknown, expected: ClaimValue): boolean {
  return Array.isArray(value) ? value.includes(expected) : value === expected
}
