/** Eight processes that share revocations: what one revokes, the others refuse, whatever happens to Redis. */
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { KINDS } from './support/clients.js'
import { startCluster, startRedis, until } from './support/redis-server.js'
import type { RedisServer } from './support/redis-server.js'
import { issuer, startRevocationApi } from './support/revocation-api.js'
import type { RevocationApi } from './support/revocation-api.js'
import { childScript } from '../support/child-scripts.js'

const PROCESSES = 8
const iss = issuer.options.issuer as unknown as { readonly issuer: string }
const nowSeconds = () => Math.floor(Date.now() / 1000)

let redis: RedisServer
let apis: readonly RevocationApi[]

beforeAll(async () => {
  redis = await startRedis()
  const kinds = Array.from({ length: PROCESSES }, (_, index) => KINDS[index % KINDS.length] ?? KINDS[0])
  apis = await Promise.all(kinds.map((kind) => startRevocationApi({ kind, ports: [redis.port] })))
})

// An unhandled rejection would have ended them.
afterAll(async () => {
  await Promise.all(apis.map((api) => api.end()))
  await redis.remove()
})

const sendAll = (token: string, to = apis) => Promise.all(to.map((api) => api.send(token)))
const all = (status: number, to = apis) => to.map(() => status)

/**
 * The answers to a token once no process is uncertain: one that has not heard from Redis for a second,
 * as on a busy machine, answers 503.
 */
async function certain(token: string, to = apis): Promise<readonly number[]> {
  let answers = all(503, to)
  await until(async () => {
    const next = await sendAll(token, to)
    // The first certain answer counts.
    answers = answers.map((status, index) => (status === 503 ? next[index]! : status))
    return !answers.includes(503)
  })
  return answers
}

/** A token that every process has accepted so often that it remembers it. */
async function usedToken(claims: Record<string, unknown> = {}) {
  const jti = randomUUID()
  const token = await issuer.token({ jti, exp: nowSeconds() + 7200, ...claims })
  for (let use = 0; use < 4; use++)
    await until(async () => (await sendAll(token)).every((each) => each === 200))
  return { token, jti, issuer: iss.issuer }
}

test('after a second, no other process accepts what one has revoked: 50 tokens', async () => {
  const used = await Promise.all(Array.from({ length: 50 }, () => usedToken()))
  for (const [index, { jti, issuer }] of used.entries())
    await apis[index % PROCESSES]!.revoke({ issuer, jti, forSeconds: 7200 })
  await sleep(1000)
  const answers = await Promise.all(used.map(({ token }) => certain(token)))
  expect(answers.flat().filter((status) => status !== 401)).toEqual([])
})

test('a process that starts later reads it', async () => {
  const { token, jti, issuer } = await usedToken()
  await apis[0]!.revoke({ issuer, jti, forSeconds: 7200 })
  const late = await startRevocationApi({ kind: 'redis 6', ports: [redis.port] })
  expect(await late.send(token)).toBe(401)
  await late.end()
})

test('a subject is revoked up to a time, and the latest of two times counts, in any order', async () => {
  const now = nowSeconds()
  const sub = randomUUID()
  const old = await usedToken({ sub, iat: now - 100 })
  const middle = await usedToken({ sub, iat: now - 50 })
  const fresh = await usedToken({ sub, iat: now })
  const common = { issuer: old.issuer, subject: sub, forSeconds: 7200 }
  await Promise.all([
    apis[0]!.revoke({ ...common, before: now - 60 }),
    apis[1]!.revoke({ ...common, before: now - 40 }),
    apis[2]!.revoke({ ...common, before: now - 80, forSeconds: 3600 }),
  ])
  await sleep(1000)
  for (const { token } of [old, middle]) expect(await certain(token)).toEqual(all(401))
  expect(await certain(fresh.token)).toEqual(all(200))
})

test('keys and messages hold hashes, end with the revocation, and never earlier', async () => {
  const { jti, issuer } = await usedToken()
  await redis.command('FLUSHALL')
  await apis[0]!.revoke({ issuer, jti, forSeconds: 7200 })
  await apis[1]!.revoke({ issuer, jti, forSeconds: 60 })
  const keys = (await redis.command('KEYS', 'ers:{revocations}:a*')) as string[]
  expect(keys.length).toBeGreaterThan(0)
  expect(keys.join()).not.toContain(jti)
  const ttls = await Promise.all(keys.map((key) => redis.command('PTTL', key)))
  expect(Math.max(...ttls.map(Number))).toBeGreaterThan(7_000_000)
  expect(Math.min(...ttls.map(Number))).toBeGreaterThan(0)
})

test('Redis away: 503 for every token, revoke() rejects, and nothing revoked is accepted afterwards', async () => {
  const [kept, revoked] = [await usedToken(), await usedToken()]
  await apis[0]!.revoke({ issuer: revoked.issuer, jti: revoked.jti, forSeconds: 7200 })
  await sleep(1000)
  expect(await certain(revoked.token)).toEqual(all(401))
  await redis.kill()
  await sleep(1100)
  expect(await sendAll(kept.token)).toEqual(all(503))
  expect(await sendAll(revoked.token)).toEqual(all(401))
  await expect(apis[0]!.revoke({ issuer: kept.issuer, jti: randomUUID(), forSeconds: 60 })).rejects.toThrow()

  // Without its data: every process tells Redis what it knows.
  await redis.start()
  await until(async () => (await sendAll(kept.token)).every((status) => status === 200))
  expect(await sendAll(revoked.token)).toEqual(all(401))
  await until(async () => Number(await redis.command('GET', 'ers:{revocations}:count')) > 0)
  const late = await startRevocationApi({ kind: 'ioredis 6', ports: [redis.port] })
  await until(async () => (await late.send(revoked.token)) === 401)
  await late.end()
})

test('a subscription that was cut off misses nothing', async () => {
  const { token, jti, issuer } = await usedToken()
  await redis.command('CLIENT', 'KILL', 'TYPE', 'pubsub')
  await apis[0]!.revoke({ issuer, jti, forSeconds: 7200 })
  await sleep(1000)
  expect(await certain(token)).toEqual(all(401))
})

test('a slow Redis: 503, and what was revoked meanwhile is refused afterwards', async () => {
  const quick = await startRevocationApi({ kind: 'redis 6', ports: [redis.port], timeoutMs: 100 })
  const { token, jti, issuer } = await usedToken()
  for (let use = 0; use < 4; use++) await until(async () => (await quick.send(token)) === 200)
  redis.signal('SIGSTOP')
  await sleep(1100)
  expect(await quick.send(token)).toBe(503)
  redis.signal('SIGCONT')
  await apis[0]!.revoke({ issuer, jti, forSeconds: 7200 })
  await sleep(1000)
  let status = 503
  await until(async () => (status = await quick.send(token)) !== 503)
  expect(status).toBe(401)
  await quick.end()
})

test.each(KINDS)(
  'with %s, a known token is answered at once, and the process ends after its client',
  async (kind) => {
    const program = childScript('redis/support/closing-process.ts')
    const { stdout } = await promisify(execFile)(process.execPath, [program, kind, String(redis.port)], {
      env: { ...process.env, NODE_OPTIONS: '' },
    })
    expect(stdout).toBe('at once: false')
  },
)

describe.each(KINDS)('in a cluster with %s', (kind) => {
  let nodes: readonly RedisServer[]
  let pair: readonly RevocationApi[]

  beforeAll(async () => {
    nodes = await startCluster()
    const ports = nodes.map(({ port }) => port)
    pair = await Promise.all([1, 2].map(() => startRevocationApi({ kind, ports })))
  })

  afterAll(async () => {
    await Promise.all(pair.map((api) => api.end()))
    await Promise.all(nodes.map((node) => node.remove()))
  })

  test('what one process revokes, the other refuses', async () => {
    const jti = randomUUID()
    const token = await issuer.token({ jti, exp: nowSeconds() + 7200 })
    for (let use = 0; use < 4; use++)
      await until(async () => (await sendAll(token, pair)).every((status) => status === 200))
    await pair[0]!.revoke({ issuer: iss.issuer, jti, forSeconds: 7200 })
    await sleep(1000)
    expect(await certain(token, pair)).toEqual(all(401, pair))
  })
})
