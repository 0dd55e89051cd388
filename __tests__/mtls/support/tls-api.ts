/** An API on real TLS, and clients with certificates. */
import { once } from 'node:events'
import http2 from 'node:http2'
import https from 'node:https'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TLSSocket, TlsOptions } from 'node:tls'
import express from 'express'
import { requireScopes, resourceServer } from 'express-resource-server'
import type { ResourceServerOptions } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import { certify } from './certificates.js'
import type { Certified } from './certificates.js'

export const issuer = createTestIssuer()

export interface Answer {
  readonly status: number
  readonly challenge: string | undefined
  readonly body: any
  /** Whether the client resumed a session. */
  readonly isResumed: boolean
}

export interface TlsAsk {
  readonly token: string
  readonly client?: Certified | undefined
  readonly session?: Buffer | undefined
  readonly headers?: Readonly<Record<string, string>>
}

export interface TlsApi {
  readonly port: number
  ask(ask: TlsAsk): Promise<Answer>
  /** Of a first connection with the client's certificate. */
  session(ask: TlsAsk): Promise<Buffer>
}

const closers: (() => void)[] = []
afterAll(() => closers.forEach((close) => close()))

/** What a token that is bound to a client's certificate holds. */
export const boundTo = (thumbprint: unknown, claims: object = {}): Promise<string> =>
  issuer.token({ scope: 'read', cnf: { 'x5t#S256': thumbprint }, ...claims })

export function appWith(options: Partial<ResourceServerOptions>): express.Express {
  const app = express()
  app.use(resourceServer({ ...issuer.options, ...options }))
  app.get('/r', requireScopes('read'), (req, res) => void res.json([req.auth?.subject, req.auth?.scheme]))
  return app
}

export async function serveTls(
  options: Partial<ResourceServerOptions>,
  tls: TlsOptions = {},
): Promise<TlsApi> {
  const own = await certify({ name: 'CN=localhost' })
  const settings = { key: own.key, cert: own.cert, requestCert: true, rejectUnauthorized: false, ...tls }
  const server = https.createServer(settings, appWith(options)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(() => server.close().closeAllConnections())
  const { port } = server.address() as AddressInfo
  const open = ({ token, client, session, headers }: TlsAsk) =>
    https.get({
      port,
      host: '127.0.0.1',
      path: '/r',
      agent: false,
      ca: own.cert,
      headers: { authorization: `Bearer ${token}`, ...headers },
      ...(client && { key: client.key, cert: client.cert }),
      ...(session && { session }),
    })
  return {
    port,
    ask: async (ask) => {
      const [incoming] = (await once(open(ask), 'response')) as [IncomingMessage]
      const isResumed = (incoming.socket as unknown as TLSSocket).isSessionReused()
      return { ...(await read(incoming.statusCode, incoming.headers, incoming)), isResumed }
    },
    session: async (ask) => {
      const request = open(ask)
      const [socket] = (await once(request, 'socket')) as [TLSSocket]
      const session = once(socket, 'session') as Promise<[Buffer]>
      const [incoming] = (await once(request, 'response')) as [IncomingMessage]
      const [bytes] = await session
      incoming.resume()
      return bytes
    },
  }
}

async function read(
  status: number | undefined,
  headers: IncomingHttpHeaders,
  stream: AsyncIterable<unknown>,
): Promise<Omit<Answer, 'isResumed'>> {
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  return { status: status ?? 0, challenge: headers['www-authenticate'], body: JSON.parse(text) }
}

/** Node's HTTP/2 server with the middleware in front of a handler, as in `__tests__/express/http2.test.ts`. */
export async function askHttp2(
  options: Partial<ResourceServerOptions>,
  { token, client, headers }: TlsAsk,
): Promise<Omit<Answer, 'isResumed'>> {
  const own = await certify({ name: 'CN=localhost' })
  const api = resourceServer({ ...issuer.options, ...options })
  const settings = { key: own.key, cert: own.cert, requestCert: true, rejectUnauthorized: false }
  const server = http2.createSecureServer(settings, (req, res) =>
    api(req as never, res as never, (error?: unknown) => res.end(JSON.stringify(error ?? 'passed'))),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const session = http2.connect(`https://localhost:${port}`, {
    ca: own.cert,
    ...(client && { key: client.key, cert: client.cert }),
  })
  try {
    const stream = session.request({ ':path': '/r', authorization: `Bearer ${token}`, ...headers })
    const [answer] = (await once(stream, 'response')) as [IncomingHttpHeaders & { ':status'?: number }]
    return await read(answer[':status'], answer, stream)
  } finally {
    session.destroy()
    server.close()
  }
}

/** The status, and the error of the challenge. */
export const summary = ({ status, challenge }: Pick<Answer, 'status' | 'challenge'>): unknown[] => [
  status,
  ...(challenge?.match(/(?<=error=")\w+/g) ?? []),
]
