/** Measures who waits for a key refresh under load, if the issuer takes 300 ms to respond. */
import { Issuer } from './issuer.js'
import { LOAD_CORE, ask, start, stop } from './http/processes.js'
import { startServer } from './http/run.js'
import { round3 } from './statistics.js'

const DELAY_MS = 300
const TTL_SECONDS = 10
const RUN_MS = 13_000

/** Each subject caches its keys for about 10 s; this package refreshes them earlier. */
const SUBJECTS = {
  'no-op': {},
  'express-resource-server': { keys: { ttlSeconds: TTL_SECONDS, cooldownSeconds: 1 } },
  jose: { cacheMaxAge: TTL_SECONDS * 1000, cooldownDuration: 1000 },
  'express-oauth2-jwt-bearer': { cacheMaxAge: TTL_SECONDS * 1000, cooldownDuration: 1000 },
}

export async function runRefresh({ pems, report }) {
  const issuer = new Issuer(pems)
  const { jwksUri, close, requests } = await issuer.listen({ delayMs: DELAY_MS, maxAgeSeconds: TTL_SECONDS })
  const load = start('load.js', LOAD_CORE)
  const values = issuer.tokens('RS256', 200).map((token) => `Bearer ${token}`)
  await ask(load, { type: 'requests', name: 'repeated', values })
  const rows = []
  for (const [subject, options] of Object.entries(SUBJECTS)) {
    const server = await startServer(subject, pems, jwksUri, options)
    const run = (count) =>
      ask(load, {
        type: 'run',
        port: server.port,
        name: 'repeated',
        count,
        connections: 8,
        pick: 'next',
        expected: 200,
      })
    await run(500)
    const before = requests()
    const runs = []
    for (const end = Date.now() + RUN_MS; Date.now() < end;) runs.push(await run(1000))
    rows.push({
      subject,
      fetches: requests() - before,
      worstMs: round3(Math.max(...runs.map(({ worst }) => worst))),
      requestsOver250Ms: runs.filter(({ worst }) => worst > 250).length,
      unexpected: runs.reduce((sum, { unexpected }) => sum + unexpected, 0),
    })
    await stop(server)
  }
  await stop(load)
  close()
  const result = { issuerDelayMs: DELAY_MS, rows }
  report(result)
  return result
}
