/** `req.auth`: a copy of the principal in the private context, for handlers. */
import { ConfigurationError } from '../core/errors/errors.js'

const LOCKED =
  'resourceServer cannot set req.auth: another middleware has defined a property "auth" that cannot be changed. ' +
  'Remove that, or define it with configurable: true'

/**
 * Defines the property: with an assignment, an accessor of that name could see the principal or
 * throw. Throws a ConfigurationError if `auth` would stay somebody else's. A frozen request without
 * one stays without.
 */
export function publishAuth(request: object, value: unknown): void {
  const auth = { value, writable: true, configurable: true, enumerable: true }
  const isSet = Reflect.defineProperty(request, 'auth', auth)
  if (!isSet && Reflect.has(request, 'auth')) throw new ConfigurationError(LOCKED)
}
