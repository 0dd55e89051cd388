/** From a request to its bearer token: RFC 6750 §2, RFC 9110 §11.4. More than one token is an error, never a choice. */
import { guarded, InternalError, InvalidRequestError } from '../errors/errors.js'
import { atHand } from '../base/maybe-promise.js'
import { isObject, isString, own } from '../base/own.js'
import type { ResourceRequest } from './request.js'

export interface Credentials {
  readonly token: string
  /** Headers that belong on the answer, whatever it is. */
  readonly responseHeaders: Readonly<Record<string, string>>
}

/** Finds the tokens that a request carries in one place: none, one, or too many. */
export type CredentialSource = (request: ResourceRequest) => readonly string[]

const BEARER = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i
const B64TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/
/** A scheme followed by a space and something: whole credentials, if not ours. */
const OTHER_SCHEME = /^(?!bearer )[!#$%&'*+\-.^_`|~0-9A-Za-z]+ /i
/** RFC 9110 §9.3: the content of these has no defined meaning. */
const METHODS_WITHOUT_CONTENT: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
])
export const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({})
/** Caches know to keep an answer to an Authorization header from others, and of no other place: RFC 6750 §2.3, RFC 9110 §16.4.2. */
const PRIVATE: Readonly<Record<string, string>> = Object.freeze({ 'cache-control': 'private' })

/** `undefined`: no credentials, or those of another scheme. Throws an InvalidRequestError for malformed or repeated ones. */
export function readCredentials(
  request: ResourceRequest,
  sources: readonly CredentialSource[],
): Credentials | undefined {
  let token: string | undefined
  let responseHeaders = NO_HEADERS
  for (const source of sources) {
    for (const found of source(request)) {
      if (token !== undefined) throw new InvalidRequestError('ERR_CREDENTIALS_REPEATED')
      token = found
      if (source !== authorizationHeader) responseHeaders = PRIVATE
    }
  }
  return token === undefined ? undefined : { token, responseHeaders }
}

/**
 * The token of a plain `Bearer` header, where that is the only place to look, with its characters not judged: the expression
 * costs 0.6 µs for 900 of them, and a token that is verified has only good ones. Whoever refuses it asks `isB64token`.
 */
export function presumedToken(
  request: ResourceRequest,
  sources: readonly CredentialSource[],
): string | undefined {
  if (sources.length !== 1 || sources[0] !== authorizationHeader) return undefined
  const value = singleHeader(request, 'authorization')
  return value?.startsWith('Bearer ') === true && value[7] !== ' ' ? value.slice(7) : undefined
}

/** RFC 6750 §2.1. */
export function authorizationHeader(request: ResourceRequest): readonly string[] {
  const value = singleHeader(request, 'authorization')
  if (value === undefined) return []
  const token = BEARER.exec(value)?.[1]
  if (token !== undefined) return [token]
  if (OTHER_SCHEME.test(value)) return []
  throw new InvalidRequestError('ERR_CREDENTIALS_MALFORMED')
}

/** RFC 6750 §2.2: a form, read by a body parser in front, and never with GET or another method whose content means nothing. */
export function formBody(request: ResourceRequest): readonly string[] {
  const { method = 'GET', body } = request
  const mediaType = singleHeader(request, 'content-type')?.split(';', 1)[0]?.trim().toLowerCase()
  const isForm = !METHODS_WITHOUT_CONTENT.has(method) && mediaType === 'application/x-www-form-urlencoded'
  if (!isForm || !isObject(body) || !Object.hasOwn(body, 'access_token')) return []
  return [toToken(own(body, 'access_token'))]
}

/** RFC 6750 §2.3. Read from the request target itself, so that no query parser's reading of `a[]=` matters. */
export function queryParameter(request: ResourceRequest): readonly string[] {
  const target = request.originalUrl ?? request.url ?? ''
  const start = target.indexOf('?')
  if (start === -1) return []
  return new URLSearchParams(target.slice(start + 1)).getAll('access_token').map(toToken)
}

/** A header of another name that holds the token alone, as some gateways send it. */
export function customHeader(name: string): CredentialSource {
  const lowerCased = name.toLowerCase()
  return (request) => {
    const value = singleHeader(request, lowerCased)
    return value === undefined ? [] : [toToken(value)]
  }
}

/** The user's own function; what it throws is a 500, and so is what is neither a string nor `undefined`, such as a promise. */
export function computed(read: (request: ResourceRequest) => string | undefined): CredentialSource {
  return (request) => {
    const value: unknown = guarded(() => atHand(read(request)))
    if (value === undefined) return []
    if (isString(value)) return [toToken(value)]
    const cause = new TypeError('A function given to acceptTokenFrom must return a string or undefined')
    throw new InternalError('ERR_INTERNAL', { cause })
  }
}

function toToken(value: unknown): string {
  if (isString(value) && isB64token(value)) return value
  throw new InvalidRequestError('ERR_CREDENTIALS_MALFORMED')
}

/** RFC 6750 §2.1, the grammar of a token. */
export function isB64token(text: string): boolean {
  return B64TOKEN.test(text)
}

/**
 * Node keeps the first of two Authorization headers and drops the other silently, so they are counted as received.
 * The value comes from the parsed headers all the same: a middleware in front may have set it.
 */
function singleHeader(request: ResourceRequest, name: string): string | undefined {
  const value = own(request.headers, name)
  if (value === undefined) return undefined
  if (!isString(value) || countRawHeaders(request.rawHeaders, name) > 1) {
    throw new InvalidRequestError('ERR_CREDENTIALS_REPEATED')
  }
  return value
}

function countRawHeaders(rawHeaders: readonly string[] = [], name: string): number {
  let count = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const each = rawHeaders[i]
    if (each?.length === name.length && each.toLowerCase() === name) count++
  }
  return count
}
