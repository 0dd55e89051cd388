/** Introspection against a real authorization server, oidc-provider. RFC 7662, RFC 9701. */
import express from 'express'
import { requireScopes, resourceServer } from 'express-resource-server'
import type { ResourceServerOptions } from 'express-resource-server'
import { introspection } from 'express-resource-server/introspection'
import type { IntrospectionOptions } from 'express-resource-server/introspection'
import { start } from '../support/http.js'
import { API, SECRET, startProvider } from './support/provider.js'
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
