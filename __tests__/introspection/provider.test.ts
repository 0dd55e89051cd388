/** Introspection against a real authorization server, oidc-provider. RFC 7662, RFC 9701. */
import express from 'express'
import { requireScopes, resourceServer } from 'express-resource-server'
import type { ResourceServerOptions } from 'express-resource-server'
import { introspection } from 'express-resource-server/introspection'
import type { IntrospectionOptions } from 'express-resource-server/introspection'
import { start } from '../support/http.js'
import { selfSigned } from '../support/tls.js'
import { API, clientJwk, SECRET, startProvider } from './support/provider.js'
import type { RunningProvider } from './support/provider.js'

let provider: RunningProvider
beforeAll(async () => {
  provider = await startProvider()
})
afterAll(() => provider.end())

const basic = { id: 'basic', secret: SECRET }

async function appWith(
  options: Partial<IntrospectionOptions> = {},
  server: Partial<ResourceServerOptions> = {},
) {
  const api = resourceServer({
    issuer: provider.issuer,
    audience: API,
    opaque: introspection({ client: basic, ...options }),
    ...server,
  })
  const app = express()
  app.use(api)
  app.get('/', requireScopes('read'), (req, res) => res.json([req.auth?.clientId, req.auth?.header?.alg]))
  return { ...(await start(app)), api }
}

test('an opaque token opens a route of the server that also takes JWTs', async () => {
  const { ask } = await appWith()
  const [opaque, jwt] = [await provider.token(), await provider.token('jwt')]
  expect(opaque).not.toContain('.')
  expect(await ask({ token: opaque })).toMatchObject({ status: 200, body: ['app', null] })
  expect(await ask({ token: opaque })).toMatchObject({ status: 200 })
  expect(await ask({ token: jwt })).toMatchObject({ status: 200, body: ['app', 'ES256'] })
  expect(await ask({ token: 'invented' })).toMatchObject({ status: 401 })
  expect(await provider.introspections()).toBe(2)
})

test.each<[string, Partial<IntrospectionOptions>]>([
  ['client_secret_basic', { client: basic }],
  ['client_secret_post', { client: { id: 'post', secret: SECRET, method: 'client_secret_post' } }],
  ['private_key_jwt', { client: { id: 'signer', key: clientJwk, algorithm: 'ES256' } }],
  [
    'private_key_jwt, with a signed answer',
    { client: { id: 'signer', key: clientJwk, algorithm: 'ES256' }, jwt: true },
  ],
  ['client_secret_basic, with a signed answer', { jwt: true }],
])('authenticates by %s', async (_, options) => {
  const { ask } = await appWith({ cache: { maxSeconds: 0 }, ...options })
  const token = await provider.token()
  for (let i = 0; i < 2; i++) expect(await ask({ token })).toMatchObject({ status: 200, body: ['app', null] })
  await provider.revoke(token)
  expect((await ask({ token })).status).toBe(401)
})

test.each<[string, IntrospectionOptions['client']]>([
  ['a wrong secret', { id: 'basic', secret: 'wrong' }],
  ['an unknown client', { id: 'nobody', secret: SECRET }],
])('%s is 503, not 401: the token may be good', async (_, client) => {
  const { ask, api } = await appWith({ client })
  expect(await ask({ token: await provider.token() })).toMatchObject({ status: 503 })
  expect(api.health().introspection).toMatchObject({ consecutiveFailures: 1, lastFailure: 'status' })
})

test('a revoked token is refused when its answer ends, and at once after purge()', async () => {
  const { ask, api } = await appWith()
  const token = await provider.token()
  expect((await ask({ token })).status).toBe(200)
  await provider.revoke(token)
  expect((await ask({ token })).status).toBe(200)
  api.purge()
  expect((await ask({ token })).status).toBe(401)
})

test('an issuer of opaque tokens only: its JWTs are refused, and nobody is asked about them', async () => {
  const { ask, api } = await appWith({}, { issuer: { issuer: provider.issuer, opaqueOnly: true } })
  await provider.introspections()
  expect((await ask({ token: await provider.token() })).status).toBe(200)
  expect((await ask({ token: await provider.token('jwt') })).status).toBe(401)
  expect(await provider.introspections()).toBe(1)
  expect(api.health().issuers).toMatchObject([{ issuer: provider.issuer, status: 'up', keyCount: 0 }])
})

test('ready() finds the endpoint', async () => {
  const { api } = await appWith()
  await api.ready()
  expect((await api.verify(await provider.token())).clientId).toBe('app')
})

describe('over TLS', () => {
  let secured: RunningProvider
  beforeAll(async () => {
    secured = await startProvider({ mtls: true })
  })
  afterAll(() => secured.end())

  test('authenticates by a certificate', async () => {
    const client = { id: 'certified', certificate: selfSigned.cert, key: selfSigned.key }
    const { ask, api } = await appWith({ client }, { issuer: secured.issuer })
    await api.ready()
    const token = await secured.token()
    expect(await ask({ token })).toMatchObject({ status: 200, body: ['app', null] })
    const without = await appWith({ client: { id: 'certified', secret: 'x' } }, { issuer: secured.issuer })
    expect((await without.ask({ token })).status).toBe(503)
  })
})
