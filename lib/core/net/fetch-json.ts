/**
 * The one bounded request: one deadline for headers and body, a byte limit after decoding, few
 * redirects.
 */
import { isString } from '../base/own.js'
import { parseJson } from '../base/strict-json.js'
import { UpstreamError } from '../errors/upstream-error.js'
import type { NetworkReason } from '../errors/upstream-error.js'
import { networkReason } from './network-reason.js'
import type { Phase, Transport, TransportAnswer } from './transport.js'

export interface Validators {
  readonly etag: string | undefined
  readonly lastModified: string | undefined
}

/** A server that cannot read its own validator must not be able to break every later request. */
const MAX_VALIDATOR_LENGTH = 1024
const FIELD_VALUE = /^[\x20-\x7e\x80-\xff]+$/

/** Drops what cannot be sent back in a header. RFC 9110 §5.5 and §8.8. */
export function toValidators(etag: unknown, lastModified: unknown): Validators {
  return { etag: toFieldValue(etag), lastModified: toFieldValue(lastModified) }
}

function toFieldValue(value: unknown): string | undefined {
  if (!isString(value) || value.length > MAX_VALIDATOR_LENGTH || !FIELD_VALUE.test(value)) return undefined
  return value.trim() === '' ? undefined : value
}

export interface JsonRequest {
  readonly url: URL
  readonly validators: Validators | undefined
  readonly timeoutMs: number
  readonly maxBytes: number
  readonly transport: Transport
  readonly signal: AbortSignal
}

export interface JsonAnswer {
  /** `undefined` means not modified (304). */
  readonly document: { readonly json: unknown } | undefined
  readonly validators: Validators
  readonly cacheControl: string | undefined
  readonly age: string | undefined
}

const MAX_REDIRECTS = 3
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/**
 * Rejects with an UpstreamError, at the deadline at the latest, whatever the server or a custom
 * `fetch` does.
 */
export async function fetchJson(request: JsonRequest): Promise<JsonAnswer> {
  const attempt = new AbortController()
  const timer = setTimeout(() => attempt.abort(new UpstreamError('timeout')), request.timeoutMs)
  const signal = AbortSignal.any([attempt.signal, request.signal])
  let phase: Phase = 'answer'
  const report = (next: Phase): void => {
    phase = next
  }
  try {
    return await Promise.race([exchange(request, signal, report), rejectionOf(signal)])
  } catch (thrown) {
    throw toUpstreamError(signal.aborted ? signal.reason : thrown, phase)
  } finally {
    clearTimeout(timer)
    attempt.abort()
  }
}

async function exchange(
  request: JsonRequest,
  signal: AbortSignal,
  report: (phase: Phase) => void,
): Promise<JsonAnswer> {
  const answer = await follow(request, signal, report)
  if (answer.status === 304 && isConditional(request.validators)) {
    answer.discard()
    return toJsonAnswer(answer, undefined)
  }
  if (answer.status !== 200) {
    answer.discard()
    throw new UpstreamError('status', { status: answer.status, retryAfter: answer.header('retry-after') })
  }
  const json = parseJson(await readText(answer, request.maxBytes))
  if (json === undefined) throw new UpstreamError('not_json')
  return toJsonAnswer(answer, { json })
}

function isConditional(validators: Validators | undefined): boolean {
  return validators?.etag !== undefined || validators?.lastModified !== undefined
}

async function follow(
  request: JsonRequest,
  signal: AbortSignal,
  report: (phase: Phase) => void,
): Promise<TransportAnswer> {
  const headers = requestHeaders(request.validators)
  let url = request.url
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const answer = await request.transport(url, headers, signal, report)
    if (!REDIRECTS.has(answer.status)) return answer
    answer.discard()
    const location = answer.header('location') ?? ''
    if (!URL.canParse(location, url.href)) break
    url = new URL(location, url.href)
    if (url.origin !== request.url.origin || url.username !== '' || url.password !== '') break
  }
  throw new UpstreamError('redirect')
}

function requestHeaders(validators: Validators | undefined): Readonly<Record<string, string>> {
  return {
    accept: 'application/json, application/jwk-set+json',
    ...(validators?.etag === undefined ? {} : { 'if-none-match': validators.etag }),
    ...(validators?.lastModified === undefined ? {} : { 'if-modified-since': validators.lastModified }),
  }
}

async function readText(answer: TransportAnswer, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of answer.body) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) throw new UpstreamError('too_large')
    chunks.push(chunk)
  }
  return new TextDecoder().decode(Buffer.concat(chunks))
}

function toJsonAnswer(answer: TransportAnswer, document: JsonAnswer['document']): JsonAnswer {
  return {
    document,
    validators: toValidators(answer.header('etag'), answer.header('last-modified')),
    cacheControl: answer.header('cache-control'),
    age: answer.header('age'),
  }
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
  if (!(thrown instanceof UpstreamError))
    return new UpstreamError('network', { reason: networkReason(thrown), cause: thrown })
  const isTimeout = thrown.problem === 'timeout' && thrown.reason === undefined
  return isTimeout ? new UpstreamError('timeout', { reason: TIMEOUT_REASONS[phase] }) : thrown
}
