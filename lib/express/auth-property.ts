/** `req.auth`: a copy of the principal in the private context, for handlers. */
import { ConfigurationError } from '../core/errors/errors.js'

const NOT_SET =
  'resourceServer cannot set req.auth: the request is frozen, or another middleware has defined a property "auth" ' +
  'that cannot be changed. Remove that, or define it with configurable: true'

/**
 * Defines the property: with an assignment, an accessor of that name could see the principal or
 * throw. Throws a ConfigurationError if the request would keep the value of somebody else.
 */
export function publishAuth(request: object, value: unknown): void {
  const auth = { value, writable: true, configurable: true, enumerable: true }
  if (!Reflect.defineProperty(request, 'auth', auth)) throw new ConfigurationError(NOT_SET)
}
