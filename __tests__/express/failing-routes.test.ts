/** Handlers that answer by themselves: whatever throws then, the process lives, and `next` gets one error. */
import type { ServerResponse } from 'node:http'
import express from 'express'
import type { ErrorRequestHandler, RequestHandler } from 'express'
import { resourceServer } from 'express-resource-server'
import { jwe } from 'express-resource-server/jwe'
import { requireTools } from 'express-resource-server/mcp'
import { protectedResource } from 'express-resource-server/metadata'
import { backChannelLogout, memoryRevocations } from 'express-resource-server/revocation'
import { createTestIssuer } from 'express-resource-server/testing'
import { start } from '../support/http.js'
import type { Ask } from '../support/http.js'
import { generatePair } from '../support/key-pairs.js'

const issuer = createTestIssuer()
const api = resourceServer(issuer.options)
const unhandled: unknown[] = []
const onUnhandled = (reason: unknown): void => void unhandled.push(reason)

beforeAll(() => process.on('unhandledRejection', onUnhandled))
afterAll(() => process.off('unhandledRejection', onUnhandled))
beforeEach(() => (unhandled.length = 0))

/** Lets rejections that nobody handles be reported. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

const resource = issuer.audience
const metadata = protectedResource({ resource, authorizationServers: [issuer.issuer] })
const document = { path: new URL(metadata.url).pathname }

const logout = backChannelLogout({ server: api, clientId: 'app', store: memoryRevocations() })
const logoutToken = () =>
  issuer.token({
    header: { typ: 'logout+jwt' },
    aud: 'app',
    client_id: undefined,
    scope: undefined,
    events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
  })
const { privateKey: key } = generatePair('ec', { namedCurve: 'P-256' })
const decryption = jwe({ keys: [{ key, kid: 'k' }] })
const form = { 'content-type': 'application/x-www-form-urlencoded' }

const ROUTES: readonly (readonly [string, readonly RequestHandler[], () => Promise<Ask>])[] = [
  ['a logout that is refused', [logout], async () => ({ method: 'POST', body: 'x' })],
  ['a logout with another method', [logout], async () => ({})],
  [
    'a logout that is accepted',
    [logout],
    async () => ({ method: 'POST', headers: form, body: `logout_token=${await logoutToken()}` }),
  ],
  ['healthRoute', [api.healthRoute()], async () => ({})],
  ['jwksRoute', [decryption.jwksRoute()], async () => ({})],
  ['protectedResource', [metadata], async () => document],
  [
    'the metadata of a server',
    [resourceServer({ ...issuer.options, resourceMetadata: metadata })],
    async () => document,
  ],
  [
    'the metadata of a server that only reports',
    [resourceServer({ ...issuer.options, resourceMetadata: metadata, dangerouslyReportOnly: true })],
    async () => document,
  ],
  [
    'requireTools',
    [api, express.json(), requireTools({ tools: {}, otherwise: 'deny' })],
    async () => ({
      method: 'POST',
      token: await issuer.token(),
      headers: { 'content-type': 'application/json' },
      body: '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x"}}',
    }),
  ],
]

const HOOKS: readonly (readonly [
  string,
  'setHeader' | 'writeHead' | 'end',
  (res: ServerResponse) => boolean,
])[] = [
  ['setHeader, at once', 'setHeader', () => true],
  ['setHeader, half-way', 'setHeader', (res) => res.hasHeader('cache-control')],
  ['writeHead', 'writeHead', () => true],
  ['end', 'end', () => true],
]

describe.each(HOOKS)('A hook of another middleware that throws in %s', (_, method, isBroken) => {
  const breaking: RequestHandler = (_req, res, next) => {
    const original = res[method].bind(res) as (...args: unknown[]) => never
    let isFirst = true
    Object.assign(res, {
      [method]: (...args: unknown[]) => {
        if (!isFirst || !isBroken(res)) return original(...args)
        isFirst = false
        throw new Error(`${method} is broken`)
      },
    })
    next()
  }

  test.each(ROUTES)('reaches next(error) once from %s', async (_name, handlers, request) => {
    const errors: unknown[] = []
    const passed: unknown[] = []
    const onError: ErrorRequestHandler = (error, _req, res, _next) => {
      errors.push(error)
      res.statusCode = 500
      res.end('handled')
    }
    const app = express().use(breaking, ...handlers)
    app.use((_req, res) => {
      passed.push(res.end('passed'))
    })
    const { ask } = await start(app.use(onError))
    const { status, text, headers } = await ask(await request())
    expect([status, text, passed.length]).toEqual([500, 'handled', 0])
    expect(errors).toMatchObject([{ code: 'ERR_INTERNAL', cause: { message: `${method} is broken` } }])
    // Of the answer that failed.
    expect([headers['content-type'], headers['access-control-allow-origin']]).toEqual([undefined, undefined])
    expect(headers['cache-control'] ?? '').not.toContain('public')
    await settled()
    expect(unhandled).toEqual([])
  })
})

test('an error handler that throws after a logout ends the connection, not the process', async () => {
  let ended = 0
  let calls = 0
  const failing = (): never => {
    throw new Error('broken')
  }
  const res = { statusCode: 0, headersSent: false, setHeader: failing, end: failing, destroy: () => ended++ }
  logout({ method: 'POST', headers: {} } as never, res as never, () => {
    calls++
    throw new Error('The error handler is broken')
  })
  await settled()
  await settled()
  expect([calls, ended, unhandled]).toEqual([1, 1, []])
})

test('a logout that somebody else has answered meanwhile is left alone', async () => {
  const calls: unknown[] = []
  const res = { headersSent: true, setHeader: () => calls.push('setHeader'), end: () => calls.push('end') }
  logout({ method: 'POST', headers: {} } as never, res as never, () => calls.push('next'))
  await settled()
  await settled()
  expect([calls, unhandled]).toEqual([[], []])
})

test.each([
  ['protectedResource', metadata],
  ['a logout', logout],
])('a request that throws when it is read reaches next(error) once from %s', async (_, handler) => {
  const errors: unknown[] = []
  const req = {
    headers: {},
    get method(): never {
      throw new Error('closed')
    },
    get originalUrl(): string {
      return document.path
    },
  }
  handler(req as never, { setHeader() {}, end() {} } as never, (error?: unknown) => errors.push(error))
  await settled()
  expect(errors).toMatchObject([{ code: 'ERR_INTERNAL', cause: { message: 'closed' } }])
})
