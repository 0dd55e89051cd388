/** An error of its own for each request: answers and applications add to errors, for one client only. */
import { types } from 'node:util'
import { isA } from '../base/thrown.js'
import { ResourceServerError } from './errors.js'
import { withoutStack } from './without-stack.js'

/** Of causes of causes. Causes of the application may be circular. */
const MAX_DEPTH = 4

/** Throws a copy of one of this package's errors, without the headers of its answer. Throws anything else as it is. */
export function throwCopy(thrown: unknown): never {
  if (!isA(thrown, ResourceServerError)) throw thrown
  const headers = { value: {}, writable: true, enumerable: true, configurable: true }
  throw Object.defineProperties(copyOf(thrown), { headers })
}

/** A copy with copies of its causes. */
export function copyOf<T extends Error>(error: T, depth: number = 0): T {
  const members = Object.getOwnPropertyDescriptors(error) as Record<string, PropertyDescriptor>
  const cause = members['cause']
  // A Proxy may refuse to be copied.
  if (isA(cause?.value, Error) && !types.isProxy(cause.value) && depth < MAX_DEPTH)
    cause.value = copyOf(cause.value, depth + 1)
  const restore = withoutStack()
  const copy = new Error()
  restore()
  Object.setPrototypeOf(copy, Object.getPrototypeOf(error) as object)
  return Object.defineProperties(copy, members) as T
}
