/** Memory, timers, sockets, prototypes, and misbehaving user code. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { IncomingMessage, ServerResponse } from 'node:http'
import express from 'express'
import { requireClaim, requireScopes, requireThat, resourceServer } from 'express-resource-server'
import type { ResourceServerOptions } from 'express-resource-server'
import { faults } from '../support/key-server.js'
import { start } from '../support/http.js'
import { until } from '../support/key-harness.js'
import { expectProperForm } from './support/cases.js'
import { World } from './support/world.js'
import { QUICK } from './tables/jwks.js'

let w: World
const rejections: unknown[] = []
const note = (reason: unknown) => void rejections.push(reason)
beforeAll(async () => {
  process.on('unhandledRejection', note)
  w = await World.open()
})
afterAll(async () => {
  await w.close()
  // Node reports an unhandled rejection before the next turn of the event loop.
  await new Promise(setImmediate)
  process.off('unhandledRejection', note)
  expect(rejections).toEqual([])
})

const request = () => ({ method: 'GET', url: '/', headers: {}, rawHeaders: [] })

describe('user code', () => {
  /** Code may throw values that are not errors. */
  const thrower = (value: unknown) => () => {
    throw value as Error
  }
  const rejecter = (value: unknown) => async () => {
    throw value as Error
  }
  const failing: [string, () => unknown][] = [
    ['undefined', thrower(undefined)],
    ['text', thrower('route')],
    ['null', thrower(null)],
    ['a rejection with undefined', rejecter(undefined)],
    ['a rejection with route', rejecter('route')],
    ['an error', thrower(new Error('x'))],
    [
      'an object that throws when it is read',
      thrower(Object.defineProperty({}, 'message', { get: thrower(new Error('x')) })),
    ],
  ]
  const places: [string, (run: () => unknown) => [Partial<ResourceServerOptions>, unknown?]][] = [
    ['a schema', (run) => [{ claims: { '~standard': { version: 1, vendor: 'x', validate: run } } as never }]],
    ['a scope reader', (run) => [{ scopes: run }]],
    ['a place of tokens', (run) => [{ acceptTokenFrom: run as never }]],
    ['a predicate', (run) => [{}, requireThat(run as never)]],
    ['a claim predicate', (run) => [{}, requireClaim('sub', run as never)]],
    ['computed scopes', (run) => [{}, requireScopes(run as never)]],
    ['a resolver', (run) => [{ issuer: run as never }]],
  ]

  test.each(
    places.flatMap(([place, make]) => failing.map(([what, run]) => [place, what, make, run] as const)),
  )('%s that throws %s lets nobody in → 500 [ERR-020]', async (_place, _what, make, run) => {
    let reached = 0
    const [options, guard] = make(run)
    const app = express()
    app.use(
      resourceServer(w.options(options)),
      (guard ?? ((_req: unknown, _res: unknown, next: () => void) => next())) as never,
    )
    app.use((_req, res) => {
      reached++
      res.json({})
    })
    app.use(
      (_error: unknown, _req: unknown, res: ServerResponse, _next: unknown) =>
        void Object.assign(res, { statusCode: 500 }).end(),
    )
    const answer = await (await start(app)).ask({ token: w.token() })
    expect([401, 500, 503]).toContain(answer.status)
    expect(reached).toBe(0)
  })

  test.each([
    ['a promise of false', () => Promise.resolve(false)],
    ['1', () => 1],
    ['an object', () => ({})],
    ['text', () => 'true'],
    ['a thenable of false', () => ({ then: (resolve: (value: boolean) => void) => resolve(false) })],
  ])('a predicate that answers %s lets nobody in → 403 [ERR-021]', async (_, answerWith) => {
    const app = express()
    app.use(resourceServer(w.options()), requireThat(answerWith as never), (_req, res) => void res.json({}))
    expect((await (await start(app)).ask({ token: w.token() })).status).toBe(403)
  })

  test('a schema that writes into the claims changes nothing that counts [ERR-022]', async () => {
    const schema = {
      '~standard': {
        version: 1,
        vendor: 'x',
        validate(value: any) {
          Object.assign(value, { scope: 'admin', exp: 9_999_999_999, extra: 1 })
          delete value.aud
          value.list.push(1)
          return { value: { mine: true } }
        },
      },
    }
    const api = resourceServer(w.options({ claims: schema as never }))
    const token = w.token({ claims: { list: [] } })
    for (const principal of [await api.verify(token), await api.verify(token)]) {
      expect([principal.scopes, principal.claims]).toEqual([['read'], { mine: true }])
      expect(requireClaim('list', 1).allows(principal, request())).toBe(false)
      expect(requireClaim('extra', 1).allows(principal, request())).toBe(false)
      expect(requireClaim('aud', 'https://api.example').allows(principal, request())).toBe(true)
    }
  })

  test('a resolver that never answers is 503 in time → 503 [DOS-018]', async () => {
    const path = await w.mount({ issuer: () => new Promise(() => undefined) })
    const answer = await w.backend.ask({ path, token: w.token() })
    expect(answer.status).toBe(503)
    expectProperForm(answer)
  })
})

describe('bounds', () => {
  test('requests that are given up during an outage leave no memory behind [DOS-009]', async () => {
    const jwksUri = w.publish(faults.hang)
    const api = resourceServer(w.options({ issuer: { issuer: w.issuer, jwksUri }, keys: QUICK }))
    const tokens = Array.from({ length: 30 }, () => w.token({ claims: { jti: String(Math.random()) } }))
    const waiting = Array.from({ length: 3000 }, (_, i) => {
      const abort = new AbortController()
      const verified = api
        .verify(tokens[i % 30]!, { signal: abort.signal })
        .catch((error: unknown) => (error as Error).name)
      abort.abort()
      return verified
    })
    await Promise.all(waiting)
    await until(() => api.health().issuers[0]?.waiters === 0)
    api.close()
  })

  test('a process with many servers ends by itself [DOS-010]', async () => {
    const script = `import { resourceServer } from 'express-resource-server'
      for (let i = 0; i < 20; i++) resourceServer({ issuer: 'http://127.0.0.1:1/' + i, audience: 'x' })
      const api = resourceServer({ issuer: 'http://127.0.0.1:1', audience: 'x' })
      await api.ready().catch(() => console.log('done'))`
    const options = {
      cwd: join(__dirname, '../..'),
      env: { ...process.env, NODE_OPTIONS: '' },
    }
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', script],
      options,
    )
    expect(stdout).toBe('done\n')
  })

  test('two thousand issuers: a look-up costs the same, and a refusal too [DOS-011 ERR-015]', async () => {
    const issuers = Array.from({ length: 2000 }, (_, i) => `https://tenant-${i}.example`)
    const parsed = jest.spyOn(URL, 'canParse')
    const api = resourceServer(w.options({ issuer: [...issuers, w.issuer] }))
    await api.verify(w.token())
    const stranger = () =>
      api
        .verify(w.token({ claims: { iss: 'https://stranger.example' } }))
        .catch((error: unknown) => (error as { code: string }).code)
    await stranger()
    parsed.mockClear()
    for (let i = 0; i < 10; i++) expect(await stranger()).toBe('ERR_ISSUER_UNKNOWN')
    expect(parsed.mock.calls.length).toBeLessThan(100)
    parsed.mockRestore()
    expect(w.as.log.filter(({ path }) => path.includes('tenant'))).toEqual([])
    api.close()
  })
})

test('a request that is frozen, or whose auth is locked, gets an answer all the same, and none passes with a locked auth [DOS-017]', async () => {
  const api = resourceServer(w.options())
  await api.ready()
  const run = (token: string | undefined, lock: (req: object) => void): Promise<unknown> =>
    new Promise((resolve) => {
      const authorization = token && `Bearer ${token}`
      const req = { ...request(), headers: { ...(authorization && { authorization }) } }
      lock(req)
      const res = {
        headersSent: false,
        statusCode: 0,
        getHeader: () => undefined,
        setHeader: () => undefined,
        end: () => resolve(res.statusCode),
      }
      api(req as unknown as IncomingMessage, res as never, (error) => resolve(error))
    })
  expect(await run(undefined, Object.freeze)).toBe(401)
  expect(await run('x', Object.freeze)).toBe(401)
  expect(await run(w.token(), Object.freeze)).toBeUndefined()
  const locks = [
    (req: object) => Object.defineProperty(req, 'auth', { value: { subject: 'admin' } }),
    (req: object) => Object.freeze(Object.assign(req, { auth: { subject: 'admin' } })),
    (req: object) => Object.freeze(Object.setPrototypeOf(req, { auth: { subject: 'admin' } })),
  ]
  for (const lock of locks)
    for (const token of [undefined, 'x', w.token()])
      expect(await run(token, lock)).toMatchObject({ status: 500, code: 'ERR_WIRING' })
})
