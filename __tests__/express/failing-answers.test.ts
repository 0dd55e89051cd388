/** Whatever throws while an answer is written: the process lives, and `next` gets one error. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { ServerResponse } from 'node:http'
import express from 'express'
import type { ErrorRequestHandler, Express, RequestHandler } from 'express'
import { requireScopes, requireThat, resourceServer } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import { start } from '../support/http.js'

const issuer = createTestIssuer()
const unhandled: unknown[] = []
const onUnhandled = (reason: unknown): void => void unhandled.push(reason)

beforeAll(() => process.on('unhandledRejection', onUnhandled))
afterAll(() => process.off('unhandledRejection', onUnhandled))
beforeEach(() => (unhandled.length = 0))

let strangers = 0
/** An issuer that was never asked for, so that the answer comes after an await. */
const stranger = () => `https://stranger-${++strangers}.test`

/** Lets rejections that nobody handles be reported. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

const breaking =
  (method: 'setHeader' | 'writeHead' | 'end', isBroken: (res: ServerResponse) => boolean): RequestHandler =>
  (_req, res, next) => {
    const original = res[method].bind(res) as (...args: unknown[]) => never
    let isFirst = true
    Object.assign(res, {
      [method]: (...args: unknown[]) => {
        if (isFirst && isBroken(res)) {
          isFirst = false
          throw new Error(`${method} is broken`)
        }
        return original(...args)
      },
    })
    next()
  }

const resolve = async (iss: string) =>
  iss === issuer.issuer ? { issuer: iss, jwks: issuer.jwks } : undefined
/** Answers later, as after a fetch of keys. */
const slow = resourceServer({ ...issuer.options, issuer: resolve })

function appWith(hook: RequestHandler, server: RequestHandler, guard?: RequestHandler) {
  const errors: unknown[] = []
  const app: Express = express()
  app.use(hook, server)
  if (guard) app.use(guard)
  const onError: ErrorRequestHandler = (error, _req, res, _next) => {
    errors.push(error)
    res.statusCode = 500
    res.type('text').end('handled')
  }
  app.use(onError)
  return { app, errors }
}

describe.each(['setHeader', 'writeHead', 'end'] as const)('%s that throws', (method) => {
  test.each([
    ['a refusal at once', resourceServer(issuer.options), undefined],
    ['a refusal after an await', slow, undefined],
    ['a guard that refuses at once', resourceServer(issuer.options), requireScopes('admin')],
    ['a guard that refuses after an await', resourceServer(issuer.options), requireThat(async () => false)],
  ])('in %s reaches next(error) once', async (_, server, guard) => {
    const { app, errors } = appWith(
      breaking(method, (res) => method !== 'setHeader' || res.statusCode >= 400),
      server,
      guard,
    )
    const { ask } = await start(app)
    const token = await issuer.token(guard === undefined ? { iss: stranger() } : {})
    const answer = await ask({ token })
    expect([answer.status, answer.text, errors.length]).toEqual([500, 'handled', 1])
    await settled()
    expect(unhandled).toEqual([])
  })
})

test.each([
  ['at once', issuer.options],
  ['after an await', { ...issuer.options, issuer: resolve }],
])('a header that cannot be added to a good answer reaches next(error) once, %s', async (_, options) => {
  // Where anonymous requests pass, good answers get a Vary header.
  const { app, errors } = appWith(
    breaking('setHeader', () => true),
    resourceServer({ ...options, optional: true }),
    (_req, res) => void res.end('reached'),
  )
  const { ask } = await start(app)
  const { status, text } = await ask({ token: await issuer.token() })
  expect([status, text]).toEqual([500, 'handled'])
  expect(errors).toMatchObject([{ code: 'ERR_INTERNAL', cause: { message: 'setHeader is broken' } }])
  await settled()
  expect(unhandled).toEqual([])
})

test('error handlers that throw after an await end the connection, not the process', async () => {
  let ended = false
  const res = {
    statusCode: 0,
    headersSent: false,
    getHeader: () => undefined,
    setHeader: () => {
      throw new Error('setHeader is broken')
    },
    end: () => undefined,
    destroy: () => (ended = true),
  }
  const authorization = `Bearer ${await issuer.token({ iss: stranger() })}`
  let calls = 0
  slow({ headers: { authorization } } as never, res as never, () => {
    calls++
    throw new Error('The error handler is broken')
  })
  await settled()
  await settled()
  expect([calls, ended, unhandled]).toEqual([1, true, []])
})

test('a refusal is answered although Error.stackTraceLimit cannot be written', async () => {
  const descriptor = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit')!
  Object.defineProperty(Error, 'stackTraceLimit', { ...descriptor, writable: false })
  try {
    const { ask } = await start(express().use(slow))
    expect((await ask({ token: await issuer.token({ iss: stranger() }) })).status).toBe(401)
    const guarded = express().use(resourceServer(issuer.options), requireScopes('admin'))
    expect((await (await start(guarded)).ask({ token: await issuer.token() })).status).toBe(403)
  } finally {
    Object.defineProperty(Error, 'stackTraceLimit', descriptor)
  }
})

test('a frozen error is answered', async () => {
  const { ForbiddenError } = await import('express-resource-server')
  const refusal = Object.freeze(new ForbiddenError('ERR_ACCESS_DENIED'))
  const app = express().use(
    resourceServer(issuer.options),
    requireThat(async () => Promise.reject(refusal as Error)),
  )
  expect((await (await start(app)).ask({ token: await issuer.token() })).status).toBe(403)
})

describe('headers that an application adds to one refusal', () => {
  /** Writes into what it gets, as packages do that hook into the headers of an answer. */
  const addOnTheWay: RequestHandler = (req, res, next) => {
    const { writeHead } = res
    res.writeHead = (...args: any[]) => {
      const headers = args.find((each) => typeof each === 'object')
      if (headers) headers['x-client'] = 'one'
      else res.setHeader('x-client', 'one')
      return writeHead.apply(res, args as never)
    }
    if (req.url !== '/one') res.writeHead = writeHead
    next()
  }
  const addToError: ErrorRequestHandler = (error, req, res, _next) => {
    if (req.url === '/one') error.headers['x-client'] = 'one'
    res.status(error.status).set(error.headers).end()
  }

  test.each([
    ['the error handler', 'next', [addToError]],
    ['a hook into writeHead', 'respond', []],
  ] as const)('do not appear in the next one: %s', async (_, refusals, handlers) => {
    const app = express()
    if (refusals === 'respond') app.use(addOnTheWay)
    app.use(resourceServer({ ...issuer.options, refusals }), ...handlers)
    const { ask } = await start(app)
    const answers = [await ask({ path: '/one' }), await ask({ path: '/other' })]
    expect(answers.map(({ status, headers }) => [status, headers['x-client']])).toEqual([
      [401, 'one'],
      [401, undefined],
    ])
  })
})

describe('a request that fails when it is looked at reaches next() once', () => {
  const observe = () => undefined
  beforeAll(() => subscribe('express-resource-server:refused', observe))
  afterAll(() => unsubscribe('express-resource-server:refused', observe))

  const failing = (): never => {
    throw new Error('this request is closed')
  }
  const SPOILT: readonly [string, (request: object) => object][] = [
    ['no URL', (request) => Object.defineProperty(request, 'originalUrl', { get: failing })],
    ['no new property', (request) => new Proxy(request, { defineProperty: failing })],
  ]
  const MOMENTS = [
    ['at once', () => resourceServer(issuer.options), () => issuer.token({ aud: 'https://other.test' })],
    ['later', () => slow, () => issuer.token({ iss: stranger() })],
  ] as const

  test.each(SPOILT.flatMap(([what, spoil]) => MOMENTS.map((moment) => [what, ...moment, spoil] as const)))(
    'it has %s, and the refusal comes %s',
    async (_what, _when, server, token, spoil) => {
      const headers = { authorization: `Bearer ${await token()}` }
      const req = spoil({ method: 'GET', headers, rawHeaders: [] })
      const calls: unknown[] = []
      await new Promise<void>((resolve) => {
        const res = { getHeader() {}, setHeader() {}, end: () => resolve() }
        server()(req as never, res as never, (error?: unknown) => {
          calls.push(error)
          resolve()
        })
      })
      await settled()
      expect(unhandled).toEqual([])
      expect(calls).toEqual([expect.objectContaining({ code: 'ERR_INTERNAL' })])
    },
  )
})
