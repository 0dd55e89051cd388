/** `req.auth`: a copy for handlers of what the private context holds. */

/** Defined, not assigned: an accessor of that name must neither see the principal nor make this throw. */
export function publishAuth(request: object, value: unknown): void {
  Reflect.defineProperty(request, 'auth', { value, writable: true, configurable: true, enumerable: true })
}
