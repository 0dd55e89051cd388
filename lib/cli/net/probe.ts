/** One GET of a document, with everything that tells why it cannot be used. Redirects are not followed. */
import { request as requestHttp } from 'node:http'
import type { IncomingMessage, RequestOptions } from 'node:http'
import { request as requestHttps } from 'node:https'
import { UpstreamError } from '../../core/errors/upstream-error.js'
import type { NetworkReason } from '../../core/errors/upstream-error.js'
import { networkReason } from '../../core/net/network-reason.js'

export interface Limits {
  readonly timeoutMs: number
  readonly maxBytes: number
}

/** An answer with any status. */
export interface Answer {
  readonly url: URL
  readonly status: number
  readonly body: string
  /** When the answer arrived, by the clock of this machine. */
  readonly receivedAtMs: number
  header(name: string): string | undefined
}

export interface Failure {
  readonly url: URL
  readonly problem: 'network' | 'timeout' | 'too_large'
  readonly reason: NetworkReason | undefined
}

/** Does not reject: a failure is what is looked for. */
export async function probe(url: URL, limits: Limits): Promise<Answer | Failure> {
  const signal = AbortSignal.timeout(limits.timeoutMs)
  try {
    const incoming = await get(url, signal)
    const body = await read(incoming, limits.maxBytes)
    return {
      url,
      status: incoming.statusCode ?? 0,
      body,
      receivedAtMs: Date.now(),
      header: (name) => headerOf(incoming, name),
    }
  } catch (thrown) {
    if (thrown instanceof UpstreamError) return { url, problem: 'too_large', reason: undefined }
    if (signal.aborted) return { url, problem: 'timeout', reason: 'timeout' }
    return { url, problem: 'network', reason: networkReason(thrown) }
  }
}

export function isFailure(probed: Answer | Failure): probed is Failure {
  return 'problem' in probed
}

function get(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
  const headers = { accept: 'application/json, application/jwk-set+json', 'accept-encoding': 'identity' }
  const options: RequestOptions = { signal, headers, agent: false }
  const send = url.protocol === 'https:' ? requestHttps : requestHttp
  return new Promise((resolve, reject) => {
    send(url, options, resolve).on('error', reject).end()
  })
}

async function read(incoming: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of incoming) {
    const bytes = chunk as Buffer
    length += bytes.length
    if (length > maxBytes) {
      incoming.destroy()
      throw new UpstreamError('too_large')
    }
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString()
}

function headerOf({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}
