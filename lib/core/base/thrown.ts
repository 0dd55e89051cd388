/**
 * Looks at what other code threw. It may be anything, and a revoked Proxy or a throwing getter
 * throws again when it is looked at.
 */
import { types } from 'node:util'

/** `instanceof`, but `false` for a value that throws when it is looked at. */
export function isA<T>(thrown: unknown, type: abstract new (...args: never[]) => T): thrown is T {
  try {
    return thrown instanceof type
  } catch {
    return false
  }
}

/** The same Error if Node.js can read it, otherwise a new one with `thrown` as its cause. */
export function toError(thrown: unknown, message: string): Error {
  return types.isNativeError(thrown) && isReadable(thrown) ? thrown : new Error(message, { cause: thrown })
}

/** Node.js reads these members of an error that ends a connection. */
function isReadable(error: NodeJS.ErrnoException): boolean {
  try {
    return [error.stack, error.message, error.code].length > 0
  } catch {
    return false
  }
}
