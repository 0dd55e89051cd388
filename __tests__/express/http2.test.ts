/** Behind Node's HTTP/2 server: pseudo-headers, lower-case names, and two fields of one name. */
import { connect as connectHttp2, createServer } from 'node:http2'
import type {
  Http2Server,
  IncomingHttpHeaders,
  IncomingHttpStatusHeader,
  OutgoingHttpHeaders,
} from 'node:http2'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { requireScopes, resourceServer } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import { parseChallenges } from '../support/challenges.js'

const issuer = createTestIssuer()
const api = resourceServer({ ...issuer.options, optional: true, acceptTokenFrom: ['header', 'query'] })
const guard = requireScopes('a')
let server: Http2Server
let token: string
let port: number

beforeAll(async () => {
  token = await issuer.token({ scope: 'a' })
  server = createServer((req, res) => {
    const end = (error?: unknown) => res.end((error as { code?: string } | undefined)?.code ?? 'passed')
    const guarded = (error?: unknown): void => {
      if (error !== undefined || req.url === '/open') end(error)
      else guard(req as never, res as never, end)
    }
    api(req as never, res as never, guarded)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
})

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve))
})

const ask = async (headers: OutgoingHttpHeaders): Promise<Record<string, unknown>> => {
  const session = connectHttp2(`http://127.0.0.1:${port}`)
  const stream = session.request(headers)
  const [answer] = (await once(stream, 'response')) as [IncomingHttpHeaders & IncomingHttpStatusHeader]
  let body = ''
  for await (const chunk of stream) body += String(chunk)
  // When closed gracefully, a session of Node 24 may wait forever for a socket that has ended.
  session.destroy()
  const field = answer['www-authenticate']
  if (field !== undefined) parseChallenges(field)
  return { status: answer[':status'], challenge: field, vary: answer['vary'], body }
}

test('a good token passes, and so does it in the query', async () => {
  expect(await ask({ authorization: `Bearer ${token}` })).toMatchObject({ status: 200, body: 'passed' })
  expect(await ask({ ':path': `/?access_token=${token}` })).toMatchObject({ status: 200, body: 'passed' })
})

test('refusals are answered', async () => {
  expect(await ask({ authorization: 'Bearer' })).toMatchObject({
    status: 400,
    body: expect.stringContaining('invalid_request'),
  })
  expect(await ask({ authorization: `Bearer ${await issuer.token()}` })).toMatchObject({
    status: 403,
    challenge: expect.stringContaining('scope="a"'),
  })
  expect(await ask({})).toMatchObject({
    status: 401,
    challenge: 'Bearer',
    body: expect.stringContaining('needs an access token'),
  })
})

test('an anonymous answer varies', async () => {
  expect(await ask({ ':path': '/open' })).toMatchObject({
    status: 200,
    vary: 'Authorization',
    body: 'passed',
  })
})

/**
 * HPACK (RFC 7541 §6.2.2) without indexing and without Huffman coding: a literal name and a literal
 * value.
 */
const field = (name: string, value: string): Buffer =>
  Buffer.concat([
    Buffer.from([0]),
    ...[name, value].flatMap((text) => [length(text.length), Buffer.from(text)]),
  ])

/** An integer with a prefix of seven bits (RFC 7541 §5.1). */
const length = (value: number): Buffer => {
  if (value < 127) return Buffer.from([value])
  const bytes = [127]
  let rest = value - 127
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128)
  return Buffer.from([...bytes, rest])
}

/** One frame (RFC 9113 §4.1). */
const frame = (type: number, flags: number, stream: number, payload = Buffer.alloc(0)): Buffer => {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/**
 * Sends raw header fields, which Node's own client would not, and resolves with the server's bytes.
 */
const sendFields = async (fields: readonly [string, string][]): Promise<string> => {
  const socket = connect(port, '127.0.0.1')
  const [headers, data, settings] = [1, 0, 4]
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
  socket.write(frame(settings, 0, 0))
  socket.write(frame(headers, 5, 1, Buffer.concat(fields.map(([name, value]) => field(name, value)))))
  let received = Buffer.alloc(0)
  for await (const chunk of socket) {
    received = Buffer.concat([received, chunk as Buffer])
    for (let at = 0; at + 9 <= received.length; at += 9 + received.readUIntBE(at, 3)) {
      const body = received.subarray(at + 9, at + 9 + received.readUIntBE(at, 3))
      // The rest of this frame is still on its way.
      if (body.length < received.readUIntBE(at, 3)) break
      if (received.readUInt8(at + 3) === data && body.length > 0) return body.toString()
    }
  }
  throw new Error('The server closed without an answer')
}

test('two Authorization fields are refused, although Node shows only the first', async () => {
  const pseudo: [string, string][] = [
    [':method', 'GET'],
    [':scheme', 'http'],
    [':authority', 'api.test'],
    [':path', '/'],
  ]
  const good: [string, string] = ['authorization', `Bearer ${token}`]

  expect(await sendFields([...pseudo, good])).toBe('passed')
  expect(await sendFields([...pseudo, good, ['authorization', 'Bearer other']])).toContain(
    'more than one access token',
  )
  expect(await sendFields([...pseudo, ['authorization', 'Basic YTpi'], good])).toContain(
    'more than one access token',
  )
})
