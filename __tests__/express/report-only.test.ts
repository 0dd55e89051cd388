/** `dangerouslyReportOnly`: refuses nothing, and publishes what it would have refused. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import express from 'express'
import {
  requireAuthentication,
  requireRoles,
  requireScopes,
  requireThat,
  resourceServer,
} from 'express-resource-server'
import type { RefusedEvent, ResourceServerOptions } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import { closedPort, start } from '../support/http.js'
import type { Ask, Running } from '../support/http.js'

const issuer = createTestIssuer()
const events: RefusedEvent[] = []
const onRefused = (event: unknown) => events.push(event as RefusedEvent)

beforeEach(() => {
  events.length = 0
  jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
  subscribe('express-resource-server:refused', onRefused)
})

afterEach(() => {
  unsubscribe('express-resource-server:refused', onRefused)
  jest.restoreAllMocks()
})

const serve = (options: Partial<ResourceServerOptions> = {}): Promise<Running> => {
  const app = express()
  app.use((req, _res, next) => {
    Object.assign(req, { auth: { subject: 'of the old middleware' } })
    next()
  })
  app.use(resourceServer({ ...issuer.options, dangerouslyReportOnly: true, ...options }))
  app.get('/authenticated', requireAuthentication())
  app.get('/scope', requireScopes('admin'))
  app.get('/role', requireRoles('admin'))
  app.get(
    '/later',
    requireThat(async () => false),
  )
  app.get(
    '/throws',
    requireThat(() => {
      throw new Error('x')
    }),
  )
  app.use((req, res) => {
    res.json({ subject: req.auth?.subject })
  })
  return start(app)
}

test.each<[string, (token: string) => Ask, [string, number][]]>([
  ['no credentials', () => ({}), [['ERR_CREDENTIALS_MISSING', 401]]],
  [
    'malformed credentials',
    () => ({ headers: { authorization: 'Bearer' } }),
    [['ERR_CREDENTIALS_MALFORMED', 400]],
  ],
  ['a bad token', () => ({ token: 'a.b.c' }), [['ERR_TOKEN_MALFORMED', 401]]],
  [
    'a bad token before a guard, reported once',
    () => ({ token: 'a.b.c', path: '/scope' }),
    [['ERR_TOKEN_MALFORMED', 401]],
  ],
  ['a missing scope', (token) => ({ token, path: '/scope' }), [['ERR_SCOPE_INSUFFICIENT', 403]]],
  ['a missing role', (token) => ({ token, path: '/role' }), [['ERR_ROLE_INSUFFICIENT', 403]]],
  ['a predicate that says no later', (token) => ({ token, path: '/later' }), [['ERR_ACCESS_DENIED', 403]]],
  ['a predicate that threw', (token) => ({ token, path: '/throws' }), [['ERR_INTERNAL', 500]]],
  ['a good token', (token) => ({ token, path: '/authenticated' }), []],
])('%s goes on, and is reported', async (_, question, expected) => {
  for (const refusals of ['respond', 'next'] as const) {
    events.length = 0
    const { status, challenge, headers } = await (
      await serve({ refusals })
    ).ask(question(await issuer.token()))

    expect({ status, challenge, cache: headers['cache-control'] }).toEqual({
      status: 200,
      challenge: undefined,
      cache: undefined,
    })
    expect(events.map(({ code, status: would }) => [code, would])).toEqual(expected)
    expect(events.every(({ isReportOnly }) => isReportOnly)).toBe(true)
  }
})

test('an outage of the keys does not matter here', async () => {
  const jwksUri = `http://127.0.0.1:${await closedPort()}/jwks`
  const api = await serve({ issuer: { issuer: issuer.issuer, jwksUri } })

  expect((await api.ask({ token: await issuer.token() })).status).toBe(200)
  expect(events).toMatchObject([{ code: 'ERR_KEYS_UNAVAILABLE', status: 503 }])
})

test('req.auth is left to the middleware that is being replaced', async () => {
  const api = await serve()

  expect((await api.ask({ token: await issuer.token() })).body).toEqual({ subject: 'of the old middleware' })
  expect((await api.ask()).body).toEqual({ subject: 'of the old middleware' })
})

test('a server that refuses, behind one that only reports, refuses', async () => {
  const app = express()
  app.use(
    resourceServer({ ...issuer.options, dangerouslyReportOnly: true }),
    resourceServer(issuer.options),
    requireScopes('admin'),
  )
  const api = await start(app)

  expect((await api.ask()).status).toBe(401)
  expect((await api.ask({ token: await issuer.token() })).status).toBe(403)
})

test('principalOf and verify say the truth', async () => {
  const api = resourceServer({ ...issuer.options, dangerouslyReportOnly: true })
  const app = express()
  app.use(api, (req, res) => {
    res.json({ subject: api.principalOf(req).subject })
  })

  expect((await (await start(app)).ask({ token: await issuer.token() })).body).toEqual({ subject: 'user-1' })
  await expect(api.verify('a.b.c')).rejects.toMatchObject({ status: 401 })
})

test('health shows the flag', () => {
  expect(resourceServer({ ...issuer.options, dangerouslyReportOnly: true }).health().isReportOnly).toBe(true)
  expect(resourceServer(issuer.options).health().isReportOnly).toBe(false)
})

test('the process is warned at start-up, and only then', () => {
  const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
  resourceServer(issuer.options)
  expect(warn).not.toHaveBeenCalled()
  resourceServer({ ...issuer.options, dangerouslyReportOnly: true })

  expect(warn).toHaveBeenCalledTimes(1)
  expect(warn.mock.calls[0]?.[0]).toContain('dangerouslyReportOnly')
})
