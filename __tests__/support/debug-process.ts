/** A process of its own that refuses requests: what it writes depends on NODE_DEBUG. */
import { once } from 'node:events'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import express from 'express'
import {
  allOf,
  requireActor,
  requireAuthentication,
  requireAuthorizationDetails,
  requireClaim,
  requireRoles,
  requireScopes,
  resourceServer,
} from '../../lib/index.js'
import { dpop } from '../../lib/dpop/index.js'
import { introspection } from '../../lib/introspection/index.js'
import { createTestIssuer } from '../../lib/testing/index.js'

const issuer = createTestIssuer()
const other = { issuer: 'https://other.test', jwks: issuer.jwks }
const app = express()
app.use(
  '/report',
  resourceServer({ ...issuer.options, dangerouslyReportOnly: true }),
  (_req, res) => void res.json({}),
)
// Port 1 refuses connections.
app.use(
  '/keys',
  resourceServer({
    ...issuer.options,
    issuer: { issuer: issuer.issuer, jwksUri: 'http://127.0.0.1:1/keys' },
  }),
)
app.use('/discovery', resourceServer({ ...issuer.options, issuer: 'http://127.0.0.1:1' }))
app.use(
  '/introspection',
  resourceServer({
    ...issuer.options,
    opaque: introspection({
      endpoint: 'http://127.0.0.1:1/introspect',
      client: { id: 'api', secret: 's3cr3t of the API' },
    }),
  }),
)
app.use(
  '/resolver',
  resourceServer({
    ...issuer.options,
    dangerouslyAllowPrivateAddresses: true,
    issuer: (iss) => ({ issuer: iss, jwksUri: 'http://127.0.0.1:1/tenant' }),
  }),
)
app.use('/missing', resourceServer({ ...issuer.options, requiredClaims: ['azp'] }))
app.use('/kind', resourceServer({ ...issuer.options, requiredClaims: { jti: ['a', 'b'] } }))
app.use('/algorithm', resourceServer({ ...issuer.options, algorithms: ['ES384', 'ES512'] }))
app.use('/age', resourceServer({ ...issuer.options, maxTokenAgeSeconds: 10 }))
app.use('/type', resourceServer({ ...issuer.options, profile: 'at+jwt' }))
app.use(
  '/unusable',
  resourceServer({
    ...issuer.options,
    issuer: { issuer: issuer.issuer, jwksUri: 'https://keys.test/jwks' },
    fetch: () =>
      Promise.resolve(Response.json({ keys: [{ kty: 'oct', k: 'czNjcjN0' }, { kty: 'RSA' }, {}] })),
  }),
)
const publicUrl = ['https://api.test/v1', 'https://localhost']
app.use('/proof', resourceServer({ ...issuer.options, confirmation: dpop({ publicUrl }) }))
app.use(resourceServer({ ...issuer.options, issuer: [{ ...other, issuer: issuer.issuer }, other] }))
app.get('/scope', requireScopes('orders:read'))
app.get('/role', requireRoles('admin'))
app.get('/claim', requireClaim({ path: ['org', 'tenant'] }, 'acme'))
app.get('/login', requireAuthentication({ acrValues: ['gold'], amr: ['mfa'], maxAgeSeconds: 300 }))
app.get('/both', allOf(requireAuthentication({ maxAgeSeconds: 300 }), requireScopes('orders:read')))
app.get('/actor', requireActor({ issuer: 'https://login.test', clientId: 'helpdesk' }))
app.get(
  '/details',
  requireAuthorizationDetails('payment', () => false),
)
const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')

/** Sends the request target as it is. */
async function ask(target: string, token?: string, proof?: string): Promise<void> {
  const bearer = token === undefined ? '' : `Authorization: Bearer ${token}\r\n`
  const credentials =
    proof === undefined ? bearer : `Authorization: DPoP ${token ?? ''}\r\nDPoP: ${proof}\r\n`
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.end(`GET ${target} HTTP/1.1\r\nHost: a\r\n${credentials}Connection: close\r\n\r\n`)
  socket.resume()
  await once(socket, 'close')
}

const secret = { sub: 's3cr3t', jti: 's3cr3t', scope: 's3cr3t', roles: ['s3cr3t'] }
const good = await issuer.token(secret)
await ask('/anonymous?access_token=s3cr3t')
await ask('/issuer', await issuer.token({ ...secret, iss: 'https://s3cr3t.test' }))
await ask('/audience', await issuer.token({ ...secret, aud: `${issuer.audience}/` }))
await ask('/scope', good)
await ask('/role', good)
await ask(`/path/${good}`, 's3cr3t')
await ask('http://user:s3cr3t@a/absolute?s3cr3t', 's3cr3t')
const forged = { method: 'GET', url: '/a\nGET /forged refused', headers: { authorization: 'Bearer' } }
const nowhere = { setHeader: () => undefined, end: () => undefined }
resourceServer(issuer.options)(forged as never, nowhere as never, () => undefined)
await ask(`/long${'/x'.repeat(1000)}`, 's3cr3t')
await ask('/report', await issuer.token({ ...secret, aud: 's3cr3t' }))
for (const path of ['/claim', '/login', '/both', '/actor', '/details', '/unusable']) await ask(path, good)
await ask('/algorithm', good)
await ask('/age', await issuer.token({ ...secret, iat: 1 }))
await ask('/type', await issuer.token({ ...secret, header: { typ: 's3cr3t' } }))
await ask('/missing', good)
await ask('/kind', good)
await ask('/keys', good)
await ask('/discovery', await issuer.token({ ...secret, iss: 'http://127.0.0.1:1' }))
await ask('/introspection', 'opaque')
await ask('/resolver', good)
const client = issuer.dpop()
const bound = await client.token(secret)
await ask('/proof', bound, await client.proof('GET', 'https://s3cr3t.test/proof', { token: bound }))
await ask('/fine', good)
server.close()
