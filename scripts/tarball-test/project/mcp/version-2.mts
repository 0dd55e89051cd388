/** `req.auth`, `authInfo` and the types of @modelcontextprotocol/server, together. */
import assert from 'node:assert/strict'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { NodeStreamableHTTPServerTransport, toNodeHandler } from '@modelcontextprotocol/node'
import { McpServer, createMcpHandler } from '@modelcontextprotocol/server'
import type { AuthInfo } from '@modelcontextprotocol/server'
import { createApp, serve } from './app.mjs'

const seen: (AuthInfo | undefined)[] = []

function createServer(): McpServer {
  const server = new McpServer({ name: 'sample', version: '1.0.0' })
  server.registerTool('whoami', {}, ({ http }) => {
    seen.push(http?.authInfo)
    return { content: [{ type: 'text', text: String(http?.authInfo?.clientId) }] }
  })
  return server
}

const handle = toNodeHandler(createMcpHandler(createServer))
const apps = [
  createApp(async (req, res, body) => {
    const transport = new NodeStreamableHTTPServerTransport({})
    await createServer().connect(transport)
    await transport.handleRequest(req, res, body)
  }),
  createApp(async (req, res, body) => {
    await handle(req, res, body)
  }),
]

for (const app of apps) {
  await serve(app, async (url, headers) => {
    const client = new Client({ name: 'sample', version: '1.0.0' })
    await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }))
    const { content } = await client.callTool({ name: 'whoami' })
    assert.deepEqual(content, [{ type: 'text', text: 'app' }])
    await assert.rejects(async () => client.callTool({ name: 'forbidden' }))
    await client.close()
  })
}
assert.deepEqual(
  seen.map((info) => info?.scopes),
  [['who'], ['who']],
)
