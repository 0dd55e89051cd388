/** The store in memory: what it covers, when entries end, and what it does when it is full. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { MemoryRevocationStore } from '../../lib/core/stores/memory-revocation-store.js'
import { RevocationList } from '../../lib/core/stores/revocation-list.js'
import { memoryRevocations } from 'express-resource-server/revocation'
import type { RevocableToken } from 'express-resource-server/revocation'

const issuer = 'https://issuer.test'
const token = (members: Partial<RevocableToken>): RevocableToken => Object.freeze({ issuer, ...members })
const common = { issuer, before: Infinity, forSeconds: 60 }

function storeAt({ maxEntries = 10, startMs = 0 } = {}) {
  const clock = { ms: startMs }
  const list = new RevocationList(maxEntries, () => clock.ms)
  const store = new MemoryRevocationStore(maxEntries, () => clock.ms)
  return { clock, list, store }
}

test('an entry lives for its whole time, at most a second longer, and leaves no memory behind', () => {
  const { clock, list } = storeAt({ startMs: 500 })
  list.add({ key: 'a', group: '' }, Infinity, 60)
  clock.ms = 60_499
  expect([...list.live(list.keys())]).toEqual([['a', Infinity, expect.any(Number)]])
  clock.ms = 62_000
  expect([...list.live(list.keys())]).toEqual([])
  expect(list.size).toBe(0)
})

test('entries end also after a pause of a year, and after many seconds one by one', () => {
  for (const steps of [1, 400]) {
    const { clock, list } = storeAt({ maxEntries: 1000 })
    for (let index = 0; index < 300; index++) list.add({ key: `${index}`, group: '' }, Infinity, 1 + index)
    for (let step = 0; step < steps; step++) {
      clock.ms += steps === 1 ? 31_536_000_000 : 1000
      list.ask(token({}))
    }
    expect(list.size).toBe(0)
  }
})

test('a repeated revocation moves the end, never nearer, and takes no more memory', () => {
  const { clock, list } = storeAt({ maxEntries: 1 })
  for (let index = 0; index < 1000; index++) list.add({ key: 'a', group: '' }, 100, 60 - (index % 50))
  list.add({ key: 'a', group: '' }, 50, 120)
  expect(list.size).toBe(1)
  clock.ms = 100_000
  expect([...list.live(list.keys())]).toEqual([['a', 100, expect.any(Number)]])
  clock.ms = 122_000
  expect(list.ask(token({ jti: 'x' }))).toBe('not listed')
  expect(list.size).toBe(0)
})

test('a dated revocation does not become a general one when the general one ends earlier', () => {
  const { clock, store } = storeAt()
  store.add({ ...common, kind: 'subject', value: 'a' })
  store.add({ ...common, kind: 'subject', value: 'a', before: 100, forSeconds: 600 })
  expect(store.isRevoked(token({ subject: 'a', issuedAt: 200 }))).toBe(true)
  clock.ms = 62_000
  expect(store.isRevoked(token({ subject: 'a', issuedAt: 200 }))).toBe(false)
  expect(store.isRevoked(token({ subject: 'a', issuedAt: 100.5 }))).toBe(true)
  expect(store.isRevoked(token({ subject: 'a' }))).toBe(true)
})

test('a full store keeps every live entry, and cannot tell about tokens like the one it refused', () => {
  const { clock, store } = storeAt({ maxEntries: 2 })
  const events: unknown[] = []
  const listen = (event: unknown) => events.push(event)
  subscribe('express-resource-server:revocation', listen)
  store.add({ ...common, kind: 'jti', value: '1' })
  store.add({ ...common, kind: 'subject', value: 'a', forSeconds: 10 })
  expect(() => {
    store.add({ ...common, kind: 'subject', value: 'b', before: 100, forSeconds: 600 })
  }).toThrow('full')
  unsubscribe('express-resource-server:revocation', listen)
  expect(events).toEqual([{ type: 'full', maxEntries: 2 }])

  expect(store.isRevoked(token({ jti: '1', subject: 'b' }))).toBe(true)
  for (const each of [token({ subject: 'b', issuedAt: 99 }), token({ subject: 'c' })])
    expect(() => store.isRevoked(each)).toThrow('full')
  // Newer than the refused one, of another kind, or of another issuer.
  expect(store.isRevoked(token({ subject: 'b', issuedAt: 101 }))).toBe(false)
  expect(store.isRevoked(token({ jti: '2' }))).toBe(false)
  expect(store.isRevoked(Object.freeze({ issuer: 'https://other.test', subject: 'b' }))).toBe(false)

  // Room for others does not bring back what was refused. Its end does.
  clock.ms = 100_000
  expect(() => store.isRevoked(token({ subject: 'b', issuedAt: 99 }))).toThrow('full')
  clock.ms = 602_000
  expect(store.isRevoked(token({ subject: 'b', issuedAt: 99 }))).toBe(false)
})

test('what a full store refuses takes bounded memory, and fails closed for every issuer beyond', () => {
  const { store } = storeAt({ maxEntries: 1 })
  store.add({ ...common, kind: 'jti', value: '1' })
  for (let index = 0; index < 1100; index++)
    expect(() => {
      store.add({
        issuer: `https://${index}.test`,
        kind: 'jti',
        value: '1',
        before: Infinity,
        forSeconds: 60,
      })
    }).toThrow('full')
  expect(() => store.isRevoked(token({ jti: '2' }))).toThrow('full')
})

test('long and hostile values are kept apart', () => {
  const { store } = storeAt()
  store.add({ ...common, kind: 'subject', value: 'a"],["' })
  store.add({ ...common, kind: 'jti', value: '__proto__' })
  expect(store.isRevoked(token({ subject: 'a' }))).toBe(false)
  expect(store.isRevoked(token({ sid: 'a"],["', clientId: 'a"],["', jti: 'a"],["' }))).toBe(false)
  expect(store.isRevoked(token({ jti: '__proto__' }))).toBe(true)
})

const good = { issuer, jti: 'a', forSeconds: 60 }

test.each<[string, object, string]>([
  ['nothing', {}, 'revoke.jti'],
  ['no target', { issuer, forSeconds: 60 }, 'revoke.jti'],
  ['two targets', { ...good, sid: 'b' }, 'revoke.jti'],
  ['an empty target', { ...good, jti: '' }, 'revoke.jti'],
  ['a number as target', { ...good, jti: 1 }, 'revoke.jti'],
  ['no issuer', { ...good, issuer: undefined }, 'revoke.issuer'],
  ['no end', { ...good, forSeconds: undefined }, 'revoke.forSeconds'],
  ['an end that is now', { ...good, forSeconds: 0 }, 'revoke.forSeconds'],
  ['milliseconds', { ...good, before: 1_800_000_000_000 }, 'revoke.before'],
  ['a date', { ...good, before: new Date() }, 'revoke.before'],
  ['a wrong name', { ...good, sub: 'a' }, 'revoke.sub'],
])('revoke() with %s is refused', (_, entry, option) => {
  expect(() => {
    memoryRevocations().revoke(entry as never)
  }).toThrow(expect.objectContaining({ code: 'ERR_CONFIGURATION', option }))
})

test.each([0, 1.5, 10_000_001, '5'])('maxEntries: %p is refused', (maxEntries) => {
  expect(() => memoryRevocations({ maxEntries } as never)).toThrow(
    expect.objectContaining({ option: 'memoryRevocations.maxEntries' }),
  )
})
