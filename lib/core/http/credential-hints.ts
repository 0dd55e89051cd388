/** Why a request has no usable credentials, guessed from its headers and body after the refusal. */
import { isObject, isString, own } from '../base/own.js'
import type { JsonObject } from '../base/own.js'
import { UnauthorizedError } from '../errors/errors.js'
import type { Hint } from '../errors/hints.js'
import { isJoseHeader, isPlaceholder } from '../errors/hints.js'
import type { ResourceRequest } from './request.js'

/** A cookie with the name of an access token, or with a scheme in front of its value. */
const TOKEN_COOKIE = /=Bearer(?:%20|\+)|(?:^|; ?)(?:__(?:Host|Secure)-)?(?:access_?token|authorization)=[^;]/i
const TOKEN_PARAMETER = /[?&]access_?token=[^&]/i
/** What no JWT contains: one character, or one that is percent-encoded. */
const AROUND_JWTS = /%[\da-f]{2}|[^\w.-]/i
const SCHEME = /^[^ ]+ +[^ ]/
/** Headers in which a JWT is not an access token. RFC 9449 §4.1. */
const NOT_TOKENS: ReadonlySet<string> = new Set(['cookie', 'dpop'])
const TOKEN_FIELDS = ['access_token', 'accessToken']
/** They may have other tokens too, such as that of a password reset. */
const JWT_FIELDS = ['token', 'id_token', 'jwt']

/** The error for a request in whose places for tokens nothing was found. */
export function missingCredentials(request: ResourceRequest): UnauthorizedError {
  return new UnauthorizedError('ERR_CREDENTIALS_MISSING', { hint: missingHint(request) })
}

/** For an Authorization header with the wrong grammar. */
export function headerGrammarHint(value: string): Hint | undefined {
  return tokenGrammarHint(value) ?? (isJwt(value) ? 'scheme_missing' : undefined)
}

/** For a token with the wrong grammar, which had its scheme in front if it needs one. */
export function tokenGrammarHint(value: string): Hint | undefined {
  if (/^bearer\s*[:=]/i.test(value)) return 'scheme_colon'
  if (/^bearer +[^ ]/i.test(value)) return 'scheme_repeated'
  if (/^bearer\s*$/i.test(value) || isPlaceholder(value)) return 'token_placeholder'
  return /^["'`]/.test(value) ? 'token_quoted' : undefined
}

/** A body may be an object of the application with getters that throw. */
function missingHint(request: ResourceRequest): Hint | undefined {
  try {
    return headerHint(request) ?? bodyHint(request) ?? queryHint(request)
  } catch {
    return undefined
  }
}

function headerHint({ headers }: ResourceRequest): Hint | undefined {
  const authorization = own(headers, 'authorization')
  const other = isString(authorization) && isOtherScheme(authorization) ? authorization : undefined
  if (other !== undefined && holdsJwt(other)) return 'scheme_other'
  if (Object.keys(headers).some((name) => !NOT_TOKENS.has(name) && isToken(headers[name])))
    return 'token_in_other_header'
  const cookie = own(headers, 'cookie')
  if (isString(cookie) && (TOKEN_COOKIE.test(cookie) || holdsJwt(cookie))) return 'token_in_cookie'
  // Last: a gateway may have put its own credentials there, beside a token somewhere else.
  return other === undefined ? undefined : 'scheme_other'
}

/** `Bearer` can be there as well, if the Authorization header is not read. */
function isOtherScheme(authorization: string): boolean {
  return SCHEME.test(authorization) && !/^bearer /i.test(authorization)
}

function isToken(header: unknown): boolean {
  return isString(header) && /^(?:Bearer )?eyJ/i.test(header) && holdsJwt(header)
}

function holdsJwt(text: string): boolean {
  return text.includes('eyJ') && text.split(AROUND_JWTS).some(beginsAsJwt)
}

function isJwt(text: string): boolean {
  return beginsAsJwt(text) && !AROUND_JWTS.test(text)
}

/** Three parts or more, of which the first is the header of a JWT. */
function beginsAsJwt(text: string): boolean {
  if (!text.startsWith('eyJ')) return false
  const [header = '', , third] = text.split('.', 3)
  return third !== undefined && isJoseHeader(header)
}

/** A form that no parser has read may hold a token as well. */
function bodyHint({ headers, body }: ResourceRequest): Hint | undefined {
  if (isObject(body) && holdsToken(body)) return 'token_in_body'
  const type = own(headers, 'content-type')
  const isForm = isString(type) && type.toLowerCase().startsWith('application/x-www-form-urlencoded')
  return isForm && isNotRead(body) ? 'body_not_parsed' : undefined
}

function holdsToken(body: JsonObject): boolean {
  if (TOKEN_FIELDS.some((name) => isString(own(body, name)))) return true
  return JWT_FIELDS.map((name) => own(body, name)).some((value) => isString(value) && isJwt(value))
}

/** A parser of another type leaves an empty object on Express 4. Bytes would be listed one by one. */
function isNotRead(body: unknown): boolean {
  if (body === undefined) return true
  return isObject(body) && !ArrayBuffer.isView(body) && Object.keys(body).length === 0
}

function queryHint({ originalUrl, url }: ResourceRequest): Hint | undefined {
  const target = originalUrl ?? url ?? ''
  const query = target.slice(target.indexOf('?') + 1)
  return TOKEN_PARAMETER.test(target) || (query !== target && holdsJwt(query)) ? 'token_in_query' : undefined
}
