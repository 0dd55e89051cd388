/** Both major versions of the MCP SDK: who calls reaches the handler of a tool, and a refusal the client. */
import * as second from '@modelcontextprotocol/client'
import { NodeStreamableHTTPServerTransport, toNodeHandler } from '@modelcontextprotocol/node'
import { extractWWWAuthenticateParams } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client as FirstClient } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as FirstTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { McpServer as FirstServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { McpServer as SecondServer, createMcpHandler } from '@modelcontextprotocol/server'
import express from 'express'
import { resourceServer } from 'express-resource-server'
import { dpop } from 'express-resource-server/dpop'
import type { Principal } from 'express-resource-server'
import { authInfo, requireTools } from 'express-resource-server/mcp'
import type { McpAuthInfo } from 'express-resource-server/mcp'
import { createTestIssuer } from 'express-resource-server/testing'
import { start } from '../support/http.js'

const issuer = createTestIssuer()

type Handle = (
  req: express.Request & { auth: McpAuthInfo },
  res: express.Response,
  body: unknown,
) => Promise<void>

interface Caller {
  call(tool: string): Promise<unknown>
  close(): Promise<void>
}

/** What the handler of the tool got. */
let seen: unknown[] = []
/** What stood on the request. */
let principals: (Principal | undefined)[] = []
beforeEach(() => {
  seen = []
  principals = []
})

const NOTHING = { content: [] }

async function serveFirst(...[req, res, body]: Parameters<Handle>): Promise<void> {
  const server = new FirstServer({ name: 'test', version: '1.0.0' })
  for (const name of ['read', 'write'])
    server.registerTool(name, {}, (extra) => {
      seen.push(extra.authInfo)
      return NOTHING
    })
  const transport = new StreamableHTTPServerTransport({})
  await server.connect(transport)
  await transport.handleRequest(req, res, body)
}

function secondServer(): SecondServer {
  const server = new SecondServer({ name: 'test', version: '1.0.0' })
  for (const name of ['read', 'write'])
    server.registerTool(name, {}, ({ http }) => {
      seen.push(http?.authInfo)
      return NOTHING
    })
  return server
}

async function serveSecond(...[req, res, body]: Parameters<Handle>): Promise<void> {
  const transport = new NodeStreamableHTTPServerTransport({})
  await secondServer().connect(transport)
  await transport.handleRequest(req, res, body)
}

const handle = toNodeHandler(createMcpHandler(secondServer))
const serveByHandler: Handle = async (req, res, body) => {
  await handle(req, res, body)
}

async function connectFirst(url: URL, headers: Record<string, string>): Promise<Caller> {
  const client = new FirstClient({ name: 'test', version: '1.0.0' })
  await client.connect(new FirstTransport(url, { requestInit: { headers } }))
  return { call: async (name) => client.callTool({ name }), close: async () => client.close() }
}

function connectSecond(mode: second.VersionNegotiationMode) {
  return async (url: URL, headers: Record<string, string>): Promise<Caller> => {
    const options = { versionNegotiation: { mode } }
    const client = new second.Client({ name: 'test', version: '1.0.0' }, options)
    await client.connect(new second.StreamableHTTPClientTransport(url, { requestInit: { headers } }))
    return { call: async (name) => client.callTool({ name }), close: async () => client.close() }
  }
}

async function urlOf(serve: Handle): Promise<URL> {
  const api = resourceServer(issuer.options)
  const tools = { read: ['read'], write: ['read', 'write'] }
  const app = express()
  app.all('/mcp', express.json(), api, requireTools({ tools, otherwise: 'deny' }), async (req, res) => {
    principals.push(req.auth)
    await serve(Object.assign(req, { auth: authInfo(api.principalOf(req)) }), res, req.body)
  })
  const { url } = await start((req, res) => void app(req, res))
  return new URL(`${url}/mcp`)
}

describe.each<[string, Handle, typeof connectFirst]>([
  ['version 1', serveFirst, connectFirst],
  ['version 2, a transport', serveSecond, connectSecond('legacy')],
  ['version 2, a handler and an old client', serveByHandler, connectSecond('legacy')],
  ['version 2, a handler and a new client', serveByHandler, connectSecond({ pin: '2026-07-28' })],
  ['version 2, a handler and a client of version 1', serveByHandler, connectFirst],
  ['version 1, and a client of version 2', serveFirst, connectSecond('auto')],
])('%s', (_title, serve, connect) => {
  test('the principal reaches the handler of a tool', async () => {
    const token = await issuer.token({ sub: 'ann', client_id: 'app', scope: 'read other' })
    const client = await connect(await urlOf(serve), { authorization: `Bearer ${token}` })
    await client.call('read')
    await client.close()
    const principal = principals.at(-1)
    expect(seen).toEqual([
      {
        token,
        clientId: 'app',
        scopes: ['read', 'other'],
        expiresAt: principal?.expiresAt,
        extra: { principal },
      },
    ])
    const [{ extra }] = seen as [McpAuthInfo]
    expect(extra.principal).toBe(principal)
    expect(extra.principal).toMatchObject({ subject: 'ann', scheme: 'Bearer' })
  })

  test('a tool whose scope is missing is not called, and the client learns why', async () => {
    const token = await issuer.token({ scope: 'read' })
    const client = await connect(await urlOf(serve), { authorization: `Bearer ${token}` })
    const refusal: unknown = await client.call('write').catch((error: unknown) => error)
    await client.close()
    // Version 2 has an error for it; version 1 quotes the answer.
    const expected = { message: expect.stringMatching(/insufficient_scope|required "read write"/) }
    expect(refusal).toMatchObject(expected)
    if (connect !== connectFirst) expect(refusal).toMatchObject({ requiredScope: 'read write' })
    expect(seen).toEqual([])
  })
})

test.each([undefined, ['mcp:read']])(
  'A caller with DPoP is asked for the scopes of the tool by the challenge that the SDK reads, with challengeScopes %j',
  async (challengeScopes) => {
    const publicUrl = 'https://api.example'
    const client = issuer.dpop()
    const app = express()
    app.use(resourceServer({ ...issuer.options, challengeScopes, confirmation: dpop({ publicUrl }) }))
    app.use(express.json(), requireTools({ tools: { write: ['mcp:read', 'mcp:write'] }, otherwise: 'deny' }))
    const { url } = await start(app)
    const token = await client.token({ scope: 'mcp:read' })
    const answer = await fetch(`${url}/mcp`, {
      method: 'POST',
      headers: {
        authorization: `DPoP ${token}`,
        dpop: await client.proof('POST', `${publicUrl}/mcp`, { token }),
        'content-type': 'application/json',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'write' } }),
    })
    expect(answer.status).toBe(403)
    for (const read of [extractWWWAuthenticateParams, second.extractWWWAuthenticateParams])
      expect(read(answer)).toMatchObject({ scope: 'mcp:read mcp:write', error: 'insufficient_scope' })
  },
)
