/** `optional`: anonymous requests pass, bad credentials do not. */
import express from 'express'
import { requireAuthentication, requireScopes, resourceServer } from 'express-resource-server'
import type { ResourceServerOptions, TokenPlace } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import { closedPort, start } from '../support/http.js'
import type { Running } from '../support/http.js'

const issuer = createTestIssuer()

const serve = (options: Partial<ResourceServerOptions> = {}): Promise<Running> => {
  const app = express()
  app.use((req, res, next) => {
    res.set('vary', 'Origin')
    Object.assign(req, { auth: { subject: 'forged' } })
    next()
  })
  app.use(resourceServer({ ...issuer.options, optional: true, ...options }))
  app.get('/authenticated', requireAuthentication())
  app.get('/scoped', requireScopes('a'))
  app.use((req, res) => {
    res.json({ subject: req.auth?.subject ?? null, has: 'auth' in req })
  })
  return start(app)
}

test.each([
  ['no credentials', {}],
  ['another scheme', { authorization: 'Basic dXNlcjpwYXNz' }],
])(
  'with %s a request goes on as nobody, even where an earlier middleware forged somebody',
  async (_, headers) => {
    const { status, body, challenge } = await (await serve()).ask({ headers })

    expect({ status, body, challenge }).toEqual({
      status: 200,
      body: { subject: null, has: true },
      challenge: undefined,
    })
  },
)

test.each<[TokenPlace | readonly TokenPlace[] | undefined, string]>([
  [undefined, 'Origin, Authorization'],
  ['header', 'Origin, Authorization'],
  [{ header: 'X-Token' }, 'Origin, x-token'],
  [['header', 'query', { header: 'X-Token' }, 'body'], 'Origin, Authorization, x-token'],
  [['query', 'body'], 'Origin'],
  [['header', () => undefined], 'Origin, *'],
])('an anonymous answer with tokens from %j varies by %j', async (acceptTokenFrom, vary) => {
  const api = await serve(acceptTokenFrom === undefined ? {} : { acceptTokenFrom })

  expect((await api.ask()).headers.vary).toBe(vary)
})

test('a good token gives a principal', async () => {
  const { body } = await (await serve()).ask({ token: await issuer.token() })

  expect(body.subject).toBe('user-1')
})

test.each([
  ['Bearer', 400, 'invalid_request'],
  ['', 400, 'invalid_request'],
  ['Bearer abc', 401, 'invalid_token'],
])('bad credentials are refused all the same: %j', async (authorization, status, error) => {
  expect(await (await serve()).ask({ headers: { authorization } })).toMatchObject({ status, body: { error } })
})

test('an expired token is refused, not taken for none', async () => {
  const now = Math.floor(Date.now() / 1000)

  expect(
    (await (await serve()).ask({ token: await issuer.token({ iat: now - 900, exp: now - 600 }) })).status,
  ).toBe(401)
})

test('unavailable keys are 503 for those who send a token, and nothing for those who do not', async () => {
  const jwksUri = `http://127.0.0.1:${await closedPort()}/jwks`
  const api = await serve({ issuer: { issuer: issuer.issuer, jwksUri } })

  expect((await api.ask({ token: await issuer.token() })).status).toBe(503)
  expect((await api.ask()).status).toBe(200)
})

test.each(['/authenticated', '/scoped'])(
  'a guard asks an anonymous request for credentials, without an error code: %s',
  async (path) => {
    const { status, challenge, body } = await (
      await serve({ realm: 'orders', challengeScopes: ['b'] })
    ).ask({ path })

    expect({ status, challenge, body }).toEqual({
      status: 401,
      challenge: { scheme: 'Bearer', parameters: { realm: 'orders', scope: 'b' } },
      body: { message: expect.stringContaining('access token') },
    })
  },
)

test('requireAuthentication lets any principal pass', async () => {
  expect((await (await serve()).ask({ token: await issuer.token(), path: '/authenticated' })).status).toBe(
    200,
  )
})
