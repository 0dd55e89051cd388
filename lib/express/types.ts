/** The types that this package adds to Express. */
import type { JWTPayload } from 'jose'
import type { Principal } from '../core/access/principal.js'

/**
 * Types `req.auth` in the whole application, by module augmentation.
 *
 * @example
 * declare module 'express-resource-server' {
 *   interface Register {
 *     resourceServer: typeof api
 *   }
 * }
 */
export interface Register {}

/** The claims type of the registered resource server; plain JWT claims when there is none. */
export type RegisteredClaims = Register extends {
  resourceServer: { principalOf(req: never): Principal<infer Claims> }
}
  ? Claims
  : JWTPayload

declare global {
  namespace Express {
    interface Request {
      /**
       * The authenticated caller; `undefined` for anonymous requests. Guards do not read this
       * property, so that writing it opens nothing.
       */
      auth?: Principal<RegisteredClaims> | undefined
    }
  }
}
