/** The caller in the shape that handlers of the MCP SDK receive. */
import type { Principal } from '../core/access/principal.js'

/** Fits `AuthInfo` of `@modelcontextprotocol/sdk`. */
export interface McpAuthInfo {
  /** The access token as received. Do not pass it on to other servers. */
  token: string
  /** Empty if the token names no client. */
  clientId: string
  scopes: string[]
  /** Seconds since 1970. */
  expiresAt: number
  /** The principal, as `extra.principal`. */
  extra: { principal: Principal<unknown> }
}

/**
 * The principal as the MCP SDK hands it to the handlers of tools, as `extra.authInfo`.
 *
 * Not checked: anything; the principal comes from `resourceServer`.
 *
 * @example
 * await transport.handleRequest(Object.assign(req, { auth: authInfo(req.auth) }), res, req.body)
 */
export function authInfo(principal: Principal<unknown>): McpAuthInfo {
  const { token, clientId = '', scopes, expiresAt } = principal
  return { token, clientId, scopes: [...scopes], expiresAt, extra: { principal } }
}
