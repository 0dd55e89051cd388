/** The diagnostics channels: what is published, and that nothing of a request is in it. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { inspect } from 'node:util'
import express from 'express'
import { requireRoles, requireScopes, requireThat, resourceServer } from 'express-resource-server'
import type { AcceptedEvent, RefusedEvent, ResourceServerOptions } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import { pathOf } from '../../../lib/core/http/shown-path.js'
import { closedPort, start } from '../../support/http.js'
import type { Ask, Running } from '../../support/http.js'

type Event = ['accepted', AcceptedEvent] | ['refused', RefusedEvent]

const issuer = createTestIssuer()
const events: Event[] = []
const onAccepted = (event: unknown) => events.push(['accepted', event as AcceptedEvent])
const onRefused = (event: unknown) => events.push(['refused', event as RefusedEvent])

beforeEach(() => {
  events.length = 0
  subscribe('express-resource-server:accepted', onAccepted)
  subscribe('express-resource-server:refused', onRefused)
})

afterEach(() => {
  unsubscribe('express-resource-server:accepted', onAccepted)
  unsubscribe('express-resource-server:refused', onRefused)
})

const serve = (options: Partial<ResourceServerOptions> = {}): Promise<Running> => {
  const app = express()
  app.use(resourceServer({ ...issuer.options, ...options }))
  app.get('/scope', requireScopes('admin'))
  app.get('/role', requireRoles('admin'))
  app.get(
    '/throws',
    requireThat(() => {
      throw new Error('secret')
    }),
  )
  app.use((_req, res) => {
    res.json({})
  })
  app.use(((error, _req, res, _next) => {
    res.status(error.status).end()
  }) as express.ErrorRequestHandler)
  return start(app)
}

const accepted = (isCached: boolean): Event => ['accepted', { issuer: issuer.issuer, alg: 'ES256', isCached }]
const refused = (code: RefusedEvent['code'], status: number, rest: Partial<RefusedEvent> = {}): Event => [
  'refused',
  {
    code,
    status,
    hint: undefined,
    method: 'GET',
    path: expect.any(String),
    isReportOnly: false,
    ...rest,
  } as RefusedEvent,
]

test('a token is accepted for each request, remembered or not', async () => {
  const api = await serve()
  const token = await issuer.token({ key: 'ES256' })
  await api.ask({ token })
  await api.ask({ token })

  expect(events).toEqual([accepted(false), accepted(true)])
})

test('verify and authenticate accept too', async () => {
  const api = resourceServer(issuer.options)
  const token = await issuer.token({ key: 'ES256' })
  await api.verify(token)
  await api.authenticate({ headers: { authorization: `Bearer ${token}` }, rawHeaders: [] })

  expect(events).toEqual([accepted(false), accepted(true)])
})

test.each<[string, (token: string) => Ask, Event[]]>([
  ['no credentials', () => ({}), [refused('ERR_CREDENTIALS_MISSING', 401)]],
  [
    'malformed credentials',
    () => ({ headers: { authorization: 'Bearer' } }),
    [refused('ERR_CREDENTIALS_MALFORMED', 400, { hint: 'token_placeholder' })],
  ],
  [
    'repeated credentials',
    () => ({ headers: { authorization: ['Bearer a', 'Bearer b'] } }),
    [refused('ERR_CREDENTIALS_REPEATED', 400)],
  ],
  ['a bad token', () => ({ token: 'a.b.c' }), [refused('ERR_TOKEN_MALFORMED', 401)]],
  [
    'a missing scope, after the token was accepted',
    (token) => ({ token, path: '/scope' }),
    [accepted(false), refused('ERR_SCOPE_INSUFFICIENT', 403)],
  ],
  [
    'a missing role',
    (token) => ({ token, path: '/role' }),
    [accepted(false), refused('ERR_ROLE_INSUFFICIENT', 403)],
  ],
  [
    'a predicate that threw',
    (token) => ({ token, path: '/throws' }),
    [accepted(false), refused('ERR_INTERNAL', 500)],
  ],
])('a refusal is published once: %s', async (_, question, expected) => {
  for (const refusals of ['respond', 'next'] as const) {
    events.length = 0
    await (await serve({ refusals })).ask(question(await issuer.token({ key: 'ES256' })))

    expect(events).toEqual(expected)
  }
})

test('a refusal tells method and path, without the query, and which request it was', async () => {
  const requests: unknown[] = []
  const app = express()
  app.use((req, _res, next) => {
    requests.push(req)
    next()
  })
  app.use('/mounted', resourceServer(issuer.options), requireScopes('admin'))
  const running = await start(app)
  await running.ask({ method: 'PUT', path: '/mounted/a?secret=1', token: 'a.b.c' })
  await running.ask({ path: '/mounted/b?secret=1', token: await issuer.token() })
  const seen = events.flatMap(([kind, event]) => (kind === 'refused' ? [event] : []))

  expect(seen).toMatchObject([
    { method: 'PUT', path: '/mounted/a', code: 'ERR_TOKEN_MALFORMED' },
    { method: 'GET', path: '/mounted/b', code: 'ERR_SCOPE_INSUFFICIENT' },
  ])
  for (const [index, event] of seen.entries()) {
    expect(event.request).toBe(requests[index])
    expect(Object.keys(event)).not.toContain('request')
    expect(JSON.stringify({ ...event })).not.toContain('secret')
    expect(inspect(event, { showHidden: true, depth: null })).not.toContain('secret')
  }
})

test.each([
  ['/a?b', '/a'],
  ['/a#b', '/a'],
  ['http://user:password@host/a?b', '/a'],
  ['*', '*'],
  ['', ''],
  ['/login/eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln/next', '/login/[token]/next'],
])('the path of the target %s is %s', (url, path) => {
  expect(pathOf({ url, headers: {} })).toBe(path)
})

test('an outage is published as such', async () => {
  const jwksUri = `http://127.0.0.1:${await closedPort()}/jwks`
  await (await serve({ issuer: { issuer: issuer.issuer, jwksUri } })).ask({ token: await issuer.token() })

  expect(events).toEqual([refused('ERR_KEYS_UNAVAILABLE', 503)])
})

test('an anonymous request is neither accepted nor refused', async () => {
  await (await serve({ optional: true })).ask()

  expect(events).toEqual([])
})

test('nothing of token, request or principal is in any event', async () => {
  const api = await serve({ acceptTokenFrom: ['header', 'query'] })
  const secrets = { sub: 'alice@secret', scope: 'secret:scope', jti: 'secret-jti', tenant: 'secret-tenant' }
  const bad = [
    { iss: 'https://secret.test' },
    { aud: 'secret' },
    { header: { kid: 'secret-kid' } },
    { exp: 'secret' },
  ]
  const tokens = await Promise.all([secrets, ...bad].map((claims) => issuer.token({ ...secrets, ...claims })))
  for (const token of tokens) {
    for (const path of ['/', '/scope', '/role', '/throws']) await api.ask({ token, path })
    await api.ask({ path: `/?access_token=${token}` })
  }
  const written = JSON.stringify(events)

  expect(events.length).toBeGreaterThan(20)
  expect(written).not.toContain('secret')
  for (const token of tokens) for (const part of token.split('.')) expect(written).not.toContain(part)
  for (const [, event] of events) {
    for (const value of Object.values(event))
      expect(['string', 'number', 'boolean', 'undefined']).toContain(typeof value)
  }
})

test('a subscriber cannot change what the server does', async () => {
  const meddle = (event: unknown) => Object.assign(event as object, { status: 200, code: 'OK' })
  subscribe('express-resource-server:refused', meddle)
  const { status, body } = await (await serve()).ask({ token: 'a.b.c' })
  unsubscribe('express-resource-server:refused', meddle)

  expect({ status, error: body.error }).toEqual({ status: 401, error: 'invalid_token' })
})
