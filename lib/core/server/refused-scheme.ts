/** Which scheme the refused credentials had: the error appears in the challenge of that scheme. */
import type { MaybePromise } from '../base/maybe-promise.js'
import { copyOf } from '../errors/copy.js'
import { toResourceServerError } from '../errors/errors.js'

interface Schemed {
  readonly scheme: string
}

const DEFAULT_SCHEME = 'Bearer'

const schemes = new WeakMap<object, string>()

// Arguments in place of a closure, which would allocate on every call.

/** Calls `run` with the other arguments. Remembers the scheme with what it throws. */
export function inScheme<Credentials extends Schemed, Request, Server, T>(
  run: (credentials: Credentials, request: Request, server: Server) => MaybePromise<T>,
  credentials: Credentials,
  request: Request,
  server: Server,
): MaybePromise<T> {
  try {
    const result = run(credentials, request, server)
    return result instanceof Promise ? laterInScheme(result, credentials.scheme) : result
  } catch (thrown) {
    return fail(thrown, credentials.scheme)
  }
}

/** `undefined`: `Bearer`. */
export function schemeOf(error: object): string | undefined {
  return schemes.get(error)
}

function laterInScheme<T>(result: Promise<T>, scheme: string): Promise<T> {
  return result.catch((thrown: unknown) => fail(thrown, scheme))
}

/** The application may throw one instance for several requests, which must not share a scheme. */
function fail(thrown: unknown, scheme: string): never {
  const error = toResourceServerError(thrown)
  if (scheme === DEFAULT_SCHEME) {
    // Errors of the application's own classes have no copies.
    schemes.delete(error)
    throw error
  }
  const own = error.status < 500 ? copyOf(error) : error
  schemes.set(own, scheme)
  throw own
}
