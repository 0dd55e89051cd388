/** Where the document is answered: before the guard and behind it, in routers, under mount paths. */
import http2 from 'node:http2'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import cors from 'cors'
import express from 'express'
import express4 from 'express4'
import { requireScopes, resourceServer } from 'express-resource-server'
import type { ResourceServerOptions } from 'express-resource-server'
import { protectedResource } from 'express-resource-server/metadata'
import type { ProtectedResource } from 'express-resource-server/metadata'
import { createTestIssuer } from 'express-resource-server/testing'
import { start } from '../support/http.js'

const PLACE = '/.well-known/oauth-protected-resource'
const RESOURCE = 'https://api.test/mcp'
const issuer = createTestIssuer({ audience: RESOURCE })
const metadataOf = (resource = RESOURCE): ProtectedResource =>
  protectedResource({ resource, authorizationServers: issuer.issuer })
const guardOf = (resourceMetadata: ProtectedResource, options: Partial<ResourceServerOptions> = {}) =>
  resourceServer({ issuer: issuer.options.issuer, ...options, resourceMetadata })

const mcp = (_req: express.Request, res: express.Response): void => void res.json('here')

describe.each([
  ['Express 5', express],
  ['Express 4', express4],
])('In %s', (_version, framework) => {
  const layouts: readonly (readonly [string, (metadata: ProtectedResource) => express.Express])[] = [
    ['the handler before the guard', (m) => framework().use(m).use(guardOf(m)).use('/mcp', mcp)],
    ['the guard before the handler', (m) => framework().use(guardOf(m)).use(m).use('/mcp', mcp)],
    ['the guard only', (m) => framework().use(guardOf(m)).use('/mcp', mcp)],
    ['two guards', (m) => framework().use(guardOf(m)).use(guardOf(m)).use('/mcp', mcp)],
    ['a guard under a mount path', (m) => framework().use(m).use('/mcp', guardOf(m), mcp)],
    ['a guard on one route', (m) => framework().use(m).all('/mcp', guardOf(m), mcp)],
    [
      'a router at the root',
      (m) =>
        framework()
          .use(framework.Router().use(guardOf(m)))
          .use('/mcp', mcp),
    ],
    ['an application at the root', (m) => framework().use(framework().use(guardOf(m)).use('/mcp', mcp))],
    [
      'a handler and a guard under the mount path of the place',
      (m) => framework().use('/.well-known', guardOf(m)).use('/mcp', guardOf(m), mcp),
    ],
    [
      'a middleware that rewrites url in front',
      (m) =>
        framework()
          .use((req, _res, next) => {
            req.url = `/v1${req.url}`
            next()
          })
          .use(guardOf(m))
          .use('/v1/mcp', mcp),
    ],
    ['parsers in front', (m) => framework().use(framework.json()).use(guardOf(m)).use('/mcp', mcp)],
    [
      'errors by next',
      (m) =>
        framework()
          .use(guardOf(m, { refusals: 'next' }))
          .use('/mcp', mcp),
    ],
    [
      'a report only',
      (m) =>
        framework()
          .use(guardOf(m, { dangerouslyReportOnly: true }))
          .use('/mcp', guardOf(m), mcp),
    ],
  ]

  test.each(layouts)('the document is public and the API is not, with %s', async (_title, layout) => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const { ask } = await start(layout(metadataOf()))
    warn.mockRestore()
    const path = `${PLACE}/mcp`
    expect(await ask({ path })).toMatchObject({ status: 200, body: { resource: RESOURCE } })
    expect(await ask({ path, token: 'bad' })).toMatchObject({ status: 200, body: { resource: RESOURCE } })
    expect(await ask({ path, method: 'HEAD' })).toMatchObject({ status: 200, text: '' })
    const anonymous = await ask({ path: '/mcp' })
    expect(anonymous.status).toBe(401)
    expect(anonymous.challenge?.parameters['resource_metadata']).toBe(metadataOf().url)
    expect((await ask({ path: '/mcp', token: await issuer.token() })).status).toBe(200)
  })

  test('the document is optional with the API', async () => {
    const app = framework()
      .use(guardOf(metadataOf(), { optional: true }))
      .use('/mcp', mcp)
    const { ask } = await start(app)
    expect((await ask({ path: `${PLACE}/mcp` })).body.resource).toBe(RESOURCE)
    expect((await ask({ path: '/mcp' })).status).toBe(200)
  })

  test('several resources of one host have a document each', async () => {
    const [a, b] = ['https://api.test/a', 'https://api.test/b'].map(metadataOf)
    const app = framework().use(a!, b!).use('/a', guardOf(a!), mcp).use('/b', guardOf(b!), mcp)
    const { ask } = await start(app)
    for (const metadata of [a!, b!]) {
      const { pathname } = new URL(metadata.resource)
      expect((await ask({ path: `${PLACE}${pathname}` })).body.resource).toBe(metadata.resource)
      const { challenge } = await ask({ path: pathname })
      expect(challenge?.parameters['resource_metadata']).toBe(metadata.url)
      const statuses = [a!, b!].map(async ({ resource }) => {
        const token = await issuer.token({ aud: resource })
        return (await ask({ path: pathname, token })).status
      })
      expect(await Promise.all(statuses)).toEqual([a!, b!].map((each) => (each === metadata ? 200 : 401)))
    }
    expect((await ask({ path: PLACE })).status).toBe(404)
  })

  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'])('%s is for others', async (method) => {
    const path = `${PLACE}/mcp`
    const app = framework()
      .use(metadataOf())
      .use((_req, res) => void res.status(418).end())
    expect((await (await start(app)).ask({ method, path })).status).toBe(418)
    const guarded = framework().use(guardOf(metadataOf()))
    expect((await (await start(guarded)).ask({ method, path })).status).toBe(401)
  })

  test('scripts of every origin may read it, after a preflight for whatever header', async () => {
    const { ask } = await start(framework().use(guardOf(metadataOf())))
    const headers = {
      origin: 'https://app.test',
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'mcp-protocol-version, authorization',
    }
    const preflight = await ask({ method: 'OPTIONS', path: `${PLACE}/mcp`, headers })
    expect(preflight.status).toBe(204)
    expect(preflight.text).toBe('')
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, HEAD',
      'access-control-allow-headers': '*, Authorization, MCP-Protocol-Version',
      'access-control-max-age': '7200',
    })
    const { headers: found } = await ask({ path: `${PLACE}/mcp`, headers: { origin: 'https://app.test' } })
    expect(found['access-control-allow-origin']).toBe('*')
    // A preflight gets no special treatment elsewhere: handlers for all methods would run.
    expect((await ask({ method: 'OPTIONS', path: '/mcp', headers })).status).toBe(401)
  })

  test('cors() in front, with origins of its own, does not narrow it', async () => {
    const app = framework()
      .use(cors({ origin: 'https://only.test' }))
      .use(guardOf(metadataOf()))
    const { headers } = await (await start(app)).ask({ path: `${PLACE}/mcp` })
    expect(headers['access-control-allow-origin']).toBe('*')
  })
})

test.each([
  [undefined, 'public, max-age=3600'],
  [0, 'public, max-age=0'],
  [86_400, 'public, max-age=86400'],
])('cacheSeconds %j is sent as %s', (cacheSeconds, expected) => {
  const metadata = protectedResource({
    resource: RESOURCE,
    authorizationServers: issuer.issuer,
    cacheSeconds,
  })
  const answer = metadata.answerFor({ method: 'GET', url: `${PLACE}/mcp`, headers: {} })
  expect(answer?.headers['cache-control']).toBe(expected)
})

test('HEAD has the headers of GET', async () => {
  const { ask } = await start(express().use(metadataOf()))
  const [get, head] = [
    await ask({ path: `${PLACE}/mcp` }),
    await ask({ path: `${PLACE}/mcp`, method: 'HEAD' }),
  ]
  for (const name of ['content-type', 'content-length', 'cache-control', 'access-control-allow-origin']) {
    expect(head.headers[name]).toBe(get.headers[name])
    expect(get.headers[name]).toBeDefined()
  }
  expect(Number(get.headers['content-length'])).toBe(Buffer.byteLength(get.text))
})

test('A request in absolute form, as proxies send it, finds the document', async () => {
  const { raw } = await start(express().use(guardOf(metadataOf())))
  const { status, body } = await raw(
    `GET http://evil.test${PLACE}/mcp HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n`,
  )
  expect([status, body.resource]).toEqual([200, RESOURCE])
})

test('Without a framework, the handler needs a request, a response and next only', async () => {
  const handler = metadataOf()
  const { ask } = await start((req, res) => {
    handler(req, res, () => {
      res.statusCode = 418
      res.end()
    })
  })
  expect((await ask({ path: `${PLACE}/mcp` })).body.resource).toBe(RESOURCE)
  expect((await ask({ path: '/' })).status).toBe(418)
})

test('HTTP/2 gets the same document', async () => {
  const guard = guardOf(metadataOf())
  const server = http2.createServer((req, res) => {
    guard(req as never, res as never, () => res.end('open'))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const session = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const stream = session.request({ ':path': `${PLACE}/mcp` })
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  expect(JSON.parse(text).resource).toBe(RESOURCE)
  session.close()
  server.close()
})

test('A response that has begun is left alone', async () => {
  const handler = metadataOf()
  const server = createServer((req, res) => {
    res.write('first')
    handler(req, res, () => res.end(' and next'))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${PLACE}/mcp`
  expect(await (await fetch(url)).text()).toBe('first and next')
  server.closeAllConnections()
  server.close()
})

test('Guards behind the server name the document too', async () => {
  const app = express()
    .use(guardOf(metadataOf(), { realm: 'api' }))
    .get('/mcp', requireScopes('a', 'b'), mcp)
  const { ask } = await start(app)
  const { headers } = await ask({ path: '/mcp', token: await issuer.token({ scope: 'a' }) })
  expect(headers['www-authenticate']).toBe(
    `Bearer realm="api", error="insufficient_scope", error_description="The access token lacks a required scope", scope="a b", resource_metadata="${metadataOf().url}"`,
  )
})
