/** The bounds of every exchange: one deadline for headers and body, and a byte limit after decoding. */
import { isA } from '../base/thrown.js'
import { UpstreamError } from '../errors/upstream-error.js'
import type { NetworkReason } from '../errors/upstream-error.js'
import { networkReason } from './network-reason.js'
import type { Phase, TransportAnswer } from './transport.js'

export interface Bounds {
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/**
 * Rejects with an UpstreamError, at the deadline at the latest, whatever the server or a custom
 * `fetch` does. Begins nothing if it is aborted already.
 */
export async function bounded<T>(
  bounds: Bounds,
  exchange: (signal: AbortSignal, report: (phase: Phase) => void) => Promise<T>,
): Promise<T> {
  if (bounds.signal.aborted) throw toUpstreamError(bounds.signal.reason, 'answer')
  const attempt = new AbortController()
  const { signal } = attempt
  const timer = setTimeout(() => {
    attempt.abort(new UpstreamError('timeout'))
  }, bounds.timeoutMs)
  // Not by `AbortSignal.any`: on Node.js 20, a signal that lives on keeps something of each that follows it.
  const follow = (): void => {
    attempt.abort(bounds.signal.reason)
  }
  bounds.signal.addEventListener('abort', follow)
  let phase: Phase = 'answer'
  const report = (next: Phase): void => {
    phase = next
  }
  try {
    return await Promise.race([exchange(signal, report), rejectionOf(signal)])
  } catch (thrown) {
    throw toUpstreamError(signal.aborted ? signal.reason : thrown, phase)
  } finally {
    clearTimeout(timer)
    bounds.signal.removeEventListener('abort', follow)
    attempt.abort()
  }
}

/** Rejects with an UpstreamError for a body that is too large. */
export async function readBody(answer: TransportAnswer, maxBytes: number): Promise<Buffer> {
  if ((answer.announcedBytes ?? 0) > maxBytes) throw new UpstreamError('too_large')
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of answer.body) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) throw new UpstreamError('too_large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function rejectionOf(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const abort = (): void => {
      reject(signal.reason as Error)
    }
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  })
}

const TIMEOUT_REASONS: Readonly<Record<Phase, NetworkReason>> = {
  lookup: 'dns_timeout',
  connect: 'connect_timeout',
  answer: 'timeout',
}

function toUpstreamError(thrown: unknown, phase: Phase): UpstreamError {
  if (!isA(thrown, UpstreamError))
    return new UpstreamError('network', { reason: networkReason(thrown), cause: thrown })
  const isTimeout = thrown.problem === 'timeout' && thrown.reason === undefined
  return isTimeout ? new UpstreamError('timeout', { reason: TIMEOUT_REASONS[phase] }) : thrown
}
