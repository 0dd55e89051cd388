import express from 'express'
import request from 'supertest'
import { resourceServer } from 'express-resource-server'
import { closedPort } from '../../support/http.js'
import { faults, rsaSigningKey } from '../../support/key-server.js'
import type { Answer } from '../../support/key-server.js'
import { CROWD, HANGS_LATER, Harness, outcome, QUICK, tally, until } from '../../support/key-harness.js'

const harness = new Harness()
afterEach(() => harness.close())

const SHAPES: readonly (readonly [string, Answer])[] = [
  ['answers 500', faults.status(500)],
  ['answers 503 with Retry-After', faults.status(503, { 'retry-after': '7' })],
  ['answers 429 with Retry-After 3600', faults.status(429, { 'retry-after': '3600' })],
  ['answers 404', faults.status(404)],
  ['answers 401', faults.status(401)],
  ['answers 204', faults.status(204)],
  ['answers 304 without being asked', faults.status(304)],
  ['answers 200 from a captive portal', faults.html],
  ['answers an empty body', faults.text('')],
  ['answers null', faults.json(null)],
  ['answers {}', faults.json({})],
  ['answers an empty set', faults.json({ keys: [] })],
  ['answers keys that are no array', faults.json({ keys: {} })],
  [
    'answers a set of junk',
    faults.json({ keys: [null, 1, 'x', [], {}, { kty: 'RSA' }, { kty: 'oct', k: 'AA' }] }),
  ],
  ['answers 101 keys', faults.json({ keys: Array.from({ length: 101 }, () => ({})) })],
  ['never answers', faults.hang],
  ['hangs in the middle of the body', faults.hangInBody],
  ['drips', faults.drip(20)],
  ['resets the connection', faults.reset],
  ['does not speak HTTP', faults.garbage],
  ['sends less than its content-length', faults.shortBody],
  ['sends more than its content-length', faults.longBody],
  ['never ends', faults.endless],
  ['sends a gzip bomb', faults.gzipBomb],
  ['sends an encoding that nobody asked for', faults.text('x', { 'content-encoding': 'zstd' })],
  ['sends gzip that is none', faults.text('x', { 'content-encoding': 'gzip' })],
  ['redirects to another origin', faults.redirect('http://127.0.0.2:1/jwks')],
  ['redirects to a link-local address', faults.redirect('http://169.254.169.254/latest/meta-data')],
  ['redirects to a file', faults.redirect('file:///etc/passwd')],
  ['redirects to itself for ever', faults.redirect('/jwks')],
  ['redirects without a location', faults.status(302)],
]

describe('a cold start whose key set', () => {
  test.each(SHAPES)('%s is 503 with Retry-After', async (_title, answer) => {
    const server = await harness.keyServer()
    server.answer = answer
    const api = harness.api(server, QUICK)
    const refused = await outcome(api.verify(server.token()))
    expect(refused).toEqual({ status: 503, code: 'ERR_KEYS_UNAVAILABLE', retryAfter: expect.any(Number) })
    expect(refused.retryAfter).toBeGreaterThanOrEqual(1)
    expect(refused.retryAfter).toBeLessThanOrEqual(30)
    expect(server.hits.keys).toBeLessThanOrEqual(4)
  })

  test.each(SHAPES)('%s is 503 with Retry-After where its metadata does', async (_title, answer) => {
    const server = await harness.keyServer()
    server.metadata = answer
    const api = harness.api(server, QUICK, { issuer: server.issuer })
    const refused = await outcome(api.verify(server.token()))
    expect(refused).toEqual({ status: 503, code: 'ERR_KEYS_UNAVAILABLE', retryAfter: expect.any(Number) })
    expect(server.hits.keys).toBeLessThanOrEqual(4)
  })

  test('is behind a closed port is 503, as the client sees it', async () => {
    const port = await closedPort()
    const issuer = `http://127.0.0.1:${port}`
    const server = await harness.keyServer()
    const app = express()
    app.use(resourceServer({ issuer, audience: 'https://api.test', keys: QUICK }))
    const token = server.token(undefined, { claims: { iss: issuer } })
    const answer = await request(app).get('/').set('authorization', `Bearer ${token}`)
    expect(answer.status).toBe(503)
    expect(answer.headers).not.toHaveProperty('www-authenticate')
    expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1)
    expect(answer.body).toMatchObject({ error: 'temporarily_unavailable' })
  })
})

describe('a cold start', () => {
  test('with 1000 callers at once reads metadata and keys once', async () => {
    const server = await harness.keyServer()
    const api = harness.api(server, CROWD, { issuer: server.issuer })
    const verified = Array.from({ length: 1000 }, (_, jti) =>
      api.verify(server.token(undefined, { claims: { jti: String(jti) } })),
    )
    expect(await tally(verified)).toEqual({ 200: 1000 })
    expect(server.hits).toEqual({ metadata: 1, keys: 1 })
  })

  test('with 10 100 callers at once lets 10 000 wait and refuses the others at once, with the cause', async () => {
    const server = await harness.keyServer()
    server.keys = [rsaSigningKey('k1')]
    // Without a cache, each caller waits even though all have one token.
    const api = harness.api(server, CROWD, { tokenCache: false })
    const token = server.token()
    const verified = Array.from({ length: 10_100 }, () => api.verify(token))
    const last = await verified.at(-1)!.catch((error: unknown) => error)
    expect(last).toMatchObject({ code: 'ERR_KEYS_UNAVAILABLE', cause: { problem: 'too_many_waiters' } })
    expect(await tally(verified)).toEqual({ 200: 10_000, 503: 100 })
    expect(server.hits.keys).toBe(1)
  })

  test('tries once more within the flight after a 500', async () => {
    const server = await harness.keyServer()
    server.answer = (res, req) => {
      server.recover()
      faults.status(500)(res, req)
    }
    expect(await outcome(harness.api(server).verify(server.token()))).toEqual({ status: 200 })
    expect(server.hits.keys).toBe(2)
  })

  test('does not try again within the flight what the origin asked to put off', async () => {
    const server = await harness.keyServer()
    server.answer = faults.status(503, { 'retry-after': '2' })
    expect(await outcome(harness.api(server).verify(server.token()))).toMatchObject({ retryAfter: 2 })
    expect(server.hits.keys).toBe(1)
  })

  test('that failed refuses at once until back-off ends, and recovers then', async () => {
    const server = await harness.keyServer()
    server.answer = faults.status(404, { 'retry-after': '3600' })
    const api = harness.api(server)
    await outcome(api.verify(server.token()))
    server.recover()
    expect(await tally(Array.from({ length: 100 }, () => api.verify(server.token())))).toEqual({ 503: 100 })
    expect(server.hits.keys).toBe(1)
    harness.clock.advance(29)
    expect(await outcome(api.verify(server.token()))).toMatchObject({ status: 503, retryAfter: 1 })
    harness.clock.advance(1)
    expect(await outcome(api.verify(server.token()))).toEqual({ status: 200 })
    expect(server.hits.keys).toBe(2)
  })

  test('fetches once a pause during an outage, and the pause stays under 5 s', async () => {
    const server = await harness.keyServer()
    server.answer = faults.status(404)
    const api = harness.api(server)
    let pauses = 0
    for (let second = 0; second < 120; second++) {
      const before = server.hits.keys
      await tally(Array.from({ length: 10 }, () => api.verify(server.token())))
      if (server.hits.keys === before) pauses++
      else pauses = 0
      expect(pauses).toBeLessThan(5)
      harness.clock.advance(1)
    }
    expect(server.hits.keys).toBeLessThanOrEqual(120)
  })

  test('goes on when the caller who began it gives up', async () => {
    const server = await harness.keyServer()
    server.answer = faults.after(50, (res) => server.json(res, server.jwks))
    const api = harness.api(server)
    const abort = new AbortController()
    const first = api.verify(server.token(), { signal: abort.signal })
    const second = outcome(api.verify(server.token()))
    abort.abort(new Error('gone'))
    await expect(first).rejects.toThrow('gone')
    expect(await second).toEqual({ status: 200 })
    expect(server.hits.keys).toBe(1)
  })

  test('of a dead issuer does not hold up a living one', async () => {
    const [dead, living] = [await harness.keyServer(), await harness.keyServer()]
    dead.answer = faults.hang
    const api = harness.api(living, HANGS_LATER, {
      issuer: [dead, living].map(({ issuer, jwksUri }) => ({ issuer, jwksUri })),
    })
    const lost = outcome(api.verify(dead.token()))
    expect(await tally(Array.from({ length: 100 }, () => api.verify(living.token())))).toEqual({ 200: 100 })
    expect(await lost).toMatchObject({ status: 503 })
    expect(api.health().issuers.map(({ state }) => state)).toEqual(['COLD', 'FRESH'])
  })

  test('spoilt by junk beside the good keys drops the junk', async () => {
    const server = await harness.keyServer()
    server.answer = faults.json({
      keys: [null, 'x', { kty: 'oct', k: 'c2VjcmV0' }, ...server.jwks.keys, { kty: 'RSA', n: '', e: '' }],
    })
    expect(await outcome(harness.api(server).verify(server.token()))).toEqual({ status: 200 })
  })

  test('leaves no connection open', async () => {
    const server = await harness.keyServer()
    await harness.api(server).ready()
    await until(() => server.connections === 0)
  })
})
