/**
 * A process of its own, since Jest cannot load node-fetch 3: a resource server whose keys each
 * node-fetch fetches from a real server. Prints what became of each answer, as JSON.
 */
import { KeyServer, faults, AUDIENCE } from './key-server.js'
import type { Answer } from './key-server.js'
import { until } from './key-harness.js'
import { TestClock } from './test-clock.js'
import { ResourceServerError, resourceServer } from '../../lib/index.js'
import type { FetchFunction, KeyOptions } from '../../lib/index.js'

const [major = ''] = process.argv.slice(2)
const loaded = (await import(`node-fetch${major}`)) as { readonly default: FetchFunction }
const fetch = loaded.default

async function statusOf(verified: Promise<unknown>): Promise<number> {
  try {
    await verified
    return 200
  } catch (error) {
    return error instanceof ResourceServerError ? error.status : 500
  }
}

const outcomes: Record<string, unknown> = {}
/** For servers that never answer. Others have more time, as the machine may be busy. */
const QUICK = { attemptTimeoutMs: 1000, flightTimeoutMs: 1000 }

async function play(name: string, answer: Answer, limits: KeyOptions = {}): Promise<void> {
  const server = await KeyServer.listen()
  const clock = new TestClock()
  const issuer = { issuer: server.issuer, jwksUri: server.jwksUri }
  server.answer = (res) => server.json(res, server.jwks, { etag: '"1"' })
  const keys = { ttlSeconds: 100, staleSeconds: 1000, ...limits }
  const api = resourceServer({ issuer, audience: AUDIENCE, clock, keys, fetch })
  const warm = await statusOf(api.verify(server.token()))
  server.answer = answer
  clock.advance(200)
  const token = server.token(undefined, { claims: { jti: 'later' } })
  const later = await statusOf(api.verify(token))
  const flight = () => api.health().issuers[0]
  // A token waits a second for new keys at most. The flight may take longer.
  await until(() => flight()?.state === 'FRESH' || flight()?.consecutiveFailures === 1)
  const health = flight()
  outcomes[name] = [warm, later, health?.state, health?.lastFailure, health?.lastFailureReason]
  api.close()
  await server.close()
}

await play('304', (res, req) => void res.writeHead(req.headers['if-none-match'] === '"1"' ? 304 : 500).end())
await play('404', faults.status(404))
await play('429', faults.status(429, { 'retry-after': '60' }))
await play('redirect', faults.redirect('https://other.test/'))
await play('reset', faults.reset)
await play('hang', faults.hang, QUICK)
await play('hang in the body', faults.hangInBody, QUICK)
await play('endless', faults.endless)
await play('gzip bomb', faults.gzipBomb)
// What node-fetch does to a body after an abort would show up as an uncaught error by now.
await new Promise((resolve) => setImmediate(resolve))
process.stdout.write(JSON.stringify(outcomes))
