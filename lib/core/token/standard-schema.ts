/**
 * Claims of the user's own shape, by any validator that implements Standard Schema 1: zod, valibot, arktype and others.
 * The interface is the specification's; only what is called here is declared.
 */
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

/** The `cause` of ERR_CLAIMS_REFUSED: where the claims did not fit the schema. Never what they were. */
export class ClaimsSchemaError extends Error {
  static override readonly name: string = 'ClaimsSchemaError'
  override readonly name = 'ClaimsSchemaError'
  /** Dotted paths, such as `address.country`. */
  readonly paths: readonly string[]

  constructor(paths: readonly string[]) {
    const limit = Error.stackTraceLimit
    Error.stackTraceLimit = 0
    super(`The claims do not fit the schema at: ${paths.join(', ')}`)
    Error.stackTraceLimit = limit
    this.paths = paths
  }
}

export function isStandardSchema(value: unknown): value is StandardSchema {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  const standard: unknown = Reflect.get(value, '~standard')
  return isObject(standard) && standard['version'] === 1 && typeof standard['validate'] === 'function'
}

/**
 * The schema's output, frozen. What the schema throws is a 500; a claim that does not fit is a 401. It gets a copy: the claims
 * are frozen and read elsewhere, and there are validators that write into what they are given.
 */
export function applySchema(schema: StandardSchema, claims: JsonObject): MaybePromise<unknown> {
  return andThen(
    guarded(() => adopt(schema['~standard'].validate(copyOf(claims)))),
    (result) => {
      if (result.issues !== undefined) {
        throw new UnauthorizedError('ERR_CLAIMS_REFUSED', {
          cause: new ClaimsSchemaError(result.issues.map(pathOf)),
        })
      }
      return frozen(result.value)
    },
  )
}

function pathOf({ path = [] }: SchemaIssue): string {
  return path.map((segment) => String(typeof segment === 'object' ? segment.key : segment)).join('.')
}

/** By hand: `structuredClone` makes arrays that are no `Array` inside Jest, and JSON has no word for the Infinity of `1e400`. */
function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf)
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, copyOf(member)]))
}

/**
 * Unlike claims, an output may hold anything: parts that the schema froze without what they hold, cycles, getters, and bytes,
 * which JavaScript cannot freeze.
 */
function frozen<T>(value: T, seen = new Set<unknown>()): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || seen.has(value))
    return value
  seen.add(value)
  for (const { value: member } of Object.values(Object.getOwnPropertyDescriptors(Object.freeze(value)))) {
    frozen(member as unknown, seen)
  }
  return value
}
