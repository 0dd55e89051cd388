/** Why a request has no usable credentials, guessed from its headers and body after the refusal. */
import { isObject, isString, own } from '../base/own.js'
import { UnauthorizedError } from '../errors/errors.js'
import type { Hint } from '../errors/hints.js'
import { isPlaceholder } from '../errors/hints.js'
import type { ResourceRequest } from './request.js'

/** A cookie with the name or the value of a token. */
const TOKEN_COOKIE = /=(?:eyJ|Bearer(?:%20|\+))|(?:^|; ?)(?:access_?token|token|jwt|authorization)=/i
const FIELDS = ['access_token', 'accessToken', 'token', 'id_token']

/** The error for a request in whose places for tokens nothing was found. */
export function missingCredentials(request: ResourceRequest): UnauthorizedError {
  return new UnauthorizedError('ERR_CREDENTIALS_MISSING', { hint: missingHint(request) })
}

/** For an Authorization header, or a token taken from it, with the wrong grammar. */
export function malformedHint(value: string): Hint | undefined {
  if (/^bearer\s*[:=]/i.test(value)) return 'scheme_colon'
  if (/^bearer\s+./i.test(value)) return 'scheme_repeated'
  if (/^bearer\s*$/i.test(value) || isPlaceholder(value)) return 'token_placeholder'
  if (/^["'`]/.test(value)) return 'token_quoted'
  return value.startsWith('eyJ') && !/\s/.test(value) ? 'scheme_missing' : undefined
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
  if (isString(own(headers, 'authorization'))) return 'scheme_other'
  const cookie = own(headers, 'cookie')
  if (isString(cookie) && TOKEN_COOKIE.test(cookie)) return 'token_in_cookie'
  for (const name of Object.keys(headers)) {
    const value = headers[name]
    if (name !== 'cookie' && isString(value) && /^(?:Bearer )?eyJ/i.test(value))
      return 'token_in_other_header'
  }
  return undefined
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
