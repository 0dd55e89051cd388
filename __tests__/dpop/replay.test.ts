/** Proofs are used once, and recent: replay stores and nonces. RFC 9449 §8, §9, §11.1. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { connect } from 'node:net'
import express from 'express'
import request from 'supertest'
import { resourceServer, UnauthorizedError } from 'express-resource-server'
import type { ResourceServer, ResourceServerOptions } from 'express-resource-server'
import { dpop, memoryReplayStore } from 'express-resource-server/dpop'
import type { DpopOptions, ReplayStore } from 'express-resource-server/dpop'
import { createTestIssuer } from 'express-resource-server/testing'
import { Nonces } from '../../lib/dpop/nonce.js'
import { MemoryReplayStore } from '../../lib/core/stores/memory-replay-store.js'
import { start } from '../support/http.js'
import { sized } from '../support/sized.js'
import { Client } from './support/client.js'
import type { ProofParts } from './support/client.js'
import { generatePair } from '../support/key-pairs.js'

const START = 1_800_000_000
let nowSeconds = START
const clock = { epochMs: () => nowSeconds * 1000 }
const issuer = createTestIssuer({ clock })
const client = new Client()
const PUBLIC = 'https://api.example'
const secret = 's'.repeat(32)

beforeEach(() => (nowSeconds = START))

function appWith(options: Partial<DpopOptions> = {}) {
  const app = express()
  app.use(resourceServer({ ...issuer.options, confirmation: dpop({ publicUrl: PUBLIC, clock, ...options }) }))
  app.use((_req, res) => void res.json(1))
  return app
}

const bound = (by = client, claims = {}) =>
  issuer.token({ cnf: { jkt: by.thumbprint }, exp: START + 7200, ...claims })

async function ask(
  app: express.Express,
  parts: ProofParts & { path?: string; by?: Client; proof?: string } = {},
) {
  const { path = '/r', by = client } = parts
  const token = await bound(by)
  const proof = parts.proof ?? by.proof(token, 'GET', `${PUBLIC}${path}`, nowSeconds, parts)
  return request(app).get(path).set('authorization', `DPoP ${token}`).set('dpop', proof)
}

/** Sends one proof twice: both statuses. */
async function twice(app: express.Express, other = app, later = 0) {
  const token = await bound()
  const proof = client.proof(token, 'GET', `${PUBLIC}/r`, nowSeconds)
  const send = (to: express.Express) =>
    request(to).get('/r').set('authorization', `DPoP ${token}`).set('dpop', proof)
  const first = await send(app)
  nowSeconds += later
  const second = await send(other)
  return [first.status, second.status, second.headers['www-authenticate']]
}

describe('a proof', () => {
  test('is good once', async () => {
    expect(await twice(appWith())).toEqual([200, 401, expect.stringContaining('invalid_dpop_proof')])
  })

  test.each([1, 60, 74])('is still remembered %d s later', async (later) => {
    const [, status] = await twice(appWith(), undefined, later)
    expect(status).toBe(401)
  })

  test('of an instance is known to another that shares the store [DPP-060]', async () => {
    const replay = memoryReplayStore()
    expect((await twice(appWith({ replay }), appWith({ replay }))).slice(0, 2)).toEqual([200, 401])
    expect((await twice(appWith(), appWith())).slice(0, 2)).toEqual([200, 200])
  })

  test('with the jti of another URI or another client is another proof [DPP-061]', async () => {
    const app = appWith()
    const claims = { jti: '1' }
    const by = new Client()
    const statuses = [
      (await ask(app, { claims, path: '/a' })).status,
      (await ask(app, { claims, path: '/b' })).status,
      (await ask(app, { claims, path: '/a', by })).status,
      (await ask(app, { claims, path: '/a' })).status,
    ]
    expect(statuses).toEqual([200, 200, 200, 401])
  })

  test('of a refused request is not used up', async () => {
    const keys: string[] = []
    const replay: ReplayStore = { add: (key) => keys.push(key) > 0 }
    const app = appWith({ replay })
    expect((await ask(app, { claims: { iat: START - 600 } })).status).toBe(401)
    expect((await ask(app, { key: new Client().privateKey })).status).toBe(401)
    const token = await issuer.token({ cnf: { jkt: new Client().thumbprint } })
    const proof = client.proof(token, 'GET', `${PUBLIC}/r`, nowSeconds)
    await request(app).get('/r').set('authorization', `DPoP ${token}`).set('dpop', proof).expect(401)
    expect(keys).toEqual([])
    expect((await ask(app)).status).toBe(200)
    expect(keys).toHaveLength(1)
    expect(keys[0]).toMatch(/^[\w-]{22}$/)
  })

  test('may be used again where that is asked for', async () => {
    expect((await twice(appWith({ dangerouslyAllowReplay: true }))).slice(0, 2)).toEqual([200, 200])
  })

  test('is kept a second longer than it can be accepted: by its age and tolerance, or the end of its nonce', async () => {
    const ttls: number[] = []
    const replay: ReplayStore = { add: (_key, ttlSeconds) => ttls.push(ttlSeconds) > 0 }
    await ask(appWith({ replay }), { claims: { iat: START - 10 } })
    await ask(appWith({ replay }), { claims: { iat: START + 10 } })
    const nonce = new Nonces({ secrets: [Buffer.from(secret)], windowSeconds: 100 }).issue(START - 50)
    await ask(appWith({ replay, nonce: { secret, windowSeconds: 100 } }), {
      nonce,
      claims: { iat: START - 900 },
    })
    expect(ttls).toEqual([66, 86, 151])
  })
})

describe('a store that fails', () => {
  test.each<[string, ReplayStore['add']]>([
    [
      'throws',
      () => {
        throw new Error('away')
      },
    ],
    ['rejects', () => Promise.reject(new Error('away'))],
    ['answers with something else', () => 'OK' as never],
    ['answers with nothing', () => undefined as never],
  ])('%s: 503 without a challenge, or accepted where that is asked for', async (_, add) => {
    const answer = await ask(appWith({ replay: { add } }))
    expect([answer.status, answer.headers['www-authenticate'], answer.headers['retry-after']]).toEqual([
      503,
      undefined,
      '1',
    ])
    expect((await ask(appWith({ replay: { add }, dangerouslyAcceptOnStoreFailure: true }))).status).toBe(200)
  })

  test('refuses a replay all the same where failures are accepted', async () => {
    const answer = await ask(appWith({ replay: { add: () => false }, dangerouslyAcceptOnStoreFailure: true }))
    expect(answer.status).toBe(401)
  })
})

describe('two servers of one route that share a store', () => {
  beforeEach(() => void jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined))
  afterEach(() => void jest.restoreAllMocks())

  const serverWith = (options: Partial<DpopOptions>, server: Partial<ResourceServerOptions> = {}) =>
    resourceServer({
      ...issuer.options,
      confirmation: dpop({ publicUrl: PUBLIC, clock, ...options }),
      ...server,
    })
  const routeBehind = (...servers: ResourceServer[]) =>
    express()
      .use(...servers)
      .use((_req, res) => void res.json(1))
  const reportOnly = { dangerouslyReportOnly: true }
  const lenient = { dangerouslyAcceptOnStoreFailure: true }
  /** Keeps each key for its time by the clock of the test, and counts how often it was asked. */
  const store = () => {
    const ends = new Map<string, number>()
    const add = jest.fn((key: string, ttlSeconds: number) => {
      if ((ends.get(key) ?? 0) > nowSeconds) return false
      return ends.set(key, nowSeconds + ttlSeconds).size > 0
    })
    return { add }
  }

  test('ask it once about one request', async () => {
    for (const server of [{}, reportOnly]) {
      const replay = store()
      const app = routeBehind(serverWith({ replay }, server), serverWith({ replay }))
      expect((await twice(app)).slice(0, 2)).toEqual([200, 401])
      expect(replay.add).toHaveBeenCalledTimes(2)
    }
  })

  test.each([
    ['report-only', reportOnly],
    ['enforcing', {}],
  ])('a strict one refuses while the store fails, behind a lenient one that is %s', async (_, server) => {
    const replay = { add: () => Promise.reject(new Error('away')) }
    const strict = serverWith({ replay })
    expect((await twice(routeBehind(strict))).slice(0, 2)).toEqual([503, 503])
    const chain = routeBehind(serverWith({ replay, ...lenient }, server), strict)
    expect((await twice(chain)).slice(0, 2)).toEqual([503, 503])
  })

  test('a lenient one accepts a failure that a report-only one has reported, without another question', async () => {
    const add = jest.fn(() => {
      throw new Error('away')
    })
    const replay = { add }
    const app = routeBehind(serverWith({ replay }, reportOnly), serverWith({ replay, ...lenient }))
    expect((await ask(app)).status).toBe(200)
    expect(add).toHaveBeenCalledTimes(1)
  })

  test('a strict one asks again after a failure, as the store may be back', async () => {
    let calls = 0
    const replay: ReplayStore = {
      add: () => {
        if (calls++ === 0) throw new Error('away')
        return true
      },
    }
    const app = routeBehind(serverWith({ replay, ...lenient }), serverWith({ replay }))
    expect((await ask(app)).status).toBe(200)
    expect(calls).toBe(2)
  })

  test('a strict one answers 503 where a store that failed may have added the proof for this request', async () => {
    const kept = store()
    let calls = 0
    const replay: ReplayStore = {
      add: (key, ttlSeconds) => {
        const isNew = kept.add(key, ttlSeconds)
        if (calls++ === 0) throw new Error('late')
        return isNew
      },
    }
    const app = routeBehind(serverWith({ replay, ...lenient }), serverWith({ replay }))
    expect((await twice(app)).slice(0, 2)).toEqual([503, 401])
  })

  test.each<[string, Partial<DpopOptions>]>([
    ['a longer age', { proofMaxAgeSeconds: 600 }],
    ['the same rules', {}],
    ['nonces', { nonce: { secret } }],
  ])('one that is made in the middle of a request, with %s, accepts its proof', async (_, options) => {
    const replay = store()
    let second: ResourceServer | undefined
    const app = express()
    app.use(serverWith({ replay }, reportOnly))
    app.use((req, res, next) => (second ??= serverWith({ replay, ...options }))(req, res, next))
    app.use((_req, res) => void res.json(1))
    const nonce = new Nonces({ secrets: [Buffer.from(secret)], windowSeconds: 60 }).issue(nowSeconds)
    for (let use = 0; use < 2; use++) expect((await ask(app, { nonce })).status).toBe(200)
    expect(replay.add).toHaveBeenCalledTimes(2)
  })

  test('each judges whether the store may have forgotten the proof', async () => {
    const replay: ReplayStore = {
      add: () => true,
      addWithAge: () => ({ isNew: true, ageSeconds: 0, birth: 'one' }),
    }
    const chain = (first: Partial<DpopOptions>, second: Partial<DpopOptions>) =>
      routeBehind(serverWith({ replay, ...first }), serverWith({ replay, ...second }))
    expect((await ask(chain(lenient, {}))).status).toBe(503)
    expect((await ask(chain(lenient, lenient))).status).toBe(200)
  })

  const windows: [string, Partial<DpopOptions>, Partial<DpopOptions>][] = [
    ['10 s in front of 200 s', { proofMaxAgeSeconds: 10 }, { proofMaxAgeSeconds: 200 }],
    ['200 s in front of 10 s', { proofMaxAgeSeconds: 200 }, { proofMaxAgeSeconds: 10 }],
    ['10 s in front of nonces', { proofMaxAgeSeconds: 10 }, { nonce: { secret, windowSeconds: 100 } }],
    ['nonces in front of 200 s', { nonce: { secret, windowSeconds: 10 } }, { proofMaxAgeSeconds: 200 }],
    ['a tolerance of 0 s in front of 300 s', { clockToleranceSeconds: 0 }, { clockToleranceSeconds: 300 }],
  ]
  test.each(windows)('keep a proof as long as one of them accepts it: %s', async (_, first, second) => {
    const replay = store()
    const enforcing = serverWith({ replay, ...second })
    const app = routeBehind(serverWith({ replay, ...first }, reportOnly), enforcing)
    const { windowSeconds = 60 } = (first.nonce ?? second.nonce ?? {}) as { windowSeconds?: number }
    const nonce = new Nonces({ secrets: [Buffer.from(secret)], windowSeconds }).issue(nowSeconds)
    const token = await bound()
    const proof = client.proof(token, 'GET', `${PUBLIC}/r`, nowSeconds, { nonce })
    const statuses = []
    for (const later of [0, 0, 9, 20, 50, 90, 120, 190, 350, 360]) {
      nowSeconds = START + later
      const sent = request(app).get('/r').set('authorization', `DPoP ${token}`).set('dpop', proof)
      statuses.push((await sent).status)
    }
    expect(statuses).toEqual([200, ...Array<number>(9).fill(401)])
  })
})

describe('one request that is judged twice', () => {
  const later = <T>(value: T): Promise<T> => new Promise((resolve) => setImmediate(resolve, value))
  const slow = (): ReplayStore => {
    const memory = memoryReplayStore()
    return { add: async (key, ttlSeconds) => memory.add(key, await later(ttlSeconds)) }
  }
  const apiWith = (replay: ReplayStore) =>
    resourceServer({ ...issuer.options, confirmation: dpop({ publicUrl: PUBLIC, clock, replay }) })

  const plainRequest = async () => {
    const token = await bound()
    const proof = client.proof(token, 'GET', `${PUBLIC}/r`, nowSeconds)
    return { method: 'GET', url: '/r', headers: { authorization: `DPoP ${token}`, dpop: proof } }
  }
  const codeOf = (answer: Promise<unknown>) =>
    answer.then(
      () => 'good',
      (thrown: unknown) => (thrown as UnauthorizedError).code,
    )

  test('at once or in turn uses its proof once, and another request cannot', async () => {
    const api = apiWith(slow())
    const req = await plainRequest()
    const both = await Promise.all([codeOf(api.authenticate(req)), codeOf(api.authenticate(req))])
    expect([...both, await codeOf(api.authenticate(req))]).toEqual(['good', 'good', 'good'])
    // Without raw headers nothing shows that this is not a second message.
    expect(await codeOf(api.authenticate({ ...req }))).toBe('ERR_PROOF_REPLAYED')
  })

  test('of two requests at once with one proof one is good', async () => {
    const api = apiWith(slow())
    const req = await plainRequest()
    const both = await Promise.all([codeOf(api.authenticate(req)), codeOf(api.authenticate({ ...req }))])
    expect(both.sort()).toEqual(['ERR_PROOF_REPLAYED', 'good'])
  })

  test.each<[string, (req: express.Request) => object]>([
    ['the same object', (req) => req],
    ['Object.create(req)', (req) => Object.create(req) as object],
    ['{ ...req }', (req) => ({ ...req, headers: req.headers, method: req.method, url: req.url })],
  ])('by two servers, the second of which sees %s', async (_, copy) => {
    const confirmation = dpop({ publicUrl: PUBLIC, clock })
    const [first, second] = [1, 2].map(() => resourceServer({ ...issuer.options, confirmation }))
    const app = express()
    app.use(first!)
    app.use((req, res, next) => {
      second!(copy(req) as express.Request, res, next)
    })
    app.use((_req, res) => void res.json(1))
    expect((await twice(app)).slice(0, 2)).toEqual([200, 401])
  })

  test.each<[string, readonly string[]]>([
    ['nothing', []],
    ['no proof', ['host', 'api.example']],
  ])(
    'is not known by a list of raw headers with %s, which many requests may share',
    async (_, rawHeaders) => {
      const api = apiWith(memoryReplayStore())
      const req = { ...(await plainRequest()), rawHeaders }
      expect(await codeOf(api.authenticate(req))).toBe('good')
      expect(await codeOf(api.authenticate({ ...req }))).toBe('ERR_PROOF_REPLAYED')
    },
  )

  test('on one connection, two messages with one proof are two requests', async () => {
    const server = await start(appWith())
    const token = await bound()
    const proof = client.proof(token, 'GET', `${PUBLIC}/r`, nowSeconds)
    const message = `GET /r HTTP/1.1\r\nhost: x\r\nauthorization: DPoP ${token}\r\ndpop: ${proof}\r\n`
    const socket = connect(server.port, '127.0.0.1')
    socket.write(`${message}\r\n${message}connection: close\r\n\r\n`)
    let text = ''
    for await (const chunk of socket) text += String(chunk)
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 401'])
  })
})

describe('a store that can lose its keys', () => {
  const aged = (ageSeconds: number, isNew = true, birth = 'one'): ReplayStore => ({
    add: () => isNew,
    addWithAge: () => Promise.resolve({ isNew, ageSeconds, birth }),
  })

  // Tolerance is 15 s, and the clocks of two processes may differ by 2 s.
  test.each<[age: number, iat: number, status: number, retryAfter: string | undefined]>([
    [0, 0, 503, '18'],
    [10, 0, 503, '8'],
    [17, 0, 503, '1'],
    [17.001, 0, 200, undefined],
    [17.001, -1, 503, '1'],
    [30, -12, 200, undefined],
    [0, 15, 503, '18'],
    [3600, -60, 200, undefined],
    [Infinity, -60, 200, undefined],
  ])('of %d s: a proof made at %d s gets %d', async (ageSeconds, iat, status, retryAfter) => {
    const answer = await ask(appWith({ replay: aged(ageSeconds) }), { claims: { iat: START + iat } })
    expect([answer.status, answer.headers['retry-after'], answer.headers['www-authenticate']]).toEqual([
      status,
      retryAfter,
      undefined,
    ])
  })

  test('refuses what it knows as used, however young', async () => {
    const answer = await ask(appWith({ replay: aged(0, false) }))
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([
      401,
      expect.stringContaining('invalid_dpop_proof'),
    ])
  })

  test('is trusted at any age where its failures are accepted, except with nonces', async () => {
    const options = { replay: aged(0), dangerouslyAcceptOnStoreFailure: true }
    expect((await ask(appWith(options))).status).toBe(200)
    const nonces = new Nonces({ secrets: [Buffer.from(secret)], windowSeconds: 60 })
    const app = appWith({ ...options, nonce: { secret } })
    expect((await ask(app, { nonce: nonces.issue(START) })).status).toBe(401)
  })

  test.each([0, 0.4, 1.9, 2, 30])(
    'of %d s: a nonce from before its birth is replaced by one that is good at once, and not renewed again',
    async (ageSeconds) => {
      nowSeconds = START + 0.7
      const app = appWith({ nonce: { secret }, replay: aged(ageSeconds) })
      const nonces = new Nonces({ secrets: [Buffer.from(secret)], windowSeconds: 60 })
      const old = await ask(app, { nonce: nonces.issue(nowSeconds - ageSeconds) })
      expect([old.status, old.headers['www-authenticate']]).toEqual([
        401,
        expect.stringContaining('use_dpop_nonce'),
      ])
      const nonce = old.headers['dpop-nonce'] ?? ''
      const fresh = await ask(app, { nonce })
      expect([fresh.status, fresh.headers['dpop-nonce']]).toEqual([200, undefined])
      const next = appWith({ nonce: { secret }, replay: aged(0, true, 'two') })
      expect((await ask(next, { nonce })).headers['www-authenticate']).toContain('use_dpop_nonce')
    },
  )

  test('gets the proofs of one client under keys that begin alike', async () => {
    const keys: string[] = []
    const replay: ReplayStore = { add: (key) => keys.push(key) > 0 }
    for (let i = 0; i < 10; i++) await ask(appWith({ replay }))
    expect(new Set(keys).size).toBe(10)
    expect(new Set(keys.map((key) => key.slice(0, 2)))).toEqual(new Set([client.thumbprint.slice(0, 2)]))
  })

  test.each([
    undefined,
    true,
    {},
    { isNew: true },
    { isNew: 1, ageSeconds: 1 },
    { isNew: true, ageSeconds: NaN },
  ])('and answers with %p: 503', async (answer) => {
    const replay = { add: () => true, addWithAge: () => answer as never }
    expect((await ask(appWith({ replay }))).status).toBe(503)
  })
})

describe('the store in memory', () => {
  let nowMs = 0
  beforeEach(() => (nowMs = 0))

  test('forgets nothing that lives, and refuses when full, with an event', () => {
    const seen: unknown[] = []
    const listener = (event: unknown) => seen.push(event)
    subscribe('express-resource-server:replay', listener)
    const store = new MemoryReplayStore(3, () => nowMs)
    expect(['a', 'b', 'c'].map((key) => store.add(key, 10))).toEqual([true, true, true])
    expect(() => store.add('d', 10)).toThrow('full')
    expect(['a', 'b', 'c'].map((key) => store.add(key, 10))).toEqual([false, false, false])
    expect(seen).toEqual([{ type: 'full', maxEntries: 3 }])
    nowMs = 12_000
    expect([store.add('d', 10), store.add('a', 10), store.size]).toEqual([true, true, 2])
    unsubscribe('express-resource-server:replay', listener)
  })

  test('holds what lives of a long stream of proofs, and nothing else', () => {
    const [count, perSecond, ttlSeconds] = [sized({ usual: 60_000, thorough: 1_000_000 }), 400, 75]
    const store = new MemoryReplayStore(perSecond * (ttlSeconds + 2), () => nowMs)
    const keyOf = (index: number) => index.toString(36).padStart(22, '0')
    let mistakes = 0
    for (let i = 0; i < count; i++) {
      nowMs = (i * 1000) / perSecond
      if (!store.add(keyOf(i), ttlSeconds)) mistakes++
      // One that is about to end, and one from the middle of its life.
      for (const age of [ttlSeconds, ttlSeconds / 2]) {
        const earlier = i - Math.floor(age * perSecond)
        if (earlier >= 0 && store.add(keyOf(earlier), ttlSeconds)) mistakes++
      }
    }
    expect(mistakes).toBe(0)
    expect(store.size).toBeLessThanOrEqual(perSecond * (ttlSeconds + 2))
    nowMs += (ttlSeconds + 2) * 1000
    store.add('last', 1)
    expect(store.size).toBe(1)
  })

  test('full of live proofs refuses requests with 503 and says so, until some have ended', async () => {
    const seen: unknown[] = []
    const listener = (event: unknown) => seen.push(event)
    const maxEntries = 2
    subscribe('express-resource-server:replay', listener)
    const store = new MemoryReplayStore(maxEntries, () => nowMs)
    const app = appWith({ replay: store })
    const statuses = []
    for (let i = 0; i < 3; i++) statuses.push((await ask(app)).status)
    nowMs += 78_000
    statuses.push((await ask(app)).status)
    unsubscribe('express-resource-server:replay', listener)
    expect(statuses).toEqual([200, 200, 503, 200])
    expect(seen).toEqual([{ type: 'full', maxEntries }])
  })

  test('keeps each key for its own time, whatever came between', () => {
    const store = new MemoryReplayStore(1000, () => nowMs)
    for (let i = 1; i <= 100; i++) store.add(`k${i}`, i)
    const forgotten: string[] = []
    for (let second = 0; second < 100; second++) {
      nowMs = second * 1000
      for (let i = second + 1; i <= 100; i++) if (store.add(`k${i}`, 1)) forgotten.push(`k${i}`)
    }
    expect(forgotten).toEqual([])
    nowMs = 200_000
    store.add('last', 1)
    expect(store.size).toBe(1)
  })
})

describe('nonces', () => {
  const nonce = { secret, windowSeconds: 60 }

  test('a proof without one gets one, and with it is good', async () => {
    const app = appWith({ nonce })
    const first = await ask(app)
    expect([first.status, first.headers['www-authenticate']]).toEqual([
      401,
      expect.stringContaining('error="use_dpop_nonce"'),
    ])
    const given = first.headers['dpop-nonce'] ?? ''
    const second = await ask(app, { nonce: given, claims: { iat: START - 5000 } })
    expect([second.status, second.headers['dpop-nonce']]).toEqual([200, undefined])
  })

  test('is renewed by a good answer after its window, which no cache may keep, and ends after twice the window', async () => {
    const app = appWith({ nonce })
    const given = (await ask(app)).headers['dpop-nonce'] ?? ''
    nowSeconds = START + 61
    const ageing = await ask(app, { nonce: given })
    expect([ageing.status, ageing.headers['cache-control']]).toEqual([200, 'no-store'])
    expect(ageing.headers['dpop-nonce']).not.toBe(given)
    expect((await ask(app, { nonce: ageing.headers['dpop-nonce'] ?? '' })).status).toBe(200)
    nowSeconds = START + 121
    expect((await ask(app, { nonce: given })).headers['www-authenticate']).toContain('use_dpop_nonce')
  })

  test.each<[string, unknown, string]>([
    ['an unknown one [DPP-066]', 'x', 'use_dpop_nonce'],
    [
      'one of another server [DPP-066]',
      new Nonces({ secrets: [Buffer.alloc(32, 7)], windowSeconds: 60 }).issue(START),
      'use_dpop_nonce',
    ],
    [
      'one from the future',
      new Nonces({ secrets: [Buffer.from(secret)], windowSeconds: 60 }).issue(START + 60),
      'use_dpop_nonce',
    ],
    ['an empty one', '', 'use_dpop_nonce'],
    ['null', null, 'use_dpop_nonce'],
    ['a number [DPP-068]', 5, 'invalid_dpop_proof'],
    ['a list', ['x'], 'invalid_dpop_proof'],
    ['an object [DPP-068]', {}, 'invalid_dpop_proof'],
    ['10 KB [DPP-068]', 'x'.repeat(10_000), 'invalid_dpop_proof'],
  ])('%s is refused', async (_, value, error) => {
    const app = appWith({ nonce })
    const answer = await ask(app, { claims: { nonce: value } })
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, expect.stringContaining(error)])
    const given = answer.headers['dpop-nonce'] ?? ''
    expect(given !== '').toBe(error === 'use_dpop_nonce')
    if (given !== '') expect((await ask(app, { nonce: given })).status).toBe(200)
  })

  test('cannot be guessed or altered, and hold across restarts with a shared secret [DPP-069]', () => {
    const make = (...secrets: string[]) =>
      new Nonces({ secrets: secrets.map((each) => Buffer.from(each)), windowSeconds: 60 })
    const nonces = make(secret)
    const issued = new Set(Array.from({ length: 10_000 }, () => nonces.issue(START)))
    expect(issued.size).toBe(10_000)
    const bytes = Buffer.from(nonces.issue(START), 'base64url')
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes)
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      expect(nonces.judge(flipped.toString('base64url'), START).state).toBe('unknown')
    }
    expect(make(secret).judge(nonces.issue(START), START).state).toBe('fresh')
    expect(make('n'.repeat(32), secret).judge(nonces.issue(START), START).state).toBe('fresh')
    expect(make('n'.repeat(32)).judge(nonces.issue(START), START).state).toBe('unknown')
  })
})

describe('wrong options', () => {
  test.each<[string, object, string]>([
    ['no URL', {}, 'dpop.publicUrl'],
    ['a URL that is none', { publicUrl: 'api.example' }, 'dpop.publicUrl'],
    ['a URL with a query', { publicUrl: `${PUBLIC}?a` }, 'dpop.publicUrl'],
    ['ftp', { publicUrl: 'ftp://api.example' }, 'dpop.publicUrl'],
    ['HS256', { publicUrl: PUBLIC, algorithms: ['HS256'] }, 'dpop.algorithms'],
    ['a misspelt option', { publicUrl: PUBLIC, proofMaxAge: 1 }, 'dpop.proofMaxAge'],
    ['a short secret', { publicUrl: PUBLIC, nonce: { secret: 'x' } }, 'dpop.nonce.secret'],
    ['no secret', { publicUrl: PUBLIC, nonce: {} }, 'dpop.nonce.secret'],
    ['an unset secret', { publicUrl: PUBLIC, nonce: { secret: undefined } }, 'dpop.nonce.secret'],
    ['no secrets', { publicUrl: PUBLIC, nonce: { secret: [] } }, 'dpop.nonce.secret'],
    [
      'an unset second secret',
      { publicUrl: PUBLIC, nonce: { secret: [secret, undefined] } },
      'dpop.nonce.secret',
    ],
    ['half emoji', { publicUrl: PUBLIC, nonce: { secret: '\ud83d'.repeat(32) } }, 'dpop.nonce.secret'],
    ['64 KiB and one', { publicUrl: PUBLIC, nonce: { secret: 's'.repeat(65_537) } }, 'dpop.nonce.secret'],
    ['a store that is none', { publicUrl: PUBLIC, replay: {} }, 'dpop.replay'],
    ['a Map', { publicUrl: PUBLIC, replay: new Map() }, 'dpop.replay'],
    ['a Set', { publicUrl: PUBLIC, replay: new Set() }, 'dpop.replay'],
    ['a WeakSet', { publicUrl: PUBLIC, replay: new WeakSet() }, 'dpop.replay'],
    ['half a store', { publicUrl: PUBLIC, replay: { add: () => true, addWithAge: 1 } }, 'dpop.replay'],
    [
      'a store and none',
      { publicUrl: PUBLIC, replay: memoryReplayStore(), dangerouslyAllowReplay: true },
      'dpop.dangerouslyAllowReplay',
    ],
  ])('%s', (_, options, option) => {
    expect(() => dpop(options as DpopOptions)).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIGURATION', option }),
    )
  })

  test.each([
    ['https://b\u00fccher.example', /not ASCII.*xn--.*%C3%B6/],
    ['https://api.example/gr\u00f6\u00dfe', /not ASCII.*xn--.*%C3%B6/],
    ['https://api.example/a b', /or spaces.*new URL\(text\)\.href/],
    ['ftp://api.example', /must be an http or https URL/],
  ])('the error for the URL %s says what to write', (publicUrl, text) => {
    expect(() => dpop({ publicUrl })).toThrow(
      expect.objectContaining({ option: 'dpop.publicUrl', message: expect.stringMatching(text) as never }),
    )
  })

  test.each([
    ['https://b\u00fccher.example', 'https://xn--bcher-kva.example/r'],
    ['https://api.example/gr\u00f6\u00dfe', 'https://api.example/gr%C3%B6%C3%9Fe/r'],
  ])('what new URL(text).href makes of %s is a good URL', async (text, htu) => {
    const app = appWith({ publicUrl: new URL(text).href })
    const token = await bound()
    const proof = client.proof(token, 'GET', htu, nowSeconds)
    await request(app).get('/r').set('authorization', `DPoP ${token}`).set('dpop', proof).expect(200)
  })

  describe('a key as the secret of nonces', () => {
    const { publicKey, privateKey } = generatePair('ec', { namedCurve: 'P-256' })
    const der = publicKey.export({ type: 'spki', format: 'der' })
    test.each<[string, string | Uint8Array]>([
      ['PEM', publicKey.export({ type: 'spki', format: 'pem' })],
      ['a private key in PEM', privateKey.export({ type: 'pkcs8', format: 'pem' })],
      ['DER', der],
      ['DER in base64', der.toString('base64')],
      ['the text of a JWK', JSON.stringify(publicKey.export({ format: 'jwk' }))],
    ])('%s, also as the second one', (_, key) => {
      for (const each of [key, [secret, key]])
        expect(() => dpop({ publicUrl: PUBLIC, nonce: { secret: each } })).toThrow(
          expect.objectContaining({
            option: 'dpop.nonce.secret',
            message: expect.stringMatching(
              /is a key or a certificate\. Anyone .* could make nonces/,
            ) as never,
          }),
        )
    })
  })

  test('a method that is none, and two of one kind', () => {
    for (const confirmation of [{} as never, [dpop({ publicUrl: PUBLIC }), dpop({ publicUrl: PUBLIC })]])
      expect(() => resourceServer({ ...issuer.options, confirmation })).toThrow(
        expect.objectContaining({ option: 'confirmation' }),
      )
  })

  test('printing a method shows no secret', () => {
    expect(JSON.stringify(dpop({ publicUrl: PUBLIC, nonce: { secret } }))).not.toContain(secret)
    expect(UnauthorizedError.name).toBe('UnauthorizedError')
  })
})
