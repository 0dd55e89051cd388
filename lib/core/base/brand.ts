/**
 * What a handler of this package says about itself, so that tools can list what stands in front of
 * a route. It changes no decision: guards and servers never read it.
 */

/** Registered for the whole process: two copies of the package must recognize each other's handlers. */
const BRAND: unique symbol = Symbol.for('express-resource-server.handler') as never

export interface ServerBrand {
  readonly kind: 'server'
  readonly isOptional: boolean
  readonly isReportOnly: boolean
}

export interface GuardBrand {
  readonly kind: 'guard'
  /** How the guard was made, such as `requireScopes(orders:read)`; without functions and values. */
  readonly text: string
  /** The scopes that it names, in whatever combination. */
  readonly scopes: readonly string[]
}

export type Brand = ServerBrand | GuardBrand

export function setBrand(handler: object, brand: Brand): void {
  Reflect.defineProperty(handler, BRAND, { value: Object.freeze(brand) })
}

/** `undefined` for a handler that is neither a server nor a guard. */
export function brandOf(handler: unknown): Brand | undefined {
  if (typeof handler !== 'function' || !Object.hasOwn(handler, BRAND)) return undefined
  return Reflect.get(handler, BRAND) as Brand
}
