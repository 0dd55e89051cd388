/**
 * `npm run demo:mcp`: the MCP SDK's client reaches two tools of a server that it knows by URL only,
 * first without a refresh token, then with one.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { createAuthorizationServer } from './mcp/authorization-server.js'
import { Login, withLogin } from './mcp/client.js'
import { createApp } from './mcp/server.js'

async function listen(): Promise<{ server: Server; url: string }> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}` }
}

/** How far the clock of the API is ahead. */
let aheadMs = 0
const clock = { epochMs: () => Date.now() + aheadMs }

async function startApi(issuer: string): Promise<{ server: Server; url: string }> {
  const { server, url } = await listen()
  const app = createApp(issuer, `${url}/mcp`, clock) as RequestListener
  server.on('request', (req, res) => {
    res.once('finish', () => {
      const challenge = String(res.getHeader('www-authenticate')).replace(/error_description="[^"]*", /, '')
      if (res.statusCode >= 400) console.log(`  server: ${String(res.statusCode)} ${challenge}`)
    })
    app(req, res)
  })
  return { server, url }
}

const login = await listen()
login.server.on('request', await createAuthorizationServer(login.url))
const [api, other] = await Promise.all([startApi(login.url), startApi(login.url)])
const mcp = `${api.url}/mcp`

const tell = (what: string): void => {
  // The new token is judged by the right time again.
  if (what.startsWith('refreshed')) aheadMs = 0
  console.log(`  client: ${what}`)
}
const read = async (client: Client): Promise<unknown> =>
  client.callTool({ name: 'read_notes', arguments: {} })
const write = async (client: Client): Promise<unknown> =>
  client.callTool({ name: 'write_note', arguments: { text: 'Call Bob' } })
const show = (result: unknown): void => {
  console.log(`  result: ${JSON.stringify(result)}`)
}

console.log('\nA client without refresh tokens')
const first = new Login(['authorization_code'], tell)
show(await withLogin(mcp, first, read))
show(await withLogin(mcp, first, write))

console.log('\nA client with refresh tokens, whose access token expires')
const second = new Login(['authorization_code', 'refresh_token'], tell)
show(await withLogin(mcp, second, read))
aheadMs = 3_600_000
show(await withLogin(mcp, second, read))

console.log('\nThe same token at another server')
const authorization = `Bearer ${second.tokens()?.access_token ?? ''}`
const answer = await fetch(`${other.url}/mcp`, { headers: { authorization } })
assert.equal(answer.status, 401)

for (const { server } of [login, api, other]) {
  server.closeAllConnections()
  server.close()
}
