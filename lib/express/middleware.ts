/**
 * The handler between Express and `authenticate`: sets the request context, or answers a refusal.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { clearContext, setContext } from '../core/access/context.js'
import type { MaybePromise } from '../core/base/maybe-promise.js'
import { toResourceServerError } from '../core/errors/errors.js'
import { containedNext } from '../core/http/contained-next.js'
import { missingCredentials } from '../core/http/credential-hints.js'
import { NO_HEADERS } from '../core/http/request.js'
import type { Handler, Next, ResponseHeaders } from '../core/http/request.js'
import { serveMetadata } from '../core/http/resource-metadata.js'
import { addHeaders } from '../core/http/response-headers.js'
import { authenticate } from '../core/server/authenticate.js'
import type { Authentication } from '../core/server/authenticate.js'
import type { Server } from '../core/server/server.js'
import { publishAuth } from './auth-property.js'

interface Exchange {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly next: Next
}

export function authenticationHandler(server: Server): Handler {
  const { metadata } = server
  return function resourceServer(req, res, next) {
    const exchange = { req, res, next }
    let outcome: MaybePromise<Authentication | undefined>
    try {
      if (metadata !== undefined && serveMetadata(metadata, req, res)) return
      outcome = authenticate(req, server)
    } catch (error) {
      deny(error, server, exchange)
      return
    }
    if (outcome instanceof Promise) later(outcome, server, exchange)
    else admit(outcome, server, exchange)
  }
}

function later(outcome: Promise<Authentication | undefined>, server: Server, exchange: Exchange): void {
  const contained = { ...exchange, next: containedNext(exchange.next, exchange.res) }
  outcome.then(
    (authentication) => {
      admit(authentication, server, contained)
    },
    (error: unknown) => {
      deny(error, server, contained)
    },
  )
}

/** Calls `next` outside the `try`: errors of the next handler are not this one's. */
function admit(authentication: Authentication | undefined, server: Server, exchange: Exchange): void {
  const { req, res, next } = exchange
  try {
    if (authentication === undefined && !server.isOptional) throw missingCredentials(req)
    addHeaders(headersFor(authentication, server), res)
    const outcome = authentication === undefined ? 'anonymous' : 'authenticated'
    const { auth } = setContext(req, { server, outcome, principal: authentication?.principal })
    if (!server.isReportOnly) publishAuth(req, auth)
  } catch (error) {
    deny(error, server, exchange)
    return
  }
  next()
}

function deny(error: unknown, server: Server, exchange: Exchange): void {
  server.refuse(withoutResult(exchange.req, server) ?? error, exchange)
}

/** Removes what an earlier server found. Returns what failed, such as a trap of a proxy. */
function withoutResult(req: IncomingMessage, server: Server): unknown {
  try {
    if (server.isReportOnly) setContext(req, { server, outcome: 'wouldRefuse', principal: undefined })
    else {
      clearContext(req)
      publishAuth(req, undefined)
    }
    return undefined
  } catch (failure) {
    return toResourceServerError(failure)
  }
}

/** Headers for the answer, the same `Vary` for each place in which a token may be. */
function headersFor(
  authentication: Authentication | undefined,
  { vary, usualHeaders }: Server,
): ResponseHeaders {
  const headers = authentication?.responseHeaders ?? NO_HEADERS
  if (headers === NO_HEADERS) return usualHeaders
  return vary === undefined ? headers : { ...headers, vary }
}
