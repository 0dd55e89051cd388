/** The first spine: from a request to its principal. It has no rules of its own. */
import { toPrincipal } from '../access/principal.js'
import type { Principal } from '../access/principal.js'
import { andThen } from '../base/maybe-promise.js'
import type { MaybePromise } from '../base/maybe-promise.js'
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
  if (credentials.scheme === DEFAULT_SCHEME) return authenticateCredentials(credentials, request, server)
  return inScheme(credentials.scheme, () => authenticateCredentials(credentials, request, server))
}

function authenticateCredentials(
  credentials: Credentials,
  request: ResourceRequest,
  server: Server,
): MaybePromise<Authentication> {
  const { token, scheme } = credentials
  const remembered = recall(token, scheme, server)
  if (remembered !== undefined) return judge(remembered, { credentials, request }, server, true)
  assertB64token(token)
  return andThen(verify(token, scheme, server), (verified) =>
    judge(verified, { credentials, request }, server, false),
  )
}

/** What is asked of every request, whether or not its token is remembered. */
function judge(
  cached: CachedToken,
  { credentials, request }: Omit<Presented, 'token'>,
  server: Server,
  isCached: boolean,
): MaybePromise<Authentication> {
  const headers = runChecks(server.requestChecks, { token: cached.verified, credentials, request })
  return andThen(headers, (responseHeaders) => {
    const principal = accept(cached, credentials.scheme, server, isCached)
    return principal instanceof Promise
      ? principal.then((made) => ({ principal: made, responseHeaders }))
      : { principal, responseHeaders }
  })
}

/** A token without a request: whether its sender holds the key that it is bound to cannot be known. */
export function authenticateToken(token: string, server: Server): MaybePromise<Principal> {
  const remembered = recall(token, DEFAULT_SCHEME, server)
  return andThen(remembered ?? verify(token, DEFAULT_SCHEME, server), (cached) => {
    assertNotSenderConstrained(cached.verified.claims)
    assertNothingRequired(server.requestChecks)
    return andThen(runTokenChecks(server.requestChecks.checks, cached.verified), () =>
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
  return tokenCache === undefined ? verifyNow() : tokenCache.verifyOnce(token, verifyNow)
}

function withPrincipal(verified: VerifiedToken, scheme: string, { scopeHierarchy }: Server): CachedToken {
  return { verified, principal: toPrincipal(verified, scheme, scopeHierarchy) }
}

function accept(
  { verified, principal }: CachedToken,
  scheme: string,
  { scopeHierarchy }: Server,
  isCached: boolean,
): MaybePromise<Principal> {
  publishAccepted(verified, isCached)
  if (verified.renew !== undefined)
    return andThen(verified.renew(), (renewed) => toPrincipal(renewed, scheme, scopeHierarchy))
  return principal.scheme === scheme ? principal : toPrincipal(verified, scheme, scopeHierarchy)
}
