/**
 * Where a value is in the claims, which depends on the provider: a name, a path, a function, or the
 * first of several.
 */
import { guarded } from '../errors/errors.js'
import { atHand } from '../base/maybe-promise.js'
import { isObject, isString, isStringArray, own, ownPath } from '../base/own.js'
import type { JsonObject } from '../base/own.js'

/** A path into nested claims: `{ path: ['realm_access', 'roles'] }` reads `realm_access.roles`. */
export interface ClaimPath {
  readonly path: readonly string[]
}

/**
 * Where a value is in the claims:
 * - a string is the name of a top-level claim, verbatim: dots and slashes have no meaning
 * - `{ path: ['realm_access', 'roles'] }` is a path into nested objects
 * - an array of names is the same path, inside the array of alternatives: `[['realm_access', 'roles']]`
 * - a function computes the value; what it throws is a 500
 */
export type ClaimSource = ClaimPath | PlainClaimSource

/** A claim source after parsing: a path is an array. */
export type PlainClaimSource = string | readonly string[] | ((claims: JsonObject) => unknown)

/** Reads one kind of value from the claims of one issuer's tokens. */
export interface ClaimReader<T> {
  (claims: JsonObject): T
  /** Where it looks, in this order. */
  readonly sources?: readonly PlainClaimSource[]
}

/** The value of the first source that is present; values are not combined. `null` counts as absent. */
function firstPresent(
  sources: readonly PlainClaimSource[],
  claims: JsonObject,
  isPresent: (value: unknown) => boolean,
): unknown {
  for (const source of sources) {
    const value = readClaim(source, claims)
    if (isPresent(value)) return value
  }
  return undefined
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null
}

function isName(value: unknown): boolean {
  return isString(value) && value !== ''
}

export function readClaim(source: PlainClaimSource, claims: JsonObject): unknown {
  if (isString(source)) return own(claims, source)
  if (typeof source === 'function') return guarded(() => atHand(source(claims)))
  return ownPath(claims, source)
}

/**
 * RFC 6749 §3.3: only spaces separate scope values. Some providers send an array. Other types grant
 * nothing.
 */
export function scopesReader(sources: readonly PlainClaimSource[]): ClaimReader<readonly string[]> {
  return readerOf(sources, (value) => {
    if (isString(value)) return value.split(' ').filter((scope) => scope !== '')
    return isStringArray(value) ? value.filter((scope) => scope !== '') : []
  })
}

/** An array of names, or one name. */
export function rolesReader(sources: readonly PlainClaimSource[]): ClaimReader<readonly string[]> {
  return readerOf(sources, (value) => {
    if (isString(value)) return [value]
    // A copy: it will be frozen, and a function may have returned an array of its own.
    return isStringArray(value) ? [...value] : []
  })
}

/** Anything but a string with characters counts as absent, so that the next source is read. */
export function stringReader(sources: readonly PlainClaimSource[]): ClaimReader<string | undefined> {
  return readerOf(sources, (value) => (isString(value) ? value : undefined), isName)
}

function readerOf<T>(
  sources: readonly PlainClaimSource[],
  convert: (value: unknown) => T,
  isPresent: (value: unknown) => boolean = isThere,
): ClaimReader<T> {
  return Object.assign((claims: JsonObject) => convert(firstPresent(sources, claims, isPresent)), { sources })
}

/** A copy of a claim source in its plain form; `undefined` if the value is not a claim source. */
export function toClaimSource(value: unknown): PlainClaimSource | undefined {
  if (isString(value)) return value === '' ? undefined : value
  // What the function takes and returns cannot be known before it is called.
  if (typeof value === 'function') return value as Extract<PlainClaimSource, (claims: never) => unknown>
  const isPath = isObject(value) && Object.keys(value).length === 1
  const path = isPath ? own(value, 'path') : value
  return isStringArray(path) && path.length > 0 ? [...path] : undefined
}

/**
 * What the claims have at the paths that were written as alternatives (`['a', 'b']`) or with dots
 * (`'a.b'`), so that the sources find nothing there.
 */
export function flattenedValues(
  sources: readonly PlainClaimSource[] | undefined,
  claims: JsonObject,
): readonly unknown[] {
  if (sources === undefined) return []
  const values = sources.flatMap((source, index) => {
    if (!isString(source)) return []
    const next = sources[index + 1]
    const path = source.split('.')
    return [
      isString(next) ? ownPath(claims, [source, next]) : undefined,
      path.length > 1 && own(claims, source) === undefined ? ownPath(claims, path) : undefined,
    ]
  })
  return values.filter((value) => value !== undefined)
}
