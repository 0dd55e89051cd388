/** Applications with the same prefix on one Redis, apart by the database or by ioredis's `keyPrefix`. */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { redisStores } from 'express-resource-server/redis'
import type { RedisStores } from 'express-resource-server/redis'
import { startRedis, until } from './support/redis-server.js'
import type { RedisServer } from './support/redis-server.js'

let redis: RedisServer
const closing: (() => void)[] = []

beforeAll(async () => (redis = await startRedis()))
afterEach(() => closing.splice(0).forEach((close) => close()))
afterAll(() => redis.remove())

async function ioredis(options: object): Promise<RedisStores> {
  const client = new Redis({ port: redis.port, ...options })
  closing.push(() => client.disconnect())
  await once(client, 'ready')
  return redisStores(client, { timeoutMs: 30_000 })
}

async function nodeRedis(database: number): Promise<RedisStores> {
  const client = createClient({ url: `redis://127.0.0.1:${redis.port}`, database })
  closing.push(() => client.destroy())
  await client.on('error', () => undefined).connect()
  return redisStores(client, { timeoutMs: 30_000 })
}

const newToken = () => Object.freeze({ issuer: 'https://issuer.test', subject: randomUUID() })
type Token = ReturnType<typeof newToken>

/** Until the answer comes from memory. */
async function knows({ revocations }: RedisStores, token: Token, isRevoked: boolean): Promise<void> {
  await until(async () => {
    const answer = revocations.isRevoked(token)
    await answer
    return answer === isRevoked
  })
}

const revoke = ({ revocations }: RedisStores, token: Token) =>
  revocations.revoke({ ...token, forSeconds: 600 })

describe.each<[string, () => Promise<readonly [RedisStores, RedisStores]>]>([
  ['databases of ioredis', async () => [await ioredis({ db: 0 }), await ioredis({ db: 1 })]],
  ['databases of node-redis', async () => [await nodeRedis(2), await nodeRedis(3)]],
  [
    'key prefixes of ioredis',
    async () => [await ioredis({ keyPrefix: 'one:' }), await ioredis({ keyPrefix: 'two:' })],
  ],
])('%s', (_, connect) => {
  const writes = async () =>
    /cmdstat_zadd:calls=(\d+)/.exec(String(await redis.command('INFO', 'commandstats')))?.[1]

  test('do not hear of the revocations of each other, and write nothing when nobody revokes', async () => {
    const [one, two] = await connect()
    const tokens = Array.from({ length: 10 }, newToken)
    for (const token of tokens) {
      await knows(one, token, false)
      await knows(two, token, false)
    }
    for (const token of tokens) await revoke(one, token)
    const written = await writes()
    await sleep(1500)
    expect(await writes()).toBe(written)
    for (const token of tokens) expect(await one.revocations.isRevoked(token)).toBe(true)
    for (const token of tokens) await knows(two, token, false)
  })

  test('each use a proof once', async () => {
    const [one, two] = await connect()
    const key = randomUUID()
    expect(await one.replay.add(key, 60)).toBe(true)
    expect(await two.replay.add(key, 60)).toBe(true)
    expect(await one.replay.add(key, 60)).toBe(false)
  })
})

test('processes with the same database hear of each other, also after it was flushed', async () => {
  const [one, two] = [await ioredis({ db: 4 }), await ioredis({ db: 4 })]
  const tokens = [newToken(), newToken(), newToken()]
  for (const [index, token] of tokens.entries()) {
    await Promise.all([one, two].map((each) => knows(each, token, false)))
    await revoke(index % 2 === 0 ? one : two, token)
    await Promise.all([one, two].map((each) => knows(each, token, true)))
    await redis.command('FLUSHALL')
  }
  // They write back all that they have heard.
  const late = await ioredis({ db: 4 })
  for (const token of tokens) await until(() => late.revocations.isRevoked(token))
})
