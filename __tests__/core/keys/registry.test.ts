import { resourceServer } from 'express-resource-server'
import { sourceCount } from '../../../lib/core/keys/registry.js'
import { AUDIENCE, faults, hold } from '../../support/key-server.js'
import { Harness, outcome, until } from '../../support/key-harness.js'
import { TestClock } from '../../support/test-clock.js'

const harness = new Harness()
afterEach(async () => {
  await harness.close()
  expect(sourceCount()).toBe(0)
})

const UP = { status: 200 }

test('a hundred servers that were made and closed leave no source', () => {
  for (let i = 0; i < 100; i++)
    resourceServer({ issuer: `https://as.example/${i}`, audience: AUDIENCE }).close()
  expect(sourceCount()).toBe(0)
})

describe('two resource servers', () => {
  test('with one key set fetch it once', async () => {
    const server = await harness.keyServer()
    const [a, b] = [harness.api(server), harness.api(server)]
    expect(await Promise.all([a, b].map((api) => outcome(api.verify(server.token()))))).toEqual([UP, UP])
    expect(server.hits.keys).toBe(1)
    expect(sourceCount()).toBe(1)
  })

  test('that discover one issuer ask it once', async () => {
    const server = await harness.keyServer()
    const options = { issuer: server.issuer }
    const [a, b] = [harness.api(server, {}, options), harness.api(server, {}, options)]
    await Promise.all([a.ready(), b.ready()])
    expect(server.hits).toEqual({ metadata: 1, keys: 1 })
  })

  test('share what two issuers publish at one place', async () => {
    const server = await harness.keyServer()
    const { jwksUri } = server
    const issuers = ['https://a.test', 'https://b.test'].map((issuer) => ({ issuer, jwksUri }))
    const api = harness.api(server, {}, { issuer: issuers })
    for (const { issuer } of issuers)
      expect(await outcome(api.verify(server.token(undefined, { claims: { iss: issuer } })))).toEqual(UP)
    expect(server.hits.keys).toBe(1)
  })

  test.each([
    ['keys options', { keys: { ttlSeconds: 77 } }],
    ['clock', { clock: new TestClock() }],
    ['fetch', { fetch: (url: string, init: RequestInit) => fetch(url, init) }],
    ['plain http', { dangerouslyAllowInsecureHttp: true }],
  ])('of another %s share nothing', async (_title, other) => {
    const server = await harness.keyServer()
    await Promise.all([harness.api(server).ready(), harness.api(server, {}, other).ready()])
    expect(server.hits.keys).toBe(2)
  })

  test('that spell the same keys options differently share', async () => {
    const server = await harness.keyServer()
    const spelt = [
      {},
      { ttlSeconds: undefined },
      { cooldownSeconds: 30 },
      { maxKeys: 100, staleSeconds: 3600 },
    ]
    await Promise.all(spelt.map((keys) => harness.api(server, keys).ready()))
    expect(server.hits.keys).toBe(1)
  })

  test('with one fetch function share', async () => {
    const server = await harness.keyServer()
    const fetchKeys = (url: string, init: RequestInit) => fetch(url, init)
    await Promise.all([1, 2].map(() => harness.api(server, {}, { fetch: fetchKeys }).ready()))
    expect(server.hits.keys).toBe(1)
  })
})

describe('close()', () => {
  test('of one leaves the keys of the other alone', async () => {
    const server = await harness.keyServer()
    const [a, b] = [harness.api(server), harness.api(server)]
    await a.ready()
    a.close()
    a.close()
    server.answer = faults.status(500)
    expect(await outcome(b.verify(server.token()))).toEqual(UP)
    expect(await outcome(a.verify(server.token()))).toMatchObject({ status: 503, code: 'ERR_CLOSED' })
    await expect(a.refresh()).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    await expect(a.ready()).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    a.purge()
    expect(await outcome(b.verify(server.token()))).toEqual(UP)
    expect(server.hits.keys).toBe(1)
  })

  test('of the last ends the flight under way', async () => {
    const server = await harness.keyServer()
    server.answer = faults.hang
    const api = harness.api(server)
    const pending = outcome(api.verify(server.token()))
    await until(() => server.connections === 1)
    api.close()
    expect(await pending).toMatchObject({ status: 503 })
    await until(() => server.connections === 0)
  })

  test('of one leaves the flight of the other alone', async () => {
    const server = await harness.keyServer()
    server.answer = faults.after(50, (res) => server.json(res, server.jwks))
    const [a, b] = [harness.api(server), harness.api(server)]
    const pending = outcome(b.verify(server.token()))
    a.close()
    expect(await pending).toEqual(UP)
  })

  test('of all forgets the keys', async () => {
    const server = await harness.keyServer()
    const first = harness.api(server)
    await first.ready()
    first.close()
    await harness.api(server).ready()
    expect(server.hits.keys).toBe(2)
  })
})

describe('purge()', () => {
  test('drops the keys of all who share them, and the tokens that they verified', async () => {
    const server = await harness.keyServer()
    const [a, b] = [harness.api(server), harness.api(server)]
    const leaked = server.token()
    expect(await outcome(b.verify(leaked))).toEqual(UP)
    server.rotate()
    a.purge()
    expect(b.health().issuers[0]).toMatchObject({ state: 'COLD', keyCount: 0 })
    expect(await outcome(b.verify(leaked))).toMatchObject({ status: 401, code: 'ERR_KEY_UNKNOWN' })
    expect(await outcome(a.verify(server.token()))).toEqual(UP)
  })

  test('ends back-off and the flight that may bring back what was dropped', async () => {
    const server = await harness.keyServer()
    const api = harness.api(server)
    const leaked = server.token()
    const old = server.jwks
    const { answer, release } = hold((res) => server.json(res, old))
    server.answer = answer
    const pending = outcome(api.verify(leaked))
    await until(() => server.hits.keys === 1)
    server.rotate()
    server.recover()
    api.purge()
    release()
    expect(await pending).toMatchObject({ status: 503 })
    expect(await outcome(api.verify(leaked))).toMatchObject({ status: 401 })
    expect(await outcome(api.verify(server.token()))).toEqual(UP)
  })

  test('asks without validators, so that no 304 confirms what was dropped', async () => {
    const server = await harness.keyServer()
    server.answer = (res) => server.json(res, server.jwks, { etag: '"1"' })
    const api = harness.api(server)
    await api.ready()
    api.purge()
    await api.ready()
    expect(server.log.at(-1)?.headers).not.toHaveProperty('if-none-match')
  })

  test('has caches on the way ask the origin for the next fetch, as refresh() does', async () => {
    const server = await harness.keyServer()
    const api = harness.api(server, {}, { issuer: server.issuer })
    const asked = async (act: () => unknown): Promise<unknown[]> => {
      const before = server.log.length
      await act()
      return server.log.slice(before).map(({ headers }) => headers['cache-control'])
    }
    expect(await asked(() => api.ready())).toEqual([undefined, undefined])
    api.purge()
    expect(await asked(() => api.ready())).toEqual(['no-cache', 'no-cache'])
    harness.clock.advance(31)
    const token = server.token(server.rotate())
    expect(await asked(() => outcome(api.verify(token)))).toEqual([undefined, undefined])
    expect(await asked(() => api.refresh())).toEqual(['no-cache', 'no-cache'])
  })

  test('of one issuer leaves another alone, and of none that is trusted throws', async () => {
    const [one, two] = [await harness.keyServer(), await harness.keyServer()]
    const api = harness.api(
      one,
      {},
      { issuer: [one, two].map(({ issuer, jwksUri }) => ({ issuer, jwksUri })) },
    )
    await api.ready()
    api.purge({ issuer: one.issuer })
    expect(api.health().issuers.map(({ state }) => state)).toEqual(['COLD', 'FRESH'])
    expect(() => api.purge({ issuer: 'https://nobody.test' })).toThrow('trusted issuers')
  })
})

describe('refresh()', () => {
  test('is one flight in 5 s, beside cool-down and back-off', async () => {
    const server = await harness.keyServer()
    const api = harness.api(server)
    await Promise.all([api.refresh(), api.refresh()])
    await api.refresh()
    expect(server.hits.keys).toBe(1)
    server.answer = faults.status(404, { 'retry-after': '300' })
    harness.clock.advance(5)
    await expect(api.refresh()).rejects.toMatchObject({ code: 'ERR_KEYS_UNAVAILABLE' })
    await expect(api.refresh()).rejects.toMatchObject({ code: 'ERR_KEYS_UNAVAILABLE' })
    expect(server.hits.keys).toBe(2)
    expect(await outcome(api.verify(server.token()))).toEqual(UP)
    server.recover()
    harness.clock.advance(5)
    await api.refresh()
    expect(server.hits.keys).toBe(3)
  })

  test('during a fetch that began earlier fetches once more, for all who ask', async () => {
    const server = await harness.keyServer()
    const api = harness.api(server)
    const withdrawn = server.token()
    const old = server.jwks
    const { answer, release } = hold((res) => server.json(res, old))
    server.answer = answer
    const pending = outcome(api.verify(withdrawn))
    await until(() => server.hits.keys === 1)
    server.rotate()
    server.recover()
    const refreshed = Promise.all([api.refresh(), api.refresh()])
    release()
    await refreshed
    expect(await pending).toEqual(UP)
    expect(server.log.map(({ headers }) => headers['cache-control'])).toEqual([undefined, 'no-cache'])
    expect(await outcome(api.verify(withdrawn))).toMatchObject({ status: 401 })
    expect(await outcome(api.verify(server.token()))).toEqual(UP)
  })

  test('during a fetch that fails fetches again, and not after close()', async () => {
    const server = await harness.keyServer()
    const api = harness.api(server)
    const { answer, release } = hold(faults.status(404))
    server.answer = answer
    const pending = outcome(api.verify(server.token()))
    await until(() => server.hits.keys === 1)
    server.recover()
    const refreshed = api.refresh()
    release()
    await refreshed
    expect(await pending).toMatchObject({ status: 503 })
    expect(server.hits.keys).toBe(2)
    const held = hold((res) => server.json(res, server.jwks))
    server.answer = held.answer
    harness.clock.advance(700)
    await api.verify(server.token()).catch(() => undefined)
    await until(() => server.hits.keys === 3)
    const late = api.refresh().catch((error: unknown) => error)
    api.close()
    expect(await late).toMatchObject({ code: 'ERR_CLOSED' })
    held.release()
    await until(() => server.connections === 0)
    expect(server.hits.keys).toBe(3)
  })
})

describe('issuers that a resolver adds', () => {
  test('may not have private addresses, neither as such nor behind a name', async () => {
    const server = await harness.keyServer()
    const named = server.issuer.replace('127.0.0.1', 'localhost')
    const resolve = (issuer: string) => ({ issuer, jwksUri: `${issuer}/jwks` })
    const api = harness.api(server, {}, { issuer: resolve })
    for (const iss of [server.issuer, named])
      expect(await outcome(api.verify(server.token(undefined, { claims: { iss } })))).toMatchObject({
        status: 503,
        code: 'ERR_KEYS_UNAVAILABLE',
      })
    expect(server.hits.keys).toBe(0)
  })

  test('may have them where the options say so', async () => {
    const server = await harness.keyServer()
    const resolve = (issuer: string) => ({ issuer, jwksUri: `${issuer}/jwks` })
    const api = harness.api(server, {}, { issuer: resolve, dangerouslyAllowPrivateAddresses: true })
    expect(await outcome(api.verify(server.token()))).toEqual(UP)
  })

  test('share no keys with those of the options', async () => {
    const server = await harness.keyServer()
    const resolve = (issuer: string) => ({ issuer, jwksUri: server.jwksUri })
    await harness.api(server).ready()
    expect(await outcome(harness.api(server, {}, { issuer: resolve }).verify(server.token()))).toMatchObject({
      status: 503,
    })
  })

  test('leave no key source behind once they are forgotten', async () => {
    const server = await harness.keyServer()
    const resolve = (issuer: string) => ({ issuer, jwksUri: `${issuer}/jwks` })
    const fetchKeys = () => Promise.resolve(Response.json(server.jwks))
    const api = harness.api(server, {}, { issuer: resolve, fetch: fetchKeys })
    for (let i = 0; i < 1010; i++) {
      const claims = { iss: `https://tenant.test/${i}` }
      expect(await outcome(api.verify(server.token(undefined, { claims })))).toEqual(UP)
    }
    expect(sourceCount()).toBe(1000)
  })
})
