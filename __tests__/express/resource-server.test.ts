/** The methods of a resource server: `verify`, `authenticate`, `principalOf`. */
import express from 'express'
import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { getEventListeners, once } from 'node:events'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import {
  ConfigurationError,
  InvalidRequestError,
  resourceServer,
  UnauthorizedError,
  UnavailableError,
} from 'express-resource-server'
import type { ResourceRequest } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import { closedPort, start } from '../support/http.js'

const issuer = createTestIssuer()
const api = resourceServer({
  ...issuer.options,
  realm: 'orders',
  acceptTokenFrom: ['header', 'query', 'body'],
})

const requestWith = (parts: Partial<ResourceRequest>): ResourceRequest => ({
  method: 'GET',
  url: '/',
  headers: {},
  rawHeaders: [],
  ...parts,
})

test('the handler is called resourceServer, and takes three arguments', () => {
  expect([api.name, api.length]).toEqual(['resourceServer', 3])
})

describe('verify', () => {
  test('gives the principal of a good token', async () => {
    expect(await api.verify(await issuer.token({ scope: 'a' }))).toMatchObject({
      issuer: issuer.issuer,
      subject: 'user-1',
      scopes: ['a'],
    })
  })

  test.each<[string, () => string | Promise<string>, string]>([
    ['nothing', () => '', 'ERR_TOKEN_MALFORMED'],
    ['no JWT', () => 'abc', 'ERR_TOKEN_MALFORMED'],
    ['a token with its scheme', async () => `Bearer ${await issuer.token()}`, 'ERR_TOKEN_MALFORMED'],
    ['a token for another resource', () => issuer.token({ aud: 'other' }), 'ERR_AUDIENCE_MISMATCH'],
    ['a sender-constrained token', () => issuer.token({ cnf: { jkt: 'a' } }), 'ERR_CONFIRMATION_UNSUPPORTED'],
  ])('rejects for %s, with the headers of the answer', async (_, make, code) => {
    const rejected = expect(api.verify(await make())).rejects

    await rejected.toBeInstanceOf(UnauthorizedError)
    await expect(api.verify(await make())).rejects.toMatchObject({
      code,
      status: 401,
      headers: { 'www-authenticate': expect.stringMatching(/^Bearer realm="orders", error="invalid_token"/) },
    })
  })

  test.each([
    ['undefined', undefined],
    ['null', null],
    ['a number', 1],
    ['an object', { toString: () => 'a.b.c' }],
  ])('rejects %s, which is not a token', async (_, token) => {
    await expect(api.verify(token as unknown as string)).rejects.toMatchObject({ status: expect.any(Number) })
  })

  test('rejects as unavailable while there are no keys', async () => {
    const jwksUri = `http://127.0.0.1:${await closedPort()}/jwks`
    const away = resourceServer({ ...issuer.options, issuer: { issuer: issuer.issuer, jwksUri } })
    const verified = away.verify(await issuer.token())

    await expect(verified).rejects.toBeInstanceOf(UnavailableError)
    await expect(verified).rejects.toMatchObject({
      headers: { 'retry-after': expect.stringMatching(/^\d+$/) },
    })
  })

  test('does not begin when the signal has been aborted', async () => {
    const reason = new Error('enough')
    const verified = api.verify(await issuer.token(), { signal: AbortSignal.abort(reason) })

    await expect(verified).rejects.toBe(reason)
  })

  test('ends when the signal is aborted while keys are fetched, and the fetch goes on for others', async () => {
    const keys = await start((_req, res) => {
      keys.server.once('answer', () => res.end(JSON.stringify(issuer.jwks)))
      keys.server.emit('asked')
    })
    const server = resourceServer({
      ...issuer.options,
      issuer: { issuer: issuer.issuer, jwksUri: `${keys.url}/jwks` },
    })
    const token = await issuer.token()
    const [abort, asked, reason] = [new AbortController(), once(keys.server, 'asked'), new Error('enough')]
    const aborted = server.verify(token, { signal: abort.signal })
    const other = server.verify(token, { signal: new AbortController().signal })
    const failure = expect(aborted).rejects.toBe(reason)
    await asked
    abort.abort(reason)
    await failure
    keys.server.emit('answer')

    expect((await other).subject).toBe('user-1')
  })

  test('accepts a signal that is never aborted, and undefined', async () => {
    const token = await issuer.token()

    expect((await api.verify(token, { signal: new AbortController().signal })).subject).toBe('user-1')
    expect((await api.verify(token, { signal: undefined })).subject).toBe('user-1')
    expect((await api.verify(token, {})).subject).toBe('user-1')
  })

  test('leaves no listener on a signal that lives on', async () => {
    const { signal } = new AbortController()
    for (let i = 0; i < 20; i++) await api.verify(await issuer.token(), { signal })

    expect(getEventListeners(signal, 'abort')).toEqual([])
  })
})

describe('authenticate', () => {
  test('takes a plain request, as serverless adapters give it', async () => {
    const headers = { authorization: `Bearer ${await issuer.token()}` }

    expect(await api.authenticate(requestWith({ headers }))).toMatchObject({
      principal: { subject: 'user-1' },
      responseHeaders: {},
    })
  })

  test('gives the headers that belong on the answer', async () => {
    const url = `/?access_token=${await issuer.token()}`

    expect(await api.authenticate(requestWith({ url }))).toMatchObject({
      responseHeaders: { 'cache-control': 'private' },
    })
  })

  test('takes what Node gives for a WebSocket upgrade, which no middleware sees', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const answers: unknown[] = []
    server.on('upgrade', (req: IncomingMessage, socket) => {
      void api.authenticate(req).then(
        ({ principal }) => socket.end(`HTTP/1.1 101 ${principal.subject}\r\n\r\n`),
        (error: unknown) => {
          const { status, headers } = error as UnauthorizedError
          socket.end(`HTTP/1.1 ${status} ${headers['www-authenticate']}\r\n\r\n`)
        },
      )
    })
    for (const field of [`Authorization: Bearer ${await issuer.token()}`, 'X: y']) {
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
      socket.write(
        `GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${field}\r\n\r\n`,
      )
      answers.push(String((await once(socket, 'data'))[0]).trim())
      socket.destroy()
    }
    server.close()

    expect(answers).toEqual(['HTTP/1.1 101 user-1', 'HTTP/1.1 401 Bearer realm="orders"'])
  })

  test.each<[string, Partial<ResourceRequest>, object]>([
    [
      'no credentials',
      {},
      {
        status: 401,
        code: 'ERR_CREDENTIALS_MISSING',
        headers: { 'cache-control': 'no-store', 'www-authenticate': 'Bearer realm="orders"' },
      },
    ],
    [
      'malformed ones',
      { headers: { authorization: 'Bearer' } },
      { status: 400, code: 'ERR_CREDENTIALS_MALFORMED' },
    ],
    [
      'two',
      { headers: { authorization: 'Bearer a' }, url: '/?access_token=b' },
      { status: 400, code: 'ERR_CREDENTIALS_REPEATED' },
    ],
  ])('rejects for %s', async (_, parts, expected) => {
    await expect(api.authenticate(requestWith(parts))).rejects.toMatchObject(expected)
  })

  test('rejects an anonymous request even where the server is optional: it has no principal to give', async () => {
    const optional = resourceServer({ ...issuer.options, optional: true })

    await expect(optional.authenticate(requestWith({}))).rejects.toMatchObject({
      code: 'ERR_CREDENTIALS_MISSING',
    })
  })

  test('rejects, and does not throw, for what is no request', async () => {
    for (const request of [undefined, null, {}, { headers: null }]) {
      const rejected = api.authenticate(request as unknown as ResourceRequest)

      await expect(rejected).rejects.toMatchObject({
        status: expect.any(Number),
        code: expect.stringMatching(/^ERR_/),
      })
    }
  })

  test('leaves the request as it was: guards do not take it for authenticated', async () => {
    const request = requestWith({ headers: { authorization: `Bearer ${await issuer.token()}` } })
    await api.authenticate(request)

    expect(request).not.toHaveProperty('auth')
    expect(() => api.principalOf(request)).toThrow(ConfigurationError)
  })

  test('rejects with errors of their classes', async () => {
    await expect(api.authenticate(requestWith({ headers: { authorization: '' } }))).rejects.toBeInstanceOf(
      InvalidRequestError,
    )
  })
})

describe('principalOf', () => {
  const inside = async (options: object, token?: string): Promise<unknown> => {
    const server = resourceServer({ ...issuer.options, ...options })
    let result: unknown
    const app = express()
    app.use(server, (req, res) => {
      try {
        result = server.principalOf(req).subject
      } catch (error) {
        result = error
      }
      res.end()
    })
    await (await start(app)).ask({ token })
    return result
  }

  test('gives the principal behind the server', async () => {
    expect(await inside({}, await issuer.token())).toBe('user-1')
  })

  test('throws for an anonymous request', async () => {
    expect(await inside({ optional: true })).toMatchObject({ status: 401, code: 'ERR_CREDENTIALS_MISSING' })
  })

  test('throws for a request that did not pass, whatever it says', () => {
    const forged = requestWith({ headers: {} })
    Object.assign(forged, { auth: { subject: 'admin' } })

    expect(() => api.principalOf(forged)).toThrow(
      expect.objectContaining({ status: 500, code: 'ERR_WIRING' }),
    )
  })
})

test.each([undefined, null, 7, {}, ['a']])(
  'verify refuses a token that is not a string: %p',
  async (token) => {
    const api = resourceServer(createTestIssuer().options)
    await expect(api.verify(token as string)).rejects.toMatchObject({ code: 'ERR_TOKEN_MALFORMED' })
  },
)

test('authenticate reads a request without rawHeaders', async () => {
  const issuer = createTestIssuer()
  const request = { headers: { authorization: `Bearer ${await issuer.token()}` } }
  const { principal } = await resourceServer(issuer.options).authenticate(request)
  expect(principal.subject).toBe('user-1')
})
