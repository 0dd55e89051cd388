/** Where tokens are asked about: metadata, aliases for certificates, and a custom fetch. RFC 8414, RFC 8705 §5. */
import express from 'express'
import { createTestIssuer } from 'express-resource-server/testing'
import { resourceServer } from 'express-resource-server'
import type { ResourceServerOptions } from 'express-resource-server'
import { introspection } from 'express-resource-server/introspection'
import type { IntrospectionOptions } from 'express-resource-server/introspection'
import { endpointFinder } from '../../lib/introspection/endpoint.js'
import { Introspector } from '../../lib/introspection/introspector.js'
import { Clocks } from '../../lib/core/base/clock.js'
import { DEFAULT_KEY_LIMITS } from '../../lib/core/keys/limits.js'
import { nodeTransport } from '../../lib/core/net/node-transport.js'
import { start } from '../support/http.js'
import { until } from '../support/key-harness.js'
import { TestClock } from '../support/test-clock.js'

const CLIENT = { id: 'api', secret: 's' }
const MEANS = { transport: nodeTransport, clocks: new Clocks(new TestClock()), usesCertificate: false }

/** A server whose metadata has these members, and which answers at `/introspect`. */
async function startServer(
  members: (url: string) => object = (url) => ({ introspection_endpoint: `${url}/introspect` }),
) {
  const paths: string[] = []
  const state: { status: number; members: typeof members } = { status: 200, members }
  const running = await start((req, res) => {
    const path = req.url ?? ''
    paths.push(path)
    const document = { issuer: running.url, ...state.members(running.url) }
    const answer = { active: true, aud: 'api', sub: 'ann', exp: 9e9 }
    if (path === '/introspect') res.end(JSON.stringify(answer))
    else if (path === '/.well-known/oauth-authorization-server' && state.status === 200)
      res.end(JSON.stringify(document))
    else res.writeHead(state.status === 200 ? 404 : state.status).end()
  })
  return { ...running, paths, state }
}

const serverOf = (
  issuer: string,
  options: Partial<IntrospectionOptions> = {},
  server: Partial<ResourceServerOptions> = {},
) =>
  resourceServer({
    issuer: { issuer, opaqueOnly: true },
    audience: 'api',
    opaque: introspection({ client: CLIENT, ...options }),
    ...server,
  })

test('of an issuer whose metadata names no keys', async () => {
  const { url, paths } = await startServer()
  const api = serverOf(url)
  expect(paths).toEqual([])
  const all = await Promise.all([1, 2, 3].map((i) => api.verify(`t-${i}`)))
  expect(all.map(({ subject }) => subject)).toEqual(['ann', 'ann', 'ann'])
  expect(paths.filter((path) => path.startsWith('/.well-known/oauth'))).toHaveLength(1)
})

test('a request waits once, for the metadata and the answer together: 10,000 may wait', async () => {
  const { url } = await startServer()
  const endpoint = new URL(url)
  const { ready, trouble, close } = endpointFinder({ kind: 'given', url: endpoint }, MEANS)
  let found: (endpoint: URL) => void = () => undefined
  const place = new Promise<URL>((resolve) => (found = resolve))
  const introspector = new Introspector({
    issuer: url,
    policy: {} as never,
    clientIdOf: () => undefined,
    endpoints: { find: () => place, ready, trouble, close },
    source: { issuer: url },
    limits: { maxEntries: 1, maxMs: 0, negativeMs: 0 },
    clocks: MEANS.clocks,
    schema: undefined,
    call: async () => Promise.resolve({ answer: { active: false }, bytes: 0 }),
  })
  const codes = Array.from({ length: 10_001 }, async () => introspector.ask({ token: 't' })).map((asked) =>
    asked.then(
      () => 'active',
      (error: unknown) => (error as { code: string }).code,
    ),
  )
  found(endpoint)
  const counts: Record<string, number> = {}
  for (const code of await Promise.all(codes)) counts[code] = (counts[code] ?? 0) + 1
  expect(counts).toEqual({ ERR_TOKEN_INACTIVE: 10_000, ERR_OVERLOADED: 1 })
})

test.each([...Array(30).keys()])(
  'close() %i steps after the metadata arrived: the token goes nowhere afterwards',
  async (steps) => {
    const { url } = await startServer()
    let isClosed = false
    const late: string[] = []
    let api: ReturnType<typeof serverOf> | undefined = undefined
    const closeLater = async (): Promise<void> => {
      for (let i = 0; i < steps; i++) await Promise.resolve()
      isClosed = true
      api?.close()
    }
    const answer = (document: object) => Promise.resolve(new Response(JSON.stringify(document)))
    const fetched = (to: string, { method }: { method: string }) => {
      if (method === 'GET') {
        void closeLater()
        return answer({ issuer: url, introspection_endpoint: `${url}/introspect` })
      }
      if (isClosed) late.push(to)
      return answer({ active: true, aud: 'api', sub: 'ann', exp: 9e9 })
    }
    api = serverOf(url, {}, { fetch: fetched })
    await api.verify('t').catch(() => undefined)
    await new Promise((resolve) => setImmediate(resolve))
    expect([isClosed, late]).toEqual([true, []])
  },
)

test.each([
  ['an issuer with keys', false],
  ['an issuer without keys', true],
])('is looked up within the limits of the option keys: %s', async (_, opaqueOnly) => {
  const { url } = await startServer((origin) => ({
    introspection_endpoint: `${origin}/introspect`,
    filler: 'x'.repeat(5000),
  }))
  const problemWith = async (maxBytes: number): Promise<unknown> => {
    const issuer = opaqueOnly ? { issuer: url, opaqueOnly } : { issuer: url }
    const api = serverOf(url, {}, { issuer, keys: { maxBytes } })
    const failure: unknown = await api.verify('t').catch((error: unknown) => error)
    api.close()
    return (failure as { cause?: { problem: string } }).cause?.problem
  }
  expect(await problemWith(4000)).toBe('too_large')
  expect(await problemWith(8000)).toBeUndefined()
})

test('is looked up again when the TTL of the option keys has passed', async () => {
  const { url, paths } = await startServer()
  const clock = new TestClock()
  const api = serverOf(
    url,
    { cache: { maxSeconds: 0 } },
    { clock, keys: { ttlSeconds: 100, staleSeconds: 0 } },
  )
  await api.verify('t')
  const before = paths.filter((path) => path.includes('well-known')).length
  clock.advance(100)
  await api.verify('t')
  expect(paths.filter((path) => path.includes('well-known')).length).toBeGreaterThan(before)
})

test.each([
  ['in the metadata', {}],
  ['in the options', { endpoint: 'https://login.test/introspect' }],
])('ready() after close() fetches nothing: endpoint %s', async (_, options) => {
  const { url, paths } = await startServer()
  const api = serverOf(url, options)
  api.close()
  await expect(api.ready()).rejects.toMatchObject({ code: 'ERR_CLOSED' })
  expect(paths).toEqual([])
})

test.each<[string, (url: string) => object, string]>([
  ['no endpoint', () => ({}), 'endpoint_missing'],
  ['an endpoint that is no text', () => ({ introspection_endpoint: 1 }), 'endpoint_missing'],
  ['plain http', () => ({ introspection_endpoint: 'http://example.com/' }), 'endpoint_refused'],
  ['no URL', () => ({ introspection_endpoint: '/introspect' }), 'endpoint_refused'],
  [
    'another issuer',
    (url) => ({ issuer: 'https://x.test', introspection_endpoint: `${url}/introspect` }),
    'issuer_mismatch',
  ],
])('metadata with %s is 503', async (_, members, problem) => {
  const { url, paths } = await startServer(members)
  const api = serverOf(url)
  const expected = { code: 'ERR_INTROSPECTION_UNAVAILABLE', status: 503, cause: { problem } }
  await expect(api.verify('t')).rejects.toMatchObject(expected)
  await expect(api.ready()).rejects.toMatchObject({ code: 'ERR_INTROSPECTION_UNAVAILABLE' })
  expect(paths).not.toContain('/introspect')
})

test('metadata that is away is 503, with back-off and a hint', async () => {
  const { url, state, paths } = await startServer()
  state.status = 404
  const clock = new TestClock()
  const api = serverOf(url, {}, { clock })
  jest.spyOn(Math, 'random').mockReturnValue(0.5)
  await expect(api.verify('t')).rejects.toMatchObject({ hint: 'discovery_not_found' })
  const asked = paths.length
  await expect(api.verify('u')).rejects.toMatchObject({
    status: 503,
    cause: { problem: 'metadata_not_found' },
  })
  expect(paths).toHaveLength(asked)
  state.status = 200
  clock.advance(10)
  expect((await api.verify('t')).subject).toBe('ann')
  jest.restoreAllMocks()
})

test('health() and the health route tell that there is no endpoint to ask', async () => {
  const { url, state } = await startServer()
  state.status = 500
  const clock = new TestClock()
  const api = serverOf(url, {}, { clock })
  expect(api.health().introspection).toMatchObject({ status: 'up', consecutiveFailures: 0 })
  await expect(api.verify('t')).rejects.toMatchObject({ status: 503 })
  const down = { status: 'down', consecutiveFailures: 1, lastFailure: 'status' }
  expect(api.health().introspection).toMatchObject(down)
  const { ask } = await start(express().get('/', api.healthRoute()))
  expect((await ask({})).body).toEqual({ status: 'degraded' })
  state.status = 200
  clock.advance(10)
  await api.verify('t')
  expect(api.health().introspection).toMatchObject({ status: 'up', consecutiveFailures: 0 })
  expect(api.health().introspection).not.toHaveProperty('lastFailure')
  state.status = 500
  clock.advance(3600)
  await api.verify('u')
  expect(api.health().introspection).toMatchObject({ status: 'up' })
  clock.advance(10_000)
  await expect(api.verify('v')).rejects.toMatchObject({ status: 503 })
  expect(api.health().introspection).toMatchObject({ status: 'down' })
})

describe('a place that the metadata names', () => {
  const finder = (issuer: string, clock: TestClock, usesCertificate = false) =>
    endpointFinder(
      {
        kind: 'discovered',
        issuer,
        metadataUrl: undefined,
        urlPolicy: { allowInsecureHttp: false },
        limits: DEFAULT_KEY_LIMITS,
      },
      { transport: nodeTransport, clocks: new Clocks(clock), usesCertificate },
    )

  test.each([
    [true, 'http://localhost:1/with-certificate'],
    [false, 'http://localhost:1/plain'],
  ])('is the alias for clients with a certificate, if this is one: %p', async (usesCertificate, expected) => {
    const { url } = await startServer(() => ({
      introspection_endpoint: 'http://localhost:1/plain',
      mtls_endpoint_aliases: { introspection_endpoint: 'http://localhost:1/with-certificate' },
    }))
    expect((await finder(url, new TestClock(), usesCertificate).find()).href).toBe(expected)
  })

  test('is the usual one where there is no alias for it', async () => {
    const { url } = await startServer(() => ({
      introspection_endpoint: 'http://localhost:1/plain',
      mtls_endpoint_aliases: { token_endpoint: 'http://localhost:1/t' },
    }))
    expect((await finder(url, new TestClock(), true).find()).href).toBe('http://localhost:1/plain')
  })

  test('is looked up again in the background, and serves on while that fails', async () => {
    const clock = new TestClock()
    const server = await startServer()
    const found = finder(server.url, clock)
    const first = await found.find()
    server.state.members = () => ({ introspection_endpoint: `${server.url}/moved` })
    clock.advance(599)
    expect(found.find()).toBe(first)
    await found.ready(60_000)
    await until(() => found.find() !== first)
    expect((await found.find()).pathname).toBe('/moved')
    server.state.status = 500
    clock.advance(3000)
    expect((await found.find()).pathname).toBe('/moved')
    clock.advance(10_000)
    await expect((async () => found.find())()).rejects.toMatchObject({ status: 503 })
  })
})

test('by a custom fetch: a POST with the form, whose redirects are not followed', async () => {
  const { url, paths } = await startServer()
  const sent: unknown[] = []
  const api = serverOf(
    url,
    {},
    {
      fetch: (to, init) => {
        sent.push([new URL(to).pathname, init.method, init.body, init.redirect])
        return fetch(to, init)
      },
    },
  )
  expect((await api.verify('t')).subject).toBe('ann')
  expect(sent.at(-1)).toEqual(['/introspect', 'POST', 'token=t&token_type_hint=access_token', 'manual'])
  expect(sent[0]).toEqual(['/.well-known/openid-configuration', 'GET', undefined, 'manual'])
  expect(paths).toContain('/introspect')
})

test('the issuer of a JWT and that of opaque tokens may be two', async () => {
  const jwts = createTestIssuer({ audience: 'api' })
  const { url } = await startServer()
  const api = serverOf(
    url,
    { issuer: url },
    { issuer: [{ issuer: url, opaqueOnly: true }, jwts.options.issuer as never] },
  )
  expect((await api.verify('t')).issuer).toBe(url)
  expect((await api.verify(await jwts.token())).issuer).toBe(jwts.issuer)
})
