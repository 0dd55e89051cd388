/** Calls of the endpoint use connections again: counted at a real server. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import type { IncomingMessage } from 'node:http'
import { resourceServer } from 'express-resource-server'
import { introspection } from 'express-resource-server/introspection'
import { start } from '../support/http.js'
import { childScript } from '../support/child-scripts.js'

const ACTIVE = JSON.stringify({ active: true, aud: 'api', sub: 'ann', exp: 9e9 })

/** The body, the status of an empty answer, or nothing: the connection is reset. */
type Reply = (req: IncomingMessage, nth: number) => string | number | undefined

/** `nth` counts the requests of one connection, from 1. */
async function startEndpoint(reply: Reply = () => ACTIVE) {
  const counts = new Map<IncomingMessage['socket'], number>()
  const seen = { connections: 0, requests: 0 }
  const running = await start((req, res) => {
    const nth = (counts.get(req.socket) ?? 0) + 1
    counts.set(req.socket, nth)
    seen.requests += 1
    req.resume().on('end', () => {
      const answer = reply(req, nth)
      if (answer === undefined) req.socket.resetAndDestroy()
      else if (typeof answer === 'number') res.writeHead(answer).end()
      else res.end(answer)
    })
  })
  running.server.keepAliveTimeout = 0
  running.server.on('connection', () => (seen.connections += 1))
  return { ...running, seen }
}

const serverOf = (issuer: string) =>
  resourceServer({
    issuer: { issuer, opaqueOnly: true },
    audience: 'api',
    opaque: introspection({ endpoint: `${issuer}/introspect`, client: { id: 'api', secret: 's' } }),
  })

const { globalAgent } = http
beforeEach(() => {
  http.globalAgent = new http.Agent({ keepAlive: true })
})
afterEach(() => {
  http.globalAgent.destroy()
  http.globalAgent = globalAgent
})

test('calls one after another share one connection', async () => {
  const { url, seen } = await startEndpoint()
  const api = serverOf(url)
  for (let i = 0; i < 20; i++) await api.verify(`t-${i}`)

  expect(seen).toEqual({ connections: 1, requests: 20 })
})

test('calls at once need a connection each, which later calls use again', async () => {
  const { url, seen } = await startEndpoint()
  const api = serverOf(url)
  for (let round = 0; round < 5; round++)
    await Promise.all(Array.from({ length: 10 }, (_, i) => api.verify(`t-${round}-${i}`)))

  expect(seen.requests).toBe(50)
  expect(seen.connections).toBeLessThanOrEqual(10)
})

test('a flood of new tokens opens no more connections than calls are allowed at once', async () => {
  const { url, seen } = await startEndpoint()
  const api = serverOf(url)
  await Promise.allSettled(Array.from({ length: 1000 }, (_, i) => api.verify(`t-${i}`)))

  expect(seen.connections).toBeLessThanOrEqual(100)
})

test('an agent of the application that keeps no connection is obeyed', async () => {
  http.globalAgent = new http.Agent({ keepAlive: false })
  const { url, seen } = await startEndpoint()
  const api = serverOf(url)
  for (let i = 0; i < 3; i++) await api.verify(`t-${i}`)

  expect(seen).toEqual({ connections: 3, requests: 3 })
})

describe('when the server ends kept connections', () => {
  test('just when one is used again, the call is made once more, on a new one', async () => {
    const { url, seen } = await startEndpoint((_req, nth) => (nth > 1 ? undefined : ACTIVE))
    const api = serverOf(url)
    for (let i = 0; i < 3; i++) expect(await api.verify(`t-${i}`)).toMatchObject({ subject: 'ann' })

    // The second and the third call each find a connection that ends.
    expect(seen).toEqual({ connections: 3, requests: 5 })
    expect(api.health().introspection).toMatchObject({ consecutiveFailures: 0 })
  })

  test('all of them, the call still arrives', async () => {
    let isEnding = false
    const { url, seen } = await startEndpoint((_req, nth) => (isEnding && nth > 1 ? undefined : ACTIVE))
    const api = serverOf(url)
    await Promise.all(Array.from({ length: 5 }, (_, i) => api.verify(`t-${i}`)))
    const { connections } = seen
    isEnding = true

    expect(await api.verify('new')).toMatchObject({ subject: 'ann' })
    expect(seen).toEqual({ connections: connections + 1, requests: 5 + connections + 1 })
  })
})

test('a new connection that is reset is a failure: the call is not repeated', async () => {
  const { url, seen } = await startEndpoint(() => undefined)
  await expect(serverOf(url).verify('t')).rejects.toMatchObject({ code: 'ERR_INTROSPECTION_UNAVAILABLE' })

  expect(seen).toEqual({ connections: 1, requests: 1 })
})

test('an answer that nobody reads takes its connection with it', async () => {
  const { url, seen } = await startEndpoint((_req, nth) => (nth === 1 ? 500 : ACTIVE))
  const api = serverOf(url)
  await expect(api.verify('t')).rejects.toMatchObject({ status: 503 })
  await expect(api.verify('u')).rejects.toMatchObject({ status: 503 })

  expect(seen.connections).toBe(2)
})

test('a kept connection does not keep the process alive', async () => {
  const { url, seen } = await startEndpoint()
  const script = childScript('introspection/support/one-call-process.ts')
  const child = spawn(process.execPath, [script, url], {
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  const [code] = (await once(child, 'close')) as [number | null]

  expect({ code, output }).toEqual({ code: 0, output: 'ann, 1 kept\n' })
  expect(seen).toEqual({ connections: 1, requests: 1 })
})
