/** One call of the endpoint: RFC 7662 §2.1, bounded in time and bytes. Redirects are never followed. */
import { setMaxListeners } from 'node:events'
import type { Clocks } from '../core/base/clock.js'
import { parseStrictJsonObject, MAX_JSON_COST } from '../core/base/strict-json.js'
import { own } from '../core/base/own.js'
import type { JsonObject } from '../core/base/own.js'
import { UpstreamError } from '../core/errors/upstream-error.js'
import { bounded } from '../core/net/bounded.js'
import type { Transport, TransportAnswer } from '../core/net/transport.js'
import type { Client } from './client.js'
import { beginsAsObject, malformedAnswer, oneTokenError } from './one-token.js'

export interface CallConfig {
  readonly client: Client
  readonly issuer: string
  readonly timeoutMs: number
  /** The media type that is asked for. */
  readonly accept: string
  readonly transport: Transport
  readonly clocks: Clocks
}

export interface RawAnswer {
  /** In lower case, without parameters. */
  readonly mediaType: string
  readonly body: Buffer
}

export const MAX_ANSWER_BYTES: number = 256 * 1024

/** Ends many calls at once. Each call in progress listens, which is no leak that Node.js should warn of. */
export function abortOfCalls(): AbortController {
  const abort = new AbortController()
  setMaxListeners(Infinity, abort.signal)
  return abort
}

/** Rejects with an UpstreamError. */
export async function callEndpoint(
  endpoint: URL,
  token: string,
  config: CallConfig,
  aborted: AbortSignal,
): Promise<RawAnswer> {
  const { client, issuer, timeoutMs, accept, transport, clocks } = config
  const form = new URLSearchParams([
    ['token', token],
    ['token_type_hint', 'access_token'],
  ])
  const context = { audience: issuer, nowSeconds: clocks.nowSeconds() }
  const authentication = await client.authenticate(form, context)
  const headers = { accept, 'content-type': 'application/x-www-form-urlencoded', ...authentication }
  const outgoing = { headers, form: form.toString(), agent: client.agent, isRepeatable: true }
  return bounded({ timeoutMs, signal: aborted }, async (signal, report) => {
    const answer = await transport(endpoint, outgoing, signal, report)
    if (answer.status !== 200) {
      answer.discard()
      throw failureOf(answer.status, answer.header('retry-after'))
    }
    const [type = ''] = (answer.header('content-type') ?? '').split(';', 1)
    const mediaType = type.trim().toLowerCase()
    return { mediaType, body: await readAnswer(answer, mediaType === accept) }
  })
}

/** Reads also a body that announces to be too large, because its beginning tells whose fault it is. */
async function readAnswer({ body }: TransportAnswer, isOfType: boolean): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    bytes += chunk.byteLength
    if (bytes <= MAX_ANSWER_BYTES) continue
    const isOfToken = isOfType || beginsAsObject(withoutMark(Buffer.concat(chunks)))
    throw isOfToken ? oneTokenError('too_large') : new UpstreamError('too_large')
  }
  return withoutMark(Buffer.concat(chunks))
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])

/** RFC 8259 §8.1 lets readers skip it. Those of keys and metadata do. */
function withoutMark(body: Buffer): Buffer {
  return body.subarray(0, 3).equals(BYTE_ORDER_MARK) ? body.subarray(3) : body
}

function failureOf(status: number, retryAfter: string | undefined): UpstreamError {
  return status >= 300 && status < 400
    ? new UpstreamError('redirect')
    : new UpstreamError('status', { status, retryAfter })
}

/** An answer with `active`, true or false. RFC 7662 §2.2. */
export function parseAnswer(value: JsonObject): JsonObject {
  if (typeof own(value, 'active') !== 'boolean') throw new UpstreamError('active_missing')
  return value
}

/** Throws an UpstreamError, or an UnauthorizedError for an answer about a token that is refused. */
export function parsePlainAnswer({ body }: RawAnswer): JsonObject {
  const value = parseStrictJsonObject(body, 10 * MAX_JSON_COST)
  if (value === undefined) throw malformedAnswer(body)
  return parseAnswer(value)
}
