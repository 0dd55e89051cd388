/** Which scheme the refused credentials had: the error appears in the challenge of that scheme. */
import type { MaybePromise } from '../base/maybe-promise.js'
import { toResourceServerError } from '../errors/errors.js'

const schemes = new WeakMap<object, string>()

/** Remembers the scheme with what `run` throws. */
export function inScheme<T>(scheme: string, run: () => MaybePromise<T>): MaybePromise<T> {
  try {
    const result = run()
    return result instanceof Promise ? result.catch((thrown: unknown) => fail(thrown, scheme)) : result
  } catch (thrown) {
    return fail(thrown, scheme)
  }
}

/** `undefined`: `Bearer`. */
export function schemeOf(error: object): string | undefined {
  return schemes.get(error)
}

function fail(thrown: unknown, scheme: string): never {
  const error = toResourceServerError(thrown)
  schemes.set(error, scheme)
  throw error
}
