/** The middleware, and what else a resource server can be asked. Express is a type here: nothing of it is loaded. */
import type { IncomingMessage } from 'node:http'
import type { JWTPayload } from 'jose'
import { assemble } from '../core/server/assemble.js'
import { authenticate, authenticateToken } from '../core/server/authenticate.js'
import type { Authentication } from '../core/server/authenticate.js'
import { answerTo } from '../core/server/refuse.js'
import type { Server } from '../core/server/server.js'
import { ConfigurationError, toResourceServerError, UnauthorizedError } from '../core/errors/errors.js'
import { close, healthOf, purge, ready, refresh, snapshotOf } from '../core/server/lifecycle.js'
import type { Health, IssuerSelection } from '../core/server/lifecycle.js'
import type { KeysSnapshot } from '../core/keys/snapshot.js'
import type { MaybePromise } from '../core/base/maybe-promise.js'
import { parseOptions } from '../core/options/server.js'
import type { ResourceServerOptions } from '../core/options/types.js'
import { isString, option } from '../core/base/own.js'
import type { Principal } from '../core/access/principal.js'
import type { ResourceRequest } from '../core/http/request.js'
import type { StandardSchema } from '../core/token/standard-schema.js'
import { contextBy } from '../core/access/context.js'
import { healthHandler } from './health-route.js'
import type { HealthRouteOptions } from './health-route.js'
import { authenticationHandler } from './middleware.js'
import type { Handler } from '../core/http/request.js'
import type { Answer } from '../core/http/answer.js'

/** Who sent a request, and the headers that belong on its answer. */
export interface AuthenticationResult<Claims = JWTPayload> extends Authentication {
  readonly principal: Principal<Claims>
}

/** A Connect-style handler for `app.use` or a single route, and the same verification for other places. */
export interface ResourceServer<Claims = JWTPayload> extends Handler {
  /**
   * Verifies a token that came by another way, such as a queue. Rejects with the errors that the middleware would answer
   * with. Sender-constrained tokens are refused: whether the sender may use them shows only in the request.
   */
  verify(token: string, options?: { readonly signal?: AbortSignal | undefined }): Promise<Principal<Claims>>
  /**
   * Authenticates a request outside a middleware, such as a WebSocket upgrade. Rejects, also when there are no credentials
   * and the server is `optional`; the error's `status` and `headers` are the answer to give.
   */
  authenticate(request: IncomingMessage | ResourceRequest): Promise<AuthenticationResult<Claims>>
  /**
   * The answer to an error of `authenticate()` or of a guard's `check()`, for places without a
   * response object: a WebSocket upgrade, a fetch handler. Anything that is not one of this
   * package's errors becomes a 500.
   */
  answerTo(error: unknown): Answer
  /** The principal of a request that passed this server. Throws if there is none, or another server's. */
  principalOf(req: object): Principal<Claims>
  /** Fetches metadata and keys now. Rejects with the reason when they cannot be had within `timeoutMs` (default 10000). */
  ready(options?: { readonly timeoutMs?: number | undefined }): Promise<void>
  /** Fetches the keys again, beside cool-down and back-off, at most once in 5 s. When it fails, the old ones stay. */
  refresh(selection?: IssuerSelection): Promise<void>
  /** Drops keys at once, after a leak: nothing that they signed is believed until new ones are fetched. Given keys stay. */
  purge(selection?: IssuerSelection): void
  /** The state of the keys; no I/O. */
  health(): Health
  /**
   * A handler for readiness probes: 200 `{ status }`, or 503 when the keys of all issuers are down. The first request starts
   * `ready()` in the background; none waits.
   *
   * @throws {ConfigurationError} for a wrong option.
   */
  healthRoute(options?: HealthRouteOptions): Handler
  /** The keys that are trusted now, as plain JSON for the option `keys.snapshot` of another process; no I/O. */
  snapshot(): KeysSnapshot
  /** Releases the key sources. Requests that need keys, or whose verification is in progress, get 503. */
  close(): void
}

/** What the schema makes of the claims; plain JWT claims without one. */
export type ClaimsOf<Schema> = Schema extends StandardSchema<infer Output> ? Output : JWTPayload

const READY_TIMEOUT_MS = 10_000

/**
 * Makes a middleware that verifies the access token of each request (RFC 6750, RFC 9068), puts the principal on `req.auth`,
 * and answers 400, 401 or 503 itself when it cannot. No network is touched before the first request or `ready()`.
 *
 * Checks signature, `iss`, `exp`, `nbf`, `aud`, `typ` and the types of the registered claims. It does not check scope or
 * role (guards do), nor whether a token was revoked before it expires.
 *
 * @throws {ConfigurationError} for a wrong option, named in `option`.
 */
export function resourceServer<Schema extends StandardSchema | undefined = undefined>(
  options: ResourceServerOptions<Schema>,
): ResourceServer<ClaimsOf<Schema>> {
  // The schema decides the type of the claims, which only the caller's types know.
  return expose(assemble(parseOptions(options))) as ResourceServer<ClaimsOf<Schema>>
}

/** The public face of a server. */
export function expose(server: Server): ResourceServer {
  return Object.assign(authenticationHandler(server), members(server))
}

function members(server: Server): Pick<ResourceServer, keyof ResourceServer> {
  const { issuers } = server
  return {
    verify: (token, options = {}) =>
      abortable(
        () => answerable(() => authenticateToken(asToken(token), server), server),
        option(options, 'signal'),
      ),
    authenticate: (request) => answerable(() => authenticated(request, server), server),
    answerTo: (error) => toAnswer(error, server),
    principalOf: (req) => principalOf(req, server),
    ready: (options = {}) => ready(issuers, option(options, 'timeoutMs') ?? READY_TIMEOUT_MS),
    refresh: (selection = {}) => refresh(issuers, selection),
    purge: (selection = {}) => {
      purge(server, selection)
    },
    health: () => ({ ...healthOf(issuers), isReportOnly: server.isReportOnly }),
    healthRoute: (options = {}) => healthHandler(server, options),
    snapshot: () => snapshotOf(issuers),
    close: () => {
      close(server)
    },
  }
}

async function authenticated(request: ResourceRequest, server: Server): Promise<Authentication> {
  return (await authenticate(request, server)) ?? missing()
}

function toAnswer(error: unknown, { answers }: Server): Answer {
  const { status, headers, body } = answerTo(toResourceServerError(error), answers)
  return { status, headers: { ...headers }, body }
}

/** A queue's message may lack what its type promises. */
function asToken(token: unknown): string {
  if (isString(token)) return token
  throw new UnauthorizedError('ERR_TOKEN_MALFORMED')
}

function missing(): never {
  throw new UnauthorizedError('ERR_CREDENTIALS_MISSING')
}

function principalOf(req: object, server: Server): Principal {
  const context = contextBy(server, req)
  if (context === undefined) {
    throw new ConfigurationError('principalOf: the request did not pass this resource server')
  }
  return context.principal ?? missing()
}

/** Every rejection is one of our errors, with the headers of the answer that it asks for. */
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

function abortable<T>(run: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return signal === undefined ? run() : raced(run, signal)
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
