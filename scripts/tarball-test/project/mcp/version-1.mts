/** `req.auth`, `authInfo` and the types of @modelcontextprotocol/sdk, together. */
import assert from 'node:assert/strict'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { createApp, serve } from './app.mjs'

const seen: (AuthInfo | undefined)[] = []

const app = createApp(async (req, res, body) => {
  const server = new McpServer({ name: 'sample', version: '1.0.0' })
  server.registerTool('whoami', {}, ({ authInfo }) => {
    seen.push(authInfo)
    return { content: [{ type: 'text', text: String(authInfo?.clientId) }] }
  })
  const transport = new StreamableHTTPServerTransport({})
  await server.connect(transport)
  await transport.handleRequest(req, res, body)
})

await serve(app, async (url, headers) => {
  const client = new Client({ name: 'sample', version: '1.0.0' })
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }))
  const { content } = await client.callTool({ name: 'whoami' })
  assert.deepEqual(content, [{ type: 'text', text: 'app' }])
  await assert.rejects(async () => client.callTool({ name: 'forbidden' }))
  await client.close()
})
assert.deepEqual(
  seen.map((info) => info?.scopes),
  [['who']],
)
