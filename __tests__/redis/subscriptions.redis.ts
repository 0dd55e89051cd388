/** The connection on which a process hears of revocations: it begins with every client, and ends with it. */
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { Redis as Redis5 } from 'ioredis5'
import { redisStores } from 'express-resource-server/redis'
import type { IoredisClient } from 'express-resource-server/redis'
import { KINDS } from './support/clients.js'
import { startRedis, until } from './support/redis-server.js'
import type { RedisServer } from './support/redis-server.js'
import { childScript } from '../support/child-scripts.js'

let redis: RedisServer
beforeAll(async () => (redis = await startRedis()))
afterAll(() => redis.remove())

const newToken = () => Object.freeze({ issuer: 'https://issuer.test', jti: randomUUID() })

describe.each<[string, (options: object) => Redis | Redis5]>([
  ['ioredis 6', (options) => new Redis({ port: redis.port, ...options })],
  ['ioredis 5', (options) => new Redis5({ port: redis.port, ...options })],
])('with %s and', (_, connect) => {
  test.each([
    { enableOfflineQueue: false },
    { autoResubscribe: false },
    { lazyConnect: true },
    { enableReadyCheck: false },
    { enableOfflineQueue: false, autoResubscribe: false },
  ])('%o, known tokens are answered from memory, also after it was cut off', async (options) => {
    const client = connect(options)
    if (!('lazyConnect' in options)) await once(client as Redis, 'ready')
    const { revocations } = redisStores(client, { timeoutMs: 30_000 })
    const token = newToken()
    const isFromMemory = async () => {
      const answer = revocations.isRevoked(token)
      // It rejects while a lazy client connects.
      if (typeof answer !== 'boolean') await Promise.allSettled([answer])
      return answer === false
    }
    await until(isFromMemory)
    await redis.command('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await sleep(1000)
    await until(isFromMemory)
    client.disconnect()
  })
})

test.each(KINDS)('with %s, a process ends after its client, also while Redis is away', async (kind) => {
  const own = await startRedis()
  const program = childScript('redis/support/closing-process.ts')
  const child = execFile(process.execPath, [program, kind, String(own.port), 'away'], {
    env: { ...process.env, NODE_OPTIONS: '' },
    timeout: 120_000,
  })
  const exit = once(child, 'exit')
  await once(child.stdout!, 'data')
  await own.remove()
  expect(await exit).toEqual([0, null])
})

test.each<[string, PropertyDescriptor]>([
  ['duplicate()', { value: fail }],
  ['multi()', { value: fail }],
  ['its status', { get: fail }],
])('a client that throws from %s fails the requests, not the process', async (name, broken) => {
  const uncaught: unknown[] = []
  const listen = (error: unknown) => void uncaught.push(error)
  process.on('uncaughtException', listen)
  const client = new Redis({ port: redis.port })
  await once(client, 'ready')
  const property = name === 'its status' ? 'status' : name.slice(0, -2)
  const proxy = Object.create(client) as IoredisClient
  const { revocations } = redisStores(proxy, { timeoutMs: 30_000 })
  Object.defineProperty(proxy, property, broken)
  const answers = await Promise.allSettled([revocations.isRevoked(newToken()), sleep(600)])
  expect(answers[0].status).toBe(property === 'duplicate' ? 'fulfilled' : 'rejected')
  expect(uncaught).toEqual([])
  process.off('uncaughtException', listen)
  revocations.close()
  client.disconnect()
})

function fail(): never {
  throw new Error('This client is broken')
}
