import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import express from 'express'
import { resourceServer } from 'express-resource-server'
import { authInfo, requireTools } from 'express-resource-server/mcp'
import { protectedResource } from 'express-resource-server/metadata'
import { z } from 'zod'

const notes = ['Buy milk']

function createMcpServer(): McpServer {
  const server = new McpServer({ name: 'notes', version: '1.0.0' })
  server.registerTool('read_notes', {}, () => ({ content: [{ type: 'text', text: notes.join(', ') }] }))
  server.registerTool(
    'write_note',
    { inputSchema: { text: z.string() } },
    ({ text }, { authInfo: caller }) => {
      notes.push(`${text} (by ${String(caller?.clientId)})`)
      return { content: [{ type: 'text', text: 'Noted' }] }
    },
  )
  return server
}

/** `resource` is the URL of the endpoint, as clients know it. `clock` is for tests. */
export function createApp(issuer: string, resource: string, clock?: { epochMs(): number }): express.Express {
  const app = express()
  const resourceMetadata = protectedResource({ resource, authorizationServers: [issuer] })
  const api = resourceServer({ issuer, resourceMetadata, challengeScopes: ['notes:read'], clock })
  app.use(api)

  const tools = { read_notes: ['notes:read'], write_note: ['notes:read', 'notes:write'] }
  app.all('/mcp', express.json(), requireTools({ tools, otherwise: 'deny' }), async (req, res) => {
    const transport = new StreamableHTTPServerTransport({})
    await createMcpServer().connect(transport)
    const auth = authInfo(api.principalOf(req))
    await transport.handleRequest(Object.assign(req, { auth }), res, req.body)
  })
  return app
}
