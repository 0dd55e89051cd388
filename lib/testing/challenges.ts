/** Reads the challenges of an answer, for assertions. RFC 9110 §11.6.1. */

import { isString } from '../core/base/own.js'

/** The answer to a request, from `fetch`, supertest, or `node:http`. */
export interface TestResponse {
  readonly status?: number | undefined
  readonly statusCode?: number | undefined
  readonly headers: { get(name: string): string | null } | Readonly<Record<string, unknown>>
}

/** One challenge of a `WWW-Authenticate` header. */
export interface TestChallenge {
  /** `Bearer` or `DPoP`. */
  readonly scheme: string
  /** By their names on the wire: `error`, `scope`, `realm`, `acr_values`, … */
  readonly parameters: Readonly<Record<string, string>>
}

const PIECE = /[\s,]*([\w-]+)(?:\s*=\s*(?:"((?:\\[^]|[^"\\])*)"|([^\s,"]*)))?/gy

/**
 * The challenges of an answer in their order; none if it has no `WWW-Authenticate` header. Checks no
 * syntax.
 *
 * @example
 * challengesOf(await fetch(url)) // [{ scheme: 'Bearer', parameters: { error: 'invalid_token', … } }]
 */
export function challengesOf(response: TestResponse): readonly TestChallenge[] {
  const challenges: { readonly scheme: string; readonly parameters: Record<string, string> }[] = []
  for (const [, name = '', quoted, bare] of headerOf(response).matchAll(PIECE)) {
    const value = quoted?.replace(/\\([^])/g, '$1') ?? bare
    if (value === undefined) challenges.push({ scheme: name, parameters: {} })
    else Object.assign(challenges.at(-1)?.parameters ?? {}, { [name]: value })
  }
  return challenges
}

export function statusOf({ status, statusCode }: TestResponse): number | undefined {
  return status ?? statusCode
}

/** `get` of `Headers` joins several fields by commas; `node:http` has an array. */
function headerOf({ headers }: TestResponse): string {
  const name = 'www-authenticate'
  const value: unknown = isHeaders(headers) ? headers.get(name) : headers[name]
  if (Array.isArray(value)) return value.join(', ')
  return isString(value) ? value : ''
}

function isHeaders(headers: TestResponse['headers']): headers is { get(name: string): string | null } {
  return typeof headers.get === 'function'
}
