/** From a request to its credentials: RFC 6750 §2, RFC 9110 §11.4. More than one token is an error, never a choice. */
import { atHand } from '../base/maybe-promise.js'
import { isObject, isString, own } from '../base/own.js'
import { guarded, InvalidRequestError } from '../errors/errors.js'
import { challengeOf, repeated } from './credential-errors.js'
import { headerGrammarHint, tokenGrammarHint } from './credential-hints.js'
import { NO_HEADERS } from './request.js'
import type { ResourceRequest, ResponseHeaders } from './request.js'
import { singleHeader } from './single-header.js'

export interface Credentials {
  /** The scheme under its registered name, such as `Bearer`. */
  readonly scheme: string
  /** As received: `assertB64token` checks its characters. */
  readonly token: string
  /** Headers for the answer, whatever it is. */
  readonly responseHeaders: ResponseHeaders
}

/** Reads the credentials in one place of a request. Throws an InvalidRequestError for malformed or repeated ones. */
export type CredentialSource = (request: ResourceRequest) => Credentials | undefined

/** The places where a request may carry its token. */
export type CredentialPlace =
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'body' }
  | { readonly kind: 'query' }
  | { readonly kind: 'function'; readonly read: (request: ResourceRequest) => unknown }

const B64TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/
const SCHEME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const SPACE = 0x20
/** RFC 9110 §9.3: content has no defined meaning for these methods. */
const METHODS_WITHOUT_CONTENT: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
])
/** Caches treat answers to an Authorization header as private; other places need to be told. RFC 6750 §2.3, RFC 9111 §3.5. */
const PRIVATE: ResponseHeaders = Object.freeze({ 'cache-control': 'private' })

/** An Authorization header without a value: malformed, unless another place has a token. */
const NOTHING: Credentials = Object.freeze({ scheme: 'Bearer', token: '', responseHeaders: NO_HEADERS })

/** `undefined`: no credentials, or those of a scheme that is not used here. */
export function readCredentials(
  request: ResourceRequest,
  sources: readonly CredentialSource[],
): Credentials | undefined {
  let credentials: Credentials | undefined
  let nothing: Credentials | undefined
  for (const source of sources) {
    const found = source(request)
    if (found === undefined) continue
    if (found === NOTHING) nothing = found
    else if (credentials === undefined) credentials = found
    else throw repeated([credentials.scheme, found.scheme])
  }
  return credentials ?? nothing
}

/** RFC 6750 §2.1, the grammar of a token. */
export function assertB64token(token: string): void {
  if (B64TOKEN.test(token)) return
  throw new InvalidRequestError('ERR_CREDENTIALS_MALFORMED', { hint: tokenGrammarHint(token) })
}

/** `schemes` are accepted in the Authorization header next to `Bearer`. */
export function credentialSource(place: CredentialPlace, schemes: readonly string[] = []): CredentialSource {
  switch (place.kind) {
    case 'header':
      return place.name === 'authorization' ? authorizationHeader(schemes) : customHeader(place.name, schemes)
    case 'body':
      return formBody
    case 'query':
      return queryParameter
    case 'function':
      return computed(place.read)
  }
}

/** RFC 9110 §11.4, RFC 6750 §2.1: a scheme in any case, spaces, and a token. */
function authorizationHeader(schemes: readonly string[]): CredentialSource {
  const known = knownSchemes(schemes)
  return function readAuthorization(request) {
    const value = singleHeader(request, 'authorization', known)
    if (value === undefined) return undefined
    return isBlank(value) ? NOTHING : readScheme(value, known, NO_HEADERS)
  }
}

/** By their names in lower case. */
function knownSchemes(schemes: readonly string[]): ReadonlyMap<string, string> {
  return new Map(['Bearer', ...schemes].map((scheme) => [scheme.toLowerCase(), scheme]))
}

/** `undefined`: the credentials of another scheme. */
function readScheme(
  value: string,
  known: ReadonlyMap<string, string>,
  responseHeaders: ResponseHeaders,
): Credentials | undefined {
  if (value.startsWith('Bearer '))
    return { scheme: 'Bearer', token: withoutSpaces(value, 7), responseHeaders }
  for (const scheme of known.values()) {
    const { length } = scheme
    if (value.charCodeAt(length) === SPACE && value.startsWith(scheme))
      return { scheme, token: withoutSpaces(value, length + 1), responseHeaders }
  }
  const end = value.indexOf(' ')
  const name = value.slice(0, end)
  const scheme = end === -1 ? undefined : known.get(name.toLowerCase())
  if (scheme !== undefined) return { scheme, token: withoutSpaces(value, end + 1), responseHeaders }
  if (end !== -1 && SCHEME.test(name)) return undefined
  const bare = known.get(value.toLowerCase())
  throw new InvalidRequestError('ERR_CREDENTIALS_MALFORMED', {
    hint: headerGrammarHint(value),
    challenge: challengeOf(bare === undefined ? [] : [bare]),
  })
}

function isBlank(value: string): boolean {
  return value.trim() === ''
}

function withoutSpaces(value: string, start: number): string {
  let first = start
  while (value.charCodeAt(first) === SPACE) first++
  return value.slice(first)
}

/** RFC 6750 §2.2: a form that a body parser has read, and never with GET or another method without content. */
function formBody(request: ResourceRequest): Credentials | undefined {
  const { method = 'GET', body } = request
  const mediaType = singleHeader(request, 'content-type')?.split(';', 1)[0]?.trim().toLowerCase()
  const isForm = !METHODS_WITHOUT_CONTENT.has(method) && mediaType === 'application/x-www-form-urlencoded'
  if (!isForm || !isObject(body) || !Object.hasOwn(body, 'access_token')) return undefined
  return bearer(own(body, 'access_token'))
}

/** RFC 6750 §2.3. Reads the request target itself: query parsers disagree about `a[]=`. */
function queryParameter(request: ResourceRequest): Credentials | undefined {
  const target = request.originalUrl ?? request.url ?? ''
  const start = target.indexOf('?')
  if (start === -1) return undefined
  const values = new URLSearchParams(target.slice(start + 1)).getAll('access_token')
  if (values.length === 0) return undefined
  if (values.length > 1) throw new InvalidRequestError('ERR_CREDENTIALS_REPEATED')
  return bearer(values[0])
}

/**
 * A header of another name: gateways put only the token into it, or a copy of the Authorization
 * header. Some send it without a value where there is none.
 */
function customHeader(name: string, schemes: readonly string[]): CredentialSource {
  const known = knownSchemes(schemes)
  return (request) => {
    const value = singleHeader(request, name, known)
    if (value === undefined || isBlank(value)) return undefined
    const isToken = !value.includes(' ') && !known.has(value.toLowerCase())
    return isToken ? bearer(value) : readScheme(value, known, PRIVATE)
  }
}

/**
 * The user's own function. `false` is what `cookie-parser` gives for a signed cookie that somebody
 * changed. Another value that is no string comes from a parser of what the client sent, such as the
 * array of a repeated parameter: a 400. What the function throws is a 500, and so is a promise.
 */
function computed(read: (request: ResourceRequest) => unknown): CredentialSource {
  return (request) => {
    const value: unknown = guarded(() => atHand(read(request)))
    return value === undefined || value === null || value === false ? undefined : bearer(value)
  }
}

function bearer(token: unknown): Credentials {
  if (!isString(token)) throw new InvalidRequestError('ERR_CREDENTIALS_MALFORMED')
  return { scheme: 'Bearer', token, responseHeaders: PRIVATE }
}
