/** The handler between Express and the first spine: what it finds goes to the request context, or becomes the answer. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { authenticate, refusalReason } from '../core/server/authenticate.js'
import type { Authentication, ServerConfig } from '../core/server/authenticate.js'
import { NO_HEADERS } from '../core/http/credentials.js'
import { UnauthorizedError } from '../core/errors/errors.js'
import type { MaybePromise } from '../core/base/maybe-promise.js'
import { publishAuth } from './auth-property.js'
import { clearContext, setContext } from './context.js'
import { refuse } from './refuse.js'
import type { Handler, Next } from './types.js'

interface Exchange {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly next: Next
}

export function authenticationHandler(config: ServerConfig): Handler {
  return function resourceServer(req, res, next) {
    const exchange = { req, res, next }
    let outcome: MaybePromise<Authentication | undefined>
    try {
      outcome = authenticate(req, config)
    } catch (error) {
      deny(error, config, exchange)
      return
    }
    if (outcome instanceof Promise) {
      outcome.then(
        (authentication) => {
          admit(authentication, config, exchange)
        },
        (error: unknown) => {
          deny(error, config, exchange)
        },
      )
    } else {
      admit(outcome, config, exchange)
    }
  }
}

/** `next` is called outside any `try`: what the next handler throws is not ours. */
function admit(authentication: Authentication | undefined, config: ServerConfig, exchange: Exchange): void {
  const { req, res, next } = exchange
  if (authentication === undefined) {
    if (!config.isOptional) {
      deny(new UnauthorizedError('ERR_CREDENTIALS_MISSING'), config, exchange)
      return
    }
    addVary(config, res)
  } else {
    addHeaders(authentication.responseHeaders, res)
  }
  const outcome = authentication === undefined ? 'anonymous' : 'authenticated'
  setContext(req, { config, outcome, principal: authentication?.principal })
  if (!config.isReportOnly) publishAuth(req)
  next()
}

function deny(error: unknown, config: ServerConfig, { req, res, next }: Exchange): void {
  if (config.isReportOnly) setContext(req, { config, outcome: 'wouldRefuse', principal: undefined })
  else {
    clearContext(req)
    publishAuth(req)
  }
  refuse(refusalReason(error, req, config), config, res, next)
}

/** Added to what is there: a stricter `Cache-Control` of the application stays. */
function addHeaders(headers: Authentication['responseHeaders'], res: ServerResponse): void {
  if (headers === NO_HEADERS || res.headersSent) return
  for (const [name, value] of Object.entries(headers)) res.appendHeader(name, value)
}

/** The answer would be another one with credentials: RFC 9110 §12.5.5. */
function addVary({ vary }: ServerConfig, res: ServerResponse): void {
  if (vary !== undefined && !res.headersSent) res.appendHeader('vary', vary)
}
