/** An issuer on loopback HTTP. Its two documents can fail in many ways, and it counts requests. */
import { sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { generatePair } from './key-pairs.js'

export type Answer = (res: ServerResponse, req: IncomingMessage) => void

export interface SigningKey {
  readonly kid: string
  readonly privateKey: KeyObject
  readonly jwk: Record<string, unknown>
}

export interface Hit {
  readonly path: string
  readonly headers: IncomingHttpHeaders
}

/** Ed25519, because its keys are fast to generate. */
export function signingKey(kid: string): SigningKey {
  const { publicKey, privateKey } = generatePair('ed25519')
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid, alg: 'Ed25519', use: 'sig' }
  return { kid, privateKey, jwk }
}

/** RSA, for thousands of tokens: its signatures take a fifth of the time to verify. */
export function rsaSigningKey(kid: string): SigningKey {
  const { publicKey, privateKey } = generatePair('rsa', { modulusLength: 2048 })
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }
  return { kid, privateKey, jwk }
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

export interface TokenOptions {
  readonly issuer: string
  readonly header?: Record<string, unknown>
  readonly claims?: Record<string, unknown>
}

export const AUDIENCE = 'https://api.test'

/** Expires in the year 2100, so that tests can move the clock. */
export function signToken(key: SigningKey, { issuer, header, claims }: TokenOptions): string {
  const all = { iss: issuer, aud: AUDIENCE, sub: 'user', exp: 4_102_444_800, ...claims }
  const { alg } = key.jwk
  const input = `${encode({ alg, kid: key.kid, typ: 'at+jwt', ...header })}.${encode(all)}`
  const hash = alg === 'RS256' ? 'sha256' : null
  return `${input}.${sign(hash, Buffer.from(input), key.privateKey).toString('base64url')}`
}

export class KeyServer {
  /** The published keys. */
  keys: SigningKey[] = [signingKey('k1')]
  /** Answers requests for the key set. */
  answer: Answer = (res) => this.json(res, this.jwks)
  metadata: Answer = (res) => this.json(res, this.metadataDocument)
  readonly hits = { metadata: 0, keys: 0 }
  readonly log: Hit[] = []
  readonly #server: Server
  readonly #origin: string
  readonly #sockets = new Set<Socket>()

  constructor(server: Server, origin: string) {
    this.#server = server
    this.#origin = origin
    server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket))
    })
    server.on('request', (req: IncomingMessage, res: ServerResponse) => {
      res.on('error', () => undefined)
      const path = req.url ?? ''
      this.log.push({ path, headers: req.headers })
      if (path.includes('/.well-known/')) {
        this.hits.metadata++
        this.metadata(res, req)
      } else {
        this.hits.keys++
        this.answer(res, req)
      }
    })
  }

  /** Listens with TLS if a certificate is given. */
  static async listen(tls?: { key: string | Buffer; cert: string }): Promise<KeyServer> {
    const server = tls === undefined ? createServer() : createTlsServer(tls)
    const keyServer = new KeyServer(server, tls === undefined ? 'http://127.0.0.1' : 'https://localhost')
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return keyServer
  }

  get issuer(): string {
    return `${this.#origin}:${(this.#server.address() as AddressInfo).port}`
  }

  get jwksUri(): string {
    return `${this.issuer}/jwks`
  }

  get jwks(): { keys: unknown[] } {
    return { keys: this.keys.map(({ jwk }) => jwk) }
  }

  get metadataDocument(): Record<string, unknown> {
    return { issuer: this.issuer, jwks_uri: this.jwksUri }
  }

  /** The number of open connections. */
  get connections(): number {
    return this.#sockets.size
  }

  json(res: ServerResponse, value: unknown, headers: Record<string, string> = {}): void {
    res.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value))
  }

  /** A token signed with the key published last, or with `key`. */
  token(key: SigningKey = this.keys.at(-1)!, options: Omit<TokenOptions, 'issuer'> = {}): string {
    return signToken(key, { issuer: this.issuer, ...options })
  }

  /** Replaces all keys with a new one. */
  rotate(kid = `k${Math.random()}`): SigningKey {
    const key = signingKey(kid)
    this.keys = [key]
    return key
  }

  recover(): void {
    this.answer = (res) => this.json(res, this.jwks)
    this.metadata = (res) => this.json(res, this.metadataDocument)
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    return new Promise((resolve) => this.#server.close(() => resolve()))
  }
}

/** Ways of answering a request for a document. */
export const faults = {
  status:
    (status: number, headers: Record<string, string> = {}): Answer =>
    (res) =>
      void res.writeHead(status, headers).end('trouble'),
  json:
    (value: unknown, headers: Record<string, string> = {}): Answer =>
    (res) =>
      void res.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value)),
  html: ((res) =>
    void res
      .writeHead(200, { 'content-type': 'text/html' })
      .end('<html>Log in to the wifi</html>')) as Answer,
  text:
    (body: string | Buffer, headers: Record<string, string> = {}): Answer =>
    (res) =>
      void res.writeHead(200, headers).end(body),
  redirect:
    (location: string, status = 302): Answer =>
    (res) =>
      void res.writeHead(status, { location }).end(),
  /** Accepts the request and never answers. */
  hang: (() => undefined) as Answer,
  /** Sends headers and half a body, then stalls. */
  hangInBody: ((res) =>
    void res.writeHead(200, { 'content-type': 'application/json' }).write('{"keys":[')) as Answer,
  /** Sends a byte now and then, forever. */
  drip:
    (everyMs: number): Answer =>
    (res) => {
      res.writeHead(200, { 'content-type': 'application/json' }).write('{')
      const timer = setInterval(() => res.write(' '), everyMs)
      res.on('close', () => clearInterval(timer))
    },
  reset: ((res) => void res.socket?.resetAndDestroy()) as Answer,
  /** Sends something that is not HTTP. */
  garbage: ((res) => void res.socket?.end('SSH-2.0-OpenSSH_9.6\r\n')) as Answer,
  /** Ends after fewer bytes than announced. */
  shortBody: ((res) => {
    res.socket?.end('HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n{"keys":[]}')
  }) as Answer,
  /** Sends more bytes than announced. */
  longBody: ((res) => {
    res.socket?.end('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n{"keys":[]}')
  }) as Answer,
  endless: ((res) => {
    res.writeHead(200, { 'content-type': 'application/json' })
    const chunk = Buffer.alloc(65_536, 0x20)
    const pump = (): void => {
      while (!res.destroyed && res.write(chunk));
    }
    res.on('drain', pump)
    pump()
  }) as Answer,
  /** A few KiB that inflate to 8 MiB. */
  gzipBomb: ((res) => {
    res.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(bomb())
  }) as Answer,
  after:
    (ms: number, answer: Answer): Answer =>
    (res, req) =>
      void setTimeout(() => answer(res, req), ms),
}

/** Delays an answer until `release()` is called. */
export function hold(answer: Answer): { readonly answer: Answer; release(): void } {
  const waiting: (() => void)[] = []
  let isReleased = false
  return {
    answer: (res, req) => {
      if (isReleased) answer(res, req)
      else waiting.push(() => answer(res, req))
    },
    release() {
      isReleased = true
      for (const send of waiting.splice(0)) send()
    },
  }
}

let packed: Buffer | undefined

function bomb(): Buffer {
  packed ??= gzipSync(Buffer.alloc(8_388_608, 0x20))
  return packed
}
