/** The API in a child process: it receives mounts as messages, and ends with its parent. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Mount } from './app.js'

/**
 * Members that an attacker would like every object to have: header members, claims, key members,
 * options, results of checks. Names that would break Node.js itself (`authorization`, `d`) or
 * lru-cache (`status`), so that everything is refused, are left out.
 */
const WISHES = {
  alg: 'none',
  kid: 'rs1',
  typ: 'at+jwt',
  cty: 'JWT',
  jwk: { kty: 'oct', k: 'AAAA' },
  jku: 'http://127.0.0.1:1/jwks',
  x5c: ['AAAA'],
  iss: 'https://evil.example',
  aud: 'https://api.example',
  exp: 9_999_999_999,
  nbf: 0,
  iat: 1,
  sub: 'admin',
  client_id: 'admin',
  scope: 'admin read',
  scp: ['admin', 'read'],
  roles: ['admin'],
  keys: [{ kty: 'oct', k: 'AAAA', kid: 'rs1' }],
  kty: 'oct',
  k: 'AAAA',
  crv: 'P-256',
  use: 'sig',
  pss: true,
  hash: 'md5',
  signatureBytes: 1,
  pooled: true,
  jwks_uri: 'http://127.0.0.1:1/jwks',
  issuer: 'https://evil.example',
  audience: 'https://evil.example',
  algorithms: ['none', 'HS256'],
  secret: 's'.repeat(64),
  jwks: { keys: [] },
  jwksUri: 'http://127.0.0.1:1/jwks',
  profile: 'jwt',
  optional: true,
  dangerouslyAcceptAnyAudience: true,
  dangerouslyAllowInsecureHttp: true,
  dangerouslyReportOnly: true,
  acceptTokenFrom: ['query', 'body'],
  access_token: 'x',
  outcome: 'authenticated',
  principal: { subject: 'admin', scopes: ['admin', 'read'] },
  denied: undefined,
  scopes: ['admin', 'read'],
  requiredScopes: ['admin'],
  realm: 'evil',
  hint: 'evil',
  cause: 'evil',
}

function pollute(): void {
  // Enumerable and writable, as if a careless library had assigned them.
  for (const [name, value] of Object.entries(WISHES)) Reflect.set(Object.prototype, name, value)
}

const when = process.argv[2]
// The TypeScript loader and Express cannot be loaded into a polluted process. This package can.
await import('express')
if (when === 'before') pollute()
const { createApi } = await import('./app.js')
const api = createApi()
const server = createServer(api.app)

process.on('disconnect', () => process.exit())
process.on('message', (message: { mount?: Mount; pollute?: true }) => {
  try {
    if (message.mount) api.mount(message.mount)
    if (message.pollute) {
      pollute()
      api.forget()
    }
    process.send?.({ done: true })
  } catch (error) {
    process.send?.({ failed: String(error) })
  }
})
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
