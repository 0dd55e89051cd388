/** Databases return `null` for a column without a value: in a resolver's answer it means the same as `undefined`. */
import { isObject } from '../base/own.js'

/** A copy of an issuer's options without the members that are `null`, in `keys` too. Anything else is returned as it is. */
export function withoutNull(options: unknown): unknown {
  if (!isObject(options)) return options
  const copy = Object.create(Object.getPrototypeOf(options) as object | null) as object
  for (const name of Object.getOwnPropertyNames(options)) {
    const value = options[name]
    if (value === null) continue
    const enumerable = Object.prototype.propertyIsEnumerable.call(options, name)
    Object.defineProperty(copy, name, { value: name === 'keys' ? withoutNull(value) : value, enumerable })
  }
  return copy
}
