/** What the programs for both versions of the MCP SDK share. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { resourceServer } from 'express-resource-server'
import type { Principal } from 'express-resource-server'
import { authInfo, requireTools } from 'express-resource-server/mcp'
import type { McpAuthInfo } from 'express-resource-server/mcp'
import { createTestIssuer } from 'express-resource-server/testing'

const issuer = createTestIssuer()
const api = resourceServer(issuer.options)

type Handle = (
  req: express.Request & { auth: McpAuthInfo },
  res: express.Response,
  body: unknown,
) => Promise<void>

export function createApp(handle: Handle): express.Express {
  const app = express()
  const guard = requireTools({ tools: { whoami: ['who'], forbidden: ['other'] }, otherwise: 'deny' })
  app.all('/mcp', express.json(), api, guard, async (req, res) => {
    const principal: Principal | undefined = req.auth
    if (principal?.subject !== api.principalOf(req).subject) throw new Error('req.auth is another principal')
    await handle(Object.assign(req, { auth: authInfo(api.principalOf(req)) }), res, req.body)
  })
  return app
}

/** Calls `use` with the URL of the server and the headers of a client that may call `whoami` only. */
export async function serve(
  app: express.Express,
  use: (url: URL, headers: Record<string, string>) => Promise<void>,
): Promise<void> {
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const token = await issuer.token({ sub: 'ann', client_id: 'app', scope: 'who' })
  await use(new URL(`http://127.0.0.1:${port}/mcp`), { authorization: `Bearer ${token}` })
  server.closeAllConnections()
  server.close()
}
