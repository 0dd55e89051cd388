/** Eight processes that share one Redis: a proof is good in one of them, whatever happens to Redis. */
import { growUp, makeProof, makeProofs, startApi } from './support/api.js'
import type { Api } from './support/api.js'
import { KINDS } from './support/clients.js'
import { startRedis, until } from './support/redis-server.js'
import type { RedisServer } from './support/redis-server.js'

const PROCESSES = 8

let redis: RedisServer
let apis: readonly Api[]

beforeAll(async () => {
  redis = await startRedis()
  const kinds = Array.from({ length: PROCESSES }, (_, index) => KINDS[index % KINDS.length] ?? KINDS[0])
  apis = await Promise.all(kinds.map((kind) => startApi({ kind, ports: [redis.port] })))
})

beforeEach(() => growUp(apis, [redis]))

afterAll(async () => {
  await Promise.all(apis.map((api) => api.end()))
  await redis.remove()
})

/** Sends each proof to each process, in waves. How often each proof was accepted. */
async function sendAll(
  proofs: readonly string[],
  between?: (wave: number) => unknown,
): Promise<Map<string, number>> {
  const accepted = new Map(proofs.map((proof) => [proof, 0]))
  for (let wave = 0; wave < PROCESSES; wave++) {
    const sends = proofs.map(async (proof, index) => {
      const answer = await apis[(index + wave) % PROCESSES]!.send(proof)
      if (answer.status === 200) accepted.set(proof, accepted.get(proof)! + 1)
    })
    await between?.(wave)
    await Promise.all(sends)
  }
  return accepted
}

test('race one proof: exactly one wins', async () => {
  for (let round = 0; round < 50; round++) {
    const proof = await makeProof()
    const answers = await Promise.all(apis.map((api) => api.send(proof)))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(PROCESSES - 1).fill(401)])
  }
})

test('of 10,000 replays, none is accepted twice', async () => {
  const accepted = await sendAll(await makeProofs(10_000 / PROCESSES))
  expect(new Set(accepted.values())).toEqual(new Set([1]))
})

test.each<[string, (() => unknown) | undefined]>([
  ['without its data', undefined],
  ['with an older snapshot', () => redis.command('SAVE')],
])('none is accepted twice when Redis is killed in the middle, and comes back %s', async (_, before) => {
  await redis.command('FLUSHALL')
  await growUp(apis, [redis])
  await before?.()
  const proofs = await makeProofs(10_000 / PROCESSES)
  const accepted = await sendAll(proofs, async (wave) => {
    if (wave === 2) await redis.kill()
    if (wave === 4) await redis.start()
  })
  expect([...accepted.values()].filter((times) => times > 1)).toEqual([])
  expect([...accepted.values()].filter((times) => times === 1).length).toBeGreaterThan(0)

  // Once every process has found Redis again, all are sent once more.
  for (const api of apis) await until(async () => (await api.send(await makeProof())).retryAfter !== '1')
  const again = await sendAll(proofs.slice(0, 200))
  expect([...again.values()].filter((times) => times > 0)).toEqual([])
})
