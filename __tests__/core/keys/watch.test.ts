import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { KeysEvent } from 'express-resource-server'
import { faults } from '../../support/key-server.js'
import { Harness, outcome, until } from '../../support/key-harness.js'

const CHANNEL = 'express-resource-server:keys'
const harness = new Harness()
const events: KeysEvent[] = []
const listen = (event: unknown) => void events.push(event as KeysEvent)

beforeEach(() => {
  events.length = 0
  subscribe(CHANNEL, listen)
})
afterEach(async () => {
  unsubscribe(CHANNEL, listen)
  await harness.close()
})

describe('the events of a key source', () => {
  test('tell its whole life, and hold configuration and enums alone', async () => {
    const server = await harness.keyServer()
    const source = server.jwksUri
    const published = server.jwks
    server.answer = faults.json({ keys: [...published.keys, { kty: 'oct', k: 'c2VjcmV0' }, null] })
    const api = harness.api(server, { ttlSeconds: 100, staleSeconds: 100 })
    const verify = () =>
      outcome(api.verify(server.token(undefined, { claims: { jti: String(Math.random()) } })))
    await verify()
    server.answer = faults.status(404)
    harness.clock.advance(85)
    await verify()
    await until(() => events.some(({ type }) => type === 'failed'))
    for (let i = 0; i < 6; i++) {
      harness.clock.advance(20)
      api.health()
    }
    api.purge()
    expect(events).toEqual([
      { source, type: 'refreshed', how: 'fetched', generation: 1, keyCount: 1 },
      { source, type: 'key_dropped', problem: 'symmetric_key' },
      { source, type: 'key_dropped', problem: 'not_a_jwk' },
      { source, type: 'state', from: 'COLD', to: 'FRESH' },
      { source, type: 'state', from: 'FRESH', to: 'AHEAD' },
      { source, type: 'failed', problem: 'status', status: 404, consecutiveFailures: 1 },
      { source, type: 'state', from: 'AHEAD', to: 'STALE' },
      { source, type: 'stale', windowUsed: 0 },
      { source, type: 'stale', windowUsed: 0.5 },
      { source, type: 'stale', windowUsed: 0.75 },
      { source, type: 'state', from: 'STALE', to: 'EXPIRED' },
      { source, type: 'purged' },
      { source, type: 'state', from: 'EXPIRED', to: 'COLD' },
    ])
  })

  test('tell a 304 and a snapshot from a fetch', async () => {
    const server = await harness.keyServer()
    const first = harness.api(server)
    await first.ready()
    const snapshot = first.snapshot()
    first.close()
    server.answer = (res, req) => {
      if (req.headers['if-none-match'] === undefined) server.json(res, server.jwks, { etag: '"1"' })
      else res.writeHead(304).end()
    }
    const api = harness.api(server, { snapshot })
    await api.refresh()
    harness.clock.advance(6)
    await api.refresh()
    expect(
      events.flatMap((event) => (event.type === 'refreshed' ? [[event.how, event.generation]] : [])),
    ).toEqual([
      ['fetched', 1],
      ['imported', 1],
      ['fetched', 2],
      ['not_modified', 2],
    ])
  })
})
