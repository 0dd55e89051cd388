/** What a resource server can do, as its users see it. */
import type { IncomingMessage } from 'node:http'
import type { JWTPayload } from 'jose'
import type { Principal } from '../core/access/principal.js'
import type { Answer } from '../core/http/answer.js'
import type { Ignored } from '../core/errors/misuse.js'
import type { Handler, ResourceRequest } from '../core/http/request.js'
import type { KeysSnapshot } from '../core/keys/snapshot.js'
import type { Authentication } from '../core/server/authenticate.js'
import type { Health, IssuerSelection } from '../core/server/lifecycle.js'
import type { StandardSchema } from '../core/token/standard-schema.js'
import type { HealthRouteOptions } from './health-route.js'

/** Who sent a request, and the headers for its answer. */
export interface AuthenticationResult<Claims = JWTPayload> extends Authentication {
  readonly principal: Principal<Claims>
}

/**
 * A Connect-style handler for `app.use` or one route, and the same verification for other places.
 * The methods are not handlers: Express would get a 500 that says so.
 */
export interface ResourceServer<Claims = JWTPayload> extends Handler {
  /**
   * Verifies a token that came another way, such as through a queue. Rejects with the errors that
   * the middleware would answer with, and with the reason of an aborted `signal`. Refuses
   * sender-constrained tokens, because only a request shows whether the sender may use them.
   */
  verify(
    token: string,
    options?: { readonly signal?: AbortSignal | undefined },
    ignored?: Ignored,
  ): Promise<Principal<Claims>>
  /**
   * Authenticates a request outside a middleware, such as a WebSocket upgrade. Also rejects if
   * there are no credentials and the server is `optional`. The error's `status` and `headers` are
   * the answer.
   */
  authenticate(
    request: IncomingMessage | ResourceRequest,
    ignored?: Ignored,
  ): Promise<AuthenticationResult<Claims>>
  /**
   * The answer to an error of `authenticate()` or of a guard's `check()`, for places without a
   * response object: a WebSocket upgrade, a fetch handler. Anything that is not one of this
   * package's errors becomes a 500.
   */
  answerTo(error: unknown, ignored?: Ignored): Answer
  /**
   * The principal of a request that passed this server, and no other one after it: a later server
   * replaces the principal, unless it only reports.
   *
   * @throws {ConfigurationError} if the request did not pass this server, or passed another one later.
   * @throws {UnauthorizedError} if the request is anonymous.
   */
  principalOf(req: object, ignored?: Ignored): Principal<Claims>
  /**
   * Fetches metadata and keys now. Rejects with the reason if they are unavailable for `timeoutMs`
   * milliseconds, 1 to 2147483647. Default 10000.
   */
  ready(options?: { readonly timeoutMs?: number | undefined }, ignored?: Ignored): Promise<void>
  /**
   * Fetches the keys again, regardless of cool-down and back-off, but at most once in 5 s. If a fetch
   * is under way, waits for it first. If the new one fails, the old keys stay. Rejects with a
   * ConfigurationError for an issuer that is not trusted.
   */
  refresh(selection?: IssuerSelection, ignored?: Ignored): Promise<void>
  /**
   * Drops fetched keys at once, after a leak: tokens signed with them are refused until new keys
   * are fetched. Keys from the options stay; a resolver is asked again. No snapshot brings them back.
   * Ends what requests wait for with a 503.
   *
   * @throws {ConfigurationError} for an issuer that is not trusted. A resolver may still add any.
   */
  purge(selection?: IssuerSelection, ignored?: Ignored): void
  /** The state of the keys; no I/O. */
  health(unused?: unknown, ignored?: Ignored): Health
  /**
   * A handler for readiness probes: 200 `{ status }`, or 503 if the keys of all issuers are down.
   * The first request starts `ready()` in the background; no request waits.
   *
   * @throws {ConfigurationError} for a wrong option.
   */
  healthRoute(options?: HealthRouteOptions, ignored?: Ignored): Handler
  /**
   * The keys that are trusted now, as plain JSON for `keys.snapshot` of another process; no I/O.
   */
  snapshot(unused?: unknown, ignored?: Ignored): KeysSnapshot
  /** Releases the key sources. Requests that need keys, or are still being verified, then get 503. */
  close(unused?: unknown, ignored?: Ignored): void
}

/** The output of the schema; plain JWT claims without one. */
export type ClaimsOf<Schema> = Schema extends StandardSchema<infer Output> ? Output : JWTPayload
