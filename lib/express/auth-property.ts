/**
 * `req.auth`, a copy for handlers. An Express application has a prototype of its own for its requests, made to be extended:
 * there it is a getter. Elsewhere it is a property of the request, which in Express costs 3 µs of 75 on Node 20 and 22: they
 * make a new hidden class for each property of each request.
 */
import type { Principal } from '../core/access/principal.js'
import { contextOf } from './context.js'

/** Prototypes of applications' requests, and whether `auth` is read through the getter there. */
const prototypes = new WeakMap<object, boolean>()

const accessor = {
  configurable: true,
  enumerable: true,
  get(this: object): Principal | undefined {
    return contextOf(this)?.auth
  },
  /** Who writes `req.auth` gets a property of that request; it opens no guard. */
  set(this: object, value: unknown): void {
    define(this, value)
  },
}

/** Makes `req.auth` show what the context says. */
export function publishAuth(request: object): void {
  if (!hasAccessor(request) || Object.hasOwn(request, 'auth')) define(request, contextOf(request)?.auth)
}

/**
 * Of the outermost application's prototype: requests come back to it from those that are mounted, which inherit from it. An
 * application may have the name for something else, and may be frozen.
 */
function hasAccessor(request: object): boolean {
  let outermost: object | undefined
  let prototype = Object.getPrototypeOf(request) as object | null
  while (prototype !== null && Object.hasOwn(prototype, 'app')) {
    if (outermost !== undefined && hasAnother(outermost)) return false
    outermost = prototype
    prototype = Object.getPrototypeOf(prototype) as object | null
  }
  return outermost !== undefined && isExtended(outermost)
}

function isExtended(prototype: object): boolean {
  let known = prototypes.get(prototype)
  if (known === undefined) {
    known = !('auth' in prototype) && Reflect.defineProperty(prototype, 'auth', accessor)
    prototypes.set(prototype, known)
  }
  return known
}

function hasAnother(prototype: object): boolean {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, 'auth')
  return descriptor !== undefined && descriptor.get !== accessor.get
}

/** Defined, not assigned: an accessor of that name must neither see it nor make this throw. */
function define(request: object, value: unknown): void {
  Reflect.defineProperty(request, 'auth', { value, writable: true, configurable: true, enumerable: true })
}
