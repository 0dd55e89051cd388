/** Redis loses its data again while a process still tells it what it knows. */
import { connect, KINDS } from './support/clients.js'
import { redisStores } from '../../lib/redis/index.js'
import { startRedis, until } from './support/redis-server.js'
import type { RedisServer } from './support/redis-server.js'

const COUNT = 3000
const MARKS = 'ers:{revocations}:always:*'

let redis: RedisServer

beforeAll(async () => void (redis = await startRedis()))
afterAll(async () => redis.remove())

const written = async () => Number(await redis.command('EVAL', `return #redis.call('KEYS', '${MARKS}')`, '0'))

test.each(KINDS)('with %s, all revocations are there in the end', async (kind) => {
  await redis.command('FLUSHALL')
  const { client, close } = await connect(kind, [redis.port])
  const { revocations } = redisStores(client, { timeoutMs: 30_000 })
  // A first token, so that it listens, and knows of which data it hears.
  const token = Object.freeze({ issuer: 'i', jti: 'other' })
  await until(
    async () => (await revocations.isRevoked(token), !(revocations.isRevoked(token) instanceof Promise)),
  )
  for (let first = 0; first < COUNT; first += 100)
    await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        revocations.revoke({ issuer: 'i', jti: `j${first + index}`, forSeconds: 3600 }),
      ),
    )
  expect(await written()).toBe(COUNT)
  await redis.command('FLUSHALL')
  await until(async () => (await written()) > 0)
  await redis.command('FLUSHALL')
  await until(async () => (await written()) === COUNT)
  revocations.close()
  close()
})
