/** Functions that are not handlers, given to Express as if they were. */
import express from 'express'
import express4 from 'express4'
import * as main from 'express-resource-server'
import * as dpop from 'express-resource-server/dpop'
import * as introspection from 'express-resource-server/introspection'
import * as jwe from 'express-resource-server/jwe'
import * as mcp from 'express-resource-server/mcp'
import * as metadata from 'express-resource-server/metadata'
import * as mtls from 'express-resource-server/mtls'
import * as providers from 'express-resource-server/providers'
import * as redis from 'express-resource-server/redis'
import * as revocation from 'express-resource-server/revocation'
import { createTestIssuer } from 'express-resource-server/testing'
import { start } from '../support/http.js'

const issuer = createTestIssuer()
const api = main.resourceServer(issuer.options)
const { ConfigurationError } = main

/** Names in camel case: the others are classes and constants. */
const functionsOf = (from: object): readonly (readonly [string, (...args: any[]) => unknown])[] =>
  Object.entries(from).filter(([name, each]) => typeof each === 'function' && /^[a-z]/.test(name))

const FUNCTIONS = [
  ...functionsOf(api),
  ...[main, dpop, introspection, jwe, mcp, metadata, mtls, providers, redis, revocation].flatMap(functionsOf),
  ['createTestIssuer', createTestIssuer] as const,
  ...functionsOf({ ...main.requireScopes('a') }).map(
    ([name, each]) => [`requireScopes.${name}`, each] as const,
  ),
  ...functionsOf({ ...main.requireThat(async () => true) }).map(
    ([name, each]) => [`requireThat.${name}`, each] as const,
  ),
]

const VERSIONS = [
  ['Express 5', express],
  ['Express 4', express4],
] as const

/** A server that has fetched nothing yet, so that it notices when it is closed. */
const fetchingServer = async (): Promise<{ server: main.ResourceServer; token: string }> => {
  const remote = createTestIssuer()
  const { close } = await remote.listen()
  closers.push(close)
  const server = main.resourceServer({ issuer: remote.issuer, audience: remote.audience })
  return { server, token: await remote.token() }
}
const closers: (() => Promise<void>)[] = []
afterAll(async () => {
  await Promise.all(closers.map((close) => close()))
})

const rejections: unknown[] = []
const keep = (reason: unknown): void => {
  rejections.push(reason)
}

beforeAll(() => process.on('unhandledRejection', keep))
afterAll(() => process.off('unhandledRejection', keep))

test('the list has the methods of a server and the functions of all subpaths', () => {
  const names = FUNCTIONS.map(([name]) => name)
  expect(names).toEqual(
    expect.arrayContaining([
      ...['authenticate', 'verify', 'principalOf', 'answerTo', 'ready', 'refresh', 'purge', 'health'],
      ...['healthRoute', 'snapshot', 'close', 'resourceServer', 'requireActor', 'dpop', 'mtls', 'jwe'],
      ...['requireScopes.check', 'requireScopes.allows', 'requireThat.check', 'requireThat.allows'],
      ...['requireTools', 'protectedResource', 'backChannelLogout', 'introspection', 'revocation', 'auth0'],
    ]),
  )
})

describe.each(VERSIONS)('%s', (_, make) => {
  test.each(FUNCTIONS)('%s as a handler is an error that says so', async (name, misused) => {
    const errors: unknown[] = []
    const app = make()
    app.get('/', misused as express.RequestHandler, (_req, res) => {
      res.json({ passed: true })
    })
    app.use(((error, _req, res, _next) => {
      errors.push(error)
      res.status(500).end()
    }) as express.ErrorRequestHandler)
    const client = await start(app)

    for (const token of [await issuer.token(), 'bad', undefined])
      expect((await client.ask({ token })).status).toBe(500)
    expect(errors).toEqual(Array(3).fill(expect.any(ConfigurationError)))
    expect(String(errors[0])).toMatch(
      new RegExp(`${name}: (?:makes a handler and is not one itself|is not a handler)\\. `),
    )
    expect(rejections).toEqual([])
  })

  test('a method does not do its work as a handler', async () => {
    const { server, token } = await fetchingServer()
    const app = make()
    app.get('/', server.close as unknown as express.RequestHandler)
    app.param('id', server.close as unknown as express.RequestParamHandler)
    app.get('/:id', (_req, res) => {
      res.end()
    })
    const client = await start(app)

    expect((await client.ask({ path: '/' })).text).toContain('close: is not a handler')
    expect((await client.ask({ path: '/5' })).text).toContain('close: is not a handler')
    await expect(server.verify(token)).resolves.toMatchObject({ subject: 'user-1' })
  })
})

test('methods can be passed to map', async () => {
  const request = { headers: { authorization: `Bearer ${await issuer.token()}` } }

  await expect(Promise.all([request, request].map(api.authenticate))).resolves.toHaveLength(2)
  expect([new Error('any')].map(api.answerTo)).toMatchObject([{ status: 500 }])
})

test.each<[string, unknown]>([
  ['a text', 'x'],
  ['null', null],
  ['a controller', new AbortController()],
  ['a number of milliseconds', 1000],
  ['a function', () => AbortSignal.timeout(1000)],
])('verify says that %s is no signal', async (_title, signal) => {
  const { server, token } = await fetchingServer()
  await expect(server.verify(token, { signal } as never)).rejects.toMatchObject({
    code: 'ERR_CONFIGURATION',
    option: 'verify.signal',
    message: 'verify.signal: must be an AbortSignal',
  })
  server.close()
})

test('methods keep their names, and work apart from their server', async () => {
  const { server, token } = await fetchingServer()
  const { authenticate, verify, close } = server
  const request = { headers: { authorization: `Bearer ${token}` } }

  expect([authenticate.name, verify.name, close.name]).toEqual(['authenticate', 'verify', 'close'])
  await Promise.resolve().finally(close)
  await expect(authenticate(request, undefined)).rejects.toMatchObject({ status: 503 })
  await expect(verify(token, { signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow('stop')
  await expect(verify(token, undefined)).rejects.toMatchObject({ status: 503 })
})
