/** Keys that `purge()` ended do not come back without a fetch that began after it, from wherever they are still known. */
import type { KeyOptions, KeysSnapshot, ResourceServer, ResourceServerOptions } from 'express-resource-server'
import { notePurge } from '../../../lib/core/keys/purges.js'
import { Clocks } from '../../../lib/core/base/clock.js'
import { hold } from '../../support/key-server.js'
import type { KeyServer, SigningKey } from '../../support/key-server.js'
import { Harness, outcome, until } from '../../support/key-harness.js'

const harness = new Harness()
// Snapshots of one test are younger than the purges of the last.
beforeEach(() => harness.clock.advance(200))
afterEach(() => harness.close())

const UP = { status: 200 }
const UNKNOWN = { status: 401, code: 'ERR_KEY_UNKNOWN' }

interface Leak {
  readonly server: KeyServer
  readonly leaked: SigningKey
  /** Of a process that fetched before the key was withdrawn. */
  readonly snapshot: KeysSnapshot
}

async function leak(): Promise<Leak> {
  const server = await harness.keyServer()
  const leaked = server.keys[0]!
  const snapshot = await snapshotOf(server)
  server.rotate()
  return { server, leaked, snapshot }
}

/** As it comes back from storage. */
async function snapshotOf(server: KeyServer): Promise<KeysSnapshot> {
  const api = harness.api(server)
  await api.ready()
  const snapshot = JSON.parse(JSON.stringify(api.snapshot())) as KeysSnapshot
  api.close()
  return snapshot
}

const dated = (snapshot: KeysSnapshot, fetchedAt: number): KeysSnapshot => ({
  ...snapshot,
  issuers: snapshot.issuers.map((entry) => ({ ...entry, fetchedAt })),
})

/** Any issuer with this key server's keys. `disabled` are not trusted; the keys options may change. */
class Tenants {
  readonly disabled = new Set<string>()
  readonly server: KeyServer
  keys: KeyOptions | undefined = undefined
  constructor(server: KeyServer) {
    this.server = server
  }

  api(snapshot: KeysSnapshot | undefined, options: Partial<ResourceServerOptions> = {}): ResourceServer {
    const { disabled, server } = this
    const issuer = (iss: string) =>
      disabled.has(iss) ? undefined : { issuer: iss, jwksUri: server.jwksUri, keys: this.keys }
    return harness.api(server, { snapshot }, { issuer, dangerouslyAllowPrivateAddresses: true, ...options })
  }
}

describe('a resolver with a snapshot', () => {
  test('after purge(), an answer that differs each time does not bring the key back', async () => {
    const { server, leaked, snapshot } = await leak()
    const issuer = (iss: string) => ({ issuer: iss, jwksUri: server.jwksUri, scopes: () => [] })
    const api = harness.api(server, { snapshot }, { issuer, dangerouslyAllowPrivateAddresses: true })
    expect(await outcome(api.verify(server.token(leaked)))).toEqual(UP)
    api.purge()
    for (let renewals = 0; renewals < 4; renewals++) {
      expect(await outcome(api.verify(server.token(leaked)))).toMatchObject(UNKNOWN)
      harness.clock.advance(601)
    }
  })

  test('after purge(), a tenant that is disabled and enabled again does not bring the key back', async () => {
    const { server, leaked, snapshot } = await leak()
    const tenants = new Tenants(server)
    const api = tenants.api(snapshot)
    expect(await outcome(api.verify(server.token(leaked)))).toEqual(UP)
    api.purge()
    tenants.disabled.add(server.issuer)
    harness.clock.advance(601)
    expect(await outcome(api.verify(server.token(leaked)))).toMatchObject({ code: 'ERR_ISSUER_UNKNOWN' })
    tenants.disabled.clear()
    harness.clock.advance(31)
    expect(await outcome(api.verify(server.token(leaked)))).toMatchObject(UNKNOWN)
    expect(await outcome(api.verify(server.token()))).toEqual(UP)
  })

  test('after purge(), a tenant that was forgotten for 1000 others does not bring the key back', async () => {
    const { server, leaked, snapshot } = await leak()
    const api = new Tenants(server).api(snapshot)
    expect(await outcome(api.verify(server.token(leaked)))).toEqual(UP)
    api.purge()
    for (let i = 0; i < 1001; i++) {
      const claims = { iss: `https://tenant.test/${i}` }
      expect(await outcome(api.verify(server.token(undefined, { claims })))).toEqual(UP)
    }
    expect(await outcome(api.verify(server.token(leaked)))).toMatchObject(UNKNOWN)
  })

  test.each([
    ['of all', false],
    ['of this tenant', true],
  ])('purge() %s counts before the first token of the tenant', async (_title, isOne) => {
    const { server, leaked, snapshot } = await leak()
    const api = new Tenants(server).api(snapshot)
    api.purge(isOne ? { issuer: server.issuer } : {})
    expect(await outcome(api.verify(server.token(leaked)))).toMatchObject(UNKNOWN)
  })

  test('does not bring the key back by a snapshot in each answer', async () => {
    const { server, leaked, snapshot } = await leak()
    const tenants = new Tenants(server)
    tenants.keys = { snapshot }
    const api = tenants.api(undefined)
    expect(await outcome(api.verify(server.token(leaked)))).toEqual(UP)
    api.purge()
    for (let renewals = 0; renewals < 3; renewals++) {
      tenants.keys = { snapshot: structuredClone(snapshot), ttlSeconds: 1000 + renewals }
      expect(await outcome(api.verify(server.token(leaked)))).toMatchObject(UNKNOWN)
      harness.clock.advance(601)
    }
  })

  test('does not bring a key back that a server purged which lists the tenant', async () => {
    const { server, leaked, snapshot } = await leak()
    const api = new Tenants(server).api(snapshot)
    harness.api(server, {}, { issuer: server.issuer }).purge()
    expect(await outcome(api.verify(server.token(leaked)))).toMatchObject(UNKNOWN)
  })

  test('purge() of one tenant leaves the snapshot of another in use', async () => {
    const { server, leaked, snapshot } = await leak()
    const api = new Tenants(server).api(snapshot)
    api.purge({ issuer: 'https://tenant.test/other' })
    expect(await outcome(api.verify(server.token(leaked)))).toEqual(UP)
  })

  test('whose date is far ahead brings nothing back, since it was given before purge()', async () => {
    const { server, leaked, snapshot } = await leak()
    const api = new Tenants(server).api(dated(snapshot, harness.clock.epochMs() / 1000 + 600))
    api.purge()
    harness.clock.advance(600)
    expect(await outcome(api.verify(server.token(leaked)))).toMatchObject(UNKNOWN)
  })
})

describe('a server that is made after purge()', () => {
  const LISTED: readonly [string, (server: KeyServer) => Partial<ResourceServerOptions>][] = [
    ['listed', () => ({})],
    ['discovered', ({ issuer }) => ({ issuer })],
    ['at a metadataUrl', ({ issuer }) => ({ issuer: { issuer, metadataUrl: `${issuer}/.well-known/m` } })],
    ['with other limits', ({ issuer }) => ({ issuer: { issuer, keys: { ttlSeconds: 77 } } })],
    ['with another fetch', () => ({ fetch: (url, init) => fetch(url, init) })],
    ['with another clock', () => ({ clock: { epochMs: () => harness.clock.epochMs() } })],
  ]

  test.each(LISTED)('does not bring a key back by its snapshot: %s', async (_title, optionsOf) => {
    const { server, leaked, snapshot } = await leak()
    const first = harness.api(server)
    await first.ready()
    first.purge()
    first.close()
    const { clock } = harness
    const api = harness.api(server, { snapshot }, { clock, ...optionsOf(server) })
    expect(await outcome(api.verify(server.token(leaked)))).toMatchObject(UNKNOWN)
  })

  test('does not bring back keys of the same place under the name of another issuer', async () => {
    const { server, leaked, snapshot } = await leak()
    harness.api(server).purge()
    const issuer = 'https://other.test'
    const other = { ...snapshot, issuers: snapshot.issuers.map((entry) => ({ ...entry, issuer })) }
    const options = { issuer: { issuer, jwksUri: server.jwksUri } }
    const api = harness.api(server, { snapshot: other }, options)
    const token = server.token(leaked, { claims: { iss: issuer } })
    expect(await outcome(api.verify(token))).toMatchObject(UNKNOWN)
  })

  test('does not bring keys back that were discovered at the place, after a purge by discovery', async () => {
    const { server, leaked, snapshot } = await leak()
    const discovered = harness.api(server, {}, { issuer: server.issuer })
    await discovered.ready()
    discovered.purge()
    const issuer = { issuer: 'https://other.test', jwksUri: server.jwksUri }
    const entries = snapshot.issuers.map((entry) => ({ ...entry, issuer: issuer.issuer }))
    const api = harness.api(server, { snapshot: { ...snapshot, issuers: entries } }, { issuer })
    const token = server.token(leaked, { claims: { iss: issuer.issuer } })
    expect(await outcome(api.verify(token))).toMatchObject(UNKNOWN)
  })

  test('is not served by a snapshot whose fetch began before purge() and ended after it', async () => {
    const { server, leaked } = await leak()
    const old = { keys: [leaked.jwk] }
    const { answer, release } = hold((res) => server.json(res, old))
    server.answer = answer
    const slow = harness.api(server, {}, { clock: { epochMs: () => harness.clock.epochMs() } })
    const ready = slow.ready()
    await until(() => server.hits.keys === 2)
    harness.api(server).purge()
    harness.clock.advance(100)
    release()
    await ready
    server.recover()
    const api = harness.api(server, { snapshot: slow.snapshot() })
    expect(await outcome(api.verify(server.token(leaked)))).toMatchObject(UNKNOWN)
  })

  test.each([
    ['a minute ahead', 60, 0, 401],
    ['two minutes ahead', 120, 0, 200],
    ['right, when the wall clock here was wrong at the purge', 0, 3600, 401],
  ])('trusts clocks to a minute: the other machine is %s', async (_title, aheadBy, wrongBy, status) => {
    const { server, leaked, snapshot } = await leak()
    harness.clock.advance(1)
    const fetchedAt = harness.clock.epochMs() / 1000 + aheadBy
    harness.clock.jump(-wrongBy)
    harness.api(server).purge()
    harness.clock.jump(wrongBy)
    harness.clock.advance(130)
    const api = harness.api(server, { snapshot: dated(snapshot, fetchedAt) })
    expect(await outcome(api.verify(server.token(leaked)))).toMatchObject({ status })
  })
})

describe('a snapshot that was taken after purge()', () => {
  test('serves at once in the process that took it, whatever became of the wall clock', async () => {
    const { server } = await leak()
    const api = harness.api(server)
    api.purge()
    await api.ready()
    const snapshot = JSON.parse(JSON.stringify(api.snapshot())) as KeysSnapshot
    api.close()
    harness.clock.jump(30)
    const hits = server.hits.keys
    const later = harness.api(server, { snapshot })
    expect(await outcome(later.verify(server.token()))).toEqual(UP)
    const again = harness.api(server, { snapshot: later.snapshot() })
    expect(await outcome(again.verify(server.token()))).toEqual(UP)
    expect(server.hits.keys).toBe(hits)
  })

  test('serves beside the server that took it', async () => {
    const { server } = await leak()
    const api = harness.api(server, {}, { issuer: server.issuer })
    await api.ready()
    api.purge()
    await api.ready()
    const hits = server.hits.keys
    const later = harness.api(server, { snapshot: api.snapshot() }, { issuer: server.issuer })
    expect(await outcome(later.verify(server.token()))).toEqual(UP)
    expect(server.hits.keys).toBe(hits)
  })

  test('of a resolver serves too', async () => {
    const { server, snapshot } = await leak()
    const tenants = new Tenants(server)
    const api = tenants.api(snapshot)
    api.purge()
    expect(await outcome(api.verify(server.token()))).toEqual(UP)
    const taken = api.snapshot()
    api.close()
    const hits = server.hits.keys
    expect(await outcome(tenants.api(taken).verify(server.token()))).toEqual(UP)
    expect(server.hits.keys).toBe(hits)
  })

  test('does not serve after the next purge(), even in the same millisecond', async () => {
    const { server, leaked } = await leak()
    server.keys = [leaked]
    const api = harness.api(server)
    api.purge()
    await api.ready()
    const snapshot = api.snapshot()
    server.rotate()
    api.purge()
    api.close()
    const later = harness.api(server, { snapshot })
    expect(await outcome(later.verify(server.token(leaked)))).toMatchObject(UNKNOWN)
  })

  test('of another machine serves if it was fetched more than a minute later', async () => {
    const { server, snapshot } = await leak()
    harness.api(server).purge()
    harness.clock.advance(100)
    const other = dated(await snapshotOf(server), harness.clock.epochMs() / 1000 - 30)
    const hits = server.hits.keys
    const entries = other.issuers.map(({ purgeId: _, ...entry }) => entry)
    const api = harness.api(server, { snapshot: { ...snapshot, issuers: entries } })
    expect(await outcome(api.verify(server.token()))).toEqual(UP)
    expect(server.hits.keys).toBe(hits)
  })
})

describe('keys that another server still holds', () => {
  test('come back to no tenant that joins them after purge()', async () => {
    const { server, leaked } = await leak()
    server.keys = [leaked]
    const tenants = new Tenants(server)
    const other = tenants.api(undefined)
    expect(await outcome(other.verify(server.token()))).toEqual(UP)
    const api = tenants.api(undefined)
    api.purge()
    server.rotate()
    expect(await outcome(api.verify(server.token(leaked)))).toMatchObject(UNKNOWN)
    expect(await outcome(other.verify(server.token(leaked)))).toMatchObject(UNKNOWN)
  })

  test('are fetched anew by refresh(), although a refresh() came just before the purge', async () => {
    const { server, leaked } = await leak()
    const first = harness.api(server)
    await first.refresh()
    harness.api(server, { staleSeconds: 60 }).purge()
    const second = harness.api(server)
    expect(second.health().issuers[0]).toMatchObject({ state: 'COLD', keyCount: 0 })
    await second.refresh()
    expect(second.health().issuers[0]).toMatchObject({ state: 'FRESH', keyCount: 1 })
    expect(await outcome(second.verify(server.token(leaked)))).toMatchObject(UNKNOWN)
  })

  test('come back to no tenant whose options become those of the other server', async () => {
    const { server, leaked } = await leak()
    server.keys = [leaked]
    const tenants = new Tenants(server)
    tenants.keys = { ttlSeconds: 77 }
    const other = tenants.api(undefined)
    expect(await outcome(other.verify(server.token()))).toEqual(UP)
    tenants.keys = undefined
    const api = tenants.api(undefined)
    expect(await outcome(api.verify(server.token()))).toEqual(UP)
    server.rotate()
    api.purge()
    tenants.keys = { ttlSeconds: 77 }
    expect(await outcome(api.verify(server.token(leaked)))).toMatchObject(UNKNOWN)
  })

  test('and is fetching come back neither', async () => {
    const { server, leaked } = await leak()
    const old = { keys: [leaked.jwk] }
    const { answer, release } = hold((res) => server.json(res, old))
    server.answer = answer
    const tenants = new Tenants(server)
    const other = outcome(tenants.api(undefined).verify(server.token(leaked)))
    await until(() => server.hits.keys === 2)
    server.recover()
    const api = tenants.api(undefined)
    api.purge()
    expect(await outcome(api.verify(server.token(leaked)))).toMatchObject(UNKNOWN)
    release()
    expect(await other).toMatchObject({ status: 503 })
  })
})

test('what is remembered of purges has a bound, beyond which nothing is forgotten in favor of a key', async () => {
  const { server, leaked, snapshot } = await leak()
  const clocks = new Clocks(harness.clock)
  notePurge(clocks, [server.issuer])
  for (let i = 0; i < 1000; i++) notePurge(clocks, [`https://tenant.test/${i}`])
  const api = harness.api(server, { snapshot })
  expect(await outcome(api.verify(server.token(leaked)))).toMatchObject(UNKNOWN)
})
