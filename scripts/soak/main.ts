/**
 * Sends real traffic through Express against an issuer that fails at random: `npm run soak`, 10
 * minutes, or `-- --seconds 60`. Exits with 1 if a valid token was refused while keys were trusted,
 * if there were more fetches than the design allows, if memory grew, or if a rejection was not
 * handled.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import express from 'express'
import { requireAuthentication, resourceServer } from 'express-resource-server'
import { AUDIENCE, KeyServer, signingKey, signToken } from '../../__tests__/support/key-server.js'
import type { SigningKey } from '../../__tests__/support/key-server.js'
import { OUTAGES } from './outages.js'

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '600' } } })
const SECONDS = Number(values.seconds)
const WARM_UP_SECONDS = Math.min(10, SECONDS / 4)
const CLIENTS = 24
const TTL_S = 5
const STALE_S = 30
const COOLDOWN_S = 2
/**
 * Maximum failed flights per outage. Back-off is random: none of 10^5 simulated outages of 15 s had
 * more than ten.
 */
const FAILURES_PER_OUTAGE = 12
/** Two metadata URLs, the keys, and one retry. */
const FETCHES_PER_FLIGHT = 4
const MAX_HEAP_GROWTH_MIB = 20

const keyServer = await KeyServer.listen()
const api = resourceServer({
  issuer: keyServer.issuer,
  audience: AUDIENCE,
  // Full before the heap is measured for the first time.
  tokenCache: { maxEntries: 500 },
  keys: {
    ttlSeconds: TTL_S,
    staleSeconds: STALE_S,
    cooldownSeconds: COOLDOWN_S,
    attemptTimeoutMs: 500,
    flightTimeoutMs: 1500,
  },
})
const app = express()
app.use(api)
app.get('/', requireAuthentication(), (_req, res) => void res.json({}))
const server = createServer(app)
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`

const counts = { requests: 0, good: 0, refused: 0, refusedUntrusted: 0, wrongly: 0, rejections: 0 }
const statuses = new Map<string, number>()
let outages = 0
let rotations = 0
const stop = new AbortController()
const isRunning = (): boolean => !stop.signal.aborted
/** Signs valid tokens: published, and known to the resource server. */
let signer: SigningKey | undefined = keyServer.keys[0]

process.on('unhandledRejection', (reason) => {
  counts.rejections++
  console.error('unhandled rejection:', reason)
})

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const between = (min: number, max: number): number => min + Math.random() * (max - min)
const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(Math.random() * list.length)]

function isTrusted(): boolean {
  const { state, staleUntil = 0 } = api.health().issuers[0] ?? {}
  return state !== 'COLD' && state !== 'EXPIRED' && staleUntil - Date.now() / 1000 > 2
}

async function ask(token: string, kind: string): Promise<number> {
  const abort = Math.random() < 0.01 ? AbortSignal.timeout(1) : undefined
  counts.requests++
  const init = { headers: { authorization: `Bearer ${token}` }, ...(abort && { signal: abort }) }
  const status = await fetch(url, init).then(
    async (answer) => (await answer.arrayBuffer(), answer.status),
    () => 0,
  )
  const name = `${kind} ${status === 0 ? 'aborted' : String(status)}`
  statuses.set(name, (statuses.get(name) ?? 0) + 1)
  return status
}

let serial = 0
const jti = (): object => ({ jti: String(++serial % 5000) })

async function askGood(): Promise<void> {
  if (signer === undefined) return
  const wasTrusted = isTrusted()
  const status = await ask(signToken(signer, { issuer: keyServer.issuer, claims: { ...jti() } }), 'good')
  counts.good++
  if (status === 200 || status === 0) return
  counts.refused++
  if (wasTrusted && isTrusted()) counts.wrongly++
  else counts.refusedUntrusted++
}

async function askBad(): Promise<void> {
  const key = keyServer.keys[0] ?? signingKey('none')
  const { issuer } = keyServer
  const bad = pick([
    () => signToken({ ...key, kid: `invented-${String(++serial)}` }, { issuer }),
    () => signToken(key, { issuer, claims: { exp: 1 } }),
    () => signToken(key, { issuer: 'https://nobody.test' }),
    () => `${signToken(key, { issuer }).slice(0, -8)}AAAAAAAA`,
    () => 'junk',
  ])
  const status = await ask(bad?.() ?? 'junk', 'bad')
  if (status === 200) counts.wrongly++
}

async function client(): Promise<void> {
  while (isRunning()) {
    await (Math.random() < 0.7 ? askGood() : askBad())
    await sleep(between(0, 20))
  }
}

/**
 * Publishes a new key next to the old one, uses it once it was fetched, and then withdraws the old
 * one.
 */
async function rotate(): Promise<void> {
  while (isRunning()) {
    await sleep(between(5000, 20_000))
    const [old] = keyServer.keys
    const next = signingKey(`key-${String(++rotations)}`)
    if (old === undefined || !isRunning()) return
    keyServer.keys = [old, next]
    while (isRunning() && !(await verifies(next))) await sleep(500)
    signer = next
    // Tokens signed with the old key are still in flight.
    await sleep(3000)
    keyServer.keys = [next]
  }
}

async function verifies(key: SigningKey): Promise<boolean> {
  const token = signToken(key, { issuer: keyServer.issuer, claims: { ...jti() } })
  return (await ask(token, 'new key')) === 200
}

async function disturb(): Promise<void> {
  while (isRunning()) {
    await sleep(between(500, 8000))
    outages++
    const [answer, metadata] = [pick(OUTAGES), pick(OUTAGES)]
    if (answer && Math.random() < 0.8) keyServer.answer = answer
    if (metadata && Math.random() < 0.5) keyServer.metadata = metadata
    await sleep(between(500, 15_000))
    keyServer.recover()
  }
}

function heapMiB(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed / 1_048_576
}

const work = [...Array.from({ length: CLIENTS }, client), rotate(), disturb()]
await sleep(WARM_UP_SECONDS * 1000)
const heapAtStart = heapMiB()
keyServer.log.length = 0
const cleaner = setInterval(() => (keyServer.log.length = 0), 1000)
await sleep((SECONDS - WARM_UP_SECONDS) * 1000)
stop.abort()
keyServer.recover()
await Promise.all(work)
clearInterval(cleaner)
const heapAtEnd = heapMiB()

const fetches = keyServer.hits.keys + keyServer.hits.metadata
const successes = 3 + SECONDS / (0.7 * TTL_S) + SECONDS / COOLDOWN_S
const bound = Math.ceil(FETCHES_PER_FLIGHT * (successes + FAILURES_PER_OUTAGE * outages))
const growth = heapAtEnd - heapAtStart

console.log(`requests             ${String(counts.requests)} in ${String(SECONDS)} s`)
console.log(`valid tokens         ${String(counts.good)}, refused ${String(counts.refused)}`)
console.log(`  inside the trust   ${String(counts.wrongly)} (must be 0)`)
console.log(`outages, rotations   ${String(outages)}, ${String(rotations)}`)
console.log(
  `fetches              ${String(fetches)} (${JSON.stringify(keyServer.hits)}), bound ${String(bound)}`,
)
console.log(`heap                 ${heapAtStart.toFixed(1)} to ${heapAtEnd.toFixed(1)} MiB`)
console.log(`unhandled rejections ${String(counts.rejections)}`)
for (const [name, count] of [...statuses].sort()) console.log(`  ${name.padEnd(18)} ${String(count)}`)

api.close()
server.close()
server.closeAllConnections()
await keyServer.close()
const isSound =
  counts.wrongly === 0 && counts.rejections === 0 && fetches <= bound && growth < MAX_HEAP_GROWTH_MIB
process.exitCode = isSound ? 0 : 1
