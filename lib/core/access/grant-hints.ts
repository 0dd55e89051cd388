/**
 * Why a scope, a role or a claim is missing although the token may have it, guessed after the
 * refusal.
 */
import { isObject, isString, own } from '../base/own.js'
import type { JsonObject } from '../base/own.js'
import type { Hint } from '../errors/hints.js'
import { isFlattenedPath, readClaim } from '../token/claim-source.js'
import type { PlainClaimSource } from '../token/claim-source.js'
import { claimSourcesOf, rawClaimsOf } from './principal.js'
import type { Principal } from './principal.js'

/** Top-level claims whose text may be a name that was granted. */
const GRANT_CLAIM = /scope|scp|role|group|permission|authorit/i
/** A token has at most a few hundred values; the search is bounded all the same. */
const MAX_VISITED = 1000

export type GrantHint = (principal: Principal) => Hint | undefined

/** `scopes` are all that were required, held ones included. */
export function scopeHint(principal: Principal, scopes: readonly string[]): Hint | undefined {
  const missing = scopes.filter((scope) => !principal.hasScope(scope))
  if (missing.length === 0) return undefined
  const claims = rawClaimsOf(principal)
  if (isFlattenedPath(claimSourcesOf(principal).scopes, claims)) return 'claim_path_flattened'
  // Auth0 puts what users call scopes into `permissions`.
  if (holdsOne(own(claims, 'permissions'), missing)) return 'scope_in_permissions'
  const isElsewhere = holdsOne(grantsIn(claims), missing) || hasRolesOnly(principal, claims)
  return isElsewhere ? 'scope_elsewhere' : undefined
}

/** As the tokens of machines from Entra ID, which have no scopes at all. */
function hasRolesOnly(principal: Principal, claims: JsonObject): boolean {
  const { scopes } = claimSourcesOf(principal)
  if (scopes === undefined || principal.roles.length === 0) return false
  return scopes.every((source) => typeof source !== 'function' && readClaim(source, claims) === undefined)
}

export function roleHint(roles: readonly string[]): GrantHint {
  return (principal) => {
    const claims = rawClaimsOf(principal)
    if (isFlattenedPath(claimSourcesOf(principal).roles, claims)) return 'claim_path_flattened'
    const missing = roles.filter((role) => !principal.roles.includes(role))
    return holdsOne(grantsIn(claims), missing) ? 'role_elsewhere' : undefined
  }
}

export function claimHint(source: PlainClaimSource): GrantHint {
  return (principal) =>
    isFlattenedPath([source], rawClaimsOf(principal)) ? 'claim_path_flattened' : undefined
}

/** Without `sub: 'admin'` and the like, which grant nothing. */
function grantsIn(claims: JsonObject): readonly unknown[] {
  return Object.entries(claims)
    .filter(([name, value]) => !isString(value) || GRANT_CLAIM.test(name))
    .map(([, value]) => value)
}

/**
 * Whether one of the names is an element, a word of a text or, as some providers write roles, a
 * member's name.
 */
function holdsOne(root: unknown, names: readonly string[]): boolean {
  const pending: unknown[] = [root]
  for (let visited = 0; pending.length > 0 && visited < MAX_VISITED; visited++) {
    const value = pending.pop()
    if (isString(value) && (names.includes(value) || value.split(' ').some((word) => names.includes(word))))
      return true
    if (Array.isArray(value)) pending.push(...(value as readonly unknown[]).slice(0, MAX_VISITED))
    else if (isObject(value)) {
      const members = Object.entries(value).slice(0, MAX_VISITED)
      if (members.some(([name]) => names.includes(name))) return true
      pending.push(...members.map(([, member]) => member))
    }
  }
  return false
}
