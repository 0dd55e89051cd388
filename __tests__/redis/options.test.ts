/** What redisStores takes: clients of two packages, and two options. */
import { Cluster, Redis } from 'ioredis'
import { Redis as Redis5 } from 'ioredis5'
import { createClient, createClientPool, createCluster, createSentinel } from 'redis'
import {
  createClient as createClient5,
  createClientPool as createClientPool5,
  createCluster as createCluster5,
  createSentinel as createSentinel5,
} from 'redis5'
import { redisStores } from 'express-resource-server/redis'
import type { RedisStoresOptions } from 'express-resource-server/redis'

const url = 'redis://127.0.0.1:1'
const unconnected = { lazyConnect: true } as const

test('the same client with the same options has the same stores, as two servers of one route must', async () => {
  const client = new Redis({ lazyConnect: true })
  expect(redisStores(client)).toBe(redisStores(client, { prefix: 'ers:' }))
  expect(redisStores(client, { prefix: 'other:' })).not.toBe(redisStores(client))
  expect(redisStores(new Redis({ lazyConnect: true }))).not.toBe(redisStores(client))
})

test('clients and clusters of both packages are taken, and their types fit', () => {
  const rootNodes = [{ url }]
  expect(redisStores(createClient({ url }))).toHaveProperty('replay')
  expect(redisStores(createCluster({ rootNodes }))).toHaveProperty('replay')
  expect(redisStores(createSentinel({ name: 'm', sentinelRootNodes: [] }))).toHaveProperty('replay')
  expect(redisStores(createClient5({ url }))).toHaveProperty('replay')
  expect(redisStores(createCluster5({ rootNodes }))).toHaveProperty('replay')
  expect(redisStores(new Redis(1, unconnected))).toHaveProperty('replay')
  expect(redisStores(new Cluster([{ port: 1 }], unconnected))).toHaveProperty('replay')
  expect(redisStores(new Redis5(1, unconnected))).toHaveProperty('replay')
})

test.each<[string, unknown, string]>([
  ['nothing', undefined, 'must be a client'],
  ['a URL', url, 'must be a client'],
  ['a map', new Map(), 'must be a client'],
  ['a client of an old version', { connected: true, multi: () => undefined }, 'must be a client'],
  ['a pool', createClientPool({ url }), 'createClient(), not a pool'],
  ['a pool of node-redis 5', createClientPool5({ url }), 'createClient(), not a pool'],
  ['a sentinel of node-redis 5', createSentinel5({ name: 'm', sentinelRootNodes: [] }), 'version 6'],
  ['a promise of a client', Promise.resolve(), 'await client.connect()'],
])('%s is no client', (_, client, message) => {
  expect(() => redisStores(client as never)).toThrow(
    expect.objectContaining({
      code: 'ERR_CONFIGURATION',
      option: 'redisStores.client',
      message: expect.stringContaining(message),
    }),
  )
})

test.each<[string, object, string]>([
  ['a prefix with a hash tag', { prefix: '{app}:' }, 'redisStores.prefix'],
  ['an empty prefix', { prefix: '' }, 'redisStores.prefix'],
  ['no time', { timeoutMs: 0 }, 'redisStores.timeoutMs'],
  ['a fraction', { timeoutMs: 1.5 }, 'redisStores.timeoutMs'],
  ['a misspelt option', { timeout: 250 }, 'redisStores.timeout'],
])('%s is refused', (_, options, option) => {
  expect(() => redisStores(createClient({ url }), options as RedisStoresOptions)).toThrow(
    expect.objectContaining({ code: 'ERR_CONFIGURATION', option }),
  )
})

test.each([
  createClient({ url }),
  createCluster({ rootNodes: [{ url }] }),
  createCluster5({ rootNodes: [{ url }] }),
])('a client that is not connected fails at once, and queues nothing', async (client) => {
  await expect(redisStores(client).replay.add('key', 60)).rejects.toThrow('not connected')
})
