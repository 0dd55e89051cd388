/**
 * The faults. Each function runs one scenario for one subject with its own key server, and returns
 * a table cell.
 */
import { answers, inventToken, makeToken } from './key-server.js'
import { slowNames } from './slow-names.js'

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const many = (count, make) => Array.from({ length: count }, make)

export async function served(verified) {
  try {
    await verified
    return true
  } catch {
    return false
  }
}

async function countServed(verified) {
  return (await Promise.all(verified.map(served))).filter(Boolean).length
}

/** Some subjects delay each legitimate request by seconds. */
const PATIENCE_MS = 30_000

const fetches = (count) => `${count} ${count === 1 ? 'fetch' : 'fetches'}`
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`

/** Milliseconds until `condition` holds, checked every 20 ms; `undefined` if it never does. */
async function timeUntil(condition, patienceMs) {
  const startedAt = performance.now()
  while (performance.now() - startedAt < patienceMs) {
    if (await condition()) return performance.now() - startedAt
    await sleep(20)
  }
  return undefined
}

async function warm({ subject, server }) {
  await subject.verify(makeToken(server.keys[0]))
}

/** Sends tokens with invented key ids, ten every 5 ms, until stopped. */
function flood({ subject }) {
  const timer = setInterval(() => {
    for (let i = 0; i < 10; i++) void served(subject.verify(inventToken()))
  }, 5)
  return () => clearInterval(timer)
}

/**
 * Sends 1000 requests, each after a number of invented key ids. Returns how many were accepted, and
 * the 99th percentile.
 */
async function legitBesideFlood({ subject, server }, invented) {
  const tokens = many(1000, () => makeToken(server.keys[0]))
  const endAt = performance.now() + PATIENCE_MS
  const waits = []
  let count = 0
  for (const token of tokens) {
    if (performance.now() > endAt) break
    for (let i = 0; i < invented; i++) void served(subject.verify(inventToken()))
    await sleep(1)
    const startedAt = performance.now()
    if (await served(subject.verify(token))) count++
    waits.push(performance.now() - startedAt)
  }
  const p99 = waits.sort((a, b) => a - b)[Math.floor(waits.length * 0.99)]
  return { count, p99: `${p99.toFixed(1)} ms` }
}

export const ROWS = {
  '500 callers at a cold start': async ({ subject, server }) => {
    const tokens = many(500, () => makeToken(server.keys[0]))
    const count = await countServed(tokens.map((token) => subject.verify(token)))
    return `${count}/500, ${fetches(server.hits)}`
  },

  '1000 invented kids during legitimate traffic': async (stage) => {
    const { subject, server } = stage
    await warm(stage)
    const before = server.hits
    let count = 0
    for (let round = 0; round < 100; round++) {
      for (let i = 0; i < 10; i++) void served(subject.verify(inventToken()))
      if (await served(subject.verify(makeToken(server.keys[0])))) count++
      await sleep(2)
    }
    return `${count}/100, ${fetches(server.hits - before)}`
  },

  'rotation past the cool-down': async (stage) => {
    const { subject, server } = stage
    await warm(stage)
    await sleep(1200)
    const before = server.hits
    const key = server.rotate()
    const tokens = many(200, () => makeToken(key))
    const count = await countServed(tokens.map((token) => subject.verify(token)))
    return `${count}/200, ${fetches(server.hits - before)}`
  },

  'rotation during a flood: new key accepted after': async (stage) => {
    const { subject, server } = stage
    await warm(stage)
    const stop = flood(stage)
    await sleep(500)
    const key = server.rotate()
    const ms = await timeUntil(() => served(subject.verify(makeToken(key))), 5000)
    stop()
    return ms === undefined ? 'not in 5 s' : seconds(ms)
  },

  'endpoint answers 500 past the TTL': async (stage) => {
    const { subject, server } = stage
    await warm(stage)
    server.answer = answers.error
    await sleep(2200)
    const before = server.hits
    let count = 0
    for (let i = 0; i < 100; i++) if (await served(subject.verify(makeToken(server.keys[0])))) count++
    return `${count}/100, ${fetches(server.hits - before)}`
  },

  'endpoint hangs past the TTL': async (stage) => {
    const { subject, server } = stage
    await warm(stage)
    server.answer = answers.hang
    await sleep(2200)
    let count = 0
    const waits = []
    for (const callers of [25, 25]) {
      const startedAt = performance.now()
      count += await countServed(many(callers, () => subject.verify(makeToken(server.keys[0]))))
      waits.push(seconds(performance.now() - startedAt))
    }
    return `${count}/50, wait ${waits.join(' then ')}`
  },

  'HTML, empty set, reset': async (stage) => {
    let count = 0
    for (const answer of [answers.html, answers.json({ keys: [] }), answers.reset]) {
      const { subject, server, end } = await stage.another()
      await warm({ subject, server })
      server.answer = answer
      await sleep(2200)
      for (let i = 0; i < 20; i++) if (await served(subject.verify(makeToken(server.keys[0])))) count++
      end()
    }
    return `${count}/60`
  },

  'key removed: old token refused after': async (stage) => {
    const { subject, server } = stage
    await warm(stage)
    const [old] = server.keys
    server.rotate()
    const ms = await timeUntil(async () => !(await served(subject.verify(makeToken(old)))), 8000)
    return ms === undefined ? 'not in 8 s' : seconds(ms)
  },

  'slow refresh (500 ms) at the TTL: longest wait': async (stage) => {
    const { subject, server } = stage
    await warm(stage)
    server.delayMs = 500
    let longest = 0
    const endAt = performance.now() + 3500
    while (performance.now() < endAt) {
      const startedAt = performance.now()
      await served(subject.verify(makeToken(server.keys[0])))
      longest = Math.max(longest, performance.now() - startedAt)
      await sleep(10)
    }
    return `${longest.toFixed(0)} ms`
  },

  'recovery after a cold failure': async ({ subject, server }) => {
    server.answer = answers.error
    await served(subject.verify(makeToken(server.keys[0])))
    server.recover()
    const ms = await timeUntil(() => served(subject.verify(makeToken(server.keys[0]))), 8000)
    return ms === undefined ? 'not in 8 s' : seconds(ms)
  },

  '100 000 invented kids during 1000 legitimate requests': async (stage) => {
    const { server } = stage
    await warm(stage)
    const calm = await legitBesideFlood(stage, 0)
    const [hits, heap, startedAt] = [server.hits, heapMiB(), performance.now()]
    const { count, p99 } = await legitBesideFlood(stage, 100)
    const took = seconds(performance.now() - startedAt)
    const growth = (heapMiB() - heap).toFixed(1)
    return `${count}/1000, ${fetches(server.hits - hits)} in ${took}, heap ${growth} MiB, p99 ${calm.p99} to ${p99}`
  },

  'two issuers with silent DNS: the living one beside': async ({ server, subjectAt }) => {
    const names = slowNames()
    const { port } = new URL(server.jwksUri)
    const living = await subjectAt(`http://localhost:${port}/jwks`)
    const dead = await Promise.all(['one', 'two'].map((name) => subjectAt(`https://${name}.silent/jwks`)))
    const startedAt = performance.now()
    const [sent, ok] = [[], []]
    while (performance.now() - startedAt < PATIENCE_MS) {
      for (const subject of dead) void served(subject.verify(makeToken(server.keys[0])))
      const at = performance.now() - startedAt
      sent.push(served(living.verify(makeToken(server.keys[0]))).then((isServed) => isServed && ok.push(at)))
      void names.probe()
      await sleep(100)
    }
    const longest = await names.restore()
    await Promise.all(sent)
    for (const subject of [living, ...dead]) subject.close?.()
    const first = ok.length === 0 ? 'never' : `from ${seconds(Math.min(...ok))}`
    return `${first}, ${ok.length}/${sent.length}; other look-ups wait ${seconds(longest)}`
  },

  '200 readers through 10 rotations': async (stage) => {
    const { subject, server } = stage
    await warm(stage)
    let count = 0
    const before = server.hits
    for (let rotation = 0; rotation < 10; rotation++) {
      await sleep(1100)
      const key = server.rotate()
      count += await countServed(many(200, () => subject.verify(makeToken(key))))
    }
    return `${count}/2000, ${fetches(server.hits - before)}`
  },
}

/** Size of the reachable heap; needs --expose-gc. */
function heapMiB() {
  globalThis.gc()
  return process.memoryUsage().heapUsed / 1_048_576
}
