/** The types that this package adds to Express, and the ones by which its handlers fit both majors. */
import type { JWTPayload } from 'jose'
import type { Principal } from '../core/access/principal.js'

/**
 * Types `req.auth` everywhere, by module augmentation:
 * `declare module 'express-resource-server' { interface Register { resourceServer: typeof api } }`.
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
      /** Who sent the request, as `resourceServer` verified it; `undefined` on anonymous requests. A copy: guards do not read it. */
      auth?: Principal<RegisteredClaims> | undefined
    }
  }
}
