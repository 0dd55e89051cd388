/** Why a request has no usable credentials, guessed from its headers and body after the refusal. */
import { isObject, isString, own } from '../base/own.js'
import { UnauthorizedError } from '../errors/errors.js'
import type { Hint } from '../errors/hints.js'
import { isJoseHeader, isPlaceholder } from '../errors/hints.js'
import type { ResourceRequest } from './request.js'

/** A cookie with the name of an access token, or with a scheme in front of its value. */
const TOKEN_COOKIE = /=Bearer(?:%20|\+)|(?:^|; ?)(?:access_?token|authorization)=/i
/** What may be the first part of a JWT. */
const FIRST_PARTS = /\beyJ[\w-]+(?=\.[\w-]*\.)/g
const SCHEME = /^[^ ]+ +[^ ]/
/** Headers in which a JWT is not an access token. RFC 9449 §4.1. */
const NOT_TOKENS: ReadonlySet<string> = new Set(['cookie', 'dpop'])
const FIELDS = ['access_token', 'accessToken', 'token', 'id_token']

/** The error for a request in whose places for tokens nothing was found. */
export function missingCredentials(request: ResourceRequest): UnauthorizedError {
  return new UnauthorizedError('ERR_CREDENTIALS_MISSING', { hint: missingHint(request) })
}

/** For an Authorization header with the wrong grammar. */
export function headerGrammarHint(value: string): Hint | undefined {
  return (
    tokenGrammarHint(value) ?? (value.startsWith('eyJ') && !/\s/.test(value) ? 'scheme_missing' : undefined)
  )
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
  if (isString(authorization) && isOtherScheme(authorization)) return 'scheme_other'
  const cookie = own(headers, 'cookie')
  if (isString(cookie) && (TOKEN_COOKIE.test(cookie) || holdsJwt(cookie))) return 'token_in_cookie'
  for (const name of Object.keys(headers)) {
    const value = headers[name]
    const isToken = isString(value) && /^(?:Bearer )?eyJ/i.test(value) && holdsJwt(value)
    if (isToken && !NOT_TOKENS.has(name)) return 'token_in_other_header'
  }
  return undefined
}

/** `Bearer` can be there as well, if the Authorization header is not read. */
function isOtherScheme(authorization: string): boolean {
  return SCHEME.test(authorization) && !/^bearer /i.test(authorization)
}

function holdsJwt(text: string): boolean {
  return (text.match(FIRST_PARTS) ?? []).some(isJoseHeader)
}

/** A form that no parser has read may hold a token as well. */
function bodyHint({ headers, body }: ResourceRequest): Hint | undefined {
  // A parser of another type leaves an empty object on Express 4.
  const isRead = isObject(body) && Object.keys(body).length > 0
  if (isRead) return FIELDS.some((name) => isString(own(body, name))) ? 'token_in_body' : undefined
  const type = own(headers, 'content-type')
  const isForm = isString(type) && type.toLowerCase().startsWith('application/x-www-form-urlencoded')
  return isForm && (body === undefined || isObject(body)) ? 'body_not_parsed' : undefined
}

function queryHint({ originalUrl, url }: ResourceRequest): Hint | undefined {
  const target = originalUrl ?? url ?? ''
  return /[?&](?:access_?token=|\w*token=eyJ|jwt=)/i.test(target) ? 'token_in_query' : undefined
}
