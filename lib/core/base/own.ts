/** Reads own properties only: a polluted prototype, or a claim named `toString`, has no effect. */

export type JsonObject = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function own(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

/** Reads an option of a bag that has its own type. */
export function option<T extends object, Name extends keyof T & string>(
  bag: T,
  name: Name,
): T[Name] | undefined {
  return Object.hasOwn(bag, name) ? bag[name] : undefined
}

/** A table without prototypes: a polluted prototype cannot add columns to its rows. */
export function tableOf<T extends Readonly<Record<string, object>>>(rows: T): T {
  for (const row of Object.values(rows)) Object.setPrototypeOf(row, null)
  return Object.setPrototypeOf(rows, null) as T
}

/** Follows a path of own properties. Returns `undefined` if a step is missing. */
export function ownPath(object: JsonObject, path: readonly string[]): unknown {
  let value: unknown = object
  for (const name of path) {
    if (!isObject(value)) return undefined
    value = own(value, name)
  }
  return value
}

export function isString(value: unknown): value is string {
  return typeof value === 'string'
}

export function isStringArray(value: unknown): value is readonly string[] {
  // `every` skips holes.
  return Array.isArray(value) && !value.includes(undefined) && value.every(isString)
}
