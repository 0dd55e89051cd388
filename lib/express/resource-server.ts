/** The middleware and the other methods of a resource server. Express is not loaded. */
import { assemble } from '../core/server/assemble.js'
import { authenticate, authenticateToken } from '../core/server/authenticate.js'
import type { Authentication } from '../core/server/authenticate.js'
import { rememberServer } from '../core/server/faces.js'
import { answerTo } from '../core/server/refuse.js'
import type { Server } from '../core/server/server.js'
import { ConfigurationError, toResourceServerError, UnauthorizedError } from '../core/errors/errors.js'
import { close, healthOf, purge, ready, refresh, snapshotOf } from '../core/server/lifecycle.js'
import type { IssuerSelection } from '../core/server/lifecycle.js'
import { setBrand } from '../core/base/brand.js'
import type { MaybePromise } from '../core/base/maybe-promise.js'
import { OptionReader } from '../core/options/reader.js'
import { parseOptions } from '../core/options/server.js'
import type { ResourceServerOptions } from '../core/options/types.js'
import { isObject, isString } from '../core/base/own.js'
import type { Principal } from '../core/access/principal.js'
import { missingCredentials } from '../core/http/credential-hints.js'
import type { ResourceRequest } from '../core/http/request.js'
import { assertHasHeaders, assertPlainHeaders } from '../core/http/request-shape.js'
import type { StandardSchema } from '../core/token/standard-schema.js'
import { contextBy } from '../core/access/context.js'
import { callOnly } from './call-only.js'
import type { Methods } from './call-only.js'
import { healthHandler } from './health-route.js'
import { authenticationHandler } from './middleware.js'
import { assertArgumentCount } from '../core/errors/misuse.js'
import type { ClaimsOf, ResourceServer } from './server-interface.js'
import type { Answer } from '../core/http/answer.js'

const NOT_JUDGED =
  'principalOf: the request did not pass this resource server, or passed another one after it, ' +
  'whose principal takes the place. Call principalOf of the last one'
const READY_TIMEOUT_MS = 10_000
/** Timers of Node cannot be longer. */
const MAX_TIMEOUT_MS = 2_147_483_647

/**
 * Makes a middleware that verifies the access token of each request (RFC 6750, RFC 9068) and
 * exposes the caller as `req.auth`. It answers 400, 401 or 503 itself if it cannot. Nothing is
 * fetched before the first request or `ready()`.
 *
 * Checks signature, `iss`, `exp`, `nbf`, `aud`, `typ` and the types of the registered claims. Does
 * not check scopes or roles, which is what guards are for, nor, without `revocation`, whether a token was
 * revoked.
 *
 * @example
 * const app = express()
 * const issuer = 'https://login.example.com'
 * app.use(resourceServer({ issuer, audience: 'https://api.example.com' }))
 * app.get('/orders', requireScopes('orders:read'), (req, res) => res.json(req.auth?.subject))
 *
 * @throws {ConfigurationError} for a wrong option, which `option` names.
 */
export function resourceServer<Schema extends StandardSchema | undefined = undefined>(
  options: ResourceServerOptions<Schema>,
  none?: undefined,
): ResourceServer<ClaimsOf<Schema>>
export function resourceServer(...args: readonly unknown[]): ResourceServer {
  assertArgumentCount('resourceServer', args, 1)
  return expose(assemble(parseOptions(args[0])))
}

/** The public face of a server. */
export function expose(server: Server): ResourceServer {
  const face = Object.assign(authenticationHandler(server), callOnly(methods(server)))
  rememberServer(face, server)
  setBrand(face, { kind: 'server', isOptional: server.isOptional, isReportOnly: server.isReportOnly })
  return face
}

function methods(server: Server): Methods {
  const { issuers } = server
  const verify = (token: unknown): Promise<Principal> =>
    answerable(() => authenticateToken(asToken(token), server), server)
  return {
    verify: (token, options) =>
      options === undefined ? verify(token) : abortable(() => verify(token), options),
    authenticate: (request) => answerable(() => authenticated(request, server), server),
    answerTo: (error) => toAnswer(error, server),
    principalOf: (req) => principalOf(req, server),
    ready: async (options = {}) => ready(server, timeoutOf(options)),
    refresh: async (selection = {}) => refresh(issuers, selected(selection, 'refresh')),
    purge: (selection = {}) => {
      purge(server, selected(selection, 'purge'))
    },
    health: () => ({ ...healthOf(server), isReportOnly: server.isReportOnly }),
    healthRoute: (options = {}) => healthHandler(server, options),
    snapshot: () => snapshotOf(issuers),
    close: () => {
      close(server)
    },
  }
}

async function authenticated(request: ResourceRequest, server: Server): Promise<Authentication> {
  assertHasHeaders(request)
  const authentication = await authenticate(request, server)
  if (authentication !== undefined) return authentication
  assertPlainHeaders(request, server.vary)
  throw missingCredentials(request)
}

function toAnswer(error: unknown, { answers }: Server): Answer {
  const { status, headers, body } = answerTo(toResourceServerError(error), answers)
  return { status, headers: { ...headers }, body }
}

/** A message from a queue may not be what its type promises. */
function asToken(token: unknown): string {
  if (isString(token)) return token
  throw new UnauthorizedError('ERR_TOKEN_MALFORMED')
}

function principalOf(req: object, server: Server): Principal {
  const context = contextBy(server, req)
  if (context === undefined) {
    throw new ConfigurationError(NOT_JUDGED)
  }
  if (context.principal === undefined) throw missingCredentials(req as ResourceRequest)
  return context.principal
}

/** Every rejection is one of our errors, with the headers of its answer. */
async function answerable<T>(run: () => MaybePromise<T>, { answers }: Server): Promise<T> {
  try {
    const answer = run()
    return answer instanceof Promise ? await answer : answer
  } catch (thrown) {
    const error = toResourceServerError(thrown)
    answerTo(error, answers)
    throw error
  }
}

function timeoutOf(options: object): number {
  const reader = new OptionReader(options, 'ready', ['timeoutMs'])
  return reader.number('timeoutMs', { min: 1, max: MAX_TIMEOUT_MS }) ?? READY_TIMEOUT_MS
}

/** A misspelled name must not select all issuers. */
function selected(selection: object, method: string): IssuerSelection {
  return { issuer: new OptionReader(selection, method, ['issuer']).string('issuer') }
}

async function abortable<T>(run: () => Promise<T>, options: object): Promise<T> {
  const reader = new OptionReader(options, 'verify', ['signal'])
  const signal = reader.value('signal')
  if (signal === undefined) return run()
  return isSignal(signal) ? raced(run, signal) : reader.fail('signal', 'must be an AbortSignal')
}

/** By its methods, as it may be of another realm. */
function isSignal(value: unknown): value is AbortSignal {
  if (!isObject(value)) return false
  return ['throwIfAborted', 'addEventListener'].every(
    (name) => typeof Reflect.get(value, name) === 'function',
  )
}

async function raced<T>(run: () => Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  const settled = new AbortController()
  const aborted = new Promise<never>((_resolve, reject) => {
    const abort = (): void => {
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', abort, { once: true, signal: settled.signal })
  })
  return Promise.race([run(), aborted]).finally(() => {
    settled.abort()
  })
}
