/**
 * Measures through Express over HTTP: the server on one core, the load on the other, all subjects
 * in each round.
 */
import { Client, PUBLIC_URL } from '../clients.js'
import { Issuer, ISSUER } from '../issuer.js'
import { inTurn, median, pairedRatio, round3 } from '../statistics.js'
import { ask, cpuSeconds, LOAD_CORE, SERVER_CORE, start, stop } from './processes.js'

export const OURS = 'express-resource-server'
const PEERS = [
  'jose',
  'aws-jwt-verify',
  'fast-jwt',
  'fast-jwt + cache',
  'express-oauth2-jwt-bearer',
  'express-jwt',
  'passport-jwt',
]
const WARM_UP = 4
/** More tokens than our cache holds (10000), so that each token is new again in every round. */
const NEW_TOKENS = 12_000

const DPOP_CLIENTS = 200
/** Proofs are made before the workload starts, and must still be good at its end. */
const PROOF_AGE_SECONDS = 3600

/**
 * `floor` is the subject that the others are divided by. `peers: false` measures only this package,
 * a list of peers these, even in a quick run. `options` are those of a subject.
 */
const WORKLOADS = [
  { name: '200 tokens over 32 connections', list: 'repeated', connections: 32, pick: 'next', floor: 'no-op' },
  {
    name: 'one token per connection',
    list: 'repeated',
    connections: 32,
    pick: 'own',
    floor: 'no-op',
    peers: false,
  },
  { name: 'new tokens, RS256', list: 'RS256', connections: 32, pick: 'next', floor: 'no-op + crypto.verify' },
  { name: 'new tokens, ES256', list: 'ES256', connections: 32, pick: 'next', floor: 'no-op + crypto.verify' },
  { name: '1 % new tokens', list: 'mixed', connections: 32, pick: 'next', floor: 'no-op' },
  {
    name: 'DPoP, 200 tokens, new proofs',
    list: 'proofs',
    connections: 32,
    pick: 'next',
    floor: 'no-op + ES256 proof',
    peers: ['express-oauth2-jwt-bearer'],
    options: {
      [OURS]: { dpop: { publicUrl: PUBLIC_URL, proofMaxAgeSeconds: PROOF_AGE_SECONDS } },
      'express-oauth2-jwt-bearer': { dpop: { required: true, iatOffset: PROOF_AGE_SECONDS } },
    },
  },
  ...['garbage', 'expired', 'unknown issuer'].map((list) => ({
    name: `refused: ${list}`,
    list,
    connections: 32,
    pick: 'next',
    floor: 'no-op',
    expected: 401,
    peers: false,
  })),
]

export async function runHttp({ pems, jwksUri, isQuick, only, report }) {
  const load = start('load.js', LOAD_CORE)
  const issuer = new Issuer(pems)
  await sendLists(load, issuer)
  const workloads = []
  let stderrBytes = 0
  for (const workload of WORKLOADS) {
    if (only !== undefined && !workload.name.includes(only)) continue
    if (workload.list === 'proofs') await sendProofs(load, issuer, isQuick)
    const runs = Object.fromEntries(subjectsOf(workload, isQuick).map((each) => [each, []]))
    for (let batch = 0; batch < lengthOf(isQuick).batches; batch++) {
      const servers = await startServers(workload, { pems, jwksUri, isQuick })
      await runBatch(workload, { load, servers, isQuick, runs })
      stderrBytes += servers.get(OURS).written.length
      for (const child of servers.values()) await stop(child)
    }
    const result = summary(workload, runs)
    report(result)
    workloads.push(result)
  }
  await stop(load)
  console.log(`bytes that this package's server wrote to stderr: ${stderrBytes}`)
  return { workloads, stderrBytes }
}

/**
 * Starts new servers for each batch: what V8 decides to compile and inline differs between processes by
 * several percent, and cached tokens of an earlier workload would cause garbage collections.
 */
async function startServers(workload, { pems, jwksUri, isQuick }) {
  const servers = new Map()
  for (const subject of subjectsOf(workload, isQuick)) {
    const options = workload.options?.[subject]
    servers.set(subject, await startServer(subject.replace(' (again)', ''), pems, jwksUri, options))
  }
  return servers
}

function subjectsOf({ floor, peers = true }, isQuick) {
  const others = Array.isArray(peers) ? peers : peers && !isQuick ? PEERS : []
  return [floor, `${floor} (again)`, OURS, ...(floor === 'no-op' ? [] : ['no-op']), ...others]
}

export async function startServer(subject, pems, jwksUri, options) {
  const child = start('server.js', SERVER_CORE)
  const { port } = await ask(child, { subject, pems, jwksUri, options })
  child.port = port
  return child
}

/** Adds its rounds to `runs`. */
async function runBatch(workload, { load, servers, isQuick, runs }) {
  const { name, expected = 200 } = workload
  const { rounds, count } = lengthOf(isQuick)
  const subjects = [...servers.keys()]
  for (let round = -WARM_UP; round < rounds; round++) {
    for (const subject of inTurn(subjects, round + WARM_UP)) {
      const server = servers.get(subject)
      const before = cpuSeconds(server.pid)
      const answer = await ask(load, {
        type: 'run',
        port: server.port,
        name: workload.list,
        count,
        connections: workload.connections,
        pick: workload.pick,
        // The floor lets everything pass.
        expected: subject.startsWith('no-op') ? 200 : expected,
      })
      if (answer.unexpected > 0)
        throw new Error(`${name}: ${subject} gave ${answer.unexpected} unexpected answers`)
      if (round >= 0) runs[subject].push({ ...answer, cpu: (cpuSeconds(server.pid) - before) / count, count })
    }
  }
}

/**
 * Rounds of each batch: many short ones, because other load on the machine comes and goes within
 * seconds.
 */
function lengthOf(isQuick) {
  return isQuick ? { batches: 2, rounds: 8, count: 1500 } : { batches: 3, rounds: 10, count: 2000 }
}

function summary({ name, floor }, runs) {
  const costs = (subject) => runs[subject].map(({ cpu }) => cpu)
  const rows = Object.keys(runs).map((subject) => ({
    subject,
    ...pairedRatio(costs(floor), costs(subject)),
    microsecondsOfCpu: round3(median(costs(subject)) * 1e6),
    requestsPerSecond: Math.round(median(runs[subject].map(({ count, seconds }) => count / seconds))),
    p50: round3(median(runs[subject].map(({ p50 }) => p50))),
    p99: round3(median(runs[subject].map(({ p99 }) => p99))),
  }))
  return { name, floor, rows }
}

async function sendLists(load, issuer) {
  const repeated = issuer.tokens('RS256', 200)
  const send = (name, tokens) =>
    ask(load, { type: 'requests', name, values: tokens.map((each) => `Bearer ${each}`) })
  await send('repeated', repeated)
  const fresh = issuer.tokens('RS256', NEW_TOKENS)
  await send('RS256', fresh)
  await send('ES256', issuer.tokens('ES256', NEW_TOKENS))
  await send(
    'mixed',
    Array.from({ length: 99 * 100 }, (_, i) =>
      i % 100 === 0 ? issuer.token('ES256', `m${i}`) : repeated[i % 200],
    ),
  )
  await send(
    'garbage',
    Array.from({ length: 200 }, (_, i) => `garbage${i}`),
  )
  await send('expired', issuer.tokens('RS256', 200, { exp: 1_000_000_000 }))
  await send('unknown issuer', issuer.tokens('RS256', 200, { iss: `${ISSUER}/elsewhere` }))
}

/** As many as each server gets requests, in messages of a size that IPC takes easily. */
async function sendProofs(load, issuer, isQuick) {
  const { rounds, count } = lengthOf(isQuick)
  const clients = Array.from({ length: DPOP_CLIENTS }, (_, i) => new Client(issuer, `user-${i}`))
  for (let round = 0; round < WARM_UP + rounds; round++) {
    const values = Array.from({ length: count }, (_, i) => clients[i % clients.length].request())
    await ask(load, { type: 'requests', name: 'proofs', values, append: round > 0 })
  }
}
