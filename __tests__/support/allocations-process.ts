/**
 * A child process with a large young generation: no collection runs, so heap growth equals
 * allocations.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { resourceServer } from '../../lib/index.js'
import type { Handler } from '../../lib/index.js'
import { createTestIssuer } from '../../lib/testing/index.js'

const COUNT = 1000
const issuer = createTestIssuer()
const garbage = Array.from({ length: COUNT }, (_, i) => `garbage-${i}`)
const tokens = await Promise.all(
  garbage.map((sub) => issuer.token({ sub, scope: 'read write', key: 'ES256' })),
)
const expired = await Promise.all(
  garbage.map((sub) => issuer.token({ sub, exp: 1_000_000_000, key: 'ES256' })),
)

const ignore = (): void => undefined
const res = {
  headersSent: false,
  getHeader: ignore,
  setHeader: ignore,
  end: ignore,
} as unknown as ServerResponse

/** A header as the HTTP parser creates it: a string of its own. */
function requestOf(token: string): IncomingMessage {
  const authorization = Buffer.from(`Bearer ${token}`).toString('latin1')
  const rawHeaders = ['Host', 'api.test', 'Authorization', authorization]
  return { method: 'GET', url: '/', headers: { authorization }, rawHeaders, auth: undefined } as never
}

/**
 * Bytes per request, once the code is optimized: the least of some rounds, as the engine optimizes it
 * whenever the machine lets it.
 */
function bytesEach(server: () => Handler, list: readonly string[]): number {
  let least = Infinity
  for (let round = 0; round < 8; round++) {
    const handler = server()
    const requests = list.map(requestOf)
    globalThis.gc?.()
    const before = process.memoryUsage().heapUsed
    for (const request of requests) handler(request, res, ignore)
    least = Math.min(least, (process.memoryUsage().heapUsed - before) / list.length)
  }
  return Math.round(least)
}

const remembering = resourceServer(issuer.options)
for (const token of tokens) remembering(requestOf(token), res, ignore)
const fresh = (): Handler => resourceServer(issuer.options)
console.log(
  JSON.stringify({
    remembered: bytesEach(() => remembering, tokens),
    verified: bytesEach(fresh, tokens),
    expired: bytesEach(fresh, expired),
    garbage: bytesEach(fresh, garbage),
  }),
)
