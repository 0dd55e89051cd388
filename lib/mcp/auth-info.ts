/** The caller in the shape that handlers of the MCP SDK receive. */
import { inspect } from 'node:util'
import { assertPrincipal } from '../core/access/principal.js'
import type { Principal } from '../core/access/principal.js'
import { assertNotHandler } from '../core/errors/misuse.js'
import type { Ignored } from '../core/errors/misuse.js'

/** Fits `AuthInfo` of `@modelcontextprotocol/sdk` and of `@modelcontextprotocol/server`. */
export interface McpAuthInfo {
  /**
   * The access token as received. Do not pass it on to other servers. `util.inspect` and
   * `JSON.stringify` leave it out.
   */
  token: string
  /** Empty if the token names no client. */
  clientId: string
  scopes: string[]
  /** Seconds since 1970. */
  expiresAt: number
  /** The principal, as `extra.principal`. */
  extra: { principal: Principal<unknown> }
}

const ADVICE = 'is not a handler. Call it with the principal of a request: authInfo(api.principalOf(req))'

/**
 * The principal as the MCP SDK hands it to the handlers of tools: `extra.authInfo` in version 1,
 * `ctx.http.authInfo` in version 2.
 *
 * Not checked: anything else; the principal comes from `resourceServer`.
 *
 * @throws {ConfigurationError} for anything but a principal, such as a copy, or `req.auth` of an
 * anonymous request.
 * @example
 * await transport.handleRequest(Object.assign(req, { auth: authInfo(api.principalOf(req)) }), res, req.body)
 */
export function authInfo(principal: Principal<unknown>, ignored?: Ignored): McpAuthInfo
export function authInfo(principal: Principal<unknown>, response: unknown, next?: unknown): McpAuthInfo {
  if (next !== undefined) assertNotHandler('authInfo', [principal, response, next], ADVICE)
  assertPrincipal(principal, 'authInfo')
  const { token, clientId = '', scopes, expiresAt } = principal
  const info = { token, clientId, scopes: [...scopes], expiresAt, extra: { principal } }
  return Object.defineProperties(info, WITHOUT_TOKEN)
}

/** Handlers of tools log what they receive. A copy by spreading keeps the token, and shows it. */
const WITHOUT_TOKEN: PropertyDescriptorMap = {
  toJSON: { value: withoutToken },
  [inspect.custom]: { value: withoutToken },
}

function withoutToken(this: McpAuthInfo): Omit<McpAuthInfo, 'token'> {
  const { clientId, scopes, expiresAt, extra } = this
  return { clientId, scopes, expiresAt, extra }
}
