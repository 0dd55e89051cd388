/** Finds a value that each provider keeps in a different claim: by name, by path or by a function. */
import { guarded } from '../errors/errors.js'
import { atHand } from '../base/maybe-promise.js'
import { isObject, isString, isStringArray, own, ownPath } from '../base/own.js'
import type { JsonObject } from '../base/own.js'

/**
 * A string is the name of a top-level claim and may contain dots and slashes. An array of strings is
 * a path into nested objects, such as `['realm_access', 'roles']`. A function computes the value; if
 * it throws, the answer is a 500.
 */
export type ClaimSource = string | readonly string[] | ((claims: JsonObject) => unknown)

export type ClaimReader<T> = (claims: JsonObject) => T

/** The value of the first source that is present; values are not combined. A value of `absent` is skipped. */
function firstPresent(sources: readonly ClaimSource[], claims: JsonObject, absent?: ''): unknown {
  for (const source of sources) {
    const value = readClaim(source, claims)
    if (value !== undefined && value !== absent) return value
  }
  return undefined
}

export function readClaim(source: ClaimSource, claims: JsonObject): unknown {
  if (isString(source)) return own(claims, source)
  if (typeof source !== 'function') return ownPath(claims, source)
  return guarded(() => atHand(source(claims)))
}

/** RFC 6749 §3.3: only spaces separate scope values. Some providers send an array. Other types grant nothing. */
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
    // A copy: it will be frozen, and a function may have returned an array of its own.
    return isStringArray(value) ? [...value] : []
  }
}

/** An empty string counts as absent, so that the next source is read. */
export function stringReader(sources: readonly ClaimSource[]): ClaimReader<string | undefined> {
  return (claims) => {
    const value = firstPresent(sources, claims, '')
    return isString(value) ? value : undefined
  }
}

export function isClaimSource(value: unknown): value is ClaimSource {
  if (isString(value)) return value !== ''
  return typeof value === 'function' || (isStringArray(value) && value.length > 0 && !isObject(value))
}
