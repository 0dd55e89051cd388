import { readFileSync } from 'node:fs'
import { run } from './support/child.js'

test('an MCP client that knows only the URL reaches both tools, steps up, refreshes, and is refused elsewhere', async () => {
  const { code, stdout, stderr } = await run('demo/mcp.ts').ended
  expect({ code, stderr }).toMatchObject({ code: 0 })
  const metadata = String.raw`resource_metadata="http://127\.0\.0\.1:\d+/\.well-known/oauth-protected-resource/mcp"`
  const lines = [
    'A client without refresh tokens',
    String.raw`  server: 401 Bearer scope="notes:read", ${metadata}`,
    '  client: registered itself',
    '  client: sends the user to log in, for notes:read',
    '  client: got a token for notes:read',
    '  result: .*Buy milk.*',
    String.raw`  server: 403 Bearer error="insufficient_scope", scope="notes:read notes:write", ${metadata}`,
    '  client: sends the user to log in, for notes:read notes:write',
    '  client: got a token for notes:read notes:write',
    '  result: .*Noted.*',
    '',
    'A client with refresh tokens, whose access token expires',
    '  server: 401 Bearer scope="notes:read", .*',
    '  client: registered itself',
    '  client: sends the user to log in, for notes:read',
    '  client: got a token for notes:read',
    '  result: .*Call Bob.*',
    '  server: 401 Bearer error="invalid_token", .*',
    '  client: refreshed a token for notes:read',
    '  result: .*Call Bob.*',
    '',
    'The same token at another server',
    '  server: 401 Bearer error="invalid_token", .*',
  ]
  expect(stdout.trim()).toMatch(new RegExp(`^${lines.join('\n')}$`))
})

test('the server of the demo is the one in docs/mcp.md, in at most 40 lines', () => {
  const server = readFileSync('demo/mcp/server.ts', 'utf8').trim()
  expect(readFileSync('docs/mcp.md', 'utf8')).toContain(server)
  expect(server.split('\n').length).toBeLessThanOrEqual(40)
})
