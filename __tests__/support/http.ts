/** Real servers on loopback, and clients that can send malformed requests. */
import { once } from 'node:events'
import { createServer, request as nodeRequest } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, RequestListener, Server } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { parseChallenges } from './challenges.js'
import type { Challenge } from './challenges.js'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Parsed strictly: two WWW-Authenticate fields, or a malformed one, fail the test. */
  readonly challenge: Challenge | undefined
  readonly text: string
  /** The body, parsed if it is JSON. */
  readonly body: any
}

export interface Ask {
  readonly method?: string
  readonly path?: string
  readonly token?: string | undefined
  /** An array value is sent as several fields. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string
}

export interface Client {
  ask(ask?: Ask): Promise<Answer>
  /**
   * Sends raw bytes and reads until the server closes, so the request needs `Connection: close` or
   * must be malformed.
   */
  raw(bytes: string): Promise<Answer>
}

export interface Running extends Client {
  readonly port: number
  readonly url: string
  readonly server: Server
  close(): Promise<void>
}

/** A client for a server on loopback that runs elsewhere, for example in a child process. */
export function clientOf(port: number): Client {
  return { ask: (ask = {}) => send(port, ask), raw: (bytes) => sendRaw(port, bytes) }
}

const running = new Set<Running>()

afterAll(async () => {
  await Promise.all([...running].map((each) => each.close()))
})

/** Starts a server on a free port. It is closed after the tests of the file. */
export async function start(handler: RequestListener): Promise<Running> {
  const server = createServer(handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const started: Running = {
    port,
    url: `http://127.0.0.1:${port}`,
    server,
    ...clientOf(port),
    close: () =>
      new Promise((resolve) => {
        running.delete(started)
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  running.add(started)
  return started
}

/**
 * A port on which nothing listens. The system gives it to nobody, as it might do with one that was
 * open before.
 */
export function closedPort(): Promise<number> {
  return Promise.resolve(2)
}

async function send(
  port: number,
  { method = 'GET', path = '/', token, headers = {}, body }: Ask,
): Promise<Answer> {
  const credentials = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
  const outgoing = nodeRequest({
    port,
    host: '127.0.0.1',
    method,
    path,
    agent: false,
    headers: { ...credentials, ...length, ...headers },
  })
  outgoing.end(body)
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  const { statusCode = 0, rawHeaders } = incoming
  return toAnswer(statusCode, pairs(rawHeaders), incoming.headers, Buffer.concat(chunks).toString())
}

async function sendRaw(port: number, bytes: string): Promise<Answer> {
  const chunks: Buffer[] = []
  const socket = connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'))
  socket.on('data', (chunk) => chunks.push(chunk))
  // A server that has answered may reset the connection while the rest is still being sent.
  socket.on('error', () => undefined)
  await new Promise((resolve) => socket.on('close', resolve))
  return parseAnswer(Buffer.concat(chunks).toString('latin1'))
}

function parseAnswer(text: string): Answer {
  if (!text.startsWith('HTTP/1.1 ')) throw new Error('The server closed without an answer')
  const end = text.indexOf('\r\n\r\n')
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n')
  const fields = lines.map((line): [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 1).trim()]
  })
  const headers = Object.fromEntries(fields.map(([name, value]) => [name.toLowerCase(), value]))
  return toAnswer(Number(statusLine.split(' ')[1]), fields, headers, text.slice(end + 4))
}

function toAnswer(
  status: number,
  fields: readonly (readonly [string, string])[],
  headers: IncomingHttpHeaders,
  text: string,
): Answer {
  const challenges = fields
    .filter(([name]) => name.toLowerCase() === 'www-authenticate')
    .flatMap(([, value]) => parseChallenges(value))
  if (challenges.length > 1) throw new Error('More than one challenge')
  return { status, headers, challenge: challenges[0], text, body: toBody(headers['content-type'], text) }
}

function pairs(rawHeaders: readonly string[]): readonly (readonly [string, string])[] {
  return rawHeaders.flatMap((name, i) => (i % 2 === 0 ? [[name, rawHeaders[i + 1] ?? ''] as const] : []))
}

function toBody(contentType: string | undefined, text: string): unknown {
  return contentType?.startsWith('application/json') && text !== '' ? JSON.parse(text) : text
}
