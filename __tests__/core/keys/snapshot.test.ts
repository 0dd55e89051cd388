import type { KeysSnapshot } from 'express-resource-server'
import { faults, signingKey } from '../../support/key-server.js'
import type { KeyServer } from '../../support/key-server.js'
import { Harness, outcome } from '../../support/key-harness.js'

const harness = new Harness()
afterEach(() => harness.close())

const UP = { status: 200 }
const LIMITS = { ttlSeconds: 100, staleSeconds: 1000 }

/** A snapshot as it comes back from storage, and a server that cannot be reached any more. */
async function taken(): Promise<{ server: KeyServer; snapshot: KeysSnapshot }> {
  const server = await harness.keyServer()
  server.answer = (res) => server.json(res, server.jwks, { etag: '"1"' })
  const api = harness.api(server, LIMITS)
  await api.ready()
  const snapshot = JSON.parse(JSON.stringify(api.snapshot())) as KeysSnapshot
  api.close()
  server.answer = faults.status(500)
  return { server, snapshot }
}

const withEntry = (snapshot: KeysSnapshot, change: object): KeysSnapshot => ({
  ...snapshot,
  issuers: snapshot.issuers.map((entry) => ({ ...entry, ...change })),
})

describe('a snapshot', () => {
  test('holds the public keys, their place and their age', async () => {
    const { server, snapshot } = await taken()
    const { kty, crv, x } = server.keys[0]!.jwk
    expect(snapshot).toEqual({
      version: 1,
      issuers: [
        {
          issuer: server.issuer,
          jwksUri: server.jwksUri,
          jwks: { keys: [{ kty, kid: 'k1', alg: 'Ed25519', use: 'sig', crv, x }] },
          fetchedAt: harness.clock.epochMs() / 1000,
          ttlSeconds: 100,
          etag: '"1"',
        },
      ],
    })
  })

  test('holds no private, symmetric or unneeded part of what was published', async () => {
    const server = await harness.keyServer()
    const { privateKey, jwk } = server.keys[0]!
    const secret = { kty: 'oct', k: 'c2VjcmV0' }
    server.answer = faults.json({
      keys: [{ ...jwk, x5c: ['x'] }, privateKey.export({ format: 'jwk' }), secret],
    })
    const api = harness.api(server)
    await api.ready()
    expect(api.snapshot().issuers[0]?.jwks.keys).toEqual([jwk])
  })

  test('leaves out keys that were given, never fetched or no longer trusted', async () => {
    const server = await harness.keyServer()
    const api = harness.api(server, LIMITS, {
      issuer: [
        { issuer: server.issuer, jwksUri: server.jwksUri },
        { issuer: 'https://given.test', jwks: server.jwks as never },
      ],
    })
    expect(api.snapshot()).toEqual({ version: 1, issuers: [] })
    await api.ready()
    expect(api.snapshot().issuers).toHaveLength(1)
    harness.clock.advance(1100)
    expect(api.snapshot()).toEqual({ version: 1, issuers: [] })
  })

  test.each([
    ['slept for an hour: they are an hour older', 3600, 3660],
    ['had its clock put back: they are as old as they are', -3600, 60],
  ])('of keys in a process that %s', async (_title, jump, ageSeconds) => {
    const server = await harness.keyServer()
    const api = harness.api(server)
    await api.ready()
    harness.clock.advance(60)
    harness.clock.jump(jump)
    const [entry] = api.snapshot().issuers
    expect(harness.clock.epochMs() / 1000 - entry!.fetchedAt).toBe(ageSeconds)
  })

  test('serves a cold start without any request', async () => {
    const { server, snapshot } = await taken()
    const api = harness.api(server, { ...LIMITS, snapshot })
    harness.clock.advance(60)
    expect(await outcome(api.verify(server.token()))).toEqual(UP)
    expect(api.health().issuers[0]).toMatchObject({ state: 'FRESH', generation: 1, ageSeconds: 60 })
    expect(server.hits.keys).toBe(1)
  })

  test('serves an issuer that is discovered, while it cannot be reached', async () => {
    const { server, snapshot } = await taken()
    server.metadata = faults.status(500)
    const api = harness.api(server, { ...LIMITS, snapshot }, { issuer: server.issuer })
    harness.clock.advance(500)
    expect(await outcome(api.verify(server.token()))).toEqual(UP)
    expect(api.health().issuers[0]).toMatchObject({ state: 'STALE' })
  })

  test('is believed to the end of its stale window, and not after it', async () => {
    const { server, snapshot } = await taken()
    harness.clock.advance(1099)
    const api = harness.api(server, { ...LIMITS, snapshot })
    expect(await outcome(api.verify(server.token()))).toEqual(UP)
    harness.clock.advance(2)
    expect(await outcome(api.verify(server.token()))).toMatchObject({ status: 503 })
    expect(await outcome(harness.api(server, { ...LIMITS, snapshot }).verify(server.token()))).toMatchObject({
      status: 503,
    })
  })

  test('that is overdue makes the first caller wait for newer keys', async () => {
    const { server, snapshot } = await taken()
    server.recover()
    const old = server.token()
    server.rotate()
    harness.clock.advance(200)
    const api = harness.api(server, { ...LIMITS, snapshot })
    expect(await outcome(api.verify(old))).toMatchObject({ status: 401 })
    expect(await outcome(api.verify(server.token()))).toEqual(UP)
  })

  test('is renewed by a 304', async () => {
    const { server, snapshot } = await taken()
    server.answer = (res, req) => void res.writeHead(req.headers['if-none-match'] === '"1"' ? 304 : 500).end()
    harness.clock.advance(200)
    const api = harness.api(server, { ...LIMITS, snapshot })
    expect(await outcome(api.verify(server.token()))).toEqual(UP)
    expect(api.health().issuers[0]).toMatchObject({ state: 'FRESH', ageSeconds: 0 })
  })

  test('does not bring back a key that was purged', async () => {
    const { server, snapshot } = await taken()
    const api = harness.api(server, { ...LIMITS, snapshot })
    api.purge()
    const second = harness.api(server, { ...LIMITS, snapshot })
    expect(second.health().issuers[0]).toMatchObject({ state: 'COLD' })
  })

  test('has its TTL bounded by this process', async () => {
    const { server, snapshot } = await taken()
    const forever = withEntry(snapshot, { ttlSeconds: 1e12 })
    harness.clock.advance(7201)
    const api = harness.api(server, { snapshot: forever })
    expect(api.health().issuers[0]).toMatchObject({ state: 'COLD' })
  })

  test('decides nothing for a server that shares its issuer but did not give it', async () => {
    const { server, snapshot } = await taken()
    const forger = signingKey('k1')
    const forged = withEntry(snapshot, { jwks: { keys: [forger.jwk] } })
    harness.api(server, { ...LIMITS, snapshot: forged })
    server.recover()
    const careful = harness.api(server, LIMITS)
    expect(await outcome(careful.verify(server.token(forger)))).toMatchObject({ status: 401 })
    expect(await outcome(careful.verify(server.token()))).toEqual(UP)
  })

  test('decides nothing for a server that gave another one', async () => {
    const { server, snapshot } = await taken()
    const forger = signingKey('k1')
    const forged = withEntry(snapshot, { jwks: { keys: [forger.jwk] } })
    const careful = harness.api(server, { ...LIMITS, snapshot })
    const careless = harness.api(server, { ...LIMITS, snapshot: forged })
    const same = harness.api(server, { ...LIMITS, snapshot: structuredClone(snapshot) })
    const token = server.token(forger)
    const verified = [careful, careless, same].map((api) => outcome(api.verify(token)))
    expect((await Promise.all(verified)).map(({ status }) => status)).toEqual([401, 200, 401])
  })

  test('belongs to its reader: whoever changes it changes no other', async () => {
    const server = await harness.keyServer()
    const [one, other] = [harness.api(server), harness.api(server)]
    await Promise.all([one.ready(), other.ready()])
    const kept = JSON.stringify(other.snapshot())
    Object.assign(one.snapshot().issuers[0]!.jwks.keys[0]!, { x: 'of a thief', key_ops: ['sign'] })
    expect(JSON.stringify(other.snapshot())).toBe(kept)
    expect(JSON.stringify(one.snapshot())).toBe(kept)
  })

  test('is shared, with its refreshes, by the servers that give the same one', async () => {
    const { server, snapshot } = await taken()
    server.recover()
    harness.clock.advance(200)
    const servers = [snapshot, structuredClone(snapshot)].map((each) =>
      harness.api(server, { ...LIMITS, snapshot: each }),
    )
    await Promise.all(servers.map((api) => api.verify(server.token())))
    expect(server.hits.keys).toBe(2)
  })

  test('is purged with the keys of every server that trusts the same place', async () => {
    const { server, snapshot } = await taken()
    const withSnapshot = harness.api(server, { ...LIMITS, snapshot })
    harness.api(server, LIMITS).purge()
    expect(withSnapshot.health().issuers[0]).toMatchObject({ state: 'COLD' })
    const later = harness.api(server, { ...LIMITS, snapshot: withEntry(snapshot, { etag: '"2"' }) })
    expect(later.health().issuers[0]).toMatchObject({ state: 'COLD' })
  })

  test.each<[string, object]>([
    ['a line break', { etag: '"1"\r\nx: y' }],
    ['a line break in Last-Modified', { etag: undefined, lastModified: 'now\n' }],
    ['a character that no header has', { etag: '"\u20ac"' }],
    ['nothing', { etag: '' }],
    ['white space alone', { etag: '  ' }],
    ['100 KB', { etag: `"${'x'.repeat(100_000)}"` }],
    ['a number', { etag: 1 }],
  ])('with a validator of %s is refreshed without it', async (_title, change) => {
    const { server, snapshot } = await taken()
    server.recover()
    const key = server.rotate()
    harness.clock.advance(200)
    const api = harness.api(server, { ...LIMITS, snapshot: withEntry(snapshot, change) })
    expect(await outcome(api.verify(server.token(key)))).toEqual(UP)
    const { headers } = server.log.at(-1)!
    expect([headers['if-none-match'], headers['if-modified-since']]).toEqual([undefined, undefined])
  })

  test('with a validator that its own server cannot read is refreshed without it, after one failure', async () => {
    const { server, snapshot } = await taken()
    server.answer = (res, req) => {
      if (req.headers['if-none-match'] === undefined) server.json(res, server.jwks)
      else faults.status(400)(res, req)
    }
    harness.clock.advance(200)
    const api = harness.api(server, { ...LIMITS, snapshot })
    expect(await outcome(api.verify(server.token()))).toEqual(UP)
    harness.clock.advance(10)
    await api.refresh()
    expect(api.health().issuers[0]).toMatchObject({ state: 'FRESH', ageSeconds: 0 })
  })

  test.each([
    ['of another version', (all: KeysSnapshot) => ({ ...all, version: 2 })],
    ['of another issuer', (all: KeysSnapshot) => withEntry(all, { issuer: 'https://other.test' })],
    ['of another place', (all: KeysSnapshot) => withEntry(all, { jwksUri: 'https://other.test/jwks' })],
    ['from the future', (all: KeysSnapshot) => withEntry(all, { fetchedAt: all.issuers[0]!.fetchedAt + 61 })],
    ['from no time at all', (all: KeysSnapshot) => withEntry(all, { fetchedAt: NaN })],
    ['without a date', (all: KeysSnapshot) => withEntry(all, { fetchedAt: undefined })],
    ['without a TTL', (all: KeysSnapshot) => withEntry(all, { ttlSeconds: undefined })],
    ['with a TTL that is no number', (all: KeysSnapshot) => withEntry(all, { ttlSeconds: NaN })],
    ['without keys', (all: KeysSnapshot) => withEntry(all, { jwks: { keys: [] } })],
    ['with junk', (all: KeysSnapshot) => withEntry(all, { jwks: 'junk' })],
    ['without issuers', () => ({ version: 1 })],
    ['with nothing in it', () => ({})],
  ])('%s is left out', async (_title, change) => {
    const { server, snapshot } = await taken()
    const keys = { staleSeconds: 1000, snapshot: change(snapshot) as KeysSnapshot }
    expect(harness.api(server, keys).health().issuers[0]).toMatchObject({ state: 'COLD' })
  })

  test('that is no object is refused at start-up', async () => {
    const { server } = await taken()
    expect(() => harness.api(server, { snapshot: '{}' as never })).toThrow('keys.snapshot: must be an object')
  })

  test('does not replace keys that were fetched', async () => {
    const { server, snapshot } = await taken()
    server.recover()
    const key = signingKey('new')
    server.keys = [key]
    await harness.api(server, LIMITS).ready()
    const api = harness.api(server, { ...LIMITS, snapshot })
    expect(await outcome(api.verify(server.token(key)))).toEqual(UP)
  })
})
