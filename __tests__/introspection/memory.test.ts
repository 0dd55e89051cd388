/** What is remembered of answers, for how long, and how many calls there are at once. */
import { getMaxListeners } from 'node:events'
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { resourceServer } from 'express-resource-server'
import type { ResourceServer } from 'express-resource-server'
import { introspection } from 'express-resource-server/introspection'
import { createTestIssuer } from 'express-resource-server/testing'
import { abortOfCalls } from '../../lib/introspection/call.js'
import { keyOf } from '../../lib/introspection/memory.js'
import { until } from '../support/key-harness.js'
import {
  active,
  CLIENT,
  clock,
  issuer,
  nowSeconds,
  raw,
  startEndpoint,
  startWorld,
} from './support/endpoint.js'

const THOROUGH = process.env['THOROUGH'] === '1'

/** Holds answers back until the test lets them go. */
function holding() {
  const held: { res: ServerResponse; token: string }[] = []
  const reply = (res: ServerResponse, { form }: { form: URLSearchParams }) =>
    void held.push({ res, token: form.get('token') ?? '' })
  const release = (answerTo: (token: string) => object): void => {
    for (const { res, token } of held.splice(0)) res.end(JSON.stringify(answerTo(token)))
  }
  return { held, reply, release }
}

const statusOf = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 200,
    (error: unknown) => (error as { status: number }).status,
  )

describe('an answer', () => {
  test('[INT-024] is remembered for maxSeconds at most: a revoked token is then refused → 401 invalid_token', async () => {
    const { ask, endpoint } = await startWorld({ cache: { maxSeconds: 30 } })
    endpoint.reply(active())
    expect((await ask({ token: 't' })).status).toBe(200)
    endpoint.reply({ active: false })
    clock.advance(29)
    expect((await ask({ token: 't' })).status).toBe(200)
    expect(endpoint.asked).toHaveLength(1)
    clock.advance(1)
    expect(await ask({ token: 't' })).toMatchObject({ status: 401, body: { error: 'invalid_token' } })
  })

  test('is never remembered beyond the exp of the token', async () => {
    const { ask, endpoint } = await startWorld({ cache: { maxSeconds: 3600 } })
    endpoint.reply(active({ exp: nowSeconds() + 20 }))
    expect((await ask({ token: 't' })).status).toBe(200)
    endpoint.reply({ active: false })
    clock.advance(19)
    expect((await ask({ token: 't' })).status).toBe(200)
    clock.advance(1)
    expect((await ask({ token: 't' })).status).toBe(401)
  })

  test('is not remembered at all with maxSeconds: 0, neither here nor as a verified token', async () => {
    const { ask, endpoint } = await startWorld({ cache: { maxSeconds: 0 } })
    endpoint.reply(active())
    for (let i = 0; i < 3; i++) expect((await ask({ token: 't' })).status).toBe(200)
    expect(endpoint.asked).toHaveLength(3)
    endpoint.reply({ active: false })
    expect((await ask({ token: 't' })).status).toBe(401)
  })

  test.each([
    ['inactive', { active: false }],
    ['of another audience', { active: true, aud: 'https://elsewhere.test', exp: 9e9 }],
    ['400', raw(400)],
  ])('that refuses is remembered for negativeSeconds: %s', async (_, reply) => {
    const { ask, endpoint } = await startWorld({ negativeSeconds: 10 })
    endpoint.reply(reply)
    const { status } = await ask({ token: 't' })
    expect(status).toBeGreaterThanOrEqual(400)
    endpoint.reply(active())
    clock.advance(9)
    expect((await ask({ token: 't' })).status).toBe(status)
    expect((await ask({ token: 'other' })).status).toBe(200)
    clock.advance(1)
    expect((await ask({ token: 't' })).status).toBe(200)
  })

  test('that nobody can use is remembered also about a token whose earlier answer has expired', async () => {
    const { api, endpoint } = await startWorld({ negativeSeconds: 60, cache: { maxSeconds: 60 } })
    endpoint.reply(active({ exp: nowSeconds() + 10 }))
    await api.verify('t')
    endpoint.reply(raw(400))
    clock.advance(16)
    for (let i = 0; i < 3; i++) await expect(api.verify('t')).rejects.toMatchObject({ status: 503 })
    expect(endpoint.asked).toHaveLength(2)
  })

  test('that nobody can use tells clients to come back when it is asked for again', async () => {
    const { ask, endpoint } = await startWorld({ negativeSeconds: 300 })
    endpoint.reply(raw(400))
    const retryAfter = async () => (await ask({ token: 't' })).headers['retry-after']
    expect(await retryAfter()).toBe('300')
    clock.advance(100)
    expect(await retryAfter()).toBe('200')
    clock.advance(199.5)
    expect(await retryAfter()).toBe('1')
    expect(endpoint.asked).toHaveLength(1)
  })

  test('that refuses is not remembered with negativeSeconds: 0', async () => {
    const { ask, endpoint } = await startWorld({ negativeSeconds: 0 })
    expect((await ask({ token: 't' })).status).toBe(401)
    endpoint.reply(active())
    expect((await ask({ token: 't' })).status).toBe(200)
  })

  test('of a claims schema is made again where requests cannot share it', async () => {
    const dates = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: (value: unknown) => ({ value: { ...(value as object), at: new Date(0) } }),
      },
    } as const
    const { api, endpoint } = await startWorld({}, { claims: dates as never })
    endpoint.reply(active())
    const [one, other] = [await api.verify('t'), await api.verify('t')]
    expect(one.claims['at']).toEqual(new Date(0))
    expect(one.claims['at']).not.toBe(other.claims['at'])
    expect(endpoint.asked).toHaveLength(1)
  })

  test('is what the claims of the principal are, frozen', async () => {
    const { api, endpoint } = await startWorld()
    endpoint.reply(active({ username: 'ann', deep: { list: [1] } }))
    const principal = await api.verify('t')
    expect(principal).toMatchObject({
      issuer: issuer.issuer,
      subject: 'user-1',
      scopes: ['read'],
      header: undefined,
    })
    expect(principal.claims).toMatchObject({ username: 'ann' })
    expect(Object.isFrozen(principal.claims['deep'])).toBe(true)
    expect(principal.token).toBe('t')
  })
})

describe('the key of an answer', () => {
  test.each([20, 64, 128])(
    '[INT-026] is the whole token: two with the same first %i characters → 401 invalid_token',
    async (length) => {
      const { ask, endpoint } = await startWorld()
      const start = 'x'.repeat(length)
      endpoint.reply(active(), `${start}A`)
      expect((await ask({ token: `${start}A` })).status).toBe(200)
      expect((await ask({ token: `${start}B` })).status).toBe(401)
      expect((await ask({ token: start })).status).toBe(401)
      expect(endpoint.asked).toHaveLength(3)
    },
  )

  test('[INT-026] holds the endpoint: what one server primed is nothing to another → 401 invalid_token', async () => {
    const second = createTestIssuer({ clock, issuer: 'https://second.test' })
    const [one, other] = [await startWorld(), await startEndpoint()]
    one.endpoint.reply(active())
    other.reply({ active: false })
    const opaque = introspection({ endpoint: other.url, client: CLIENT })
    const api = resourceServer({ ...second.options, clock, opaque })
    expect((await one.ask({ token: 't' })).status).toBe(200)
    await expect(api.verify('t')).rejects.toMatchObject({ code: 'ERR_TOKEN_INACTIVE' })
    const keys = ['https://a/', 'https://b/'].map((url) => keyOf(new URL(url), 'opaque', 't'))
    expect(new Set(keys).size).toBe(2)
  })

  test('one value in two servers has two memories', async () => {
    const endpoint = await startEndpoint()
    endpoint.reply(active())
    const opaque = introspection({ endpoint: endpoint.url, client: CLIENT })
    const servers = [1, 2].map(() => resourceServer({ ...issuer.options, clock, opaque }))
    for (const server of servers) await server.verify('t')
    expect(endpoint.asked).toHaveLength(2)
  })
})

describe('calls', () => {
  test('[INT-029] 1000 requests at once with one token make one call → 200', async () => {
    const { api, endpoint } = await startWorld()
    const { held, reply, release } = holding()
    endpoint.reply(reply)
    const all = Array.from({ length: 1000 }, () => statusOf(api.verify('t')))
    await until(() => held.length === 1)
    release(() => active())
    expect(new Set(await Promise.all(all))).toEqual(new Set([200]))
    expect(endpoint.asked).toHaveLength(1)
  })

  test('each waiter has an error of its own', async () => {
    const { api } = await startWorld()
    const errors = await Promise.all([1, 2].map(() => api.verify('t').catch((error: unknown) => error)))
    expect(errors[0]).not.toBe(errors[1])
    expect(errors[0]).toEqual(errors[1])
  })

  test('[INT-030] of two tokens in flight together each get their own answer → 401 invalid_token', async () => {
    const { api, endpoint } = await startWorld()
    const { held, reply, release } = holding()
    endpoint.reply(reply)
    const tokens = Array.from({ length: 50 }, (_, i) => `${i % 2 === 0 ? 'good' : 'bad'}-${i}`)
    const all = tokens.map((token) => statusOf(api.verify(token)))
    await until(() => held.length === 50)
    release((token) => (token.startsWith('good') ? active() : { active: false }))
    expect(await Promise.all(all)).toEqual(tokens.map((token) => (token.startsWith('good') ? 200 : 401)))
  })

  test('are at most 100 for new tokens; tokens that were active have 100 of their own', async () => {
    const { api, ask, endpoint } = await startWorld({ cache: { maxSeconds: 10 } })
    endpoint.reply(active(), 'known')
    endpoint.reply(active(), 'cached')
    expect((await ask({ token: 'known' })).status).toBe(200)
    clock.advance(10)
    expect((await ask({ token: 'cached' })).status).toBe(200)
    const { held, reply, release } = holding()
    endpoint.reply(reply)
    const flood = Array.from({ length: 150 }, (_, i) => statusOf(api.verify(`invented-${i}`)))
    await until(() => held.length === 100)
    expect(await ask({ token: 'one-more' })).toMatchObject({ status: 503 })
    await expect(api.verify('one-more')).rejects.toMatchObject({ code: 'ERR_OVERLOADED' })
    for (const token of ['cached', 'known']) expect((await ask({ token })).status).toBe(200)
    expect(api.health().introspection).toMatchObject({ callsInFlight: 100 })
    release(() => ({ active: false }))
    const statuses = await Promise.all(flood)
    expect([401, 503].map((status) => statuses.filter((each) => each === status).length)).toEqual([100, 50])
  })

  test.each([
    ['after purge()', {}, (api: ResourceServer) => api.purge()],
    ['if answers are not remembered', { cache: { maxSeconds: 0 } }, () => undefined],
    [
      'after its answer gave way to others',
      { cache: { maxEntries: 1 } },
      (api: ResourceServer) => api.verify('other'),
    ],
  ])('for invented tokens leave those of a token that was active: %s', async (_, options, act) => {
    const { api, endpoint } = await startWorld(options)
    const { held, reply, release } = holding()
    endpoint.reply(active(), 'known')
    endpoint.reply(active(), 'other')
    endpoint.reply(reply)
    await api.verify('known')
    await act(api)
    const flood = Array.from({ length: 100 }, (_, i) => statusOf(api.verify(`invented-${i}`)))
    await until(() => held.length === 100)
    expect(await statusOf(api.verify('known'))).toBe(200)
    endpoint.reply({ active: false }, 'known')
    api.purge()
    await Promise.all(flood)
    await expect(api.verify('known')).rejects.toMatchObject({ code: 'ERR_TOKEN_INACTIVE' })
    release(() => ({ active: false }))
  })

  test('may all wait for the same end without a warning of Node.js', () => {
    expect(getMaxListeners(abortOfCalls().signal)).toBe(Infinity)
  })

  test('a flood of invented tokens: memory and calls are bounded, and real traffic goes on', async () => {
    const count = THOROUGH ? 100_000 : 2000
    let running = 0
    let most = 0
    const server = createServer((req, res) => {
      most = Math.max(most, ++running)
      const chunks: Buffer[] = []
      req.on('data', (chunk: Buffer) => chunks.push(chunk))
      req.on('end', () => {
        const isReal = Buffer.concat(chunks).toString().includes('token=real')
        running--
        res.end(JSON.stringify(isReal ? active() : { active: false }))
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const { api } = await startWorld({ endpoint: `http://127.0.0.1:${port}/` })
    await api.verify('real')
    const refused: unknown[] = []
    const wave = 500
    let heap = 0
    for (let i = 0; i < count; i += wave) {
      const tokens = Array.from({ length: wave }, (_, j) => `invented-${i + j}-${'x'.repeat(1000)}`)
      const statuses = await Promise.all([
        ...tokens.map((token) => statusOf(api.verify(token))),
        statusOf(api.verify('real')),
      ])
      expect(statuses.pop()).toBe(200)
      refused.push(...new Set(statuses))
      if (THOROUGH && i === 20_000) heap = heapUsed()
    }
    expect(new Set(refused)).toEqual(new Set([401, 503]))
    expect(most).toBeLessThanOrEqual(100)
    expect(api.health().introspection).toMatchObject({ cachedTokens: 1, callsInFlight: 0, status: 'up' })
    // Refusals are bounded by their number: 10,000 entries take a few megabytes.
    if (THOROUGH) expect(heapUsed() - heap).toBeLessThan(20 * 1024 * 1024)
    server.closeAllConnections()
    server.close()
  })
})

function heapUsed(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}

describe('purge() and close()', () => {
  test('purge() forgets what is known, and what is on its way', async () => {
    const { api, endpoint } = await startWorld()
    endpoint.reply(active())
    await api.verify('t')
    api.purge()
    await api.verify('t')
    expect(endpoint.asked).toHaveLength(2)
    const { held, reply, release } = holding()
    endpoint.reply(reply, 'late')
    const late = statusOf(api.verify('late'))
    await until(() => held.length === 1)
    api.purge({ issuer: issuer.issuer })
    release(() => active())
    expect(await late).toBe(503)
    endpoint.reply({ active: false }, 'late')
    await expect(api.verify('late')).rejects.toMatchObject({ code: 'ERR_TOKEN_INACTIVE' })
    expect(api.health().introspection).toMatchObject({ consecutiveFailures: 0 })
  })

  test('close() ends calls, and later ones are refused', async () => {
    const { api, endpoint } = await startWorld()
    const { held, reply } = holding()
    endpoint.reply(active(), 'known')
    await api.verify('known')
    endpoint.reply(reply)
    const pending = api.verify('t').catch((error: unknown) => error)
    await until(() => held.length === 1)
    api.close()
    expect(await pending).toMatchObject({ status: 503, code: 'ERR_CLOSED' })
    await expect(api.verify('known')).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    await until(() => held[0]!.res.destroyed)
  })
})
