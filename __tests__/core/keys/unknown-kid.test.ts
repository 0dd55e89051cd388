import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { faults, signingKey } from '../../support/key-server.js'
import type { KeyServer } from '../../support/key-server.js'
import { CROWD, Harness, outcome, tally, until } from '../../support/key-harness.js'
import { sized } from '../../support/sized.js'

const harness = new Harness()
afterEach(() => harness.close())

async function warm(keys = {}) {
  const server = await harness.keyServer()
  const api = harness.api(server, { cooldownSeconds: 30, ...keys })
  await api.ready()
  return { server, api }
}

let invented = 0

/** A token of a kid that nobody has; the signature is not looked at. */
function inventedToken(server: KeyServer): string {
  const header = JSON.stringify({ alg: 'Ed25519', kid: `invented-${++invented}` })
  return Buffer.from(header).toString('base64url') + tailOf(server)
}

const tails = new WeakMap<KeyServer, string>()

function tailOf(server: KeyServer): string {
  const tail = tails.get(server) ?? server.token().replace(/^[^.]*/, '')
  tails.set(server, tail)
  return tail
}

/** What is reachable. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  collectGarbage()
  return process.memoryUsage().heapUsed
}

const many = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make)

describe('an unknown kid', () => {
  test('that was published meanwhile verifies after one fetch, for all who ask', async () => {
    const { server, api } = await warm(CROWD)
    server.rotate()
    expect(await tally(many(200, () => api.verify(server.token())))).toEqual({ 200: 200 })
    expect(server.hits.keys).toBe(2)
  })

  test('that nobody published is 401, and is asked for once', async () => {
    const { server, api } = await warm()
    const token = inventedToken(server)
    for (let i = 0; i < 10; i++)
      expect(await outcome(api.verify(token))).toMatchObject({ status: 401, code: 'ERR_KEY_UNKNOWN' })
    expect(server.hits.keys).toBe(2)
  })

  test('is looked for again after 30 s', async () => {
    const { server, api } = await warm()
    const token = inventedToken(server)
    await outcome(api.verify(token))
    harness.clock.advance(29)
    await outcome(api.verify(token))
    expect(server.hits.keys).toBe(2)
    harness.clock.advance(2)
    await outcome(api.verify(token))
    expect(server.hits.keys).toBe(3)
  })

  test('is looked for again once the issuer publishes another set', async () => {
    const { server, api } = await warm()
    const late = signingKey('late')
    expect(await outcome(api.verify(server.token(late)))).toMatchObject({ status: 401 })
    server.keys = [late]
    await api.refresh()
    expect(await outcome(api.verify(server.token(late)))).toEqual({ status: 200 })
  })

  test('never waits for the bucket: 401 within the cool-down of a success, 503 after it', async () => {
    const { server, api } = await warm()
    for (let i = 0; i < 2; i++) await outcome(api.verify(inventedToken(server)))
    server.answer = faults.hang
    expect(await outcome(api.verify(inventedToken(server)))).toMatchObject({ status: 401 })
    expect(server.hits.keys).toBe(3)
  })

  test('is 503 where the last success is older than the cool-down and refreshes fail', async () => {
    const { server, api } = await warm()
    server.answer = faults.status(404, { 'retry-after': '120' })
    harness.clock.advance(31)
    expect(await outcome(api.verify(inventedToken(server)))).toMatchObject({ status: 503, retryAfter: 120 })
    harness.clock.advance(60)
    expect(await outcome(api.verify(inventedToken(server)))).toMatchObject({ status: 503, retryAfter: 60 })
    expect(server.hits.keys).toBe(2)
    expect(await outcome(api.verify(server.token()))).toEqual({ status: 200 })
  })

  test('joins a flight under way, without a token from the bucket', async () => {
    const { server, api } = await warm()
    for (let i = 0; i < 2; i++) await outcome(api.verify(inventedToken(server)))
    server.rotate()
    server.answer = faults.after(50, (res) => server.json(res, server.jwks))
    const refresh = api.refresh()
    expect(await outcome(api.verify(server.token()))).toEqual({ status: 200 })
    await refresh
    expect(server.hits.keys).toBe(4)
  })

  test.each([
    ['expired', { claims: { exp: 1 } }],
    ['of another issuer', { claims: { iss: 'https://other.test' } }],
    ['of an algorithm that is not allowed', { header: { alg: 'none' } }],
    ['of a type that is not allowed', { header: { typ: 'logout+jwt' } }],
    ['with a kid of 257 characters', { header: { kid: 'k'.repeat(257) } }],
    ['with a kid that is a number', { header: { kid: 1 } }],
    ['with a line feed in its kid', { header: { kid: 'a\nb' } }],
  ])('in a token %s causes no fetch', async (_title, options) => {
    const { server, api } = await warm()
    const token = server.token(signingKey('unknown'), options)
    expect(await outcome(api.verify(token))).toMatchObject({ status: 401 })
    expect(server.hits.keys).toBe(1)
  })
})

describe('a token without a kid', () => {
  test('is tried with at most ten of the keys that fit it', async () => {
    const { server, api } = await warm()
    server.keys = many(11, () => signingKey('twin'))
    await api.refresh()
    const results = []
    for (const key of server.keys)
      results.push((await outcome(api.verify(server.token(key, { header: { kid: undefined } })))).status)
    expect(results).toEqual([...many(10, () => 200), 401])
  })
})

describe('a known kid', () => {
  test('with a bad signature causes no fetch', async () => {
    const { server, api } = await warm()
    const [known] = server.keys
    const forged = server.token({ ...signingKey('x'), kid: known!.kid })
    expect(await tally(many(100, () => api.verify(forged)))).toEqual({ 401: 100 })
    expect(server.hits.keys).toBe(1)
  })
})

describe('a flood of invented kids', () => {
  test('costs two fetches, and one more a cool-down', async () => {
    const { server, api } = await warm()
    for (let second = 0; second < 120; second++) {
      for (let i = 0; i < 5; i++) await outcome(api.verify(inventedToken(server)))
      harness.clock.advance(1)
    }
    expect(server.hits.keys - 1).toBeLessThanOrEqual(2 + Math.floor(119 / 30))
  })

  const ROUNDS = sized({ usual: 30, thorough: 1000 })

  test(`of ${ROUNDS * 100} costs two fetches, little memory and no legitimate request`, async () => {
    const { server, api } = await warm()
    const good = many(ROUNDS, () => server.token(undefined, { claims: { jti: String(++invented) } }))
    await tally(good.map((token) => api.verify(token)))
    const before = heapBytes()
    const refused: Record<number, number> = {}
    for (let round = 0; round < ROUNDS; round++) {
      const flood = many(100, () => api.verify(inventedToken(server)))
      expect(await outcome(api.verify(good[round]!))).toEqual({ status: 200 })
      for (const [status, count] of Object.entries(await tally(flood)))
        refused[Number(status)] = (refused[Number(status)] ?? 0) + count
    }
    expect(refused).toEqual({ 401: ROUNDS * 100 })
    expect(server.hits.keys).toBe(3)
    expect(heapBytes() - before).toBeLessThan(20_000_000)
  })

  test('keeps a new key out for no longer than one cool-down', async () => {
    const { server, api } = await warm()
    for (let i = 0; i < 50; i++) await outcome(api.verify(inventedToken(server)))
    server.rotate()
    let seconds = 0
    while ((await outcome(api.verify(server.token()))).status !== 200) {
      await tally(many(20, () => api.verify(inventedToken(server))))
      harness.clock.advance(1)
      seconds++
    }
    expect(seconds).toBeLessThanOrEqual(30)
  })
})

const READERS = sized({ usual: 50, thorough: 200 })

describe(`${READERS} readers through 10 rotations`, () => {
  test('see no refusal and cost a fetch each', async () => {
    const { server, api } = await warm({ ttlSeconds: 600, ...CROWD })
    for (let rotation = 1; rotation <= 10; rotation++) {
      harness.clock.advance(31)
      server.rotate()
      const read = () =>
        many(READERS, () => api.verify(server.token(undefined, { claims: { jti: String(++invented) } })))
      expect(await tally(read())).toEqual({ 200: READERS })
      expect(await tally(read())).toEqual({ 200: READERS })
      expect(server.hits.keys).toBe(1 + rotation)
    }
    await until(() => server.connections === 0)
  })
})
