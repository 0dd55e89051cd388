/** Who answers a refused request: the middleware, or the application's error handler. */
import express from 'express'
import { EventEmitter, once } from 'node:events'
import {
  requireRoles,
  requireScopes,
  requireThat,
  ResourceServerError,
  resourceServer,
} from 'express-resource-server'
import type { ResourceServerOptions } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import { closedPort, start } from '../support/http.js'
import type { Answer, Ask, Running } from '../support/http.js'

const issuer = createTestIssuer()

interface Site extends Running {
  /** The errors that reached the application's error handler. */
  readonly errors: ResourceServerError[]
}

/** The application's error handler answers 418, which shows who answered. */
const serve = async (options: Partial<ResourceServerOptions>): Promise<Site> => {
  const errors: ResourceServerError[] = []
  const app = express()
  app.use(resourceServer({ ...issuer.options, ...options }))
  app.use('/scope', requireScopes('a'))
  app.use('/role', requireRoles('a'))
  app.use(
    '/throws',
    requireThat(() => {
      throw new Error('x')
    }),
  )
  app.use((_req, res) => {
    res.json({})
  })
  app.use(((error, _req, res, _next) => {
    errors.push(error)
    res.status(418).end()
  }) as express.ErrorRequestHandler)
  return { ...(await start(app)), errors }
}

const refused: [string, (token: string) => Ask, object][] = [
  [
    'no credentials',
    () => ({}),
    { status: 401, error: undefined, code: 'ERR_CREDENTIALS_MISSING', expose: true },
  ],
  [
    'malformed credentials',
    () => ({ headers: { authorization: 'Bearer' } }),
    { status: 400, error: 'invalid_request', code: 'ERR_CREDENTIALS_MALFORMED', expose: true },
  ],
  [
    'a bad token',
    () => ({ token: 'abc' }),
    { status: 401, error: 'invalid_token', code: 'ERR_TOKEN_MALFORMED', expose: true },
  ],
  [
    'a missing scope',
    (token) => ({ token, path: '/scope' }),
    { status: 403, error: 'insufficient_scope', code: 'ERR_SCOPE_INSUFFICIENT', expose: true },
  ],
  [
    'a missing role',
    (token) => ({ token, path: '/role' }),
    { status: 403, error: 'access_denied', code: 'ERR_ROLE_INSUFFICIENT', expose: true },
  ],
]

test.each(refused)("'respond': %s never reaches the application's error handler", async (_, question) => {
  const site = await serve({})
  const { status } = await site.ask(question(await issuer.token()))

  expect(status).not.toBe(418)
  expect(site.errors).toEqual([])
})

test.each(refused)(
  "'next': %s does, and the header is on the response already",
  async (_, question, expected) => {
    const [site, responding] = [await serve({ refusals: 'next' }), await serve({ refusals: 'respond' })]
    const asked = question(await issuer.token())
    const [handed, answered] = [await site.ask(asked), await responding.ask(asked)]

    expect(handed.status).toBe(418)
    expect(handed.challenge).toEqual(answered.challenge)
    expect(handed.headers['cache-control']).toBe('no-store')
    expect(site.errors).toEqual([expect.objectContaining(expected)])
    expect(site.errors[0]).toBeInstanceOf(ResourceServerError)
    expect(site.errors[0]?.headers['www-authenticate']).toBe(answered.headers['www-authenticate'])
  },
)

test("'next': an outage is handed on with its Retry-After", async () => {
  const jwksUri = `http://127.0.0.1:${await closedPort()}/jwks`
  const site = await serve({ refusals: 'next', issuer: { issuer: issuer.issuer, jwksUri } })
  const { status, headers } = await site.ask({ token: await issuer.token() })

  expect(status).toBe(418)
  expect(headers['retry-after']).toMatch(/^\d+$/)
  expect(site.errors).toEqual([
    expect.objectContaining({ status: 503, code: 'ERR_KEYS_UNAVAILABLE', expose: false }),
  ])
})

test.each(['respond', 'next'] as const)(
  "'%s': a predicate that threw is the application's to handle",
  async (refusals) => {
    const site = await serve({ refusals })

    expect((await site.ask({ token: await issuer.token(), path: '/throws' })).status).toBe(418)
    expect(site.errors).toEqual([
      expect.objectContaining({ status: 500, code: 'ERR_INTERNAL', expose: false, cause: new Error('x') }),
    ])
  },
)

test("'next': without an error handler Express answers with status and headers of the error, and no detail", async () => {
  const logged = new Promise<void>((resolve) => {
    jest.spyOn(console, 'error').mockImplementation(() => resolve())
  })
  const app = express()
  app.set('env', 'production')
  app.use(resourceServer({ ...issuer.options, realm: 'orders', refusals: 'next' }))
  const { status, challenge, headers, text } = await (await start(app)).ask()

  expect({ status, challenge, cacheControl: headers['cache-control'] }).toEqual({
    status: 401,
    challenge: { scheme: 'Bearer', parameters: { realm: 'orders' } },
    cacheControl: 'no-store',
  })
  expect(text).toContain('Unauthorized')
  await logged
  jest.restoreAllMocks()
})

test("'next': an error handler that lets the request go on lets no guard pass", async () => {
  const app = express()
  app.use(resourceServer({ ...issuer.options, refusals: 'next' }))
  app.use(((_error, _req, _res, next) => next()) as express.ErrorRequestHandler)
  app.get('/', (req, res) => {
    res.json({ auth: req.auth ?? null })
  })
  app.get(
    '/guarded',
    requireThat(() => true),
    (_req, res) => {
      res.json({})
    },
  )
  const api = await start(app)

  expect((await api.ask({ token: 'bad' })).body).toEqual({ auth: null })
  expect((await api.ask({ token: 'bad', path: '/guarded' })).status).toBe(500)
})

describe('a response that an earlier middleware has begun', () => {
  const begin: express.RequestHandler = (_req, res, next) => {
    res.write('begun')
    next()
  }
  const late = async (options: Partial<ResourceServerOptions>, ask: Ask): Promise<Answer | Error> => {
    const app = express()
    const failures: unknown[] = []
    app.use(begin, resourceServer({ ...issuer.options, ...options }), requireScopes('a'), (_req, res) => {
      res.end(' and ended')
    })
    app.use(((error, _req, res, _next) => {
      failures.push(error)
      res.end(` ${error.code}`)
    }) as express.ErrorRequestHandler)
    return (await start(app)).ask(ask)
  }

  test('is not written to by a refusal: the error goes to the error handler', async () => {
    expect(await late({}, {})).toMatchObject({ status: 200, text: 'begun ERR_CREDENTIALS_MISSING' })
    expect(await late({ refusals: 'next' }, {})).toMatchObject({
      status: 200,
      text: 'begun ERR_CREDENTIALS_MISSING',
    })
  })

  test('is not written to by a guard', async () => {
    expect(await late({}, { token: await issuer.token() })).toMatchObject({
      text: 'begun ERR_SCOPE_INSUFFICIENT',
    })
  })

  test('goes on when the request passes', async () => {
    const token = await issuer.token({ scope: 'a' })

    expect(await late({}, { token })).toMatchObject({ status: 200, text: 'begun and ended' })
    expect(await late({ acceptTokenFrom: 'query' }, { path: `/?access_token=${token}` })).toMatchObject({
      text: 'begun and ended',
    })
    expect(await late({ optional: true }, {})).toMatchObject({ text: 'begun ERR_CREDENTIALS_MISSING' })
  })
})

test('what was said about the answer before does not stay on a refusal', async () => {
  const app = express()
  app.use((_req, res, next) => {
    res.status(201).type('html').set('cache-control', 'public, max-age=3600').set('content-length', '3')
    next()
  })
  app.use(resourceServer(issuer.options))
  const { status, headers, text } = await (await start(app)).ask()

  expect({ status, text, type: headers['content-type'], cache: headers['cache-control'] }).toEqual({
    status: 401,
    text: expect.stringContaining('needs an access token'),
    type: 'application/json',
    cache: 'no-store',
  })
})

test('a client that goes away while keys are fetched leaves nothing behind', async () => {
  const arrived = new EventEmitter()
  const hanging = await start(() => arrived.emit('asked'))
  const app = express()
  app.use(
    resourceServer({
      ...issuer.options,
      issuer: { issuer: issuer.issuer, jwksUri: `${hanging.url}/jwks` },
      keys: { attemptTimeoutMs: 1000, flightTimeoutMs: 1000 },
    }),
  )
  const api = await start(app)
  const asked = once(arrived, 'asked')
  const token = await issuer.token()
  const gone = api.ask({ token })
  const failure = expect(gone).rejects.toMatchObject({ code: 'ECONNRESET' })
  await asked
  api.server.closeAllConnections()
  await failure

  // Jest fails a test that leaves an unhandled rejection. This request joins the first one's fetch,
  // and outlasts it.
  expect((await api.ask({ token })).status).toBe(503)
})
