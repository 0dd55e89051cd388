/** An error of its own for each request: answers and applications add to errors, for one client only. */
import { ResourceServerError } from './errors.js'
import { withoutStack } from './without-stack.js'

/** Throws a copy of one of this package's errors, without the headers of its answer. Throws anything else as it is. */
export function throwCopy(thrown: unknown): never {
  if (!(thrown instanceof ResourceServerError)) throw thrown
  const members = Object.getOwnPropertyDescriptors(thrown)
  const headers = { value: {}, writable: true, enumerable: true, configurable: true }
  const restore = withoutStack()
  const copy = new Error()
  restore()
  Object.setPrototypeOf(copy, Object.getPrototypeOf(thrown) as object)
  throw Object.defineProperties(copy, { ...members, headers })
}
