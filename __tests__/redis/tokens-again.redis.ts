/** Tokens that come again: one round trip for each token, however often and to whichever server it comes. */
import { randomUUID } from 'node:crypto'
import { createTestIssuer } from 'express-resource-server/testing'
import { resourceServer } from '../../lib/index.js'
import { redisStores } from '../../lib/redis/index.js'
import { revocation } from '../../lib/revocation/index.js'
import { connect } from './support/clients.js'
import { startRedis, until } from './support/redis-server.js'
import type { RedisServer } from './support/redis-server.js'

let redis: RedisServer

beforeAll(async () => void (redis = await startRedis()))
afterAll(async () => redis.remove())

async function stores() {
  const { client, close } = await connect('redis 6', [redis.port])
  const { revocations } = redisStores(client, { timeoutMs: 30_000 })
  const listens = Object.freeze({ issuer: 'i', jti: randomUUID() })
  await until(async () => {
    const answer = revocations.isRevoked(listens)
    await answer
    return !(answer instanceof Promise)
  })
  const end = () => {
    revocations.close()
    close()
  }
  return { revocations, end }
}

/** How many keys of revocations were ever read. */
async function reads() {
  const statistics = String(await redis.command('INFO', 'commandstats'))
  return Number(/cmdstat_zscore:calls=(\d+)/.exec(statistics)?.[1] ?? 0)
}

test('a token is read once, also by two servers, at once and in turn', async () => {
  const { revocations, end } = await stores()
  const issuer = createTestIssuer()
  const [first, second] = [1, 2].map(() =>
    resourceServer({ ...issuer.options, revocation: revocation(revocations) }),
  )
  // A busy machine may miss a beat, and then reads again.
  await until(async () => {
    const token = await issuer.token()
    const before = await reads()
    await Promise.all([first!.verify(token), first!.verify(token), second!.verify(token)])
    const once = (await reads()) - before
    for (let use = 0; use < 3; use++) for (const api of [first!, second!]) await api.verify(token)
    return once > 0 && (await reads()) - before === once && once <= 4
  })
  end()
})

test('tokens that differ in iat only are told apart', async () => {
  const early = await stores()
  await early.revocations.revoke({ issuer: 'i', subject: 's', before: 100, forSeconds: 3600 })
  const late = await stores()
  const token = { issuer: 'i', subject: 's' }
  for (const issuedAt of [200, 100, 200, 50])
    for (const each of [{ ...token, issuedAt }, Object.freeze({ ...token, issuedAt })])
      expect(await late.revocations.isRevoked(each)).toBe(issuedAt <= 100)
  expect(await late.revocations.isRevoked(token)).toBe(true)
  early.end()
  late.end()
})
