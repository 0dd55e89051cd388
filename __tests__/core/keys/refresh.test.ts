import { faults, signingKey, signToken } from '../../support/key-server.js'
import type { Answer } from '../../support/key-server.js'
import { HANGS_LATER, Harness, outcome, tally, until } from '../../support/key-harness.js'

const harness = new Harness()
afterEach(() => harness.close())

const UP = { status: 200 }
const fifty = <T>(make: () => T): T[] => Array.from({ length: 50 }, make)

/** A server whose keys were fetched at the clock's start. */
async function warm(keys = {}) {
  const server = await harness.keyServer()
  const api = harness.api(server, {
    ttlSeconds: 100,
    staleSeconds: 1000,
    cooldownSeconds: 10,
    ...keys,
  })
  await api.ready()
  const health = () => api.health().issuers[0]!
  return { server, api, health, settled: () => until(() => health().nextRefreshAt !== undefined) }
}

describe('keys', () => {
  test('before 70 % of their TTL cause no traffic', async () => {
    const { server, api, health } = await warm()
    for (let second = 0; second < 70; second++) {
      expect(await outcome(api.verify(server.token()))).toEqual(UP)
      harness.clock.advance(0.99)
    }
    expect(server.hits.keys).toBe(1)
    expect(health().state).toBe('FRESH')
  })

  test('past 80 % of their TTL are refreshed once, and nobody waits', async () => {
    const { server, api, health, settled } = await warm()
    server.answer = faults.hang
    harness.clock.advance(81)
    expect(health().state).toBe('AHEAD')
    expect(await tally(fifty(() => api.verify(server.token())))).toEqual({ 200: 50 })
    server.recover()
    await settled()
    expect(server.hits.keys).toBe(2)
  })

  test('are asked for with the validators of the last answer, and a 304 renews them', async () => {
    const { server, api, health, settled } = await warm()
    server.answer = (res, req) => {
      if (req.headers['if-none-match'] === '"1"') res.writeHead(304, { etag: '"1"' }).end()
      else server.json(res, server.jwks, { etag: '"1"', 'last-modified': 'Tue, 01 Jan 2030 00:00:00 GMT' })
    }
    await api.refresh()
    expect(health()).toMatchObject({ generation: 2, state: 'FRESH' })
    harness.clock.advance(81)
    await outcome(api.verify(server.token()))
    await settled()
    expect(health()).toMatchObject({ generation: 2, state: 'FRESH', ageSeconds: 0 })
    expect(server.log.at(-1)?.headers).toMatchObject({
      'if-none-match': '"1"',
      'if-modified-since': 'Tue, 01 Jan 2030 00:00:00 GMT',
    })
  })

  test('of which one was removed no longer verify once the TTL has passed', async () => {
    const { server, api, settled } = await warm()
    const [old] = server.keys
    const token = server.token(old)
    server.rotate()
    harness.clock.advance(69)
    expect(await outcome(api.verify(token))).toEqual(UP)
    harness.clock.advance(20)
    expect(await outcome(api.verify(token))).toEqual(UP)
    await settled()
    expect(await outcome(api.verify(token))).toMatchObject({ status: 401, code: 'ERR_KEY_UNKNOWN' })
  })

  test('that were removed do not verify the first token after an idle time', async () => {
    const { server, api } = await warm()
    const token = server.token()
    expect(await outcome(api.verify(token))).toEqual(UP)
    server.rotate()
    harness.clock.advance(150)
    expect(await outcome(api.verify(token))).toMatchObject({ status: 401 })
    expect(server.hits.keys).toBe(2)
  })

  test('that were removed do not verify the first token after an idle time in an outage', async () => {
    const { server, api, settled } = await warm()
    const token = server.token()
    server.answer = faults.status(404)
    harness.clock.advance(101)
    expect(await outcome(api.verify(token))).toEqual(UP)
    await settled()
    server.recover()
    server.rotate()
    harness.clock.advance(101)
    expect(await outcome(api.verify(token))).toMatchObject({ status: 401 })
  })

  test('two of which share one kid are both tried', async () => {
    const { server, api } = await warm()
    server.keys = [signingKey('twin'), signingKey('twin')]
    await api.refresh()
    for (const key of server.keys) expect(await outcome(api.verify(server.token(key)))).toEqual(UP)
  })
})

const OUTAGES: readonly (readonly [string, Answer])[] = [
  ['500', faults.status(500)],
  ['HTML', faults.html],
  ['an empty set', faults.json({ keys: [] })],
  ['{}', faults.json({})],
  ['null', faults.json(null)],
  ['a reset', faults.reset],
  ['a hang', faults.hang],
  ['a body that drips', faults.drip(10)],
  ['a gzip bomb', faults.gzipBomb],
  ['a lying content-length', faults.shortBody],
  ['a redirect elsewhere', faults.redirect('http://127.0.0.2:1/')],
  ['a 429 with Retry-After 3600', faults.status(429, { 'retry-after': '3600' })],
]

describe('when refreshes fail', () => {
  test.each(OUTAGES)('by %s, the old keys serve to the end of the stale window', async (_title, answer) => {
    const { server, api, health, settled } = await warm(HANGS_LATER)
    server.answer = answer
    harness.clock.advance(101)
    expect(await tally(fifty(() => api.verify(server.token())))).toEqual({ 200: 50 })
    await settled()
    expect(health()).toMatchObject({ state: 'STALE', status: 'degraded', consecutiveFailures: 1 })
    expect(await outcome(api.verify(server.token(signingKey('new'))))).toMatchObject({ status: 503 })
    expect(server.hits.keys).toBeLessThanOrEqual(5)
    harness.clock.advance(998)
    expect(await outcome(api.verify(server.token()))).toEqual(UP)
    harness.clock.advance(2)
    expect(health()).toMatchObject({ state: 'EXPIRED', status: 'down' })
    expect(await outcome(api.verify(server.token()))).toMatchObject({
      status: 503,
      code: 'ERR_KEYS_UNAVAILABLE',
    })
  })

  test('by an endpoint that hangs, none waits over a second and later ones not at all', async () => {
    jest.useFakeTimers({ doNotFake: ['performance', 'nextTick', 'queueMicrotask'] })
    try {
      await hangingPastTheTtl()
    } finally {
      jest.useRealTimers()
    }
  })

  test('expired keys come back as soon as back-off lets them', async () => {
    const { server, api, health } = await warm({ staleSeconds: 0 })
    server.answer = faults.status(404)
    harness.clock.advance(101)
    expect(await outcome(api.verify(server.token()))).toMatchObject({ status: 503 })
    server.recover()
    harness.clock.advance(5)
    expect(await tally(fifty(() => api.verify(server.token())))).toEqual({ 200: 50 })
    expect(health()).toMatchObject({ state: 'FRESH', generation: 2, consecutiveFailures: 0 })
    expect(server.hits.keys).toBe(3)
  })

  test('for ten minutes under traffic, attempts thin out', async () => {
    const { server, api, settled } = await warm({ staleSeconds: 3600 })
    server.answer = faults.status(404)
    harness.clock.advance(100)
    jest.spyOn(Math, 'random').mockReturnValue(0.5)
    for (let second = 0; second < 600; second++) {
      expect(await tally([api.verify(server.token())])).toEqual({ 200: 1 })
      await settled()
      harness.clock.advance(1)
    }
    jest.restoreAllMocks()
    expect(server.hits.keys - 1).toBeLessThanOrEqual(27)
  })

  test('metadata that cannot be had is bridged by the last good one', async () => {
    const server = await harness.keyServer()
    const api = harness.api(server, { ttlSeconds: 100 }, { issuer: server.issuer })
    await api.ready()
    server.metadata = faults.html
    const key = server.rotate()
    expect(await outcome(api.verify(server.token(key)))).toEqual(UP)
    expect(server.hits).toEqual({ metadata: 3, keys: 2 })
  })
})

/** A request that never ends, by way of `fetch`: fake timers and sockets do not agree. */
async function hangingPastTheTtl(): Promise<void> {
  const key = signingKey('k1')
  const issuer = { issuer: 'https://issuer.test', jwksUri: 'https://issuer.test/jwks' }
  const fetch = jest.fn((): Promise<Response> => Promise.resolve(Response.json({ keys: [key.jwk] })))
  const api = harness.api(issuer, { ttlSeconds: 100 }, { fetch })
  const verifyOne = () =>
    outcome(api.verify(signToken(key, { ...issuer, claims: { jti: String(Math.random()) } })))
  await api.ready()
  fetch.mockImplementation(() => new Promise(() => undefined))
  harness.clock.advance(101)
  const early = fifty(verifyOne)
  const settled = jest.fn()
  void Promise.race(early).then(settled)
  await jest.advanceTimersByTimeAsync(999)
  expect(settled).not.toHaveBeenCalled()
  await jest.advanceTimersByTimeAsync(1)
  expect(await Promise.all(early)).toEqual(fifty(() => UP))
  harness.clock.advance(1)
  expect(await Promise.all(fifty(verifyOne))).toEqual(fifty(() => UP))
  expect(fetch).toHaveBeenCalledTimes(2)
  await jest.advanceTimersByTimeAsync(5000)
  expect(api.health().issuers[0]).toMatchObject({ state: 'STALE', lastFailure: 'timeout', waiters: 0 })
}
