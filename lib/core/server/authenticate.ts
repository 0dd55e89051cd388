/** The first spine: from a request to its principal. It has no rules of its own. */
import { toPrincipal } from '../access/principal.js'
import type { Principal } from '../access/principal.js'
import { andThen } from '../base/maybe-promise.js'
import type { MaybePromise } from '../base/maybe-promise.js'
import { UnavailableError } from '../errors/errors.js'
import { assertNothingRequired, assertNotSenderConstrained } from '../http/confirmation.js'
import type { Presented } from '../http/confirmation.js'
import { assertB64token, readCredentials } from '../http/credentials.js'
import type { Credentials } from '../http/credentials.js'
import { runChecks, runTokenChecks } from '../http/request-check.js'
import type { ResourceRequest, ResponseHeaders } from '../http/request.js'
import type { VerifiedToken } from '../token/verifier.js'
import { publishAccepted } from './events.js'
import { inScheme } from './refused-scheme.js'
import type { Server } from './server.js'
import { isSummary } from './token-cache.js'
import type { CachedToken } from './token-cache.js'

const DEFAULT_SCHEME = 'Bearer'

export interface Authentication {
  readonly principal: Principal
  /** Headers for the answer. */
  readonly responseHeaders: ResponseHeaders
}

/** `undefined`: the request has no credentials. Throws or rejects with the error that refuses it. */
export function authenticate(
  request: ResourceRequest,
  server: Server,
): MaybePromise<Authentication | undefined> {
  const credentials = readCredentials(request, server.credentialSources)
  if (credentials === undefined) return undefined
  return inScheme(authenticateCredentials, credentials, request, server)
}

// A function with a closure allocates on every call, so closures stay out of the common path.

function authenticateCredentials(
  credentials: Credentials,
  request: ResourceRequest,
  server: Server,
): MaybePromise<Authentication> {
  const remembered = recall(credentials.token, credentials.scheme, server)
  if (remembered === undefined) return authenticateNew(credentials, request, server)
  const attempt = { token: remembered.verified, credentials, request, isCached: true }
  return judge(remembered, attempt, server)
}

function authenticateNew(
  credentials: Credentials,
  request: ResourceRequest,
  server: Server,
): MaybePromise<Authentication> {
  const { token, scheme } = credentials
  assertB64token(token)
  return andThen(verify(token, scheme, server), (cached) =>
    judge(cached, { token: cached.verified, credentials, request, isCached: false }, server),
  )
}

interface Attempt extends Presented {
  readonly isCached: boolean
}

/** What is asked of every request, whether or not its token is remembered. */
function judge(cached: CachedToken, attempt: Attempt, server: Server): MaybePromise<Authentication> {
  const headers = whileGood(runChecks(server.requestChecks, attempt), cached.verified, server)
  return headers instanceof Promise
    ? judgeLater(headers, cached, attempt, server)
    : authentication(cached, attempt, server, headers)
}

async function judgeLater(
  headers: Promise<ResponseHeaders>,
  cached: CachedToken,
  attempt: Attempt,
  server: Server,
): Promise<Authentication> {
  return authentication(cached, attempt, server, await headers)
}

function authentication(
  cached: CachedToken,
  attempt: Attempt,
  server: Server,
  responseHeaders: ResponseHeaders,
): MaybePromise<Authentication> {
  const principal = accept(cached, attempt.credentials.scheme, server, attempt.isCached)
  return principal instanceof Promise
    ? withHeaders(principal, responseHeaders)
    : { principal, responseHeaders }
}

async function withHeaders(
  principal: Promise<Principal>,
  responseHeaders: ResponseHeaders,
): Promise<Authentication> {
  return { principal: await principal, responseHeaders }
}

/** A token without a request: whether its sender holds the key that it is bound to cannot be known. */
export function authenticateToken(token: string, server: Server): MaybePromise<Principal> {
  const remembered = recall(token, DEFAULT_SCHEME, server)
  return andThen(remembered ?? verify(token, DEFAULT_SCHEME, server), (cached) => {
    assertNotSenderConstrained(cached.verified.claims)
    assertNothingRequired(server.requestChecks)
    const checked = runTokenChecks(server.requestChecks.checks, cached.verified)
    return andThen(whileGood(checked, cached.verified, server), () =>
      accept(cached, DEFAULT_SCHEME, server, remembered !== undefined),
    )
  })
}

/** A remembered token that is still good. Throws if time or audience refuse it now. */
function recall(token: string, scheme: string, server: Server): CachedToken | undefined {
  const { tokenCache, clocks } = server
  const entry = tokenCache?.get(token)
  if (tokenCache === undefined || entry === undefined) return undefined
  if (!isSummary(entry)) return entry.verified.recheck(clocks.nowSeconds()) === 'good' ? entry : undefined
  const verified = entry.restore()
  return verified && tokenCache.keep(withPrincipal(verified, scheme, server))
}

function verify(token: string, scheme: string, server: Server): MaybePromise<CachedToken> {
  const { tokenCache, verifications } = server
  const verifyNow = (): MaybePromise<CachedToken> =>
    andThen(verifications.verify(token), (verified) => withPrincipal(verified, scheme, server))
  const result = tokenCache === undefined ? verifyNow() : tokenCache.verifyOnce(token, verifyNow)
  return result instanceof Promise ? result.then((cached) => stillGood(cached, server)) : result
}

function withPrincipal(verified: VerifiedToken, scheme: string, server: Server): CachedToken {
  return { verified, principal: toPrincipal(verified, scheme, server) }
}

function accept(
  { verified, principal }: CachedToken,
  scheme: string,
  server: Server,
  isCached: boolean,
): MaybePromise<Principal> {
  const isShared = server.tokenCache !== undefined
  if (isShared && verified.renew !== undefined) {
    const renewed = whileGood(verified.renew(), verified, server)
    return acceptRenewed(renewed, scheme, server, isCached)
  }
  publishAccepted(verified, isCached)
  return principal.scheme === scheme ? principal : toPrincipal(verified, scheme, server)
}

function acceptRenewed(
  renewed: MaybePromise<VerifiedToken>,
  scheme: string,
  server: Server,
  isCached: boolean,
): MaybePromise<Principal> {
  return andThen(renewed, (verified) => {
    publishAccepted(verified, isCached)
    return toPrincipal(verified, scheme, server)
  })
}

/**
 * The answer to a question about a verified token. If it has to be waited for, `purge()` and
 * `close()` end that, and the token must still be good when the answer comes.
 */
function whileGood<T>(answer: MaybePromise<T>, verified: VerifiedToken, server: Server): MaybePromise<T> {
  return answer instanceof Promise ? waitWhileGood(answer, verified, server) : answer
}

async function waitWhileGood<T>(pending: Promise<T>, verified: VerifiedToken, server: Server): Promise<T> {
  const answer = await server.verifications.endable(pending, verified)
  assertStillGood(verified, server)
  return answer
}

function stillGood(cached: CachedToken, server: Server): CachedToken {
  assertStillGood(cached.verified, server)
  return cached
}

/** Trust may have been withdrawn while the request waited, and time has passed. */
function assertStillGood(verified: VerifiedToken, { clocks }: Server): void {
  if (!verified.isStillGood(clocks.nowSeconds())) throw new UnavailableError('ERR_KEYS_UNAVAILABLE')
}
