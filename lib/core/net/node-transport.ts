/**
 * The built-in transport, by `node:https` or `node:http`. Node's modules are loaded at their first
 * use: they would take a third of this package's import time.
 */
import type Http from 'node:http'
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http'
import type Https from 'node:https'
import type { Socket } from 'node:net'
import { AddressRefusedError, isPublicAddress, isRefusedHost } from './addresses.js'
import { decoded } from './content-encoding.js'
import { boundedLookup } from './lookups.js'
import type { Outgoing, Phase, Transport, TransportAnswer } from './transport.js'

/**
 * Uses Node's global agent, so that proxy and certificate settings of the application apply. No
 * connection stays open afterwards, unless the request is repeatable and the agent keeps it: idle
 * connections of an agent do not keep the process alive.
 */
export const nodeTransport: Transport = (url, outgoing, signal, report = ignore) => {
  const options = { signal, lookup: boundedLookup({ signal, report }) }
  const { agent } = outgoing
  const hooks = { report, connected: ignore }
  return exchange(url, outgoing, agent === undefined ? options : { ...options, agent }, hooks)
}

/**
 * The same, to public addresses only. It uses a plain agent of its own: a proxy, or a connection
 * that the application opened before, would bypass the check of the address. `agent: false` would
 * make another agent of the global one's class. A library that patches `http.request` or
 * `Agent.prototype` can still lead the request elsewhere, so that the connection is checked too.
 */
const publicNodeTransport: Transport = (url, outgoing, signal, report = ignore) => {
  const lookup = boundedLookup({ signal, report, isAllowed: isPublicAddress })
  const { Agent } = moduleFor(url)
  return exchange(url, outgoing, { signal, lookup, agent: new Agent() }, { report, connected: assertPublic })
}

function assertPublic(socket: Socket): void {
  if (!isPublicAddress(socket.remoteAddress ?? ''))
    socket.destroy(new AddressRefusedError('The connection leads to an address that is not public'))
}

function moduleFor(url: URL): typeof Http | typeof Https {
  return process.getBuiltinModule(url.protocol === 'https:' ? 'node:https' : 'node:http')
}

function ignore(): void {}

/** No encoding is asked for, but some servers compress nevertheless. */
const KEPT = { 'accept-encoding': 'identity' } as const
const CLOSED = { ...KEPT, connection: 'close' } as const

interface Hooks {
  readonly report: (phase: Phase) => void
  /** Called before anything is sent. */
  readonly connected: (socket: Socket) => void
}

function exchange(
  url: URL,
  outgoing: Outgoing,
  options: Pick<RequestOptions, 'signal' | 'lookup' | 'agent'>,
  hooks: Hooks,
): Promise<TransportAnswer> {
  const { headers, form, isRepeatable = false } = outgoing
  return new Promise((resolve, reject) => {
    let isAnswered = false
    hooks.report('connect')
    const { request } = moduleFor(url)
    const method = form === undefined ? 'GET' : 'POST'
    const fields = { ...headers, ...lengthOf(form), ...(isRepeatable ? KEPT : CLOSED) }
    const sent = request(url, { ...options, method, headers: fields })
    sent
      .on('socket', (socket) => {
        const connected = (): void => {
          hooks.report('answer')
          hooks.connected(socket)
        }
        if (socket.connecting) socket.once('connect', connected)
        else connected()
      })
      .on('response', (message) => {
        isAnswered = true
        resolve({
          status: message.statusCode ?? 0,
          header: (name) => headerOf(message, name),
          body: decoded(message, headerOf(message, 'content-encoding') ?? ''),
          discard: () => message.destroy(),
        })
      })
      .on('error', (error: NodeJS.ErrnoException) => {
        if (isRepeatable && !isAnswered && isStale(sent, error) && options.signal?.aborted !== true)
          // Each time, the agent has one kept connection less.
          resolve(exchange(url, outgoing, options, hooks))
        else reject(error)
      })
      .end(form)
  })
}

/** How it looks when the server ends a kept connection just when it is used again. */
const ENDED: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE'])

function isStale({ reusedSocket }: ClientRequest, { code }: NodeJS.ErrnoException): boolean {
  return reusedSocket && ENDED.has(code)
}

function lengthOf(form: string | undefined): Readonly<Record<string, number>> {
  return form === undefined ? {} : { 'content-length': Buffer.byteLength(form) }
}

const publicTransports = new WeakMap<Transport, Transport>()

/**
 * The same transport, to public addresses only. A custom `fetch` decides itself what it connects
 * to, often a proxy that resolves names: only its requests to addresses in plain sight are refused.
 */
export function publicTransport(transport: Transport): Transport {
  const inner = transport === nodeTransport ? publicNodeTransport : transport
  const guarded = publicTransports.get(transport) ?? refusingAddresses(inner)
  publicTransports.set(transport, guarded)
  return guarded
}

function refusingAddresses(transport: Transport): Transport {
  return (url, outgoing, signal, report) =>
    isRefusedHost(url.hostname)
      ? Promise.reject(new AddressRefusedError('The URL has an address that is not public'))
      : transport(url, outgoing, signal, report)
}

function headerOf(message: IncomingMessage, name: string): string | undefined {
  const value = message.headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}
