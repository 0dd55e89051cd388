/**
 * Claims in the user's own shape, by any validator that implements Standard Schema 1, such as zod,
 * valibot or arktype. Declares only the parts of that interface that are used here.
 */
import { ClaimsSchemaError } from '../errors/claims-schema-error.js'
import { UnauthorizedError, guarded } from '../errors/errors.js'
import { adopt, andThen } from '../base/maybe-promise.js'
import type { MaybePromise } from '../base/maybe-promise.js'
import { isObject } from '../base/own.js'
import type { JsonObject } from '../base/own.js'

export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined
  }
}

type SchemaResult<Output> =
  { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] }

interface SchemaIssue {
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

export function isStandardSchema(value: unknown): value is StandardSchema {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  const standard: unknown = Reflect.get(value, '~standard')
  return isObject(standard) && standard['version'] === 1 && typeof standard['validate'] === 'function'
}

export interface SchemaOutput {
  /** Frozen as far as possible. */
  readonly value: unknown
  /** Whether nothing in it can change, so that requests can share it. False for a Date, a Map, a class instance or bytes. */
  readonly isShareable: boolean
}

/**
 * Applies the schema to a copy of the claims: other code reads the claims, and some validators write
 * into their input. If the schema throws, the answer is a 500; if a claim does not fit, a 401.
 */
export function applySchema(schema: StandardSchema, claims: JsonObject): MaybePromise<SchemaOutput> {
  return andThen(
    guarded(() => adopt(schema['~standard'].validate(copyOfClaims(claims)))),
    (result) => {
      if (result.issues !== undefined) {
        throw new UnauthorizedError('ERR_CLAIMS_REFUSED', {
          cause: new ClaimsSchemaError(result.issues.map(pathOf)),
        })
      }
      return { value: result.value, isShareable: freezeOutput(result.value) }
    },
  )
}

function pathOf({ path = [] }: SchemaIssue): string {
  return path.map((segment) => String(typeof segment === 'object' ? segment.key : segment)).join('.')
}

/** By hand: inside Jest `structuredClone` makes foreign arrays, and JSON cannot express the Infinity of `1e400`. */
export function copyOfClaims(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOfClaims)
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, copyOfClaims(member)]))
}

/**
 * Freezes an output and everything in it; returns whether that made all of it immutable. Unlike
 * claims, an output may hold anything, also cycles and getters.
 */
function freezeOutput(value: unknown, seen = new Set<unknown>()): boolean {
  if (typeof value !== 'object' || value === null) return typeof value !== 'function'
  if (seen.has(value)) return true
  seen.add(value)
  if (ArrayBuffer.isView(value)) return false
  let isShareable = isPlain(value)
  Object.freeze(value)
  for (const name of Reflect.ownKeys(value)) {
    const member = Reflect.getOwnPropertyDescriptor(value, name)
    if (member === undefined || 'get' in member || !freezeOutput(member.value, seen)) isShareable = false
  }
  return isShareable
}

/** Other objects may have state that cannot be frozen, such as the time of a Date. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return Array.isArray(value) || prototype === null || Object.getPrototypeOf(prototype) === null
}
