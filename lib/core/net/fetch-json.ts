/** The one bounded request for a JSON document, with few redirects. */
import { isString } from '../base/own.js'
import { parseJson } from '../base/strict-json.js'
import { UpstreamError } from '../errors/upstream-error.js'
import { bounded, readBody } from './bounded.js'
import type { Bounds } from './bounded.js'
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

export interface JsonRequest extends Bounds {
  readonly url: URL
  readonly validators: Validators | undefined
  /** Asks caches on the way to ask the origin. RFC 9111 §5.2.1.4. */
  readonly bypassesCaches: boolean
  readonly maxBytes: number
  readonly transport: Transport
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
export function fetchJson(request: JsonRequest): Promise<JsonAnswer> {
  return bounded(request, (signal, report) => exchange(request, signal, report))
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
  const bytes = await readBody(answer, request.maxBytes)
  const json = parseJson(new TextDecoder().decode(bytes))
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
  const headers = requestHeaders(request)
  let url = request.url
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const answer = await request.transport(url, { headers }, signal, report)
    if (!REDIRECTS.has(answer.status)) return answer
    answer.discard()
    const location = answer.header('location') ?? ''
    if (!URL.canParse(location, url.href)) break
    url = new URL(location, url.href)
    if (url.origin !== request.url.origin || url.username !== '' || url.password !== '') break
  }
  throw new UpstreamError('redirect')
}

function requestHeaders({ validators, bypassesCaches }: JsonRequest): Readonly<Record<string, string>> {
  return {
    accept: 'application/json, application/jwk-set+json',
    ...(bypassesCaches && { 'cache-control': 'no-cache' }),
    ...(validators?.etag === undefined ? {} : { 'if-none-match': validators.etag }),
    ...(validators?.lastModified === undefined ? {} : { 'if-modified-since': validators.lastModified }),
  }
}

function toJsonAnswer(answer: TransportAnswer, document: JsonAnswer['document']): JsonAnswer {
  return {
    document,
    validators: toValidators(answer.header('etag'), answer.header('last-modified')),
    cacheControl: answer.header('cache-control'),
    age: answer.header('age'),
  }
}
