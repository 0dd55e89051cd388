/**
 * The client of version 2 of the MCP SDK knows the URL only. A real authorization server lets it
 * register, log in, and ask for a further scope, also while it holds a refresh token.
 */
import { Client, StreamableHTTPClientTransport, UnauthorizedError } from '@modelcontextprotocol/client'
import type { OAuthDiscoveryState } from '@modelcontextprotocol/client'
import type { RequestListener } from 'node:http'
import { Login } from '../../demo/mcp/client.js'
import { createApp } from '../../demo/mcp/server.js'
import { run } from '../demo/support/child.js'
import type { Child } from '../demo/support/child.js'
import { start } from '../support/http.js'

let authorizationServer: Child
let issuer: string

beforeAll(async () => {
  authorizationServer = run('__tests__/mcp/support/login-server.ts')
  issuer = (await authorizationServer.until(/^issuer (\S+)$/m))[1] ?? ''
})
afterAll(async () => authorizationServer.interrupt())

/** Version 2 also wants to know which authorization server it talked to before. */
class BoundLogin extends Login {
  #state: OAuthDiscoveryState | undefined

  saveDiscoveryState(state: OAuthDiscoveryState): void {
    this.#state = state
  }

  discoveryState(): OAuthDiscoveryState | undefined {
    return this.#state
  }
}

/** Calls a tool, and once more after a login, if the client wants one. */
async function call(
  url: URL,
  login: BoundLogin,
  name: string,
  args: Record<string, string>,
): Promise<unknown> {
  const attempt = async (transport: StreamableHTTPClientTransport): Promise<unknown> => {
    const client = new Client({ name: 'test', version: '1.0.0' })
    await client.connect(transport)
    try {
      return (await client.callTool({ name, arguments: args })).content
    } finally {
      await client.close()
    }
  }
  const transport = new StreamableHTTPClientTransport(url, { authProvider: login })
  try {
    return await attempt(transport)
  } catch (error) {
    if (!(error instanceof UnauthorizedError)) throw error
    await transport.finishAuth(login.callback)
    return attempt(new StreamableHTTPClientTransport(url, { authProvider: login }))
  }
}

test.each([
  ['with a refresh token', ['authorization_code', 'refresh_token']],
  ['without a refresh token', ['authorization_code']],
])('A client %s reaches both tools', async (_title, grantTypes) => {
  let app: RequestListener = () => undefined
  const { url: base } = await start((req, res) => app(req, res))
  const url = new URL(`${base}/mcp`)
  app = createApp(issuer, url.href)
  const steps: string[] = []
  const login = new BoundLogin(grantTypes, (what) => steps.push(what))

  const read = [{ type: 'text', text: expect.stringContaining('Buy milk') }]
  expect(await call(url, login, 'read_notes', {})).toEqual(read)
  expect(await call(url, login, 'write_note', { text: 'Call Bob' })).toEqual([
    { type: 'text', text: 'Noted' },
  ])
  expect(steps.filter((step) => /registered|log in/.test(step))).toEqual([
    'registered itself',
    'sends the user to log in, for notes:read',
    'sends the user to log in, for notes:read notes:write',
  ])
})
