/** The answers to requests for a document, public and for every origin. RFC 9728 §3.2, Fetch §3.3 (CORS). */
import type { Answer } from '../core/http/answer.js'
import { own } from '../core/base/own.js'
import type { ResourceRequest } from '../core/http/request.js'

/** MCP clients send the last one. `*` does not include Authorization in browsers. */
const ALLOWED_HEADERS = '*, Authorization, MCP-Protocol-Version'
const PREFLIGHT_CACHE_SECONDS = 7200

export type AnswerTo = (request: ResourceRequest) => Answer | undefined

/** Answers GET, HEAD and preflights; `undefined` for other methods. */
export function answersFor(body: string, cacheSeconds: number): AnswerTo {
  const document: Answer = Object.freeze({
    status: 200,
    headers: Object.freeze({
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      'cache-control': `public, max-age=${String(cacheSeconds)}`,
      'access-control-allow-origin': '*',
    }),
    body,
  })
  return (request) => {
    if (request.method === 'GET' || request.method === 'HEAD') return document
    return isPreflight(request) ? PREFLIGHT : undefined
  }
}

const PREFLIGHT: Answer = Object.freeze({
  status: 204,
  headers: Object.freeze({
    'access-control-allow-origin': '*',
    'access-control-allow-methods': 'GET, HEAD',
    'access-control-allow-headers': ALLOWED_HEADERS,
    'access-control-max-age': String(PREFLIGHT_CACHE_SECONDS),
  }),
  body: '',
})

function isPreflight({ method, headers }: ResourceRequest): boolean {
  return method === 'OPTIONS' && own(headers, 'access-control-request-method') !== undefined
}
