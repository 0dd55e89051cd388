/**
 * The SDK's own guards declare `req.auth` in another way, so that TypeScript needs `skipLibCheck`.
 * Handlers then use `principalOf`.
 */
import { createMcpExpressApp } from '@modelcontextprotocol/express'
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js'
import type { AuthInfo } from '@modelcontextprotocol/server'
import type { Request } from 'express'
import { resourceServer } from 'express-resource-server'
import { authInfo } from 'express-resource-server/mcp'
import { createTestIssuer } from 'express-resource-server/testing'

const api = resourceServer(createTestIssuer().options)

export const app = createMcpExpressApp().use(api)
export const theirs: typeof requireBearerAuth = requireBearerAuth
export const infoOf = (req: Request): AuthInfo => authInfo(api.principalOf(req))
