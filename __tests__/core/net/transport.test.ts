import { request } from 'node:https'
import { Readable } from 'node:stream'
import type zlib from 'node:zlib'
import type { IncomingMessage } from 'node:http'
import type { FetchFunction } from 'express-resource-server'
import { fetchTransport } from '../../../lib/core/net/fetch-transport.js'
import { nodeTransport, publicTransport } from '../../../lib/core/net/node-transport.js'
import { Harness, outcome, QUICK, until } from '../../support/key-harness.js'
import { faults } from '../../support/key-server.js'
import { selfSigned } from '../../support/tls.js'

const harness = new Harness()
afterEach(() => harness.close())

const UP = { status: 200 }

function throwing(what: unknown): never {
  throw what as Error
}

/** As a user writes it who has a certificate authority of their own. */
const fetchWithCa: FetchFunction = (url, { headers, signal }) =>
  new Promise((resolve, reject) => {
    request(url, { headers, signal, ca: selfSigned.cert })
      .on('response', (message: IncomingMessage) => {
        const body = Readable.toWeb(message) as ReadableStream
        resolve(new Response(body, { status: message.statusCode ?? 0 }))
      })
      .on('error', reject)
      .end()
  })

describe('the built-in transport', () => {
  test('refuses a certificate that nobody vouches for', async () => {
    const server = await harness.keyServer(selfSigned)
    expect(await outcome(harness.api(server, QUICK).verify(server.token()))).toMatchObject({ status: 503 })
    expect(server.hits.keys).toBe(0)
  })

  test('asks for JSON and for no encoding, with nothing that names the caller', async () => {
    const server = await harness.keyServer()
    await harness.api(server).ready()
    const { host, ...headers } = server.log[0]!.headers
    expect(headers).toEqual({
      accept: 'application/json, application/jwk-set+json',
      'accept-encoding': 'identity',
      connection: 'close',
    })
    expect(host).toBe(new URL(server.issuer).host)
  })

  test.each(['gzip', 'x-gzip', 'deflate', 'br', 'GZIP', 'identity'])(
    'reads %s all the same',
    async (encoding) => {
      const { brotliCompressSync, deflateSync, gzipSync } = await import('node:zlib')
      const server = await harness.keyServer()
      const json = Buffer.from(JSON.stringify(server.jwks))
      const name = encoding.toLowerCase()
      const encoders: Record<string, (data: Buffer) => Buffer> = {
        deflate: deflateSync,
        br: brotliCompressSync,
        identity: (data) => data,
      }
      const body = (encoders[name] ?? gzipSync)(json)
      server.answer = faults.text(body, { 'content-encoding': encoding })
      expect(await outcome(harness.api(server).verify(server.token()))).toEqual(UP)
    },
  )

  const compress = (name: 'gzipSync' | 'deflateSync' | 'deflateRawSync') => (data: Buffer) =>
    jest.requireActual<typeof zlib>('node:zlib')[name](data)
  const asIs = (data: Buffer): Buffer => data

  test.each([
    ['deflate', compress('deflateRawSync')],
    ['deflate', compress('deflateSync')],
    ['gzip, identity', compress('gzipSync')],
    ['identity, gzip', compress('gzipSync')],
    ['UTF-8', asIs],
    ['none', asIs],
    ['aws-chunked', asIs],
    [',', asIs],
  ])('reads what servers announce as %p', async (encoding, encode) => {
    const server = await harness.keyServer()
    server.answer = faults.text(encode(Buffer.from(JSON.stringify(server.jwks))), {
      'content-encoding': encoding,
    })
    expect(await outcome(harness.api(server).verify(server.token()))).toEqual(UP)
  })

  test.each([
    ['raw deflate of more than the limit', 'deflate', compress('deflateRawSync'), 'too_large', undefined],
    ['more than the limit in no encoding', 'utf-8', asIs, 'too_large', undefined],
    ['two layers', 'gzip, gzip', compress('gzipSync'), 'network', 'protocol'],
    ['two kinds', 'deflate, br', compress('deflateSync'), 'network', 'protocol'],
    ['gzip in a kind that is not read', 'gzip, zstd', compress('gzipSync'), 'network', 'protocol'],
  ])('refuses %s', async (_title, encoding, encode, problem, reason) => {
    const server = await harness.keyServer()
    server.answer = faults.text(encode(Buffer.alloc(4_000_000, ' ')), { 'content-encoding': encoding })
    await expect(harness.api(server).verify(server.token())).rejects.toMatchObject({
      cause: { problem, reason },
    })
  })

  test.each(['empty', 'cut'])('refuses raw deflate that is %s', async (kind) => {
    const server = await harness.keyServer()
    const body = compress('deflateRawSync')(Buffer.from(JSON.stringify(server.jwks)))
    server.answer = faults.text(kind === 'cut' ? body.subarray(0, -20) : Buffer.alloc(0), {
      'content-encoding': 'deflate',
    })
    expect(await outcome(harness.api(server, QUICK).verify(server.token()))).toMatchObject({ status: 503 })
  })

  test('reads a key set after a byte order mark', async () => {
    const server = await harness.keyServer()
    server.answer = faults.text(`\ufeff${JSON.stringify(server.jwks)}`)
    expect(await outcome(harness.api(server).verify(server.token()))).toEqual(UP)
  })

  test('follows redirects within the origin, three at most', async () => {
    const server = await harness.keyServer()
    server.answer = (res, req) => {
      const step = Number(/\d$/.exec(req.url ?? '')?.[0] ?? 0)
      if (step === 3) server.json(res, server.jwks)
      else faults.redirect(`/jwks${step + 1}`, [301, 302, 307][step])(res, req)
    }
    expect(await outcome(harness.api(server).verify(server.token()))).toEqual(UP)
    expect(server.log.map(({ path }) => path)).toEqual(['/jwks', '/jwks1', '/jwks2', '/jwks3'])
  })

  test('sends no validators to a place that was asked for the first time', async () => {
    const server = await harness.keyServer()
    await harness.api(server).ready()
    expect(server.log[0]?.headers).not.toHaveProperty('if-none-match')
  })

  test('closes the connection of an answer that it does not read', async () => {
    const server = await harness.keyServer()
    server.answer = faults.endless
    await outcome(harness.api(server, QUICK).verify(server.token()))
    await until(() => server.connections === 0)
  })
})

describe("a user's fetch", () => {
  test('replaces the built-in transport, for a private certificate authority say', async () => {
    const server = await harness.keyServer(selfSigned)
    const api = harness.api(server, {}, { issuer: server.issuer, fetch: fetchWithCa })
    expect(await outcome(api.verify(server.token()))).toEqual(UP)
    expect(server.hits).toEqual({ metadata: 1, keys: 1 })
  })

  test.each<[string, FetchFunction]>([
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
    ['throws what is no error', () => throwing('no')],
    ['never settles', () => new Promise(() => undefined)],
    ['resolves undefined', () => Promise.resolve(undefined as never)],
    ['has a body that never ends', () => Promise.resolve(new Response(new ReadableStream({})))],
    [
      'has a body that fails',
      () => Promise.resolve(new Response(new ReadableStream({ pull: (c) => c.error(new Error('no')) }))),
    ],
    ['has no body', () => Promise.resolve(new Response(null))],
    ['has a body of 1 MiB', () => Promise.resolve(new Response(' '.repeat(1_048_576)))],
    ['answers in HTML', () => Promise.resolve(new Response('<html>'))],
    [
      'is redirected elsewhere',
      () => Promise.resolve(new Response(null, { status: 302, headers: { location: 'https://evil.test' } })),
    ],
  ])('that %s is 503', async (_title, fetch) => {
    const server = await harness.keyServer()
    const api = harness.api(server, QUICK, { fetch })
    expect(await outcome(api.verify(server.token()))).toMatchObject({
      status: 503,
      code: 'ERR_KEYS_UNAVAILABLE',
    })
  })

  test('that follows redirects on its own is refused', async () => {
    const server = await harness.keyServer()
    const other = await harness.keyServer()
    other.keys = server.keys
    server.answer = faults.redirect(other.jwksUri)
    const api = harness.api(server, QUICK, {
      fetch: (url, init) => fetch(url, { ...init, redirect: 'follow' }),
    })
    expect(await outcome(api.verify(server.token()))).toMatchObject({ status: 503 })
  })

  test('is told to follow no redirect, and when to give up', async () => {
    const server = await harness.keyServer()
    const seen: unknown[] = []
    const fetchKeys: FetchFunction = (url, init) => {
      seen.push([url, { ...init, signal: init.signal.aborted }])
      return fetch(url, init)
    }
    await harness.api(server, {}, { fetch: fetchKeys }).ready()
    const headers = { accept: 'application/json, application/jwk-set+json' }
    expect(seen).toEqual([[server.jwksUri, { method: 'GET', redirect: 'manual', headers, signal: false }]])
  })
})

describe('the transport to public addresses', () => {
  const signal = new AbortController().signal

  test.each([
    'http://127.0.0.1:9/',
    'http://[::1]:9/',
    'http://169.254.169.254/',
    'https://10.0.0.1/',
    'http://2130706433:9/',
  ])('refuses %s, by whatever means', async (url) => {
    const fetch = jest.fn()
    for (const transport of [nodeTransport, fetchTransport(fetch)])
      await expect(publicTransport(transport)(new URL(url), { headers: {} }, signal)).rejects.toThrow(
        'not public',
      )
    expect(fetch).not.toHaveBeenCalled()
  })

  test('refuses a name that resolves to a private address, where it connects itself', async () => {
    const transport = publicTransport(nodeTransport)
    await expect(transport(new URL('http://localhost:9/'), { headers: {} }, signal)).rejects.toThrow(
      'no public address',
    )
  })

  test('is the same for the same transport', () => {
    expect(publicTransport(nodeTransport)).toBe(publicTransport(nodeTransport))
    expect(publicTransport(nodeTransport)).not.toBe(nodeTransport)
  })
})
