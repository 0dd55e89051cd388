/** Where a value stands in the claims of one provider or another: a name, a path, a function, or the first of several. */
import { guarded } from '../errors/errors.js'
import { atHand } from '../base/maybe-promise.js'
import { isObject, isString, isStringArray, own, ownPath } from '../base/own.js'
import type { JsonObject } from '../base/own.js'

/**
 * A string is a top-level claim name, verbatim: it may hold dots and slashes. An array of strings is a path into
 * nested objects, such as `['realm_access', 'roles']`. A function computes the value; what it throws is a 500.
 */
export type ClaimSource = string | readonly string[] | ((claims: JsonObject) => unknown)

export type ClaimReader<T> = (claims: JsonObject) => T

/** The first source that is present wins; there is no union. */
function firstPresent(sources: readonly ClaimSource[], claims: JsonObject): unknown {
  for (const source of sources) {
    const value = readClaim(source, claims)
    if (value !== undefined) return value
  }
  return undefined
}

export function readClaim(source: ClaimSource, claims: JsonObject): unknown {
  if (isString(source)) return own(claims, source)
  if (typeof source !== 'function') return ownPath(claims, source)
  return guarded(() => atHand(source(claims)))
}

/** RFC 6749 §3.3: scope values are separated by spaces alone. Some providers send an array. Other types grant nothing. */
export function scopesReader(sources: readonly ClaimSource[]): ClaimReader<readonly string[]> {
  return (claims) => {
    const value = firstPresent(sources, claims)
    if (isString(value)) return value.split(' ').filter((scope) => scope !== '')
    return isStringArray(value) ? value.filter((scope) => scope !== '') : []
  }
}

/** An array of names, or one name. */
export function rolesReader(sources: readonly ClaimSource[]): ClaimReader<readonly string[]> {
  return (claims) => {
    const value = firstPresent(sources, claims)
    if (isString(value)) return [value]
    // A copy, because it will be frozen, and a function may have given its own.
    return isStringArray(value) ? [...value] : []
  }
}

export function stringReader(sources: readonly ClaimSource[]): ClaimReader<string | undefined> {
  return (claims) => {
    const value = firstPresent(sources, claims)
    return isString(value) ? value : undefined
  }
}

export function isClaimSource(value: unknown): value is ClaimSource {
  if (isString(value)) return value !== ''
  return typeof value === 'function' || (isStringArray(value) && value.length > 0 && !isObject(value))
}
