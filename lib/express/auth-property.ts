/** `req.auth`: a copy of the principal in the private context, for handlers. */

/**
 * Defines the property: with an assignment, an accessor of that name could see the principal or
 * throw.
 */
export function publishAuth(request: object, value: unknown): void {
  Reflect.defineProperty(request, 'auth', { value, writable: true, configurable: true, enumerable: true })
}
