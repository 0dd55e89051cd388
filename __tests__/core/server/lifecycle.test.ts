import express from 'express'
import request from 'supertest'
import { ConfigurationError } from 'express-resource-server'
import type { HealthRouteOptions, ResourceServer } from 'express-resource-server'
import { faults, hold } from '../../support/key-server.js'
import type { KeyServer } from '../../support/key-server.js'
import { Harness, outcome, QUICK, until } from '../../support/key-harness.js'

const harness = new Harness()
afterEach(() => harness.close())

const LIMITS = { ttlSeconds: 100, staleSeconds: 400 }

function probe(api: ResourceServer, options?: HealthRouteOptions) {
  const app = express().get('/ready', api.healthRoute(options))
  return () => request(app).get('/ready')
}

async function serverAndApi(keys = {}): Promise<{ server: KeyServer; api: ResourceServer }> {
  const server = await harness.keyServer()
  return { server, api: harness.api(server, { ...LIMITS, ...keys }) }
}

describe('health()', () => {
  test('tells the whole state of an issuer, without any I/O', async () => {
    const { server, api } = await serverAndApi()
    const { issuer } = server
    const now = (): number => harness.clock.epochMs() / 1000
    expect(api.health().issuers).toEqual([
      {
        issuer,
        state: 'COLD',
        status: 'starting',
        generation: 0,
        keyCount: 0,
        consecutiveFailures: 0,
        waiters: 0,
        nextRefreshAt: now(),
      },
    ])
    expect(server.hits.keys).toBe(0)
    await api.ready()
    const loadedAt = now()
    harness.clock.advance(10)
    const [fresh] = api.health().issuers
    expect(fresh).toEqual({
      issuer,
      state: 'FRESH',
      status: 'up',
      generation: 1,
      keyCount: 1,
      ageSeconds: 10,
      lastSuccessAt: loadedAt,
      consecutiveFailures: 0,
      nextRefreshAt: expect.any(Number),
      staleUntil: loadedAt + 500,
      waiters: 0,
    })
    expect(fresh!.nextRefreshAt! - loadedAt).toBeGreaterThan(69)
    expect(fresh!.nextRefreshAt! - loadedAt).toBeLessThanOrEqual(80)
  })

  test('tells why and how often refreshes failed, who waits, and when the next is due', async () => {
    const { server, api } = await serverAndApi()
    const { answer, release } = hold(faults.status(503, { 'retry-after': '9' }))
    server.answer = answer
    const waiting = [1, 2].map((jti) =>
      outcome(api.verify(server.token(undefined, { claims: { jti: String(jti) } }))),
    )
    await until(() => server.hits.keys === 1)
    expect(api.health().issuers[0]).toMatchObject({ waiters: 2 })
    expect(api.health().issuers[0]).not.toHaveProperty('nextRefreshAt')
    release()
    await Promise.all(waiting)
    expect(api.health().issuers[0]).toMatchObject({
      state: 'COLD',
      lastFailure: 'status',
      consecutiveFailures: 1,
      waiters: 0,
      nextRefreshAt: harness.clock.epochMs() / 1000 + 9,
    })
    server.recover()
    harness.clock.advance(9)
    await api.ready()
    expect(api.health().issuers[0]).toMatchObject({ consecutiveFailures: 0 })
    expect(api.health().issuers[0]).not.toHaveProperty('lastFailure')
  })

  test('keeps its dates right when the wall clock jumps', async () => {
    const { api } = await serverAndApi()
    await api.ready()
    harness.clock.jump(-3600)
    const now = harness.clock.epochMs() / 1000
    expect(api.health().issuers[0]).toMatchObject({
      state: 'FRESH',
      ageSeconds: 0,
      lastSuccessAt: now,
      staleUntil: now + 500,
    })
  })

  test('counts given keys as up', async () => {
    const { server } = await serverAndApi()
    const api = harness.api(server, {}, { issuer: { issuer: server.issuer, jwks: server.jwks as never } })
    expect(api.health().issuers).toEqual([
      {
        issuer: server.issuer,
        state: 'FRESH',
        status: 'up',
        generation: 1,
        keyCount: 1,
        consecutiveFailures: 0,
        waiters: 0,
      },
    ])
  })
})

describe('a clock that jumps', () => {
  test.each([
    ['back an hour', -3600],
    ['ahead a day', 86_400],
  ])('%s causes at most one refresh, and no refusal', async (_title, seconds) => {
    const { server, api } = await serverAndApi()
    await api.ready()
    for (const answer of [faults.status(404), server.answer]) {
      server.answer = answer
      harness.clock.jump(seconds)
      for (let i = 0; i < 20; i++)
        expect(await outcome(api.verify(server.token(undefined, { claims: { jti: String(i) } })))).toEqual({
          status: 200,
        })
      harness.clock.jump(-seconds)
    }
    expect(server.hits.keys).toBeLessThanOrEqual(3)
  })
})

describe('ready()', () => {
  test('rejects with the reason', async () => {
    const { server, api } = await serverAndApi()
    server.answer = faults.html
    await expect(api.ready()).rejects.toMatchObject({
      code: 'ERR_KEYS_UNAVAILABLE',
      status: 503,
      cause: { problem: 'not_json' },
    })
  })

  test('rejects after its own time-out, and the flight goes on', async () => {
    const { server, api } = await serverAndApi()
    const { answer, release } = hold((res) => server.json(res, server.jwks))
    server.answer = answer
    await expect(api.ready({ timeoutMs: 5 })).rejects.toMatchObject({ cause: { problem: 'timeout' } })
    release()
    await until(() => api.health().issuers[0]?.state === 'FRESH')
    expect(server.hits.keys).toBe(1)
  })
})

describe('healthRoute()', () => {
  test('starts ready() once in the background and does not wait for it', async () => {
    const { server, api } = await serverAndApi(QUICK)
    server.answer = faults.hang
    const get = probe(api)
    expect(server.hits.keys).toBe(0)
    const answer = await get()
    expect([answer.status, answer.body]).toEqual([200, { status: 'starting' }])
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'content-type': 'application/json' })
    await get()
    await until(() => api.health().issuers[0]?.lastFailure === 'timeout')
    await get()
    expect(server.hits.keys).toBe(1)
  })

  test.each([
    ['all', [200, 200, 503]],
    ['any', [200, 503, 503]],
    ['never', [200, 200, 200]],
    [undefined, [200, 200, 503]],
  ] as const)(
    'with failWhen %p answers %j to none, one and both issuers down',
    async (failWhen, statuses) => {
      const servers = [await harness.keyServer(), await harness.keyServer()] as const
      const issuer = servers.map(({ issuer, jwksUri }) => ({ issuer, jwksUri }))
      const api = harness.api(servers[0], LIMITS, { issuer })
      const get = probe(api, { failWhen })
      await api.ready()
      const seen = [(await get()).status]
      servers[0].answer = faults.status(404)
      harness.clock.advance(50)
      await api.refresh({ issuer: servers[1].issuer })
      harness.clock.advance(451)
      seen.push((await get()).status)
      harness.clock.advance(50)
      seen.push((await get()).status)
      expect(seen).toEqual(statuses)
    },
  )

  test('answers degraded while keys past their TTL serve', async () => {
    const { api } = await serverAndApi()
    const get = probe(api)
    await api.ready()
    expect((await get()).body).toEqual({ status: 'up' })
    harness.clock.advance(150)
    const answer = await get()
    expect([answer.status, answer.body]).toEqual([200, { status: 'degraded' }])
  })

  test('names issuers and failures only when asked to', async () => {
    const { server, api } = await serverAndApi()
    await api.ready()
    const answer = await probe(api, { details: true })()
    expect(answer.body).toMatchObject({ status: 'up', issuers: [{ issuer: server.issuer, keyCount: 1 }] })
  })

  test('does not count the issuers that a resolver added', async () => {
    const server = await harness.keyServer()
    server.answer = faults.status(404)
    const resolve = (issuer: string) => ({ issuer, jwksUri: server.jwksUri })
    const api = harness.api(server, LIMITS, { issuer: resolve, dangerouslyAllowPrivateAddresses: true })
    await outcome(api.verify(server.token()))
    expect((await probe(api, { failWhen: 'any' })()).status).toBe(200)
  })

  test.each([{ failWhen: 'some' }, { fail: 'all' }, { details: 'yes' }, null])(
    'refuses %j at start-up',
    async (options) => {
      const { api } = await serverAndApi()
      expect(() => api.healthRoute(options as never)).toThrow(ConfigurationError)
    },
  )
})
