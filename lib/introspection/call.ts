/** One call of the endpoint: RFC 7662 §2.1, bounded in time and bytes. Redirects are never followed. */
import type { Clocks } from '../core/base/clock.js'
import { parseStrictJsonObject, MAX_JSON_COST } from '../core/base/strict-json.js'
import { own } from '../core/base/own.js'
import type { JsonObject } from '../core/base/own.js'
import { UpstreamError } from '../core/errors/upstream-error.js'
import { bounded, readBody } from '../core/net/bounded.js'
import type { Transport } from '../core/net/transport.js'
import type { Client } from './client.js'

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
    const [mediaType = ''] = (answer.header('content-type') ?? '').split(';', 1)
    return { mediaType: mediaType.trim().toLowerCase(), body: await readBody(answer, MAX_ANSWER_BYTES) }
  })
}

function failureOf(status: number, retryAfter: string | undefined): UpstreamError {
  return status >= 300 && status < 400
    ? new UpstreamError('redirect')
    : new UpstreamError('status', { status, retryAfter })
}

/** An answer with `active`, true or false. RFC 7662 §2.2. */
export function parseAnswer(value: JsonObject | undefined): JsonObject {
  if (value === undefined) throw new UpstreamError('not_json')
  if (typeof own(value, 'active') !== 'boolean') throw new UpstreamError('active_missing')
  return value
}

export function parsePlainAnswer({ body }: RawAnswer): JsonObject {
  return parseAnswer(parseStrictJsonObject(body, 10 * MAX_JSON_COST))
}
