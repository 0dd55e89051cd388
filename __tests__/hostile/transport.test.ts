import { once } from 'node:events'
import { get } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import * as http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { requireScopes, resourceServer } from 'express-resource-server'
import type { ResourceServer } from 'express-resource-server'
import { faults } from '../support/key-server.js'
import { start } from '../support/http.js'
import { describeCases } from './support/cases.js'
import { World } from './support/world.js'
import { controlCharacters, transportCases } from './tables/transport.js'

describeCases('the way of the credentials', transportCases)

describe('around the middleware', () => {
  let w: World
  const rejections: unknown[] = []
  const note = (reason: unknown) => void rejections.push(reason)

  beforeAll(async () => {
    process.on('unhandledRejection', note)
    w = await World.open()
  })
  afterAll(async () => {
    await w.close()
    process.off('unhandledRejection', note)
    expect(rejections).toEqual([])
  })

  test('control characters never pass [TRN-015]', async () => {
    for (const sent of controlCharacters) {
      const answer = await w.backend.raw('raw' in sent ? sent.raw.replace('{path}', '/base') : '')
      expect([400, 401]).toContain(answer.status)
    }
  })

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['bytes', Buffer.from('access_token=x')],
    ['text', 'access_token=x'],
    ['a number', 1],
    ['an array', [{ access_token: 'x' }]],
    ['an object without prototype', Object.create(null)],
    ['an object whose prototype has a token', Object.create({ access_token: 'x' })],
  ])('a form that no parser has read, so that the body is %s → 401 [TRN-032]', async (_, body) => {
    const app = express()
    app.use((req, _res, next) => {
      req.body = body
      next()
    })
    app.use(resourceServer(w.options({ acceptTokenFrom: ['body'] })))
    const { ask } = await start(app)
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const answer = await ask({ method: 'POST', headers, body: 'access_token=x' })
    expect([answer.status, answer.challenge?.parameters]).toEqual([401, {}])
  })

  test('an upgrade that no one handles is a request without credentials [TRN-038]', async () => {
    const headers = { upgrade: 'websocket', connection: 'upgrade' }
    const request = get({
      port: (w.backend as { running?: { port: number } }).running!.port,
      path: '/base',
      headers,
      agent: false,
    })
    const [answer] = (await once(request, 'response')) as [IncomingMessage]
    expect(answer.statusCode).toBe(401)
    answer.destroy()
  })

  test('an answer that has begun is not begun again [TRN-043]', async () => {
    const app = express()
    app.use((_req, res, next) => {
      res.writeHead(200).write('x')
      next()
    })
    app.use(
      resourceServer(w.options({ acceptTokenFrom: ['header', 'query'] })),
      (_req: unknown, res: ServerResponse) => void res.end('done'),
    )
    app.use((_error: unknown, _req: unknown, res: ServerResponse, _next: unknown) => void res.end('ended'))
    const { ask } = await start(app)
    expect((await ask({ token: 'x' })).text).toBe('xended')
    expect((await ask({ path: `/?access_token=${w.token()}` })).text).toBe('xdone')
  })

  test('a client that goes away while keys are fetched leaves nothing behind [TRN-044]', async () => {
    let release: (() => void) | undefined
    const jwksUri = w.publish((res) => {
      release = () => faults.json({ keys: [] })(res, undefined as never)
    })
    const path = await w.mount({ issuer: { issuer: w.issuer, jwksUri } })
    const { port } = (w.backend as unknown as { running: { port: number } }).running
    const requests = Array.from({ length: 20 }, () => {
      const request = get({ port, path, headers: { authorization: `Bearer ${w.token()}` }, agent: false })
      request.on('error', () => undefined)
      return request
    })
    while (release === undefined) await new Promise((resolve) => setTimeout(resolve, 5))
    for (const request of requests) request.destroy()
    release()
    expect((await w.backend.ask({ path: '/base', token: w.token() })).status).toBe(200)
  })

  test('HTTP/2, through its compatibility layer [TRN-045]', async () => {
    const server = resourceServer(w.options())
    const h2 = http2.createServer((req, res) => {
      handleAll(server, req as unknown as IncomingMessage, res as unknown as ServerResponse)
    })
    await new Promise<void>((resolve) => h2.listen(0, '127.0.0.1', resolve))
    const client = http2.connect(`http://127.0.0.1:${(h2.address() as AddressInfo).port}`)
    const ask = async (headers: http2.OutgoingHttpHeaders) => {
      const stream = client.request({ ':path': '/', ...headers })
      const [answer] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders]
      stream.close()
      return answer
    }
    expect((await ask({ authorization: `Bearer ${w.token()}` }))[':status']).toBe(200)
    const refused = await ask({ authorization: 'Bearer x' })
    expect([refused[':status'], refused['cache-control']]).toEqual([401, 'no-store'])
    expect((await ask({}))[':status']).toBe(401)
    // When closed gracefully, a session of Node 24 may wait forever for a socket that has ended.
    client.destroy()
    await new Promise((resolve) => h2.close(resolve))
  })

  test.each(['express', 'express4'])(
    '%s: what rejects is answered, never unhandled → 401 invalid_token [TRN-046]',
    async (major) => {
      const make = (await import(major)) as { default: typeof express }
      const app = make.default()
      const issuer = () => Promise.reject(new Error('from the resolver'))
      app.use('/down', resourceServer(w.options({ issuer })))
      app.use('/', resourceServer(w.options()), requireScopes('read'), (_req, res) => void res.json({}))
      const { ask } = await start(app)
      expect((await ask({ path: '/down', token: w.token() })).status).toBe(503)
      const refused = await ask({ token: w.token({ claims: { iss: 'https://evil.example' } }) })
      expect([refused.status, refused.challenge?.parameters['error']]).toEqual([401, 'invalid_token'])
      expect((await ask({ token: w.token() })).status).toBe(200)
    },
  )
})

function handleAll(server: ResourceServer, req: IncomingMessage, res: ServerResponse): void {
  server(req, res, (error) => {
    res.statusCode = error === undefined ? 200 : 500
    res.end()
  })
}

test('headers without a prototype, and requests that are frozen, get an answer [DOS-017]', async () => {
  const w = await World.open()
  const server = resourceServer(w.options())
  await server.ready()
  for (const [authorization, status] of [
    [undefined, 401],
    ['Bearer x', 401],
    [`Bearer ${w.token()}`, 200],
  ] as const) {
    const headers = Object.assign(
      Object.create(null) as object,
      authorization && { authorization },
    ) as Record<string, string>
    const { ask } = await start((_req, res) => {
      handleAll(
        server,
        { method: 'GET', url: '/', headers, rawHeaders: [] } as unknown as IncomingMessage,
        res,
      )
    })
    expect((await ask()).status).toBe(status)
  }
  await w.close()
})
