/**
 * How bytes travel: by `node:https` (or `node:http`) on a connection of its own, or by a `fetch` that the user gives. Node's
 * modules are loaded at their first use: they would be a third of what importing this package takes.
 */
import type { IncomingMessage, RequestOptions } from 'node:http'
import type { Duplex } from 'node:stream'
import { isRefusedHost, lookupPublic } from './addresses.js'

export interface TransportAnswer {
  readonly status: number
  header(name: string): string | undefined
  /** The body, decoded. Ending the iteration early ends the exchange. */
  readonly body: AsyncIterable<Uint8Array>
  /** Gives up a body that nobody reads. */
  discard(): void
}

export type Transport = (
  url: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<TransportAnswer>

/** What is called of the platform's `fetch`. Redirects must not be followed when `redirect` is `'manual'`. */
export type FetchFunction = (
  url: string,
  init: {
    readonly method: 'GET'
    readonly headers: Record<string, string>
    readonly redirect: 'manual'
    readonly signal: AbortSignal
  },
) => Promise<Response>

/** The built-in transport. No proxy is read from the environment; no connection stays open, so that an idle process exits. */
export const nodeTransport: Transport = (url, headers, signal) => requestDirectly(url, headers, { signal })

/** The same, to public addresses alone. */
const publicNodeTransport: Transport = (url, headers, signal) =>
  requestDirectly(url, headers, { signal, lookup: lookupPublic })

function requestDirectly(
  url: URL,
  headers: Readonly<Record<string, string>>,
  options: Pick<RequestOptions, 'signal' | 'lookup'>,
): Promise<TransportAnswer> {
  return new Promise((resolve, reject) => {
    const { request } = process.getBuiltinModule(url.protocol === 'https:' ? 'node:https' : 'node:http')
    request(url, { ...options, headers: { ...headers, 'accept-encoding': 'identity' }, agent: false })
      .on('response', (message) => {
        resolve({
          status: message.statusCode ?? 0,
          header: (name) => headerOf(message, name),
          body: decoded(message),
          discard: () => message.destroy(),
        })
      })
      .on('error', reject)
      .end()
  })
}

const publicTransports = new WeakMap<Transport, Transport>()

/**
 * The same transport, to public addresses alone. What a user's `fetch` connects to is its own affair (often a proxy, which
 * resolves names itself): of its requests only those to addresses in plain sight are refused.
 */
export function publicTransport(transport: Transport): Transport {
  const inner = transport === nodeTransport ? publicNodeTransport : transport
  const guarded = publicTransports.get(transport) ?? refusingAddresses(inner)
  publicTransports.set(transport, guarded)
  return guarded
}

function refusingAddresses(transport: Transport): Transport {
  return (url, headers, signal) =>
    isRefusedHost(url.hostname)
      ? Promise.reject(new Error('The URL has an address that is not public'))
      : transport(url, headers, signal)
}

const transports = new WeakMap<FetchFunction, Transport>()

/** The same transport for the same function, so that key sources can tell whether they fetch alike. */
export function fetchTransport(fetch: FetchFunction): Transport {
  const transport = transports.get(fetch) ?? transportBy(fetch)
  transports.set(fetch, transport)
  return transport
}

function transportBy(fetch: FetchFunction): Transport {
  return async (url, headers, signal) => {
    const response = await fetch(url.href, {
      method: 'GET',
      headers: { ...headers },
      redirect: 'manual',
      signal,
    })
    const discard = (): void => void response.body?.cancel().catch(() => undefined)
    if (response.redirected) {
      discard()
      throw new Error('The fetch function followed a redirect on its own')
    }
    return {
      status: response.status,
      header: (name) => response.headers.get(name) ?? undefined,
      body: response.body ?? emptyBody(),
      discard,
    }
  }
}

function headerOf(message: IncomingMessage, name: string): string | undefined {
  const value = message.headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}

/** Encodings are not asked for, yet some servers compress all the same. */
const DECODERS = new Map<string, 'createGunzip' | 'createInflate' | 'createBrotliDecompress'>([
  ['gzip', 'createGunzip'],
  ['x-gzip', 'createGunzip'],
  ['deflate', 'createInflate'],
  ['br', 'createBrotliDecompress'],
])

function decoded(message: IncomingMessage): AsyncIterable<Uint8Array> {
  const encoding = (headerOf(message, 'content-encoding') ?? '').trim().toLowerCase()
  if (encoding === '' || encoding === 'identity') return message
  const decoder = DECODERS.get(encoding)
  if (decoder === undefined) {
    message.destroy()
    return failed(new Error('The answer has a content encoding that was not asked for'))
  }
  const stream: Duplex = process.getBuiltinModule('node:zlib')[decoder]()
  return process.getBuiltinModule('node:stream').pipeline(message, stream, () => undefined)
}

function failed(error: Error): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) }
}

async function* emptyBody(): AsyncIterable<Uint8Array> {}
