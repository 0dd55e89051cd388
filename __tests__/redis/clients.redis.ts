/** Each client of each package shares proofs between processes, and fails closed when Redis fails. */
import { startRedis, until } from './support/redis-server.js'
import type { RedisServer } from './support/redis-server.js'
import { growUp, makeProof, makeProofs, startApi } from './support/api.js'
import type { Api } from './support/api.js'
import { KINDS } from './support/clients.js'

const USED = expect.objectContaining({ status: 401, error: 'invalid_dpop_proof' })
const AWAY = expect.objectContaining({ status: 503, error: undefined })

describe.each(KINDS)('%s', (kind) => {
  let redis: RedisServer
  let api: Api
  let other: Api

  beforeAll(async () => {
    redis = await startRedis()
    const choices = { kind, ports: [redis.port] }
    ;[api, other] = await Promise.all([startApi(choices), startApi(choices)])
  })

  beforeEach(() => growUp([api, other], [redis]))

  // An unhandled rejection would have ended them.
  afterAll(async () => {
    await Promise.all([api.end(), other.end()])
    await redis.remove()
  })

  test('a proof is good once, for all processes', async () => {
    const proof = await makeProof()
    expect((await api.send(proof)).status).toBe(200)
    expect(await api.send(proof)).toEqual(USED)
    expect(await other.send(proof)).toEqual(USED)
  })

  test('keys have a prefix, no content, and end after the proof', async () => {
    await api.send(await makeProof())
    const keys = (await redis.command('KEYS', '*}:proof:*')) as string[]
    expect(keys.length).toBeGreaterThan(0)
    for (const key of keys) {
      expect(key).toMatch(/^ers:\{(\d|1[0-5])\}:proof:[\w-]{22}$/)
      expect(await redis.command('GET', key)).toBe('1')
      expect(Number(await redis.command('PTTL', key))).toBeLessThanOrEqual(78_000)
    }
  })

  test('a store that was flushed refuses what it may have forgotten, and says when to come again', async () => {
    const proofs = await makeProofs(16)
    for (const proof of proofs) expect((await api.send(proof)).status).toBe(200)
    await redis.command('FLUSHALL')
    for (const proof of proofs) {
      const answer = await other.send(proof)
      expect(answer).toEqual(AWAY)
      expect(Number(answer.retryAfter)).toBeGreaterThan(10)
      expect(Number(answer.retryAfter)).toBeLessThanOrEqual(18)
    }
    expect(await other.send(await makeProof())).toEqual(AWAY)
  })

  test('after a restart without data: 503 while it is away, then for what it may have forgotten', async () => {
    const proofs = await makeProofs(16)
    for (const proof of proofs) expect((await api.send(proof)).status).toBe(200)
    await redis.kill()
    // The first of them may wait in the client until Redis is back.
    const waiting = proofs.map((proof) => api.send(proof))
    await redis.start()
    for (const answer of await Promise.all(waiting)) expect(answer.status).not.toBe(200)
    await until(async () => (await other.send(await makeProof())).retryAfter !== '1')
    for (const proof of proofs) expect((await other.send(proof)).status).not.toBe(200)
  })

  test('a restart with an older snapshot is noticed, though the snapshot knows the birth', async () => {
    await redis.command('SAVE')
    const proofs = await makeProofs(16)
    for (const proof of proofs) expect((await api.send(proof)).status).toBe(200)
    await redis.kill()
    await redis.start()
    expect(await redis.command('KEYS', '*}:birth:*')).not.toEqual([])
    await until(async () => (await other.send(await makeProof())).retryAfter !== '1')
    for (const proof of proofs) expect(await other.send(proof)).toEqual(AWAY)
  })

  test('out of memory: 503', async () => {
    const proof = await makeProof()
    await redis.command('CONFIG', 'SET', 'maxmemory', '1')
    expect(await api.send(proof)).toEqual(AWAY)
    await redis.command('CONFIG', 'SET', 'maxmemory', '0')
    expect((await api.send(proof)).status).toBe(200)
    expect(await other.send(proof)).toEqual(USED)
  })

  test('read only, as after a fail-over: 503', async () => {
    await redis.command('REPLICAOF', '127.0.0.1', '1')
    expect(await api.send(await makeProof())).toEqual(AWAY)
    await redis.command('REPLICAOF', 'NO', 'ONE')
    expect(await api.send(await makeProof())).toEqual(AWAY)
    await growUp([api], [redis])
    expect((await api.send(await makeProof())).status).toBe(200)
  })

  test('slow: 503, and a late answer admits nobody', async () => {
    const impatient = await startApi({ kind, ports: [redis.port], timeoutMs: 250 })
    const proofs = await makeProofs(4)
    await redis.command('CLIENT', 'PAUSE', 600_000, 'WRITE')
    for (const proof of proofs) expect(await impatient.send(proof)).toEqual(AWAY)
    await redis.command('CLIENT', 'UNPAUSE')
    await until(async () => (await impatient.send(await makeProof())).status === 200)
    for (const proof of proofs) expect(await impatient.send(proof)).toEqual(USED)
    await impatient.end()
  })

  test('a process that hangs answers 503 for as long as Redis hangs, and comes back with it', async () => {
    const impatient = await startApi({ kind, ports: [redis.port], timeoutMs: 250 })
    redis.signal('SIGSTOP')
    const answers = await Promise.all((await makeProofs(200)).map((proof) => impatient.send(proof)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]))
    redis.signal('SIGCONT')
    await until(async () => (await impatient.send(await makeProof())).status === 200)
    await impatient.end()
  })

  test('with nonces, a client gets a new one after a loss, and succeeds at once', async () => {
    const withNonces = await startApi({ kind, ports: [redis.port], nonceSecret: 's'.repeat(32) })
    const first = await withNonces.send(await makeProof({ by: 0 }))
    const old = await makeProof({ by: 0, nonce: first.nonce })
    expect((await withNonces.send(old)).status).toBe(200)
    await redis.command('FLUSHALL')
    const refused = await withNonces.send(old)
    expect(refused).toEqual(expect.objectContaining({ status: 401, error: 'use_dpop_nonce' }))
    const fresh = await makeProof({ by: 0, nonce: refused.nonce })
    expect((await withNonces.send(fresh)).status).toBe(200)
    expect(await withNonces.send(fresh)).toEqual(USED)
    // Lost again within a second or two.
    await redis.command('FLUSHALL')
    expect((await withNonces.send(fresh)).error).toBe('use_dpop_nonce')
    await withNonces.end()
  })

  test('with nonces, a client that had none repeats its request at most twice after a loss', async () => {
    const withNonces = await startApi({ kind, ports: [redis.port], nonceSecret: 's'.repeat(32) })
    await redis.command('FLUSHALL')
    const first = await withNonces.send(await makeProof({ by: 1 }))
    const second = await withNonces.send(await makeProof({ by: 1, nonce: first.nonce }))
    const third = await withNonces.send(await makeProof({ by: 1, nonce: second.nonce }))
    expect([first.error, second.error, third.status]).toEqual(['use_dpop_nonce', 'use_dpop_nonce', 200])
    await withNonces.end()
  })
})
