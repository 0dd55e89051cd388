/**
 * Why a scope, a role or a claim is missing although the token may have it, guessed after the
 * refusal.
 */
import { isObject, isString, own } from '../base/own.js'
import type { JsonObject } from '../base/own.js'
import type { Hint } from '../errors/hints.js'
import { flattenedValues, readClaim } from '../token/claim-source.js'
import type { PlainClaimSource } from '../token/claim-source.js'
import { claimSourcesOf, rawClaimsOf } from './principal.js'
import type { Principal } from './principal.js'

/** Members, at any depth, that hold names which were granted. */
const GRANT_CLAIM = /scope|scp|role|group|permission|authorit|privilege|entitlement|grant|memberof/i
/** What they hold was granted to somebody else. RFC 8693 §4.1 and §4.4. */
const OTHERS: ReadonlySet<string> = new Set(['act', 'may_act'])
/** A token has at most a few hundred values; the search is bounded all the same. */
const MAX_VISITED = 1000

export type GrantHint = (principal: Principal) => Hint | undefined

/** `scopes` are all that were required, held ones included. */
export function scopeHint(principal: Principal, scopes: readonly string[]): Hint | undefined {
  const missing = scopes.filter((scope) => !principal.hasScope(scope))
  if (missing.length === 0) return undefined
  const claims = rawClaimsOf(principal)
  if (holdsOne(flattenedValues(claimSourcesOf(principal).scopes, claims), missing, true))
    return 'claim_path_flattened'
  // Auth0 puts what users call scopes into `permissions`.
  if (holdsOne(own(claims, 'permissions'), missing, true)) return 'scope_in_permissions'
  const isElsewhere = holdsOne(claims, missing) || hasRolesOnly(principal, claims)
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
    const missing = roles.filter((role) => !principal.roles.includes(role))
    if (holdsOne(flattenedValues(claimSourcesOf(principal).roles, claims), missing, true))
      return 'claim_path_flattened'
    return holdsOne(claims, missing) ? 'role_elsewhere' : undefined
  }
}

/** `isMet` says whether a value is the required one. */
export function claimHint(source: PlainClaimSource, isMet: (value: unknown) => boolean): GrantHint {
  return (principal) =>
    flattenedValues([source], rawClaimsOf(principal)).some(isMet) ? 'claim_path_flattened' : undefined
}

/**
 * Whether one of the names was granted: it is an element, a word of a text or, as some providers
 * write roles, the name of a member, and below a member with a name such as `roles`. Thus
 * `sub: 'admin'` and `user: { name: 'admin' }` grant nothing. Anywhere, `admin: true` does.
 * `isGrant`: `root` is such a member's value.
 */
function holdsOne(root: unknown, names: readonly string[], isGrant = false): boolean {
  const pending: [value: unknown, isGrant: boolean][] = [[root, isGrant]]
  for (let visited = 0; visited < MAX_VISITED; visited++) {
    const next = pending.pop()
    if (next === undefined) return false
    const [value, grants] = next
    if (namesOne(value, names, grants)) return true
    pending.push(...membersOf(value).map(([name, member]) => visit(name, member, grants)))
  }
  return false
}

function visit(name: string, member: unknown, isGrant: boolean): [unknown, boolean] {
  return [member, isGrant || GRANT_CLAIM.test(name)]
}

function namesOne(value: unknown, names: readonly string[], isGrant: boolean): boolean {
  if (isObject(value))
    return names.some((name) => (isGrant ? Boolean(own(value, name)) : own(value, name) === true))
  if (!isGrant || !isString(value)) return false
  return names.includes(value) || value.split(' ').some((word) => names.includes(word))
}

function membersOf(value: unknown): readonly (readonly [string, unknown])[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value)
    .slice(0, MAX_VISITED)
    .filter(([name]) => !OTHERS.has(name))
}
