/** `req.auth` as handlers see it, in every arrangement of applications. */
import { IncomingMessage } from 'node:http'
import type { ServerResponse } from 'node:http'
import express from 'express'
import type { Express, Request, Response } from 'express'
import { requireScopes, resourceServer } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import { start } from '../support/http.js'

const issuer = createTestIssuer()
const api = resourceServer({ ...issuer.options, optional: true })
const subject = (req: Request, res: Response): void => {
  res.json(req.auth?.subject ?? null)
}
const ask = async (app: Express, path = '/') => {
  const { ask: send } = await start(app)
  return (await send({ path, token: await issuer.token({ sub: 'user-1' }) })).body
}

test('shows the principal in an application, and in one that is mounted', async () => {
  const inner = express()
  inner.get('/', api, subject)
  const app = express()
  app.get('/', api, subject)
  app.use('/inner', inner)
  expect(await ask(app)).toBe('user-1')
  expect(await ask(app, '/inner')).toBe('user-1')
})

test('shows in a mounted application what its parent found', async () => {
  const inner = express()
  inner.get('/', subject)
  const app = express()
  app.use(api)
  app.use('/inner', inner)
  expect(await ask(app, '/inner')).toBe('user-1')
})

test('goes on showing it in the parent after a mounted application passed the request on', async () => {
  const inner = express()
  inner.use(api)
  const app = express()
  app.use('/inner', inner)
  app.use(subject)
  expect(await ask(app, '/inner')).toBe('user-1')
})

test('is seen in both also when the mounted one has served requests of its own before', async () => {
  const inner = express()
  inner.get('/own', api, subject)
  inner.use(api)
  expect(await ask(inner, '/own')).toBe('user-1')

  const app = express()
  app.use('/inner', inner)
  app.use(subject)
  expect(await ask(app, '/inner')).toBe('user-1')
})

test('is a property of the request in a mounted application that has the name for something else', async () => {
  const inner = express()
  Object.assign(inner.request, { auth: { subject: 'of the inner app' } })
  inner.get('/', api, subject)
  const app = express()
  app.get('/', api, subject)
  app.use('/inner', inner)
  expect(await ask(app)).toBe('user-1')
  expect(await ask(app, '/inner')).toBe('user-1')
})

test('is undefined where no resource server was, and on the next request', async () => {
  const app = express()
  app.get('/open', subject)
  app.get('/', api, subject)
  const { ask: send } = await start(app)
  expect((await send({ path: '/', token: await issuer.token({ sub: 'user-1' }) })).body).toBe('user-1')
  expect((await send({ path: '/' })).body).toBeNull()
  expect((await send({ path: '/open' })).body).toBeNull()
})

test('can be written, opens no guard, and is replaced by the next resource server', async () => {
  const app = express()
  const write = (req: Request, _res: Response, next: () => void): void => {
    req.auth = { subject: 'written' } as never
    next()
  }
  app.get('/', api, write, subject)
  app.get('/guarded', api, write, requireScopes('a'), subject)
  app.get('/again', api, write, api, subject)
  expect(await ask(app)).toBe('written')
  expect(await ask(app, '/guarded')).toMatchObject({ error: 'insufficient_scope' })
  expect(await ask(app, '/again')).toBe('user-1')
})

test('is enumerable, as other properties that middlewares add', async () => {
  const app = express()
  app.get('/', api, (req, res) => {
    const names: string[] = []
    for (const name in req) names.push(name)
    res.json(names.includes('auth'))
  })
  expect(await ask(app)).toBe(true)
})

test.each<[string, (app: Express) => void]>([
  [
    'a getter',
    (app) => Object.defineProperty(app.request, 'auth', { get: () => ({ subject: 'of the app' }) }),
  ],
  ['a value', (app) => Object.assign(app.request, { auth: { subject: 'of the app' } })],
  ['a frozen prototype', (app) => Object.freeze(app.request)],
])('an application that has %s of its own gets a property of the request', async (_title, prepare) => {
  const app = express()
  prepare(app)
  const before = Object.getOwnPropertyDescriptor(app.request, 'auth')
  app.get('/', api, subject)
  expect(await ask(app)).toBe('user-1')
  expect(Object.getOwnPropertyDescriptor(app.request, 'auth')).toEqual(before)
})

describe.each<[string, (req: object) => unknown]>([
  [
    'has an auth that cannot be changed',
    (req) => Object.defineProperty(req, 'auth', { value: { subject: 'else' } }),
  ],
  [
    'has a getter of that name',
    (req) => Object.defineProperty(req, 'auth', { get: () => ({ subject: 'else' }) }),
  ],
])('a request that %s', (_title, prepare) => {
  test.each([
    ['a good token', () => ({}), api],
    ['a bad token', () => ({ token: 'a.b.c' }), api],
    [
      'no token, and an optional server',
      () => ({ token: undefined }),
      resourceServer({ ...issuer.options, optional: true }),
    ],
  ])('never reaches its route, with %s', async (_, question, server) => {
    const app = express()
    let calls = 0
    app.use((req, _res, next) => {
      prepare(req)
      next()
    })
    app.get('/', server, (_req, res) => {
      calls++
      res.end()
    })
    app.use(((error, _req, res, _next) => {
      res.json({ status: error.status, code: error.code, message: error.message })
    }) as express.ErrorRequestHandler)
    const { ask: send } = await start(app)
    const { body } = await send({ token: await issuer.token(), ...question() })
    const message = expect.stringMatching(/req\.auth.*property "auth"/)
    expect([calls, body]).toEqual([0, { status: 500, code: 'ERR_WIRING', message }])
  })
})

test('leaves the prototypes of Node and of Express itself alone', async () => {
  const app = express()
  app.get('/', api, subject)
  await ask(app)
  expect('auth' in IncomingMessage.prototype).toBe(false)
  expect('auth' in express.request).toBe(false)
  expect('auth' in express().request).toBe(false)
})

test('is a property of the request without Express', async () => {
  const listener = (req: IncomingMessage, res: ServerResponse): void => {
    api(req, res, () => {
      const descriptor = Object.getOwnPropertyDescriptor(req, 'auth') as { value: { subject: string } }
      res.end(descriptor.value.subject)
    })
  }
  const { ask: send } = await start(listener)
  expect((await send({ token: await issuer.token({ sub: 'user-1' }) })).text).toBe('user-1')
  expect('auth' in IncomingMessage.prototype).toBe(false)
})

test('a request without a prototype gets it too', () => {
  const request = Object.assign(Object.create(null) as object, { headers: {}, rawHeaders: [] })
  let passed = false
  api(request as never, { headersSent: true } as never, () => {
    passed = true
  })
  expect(passed).toBe(true)
  expect(Object.getOwnPropertyDescriptor(request, 'auth')).toMatchObject({ value: undefined })
})
