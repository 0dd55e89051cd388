/** The first spine: from a request to its principal. It has no rules of its own. */
import { toPrincipal } from '../access/principal.js'
import type { Principal } from '../access/principal.js'
import { andThen } from '../base/maybe-promise.js'
import type { MaybePromise } from '../base/maybe-promise.js'
import { assertNotSenderConstrained } from '../http/confirmation.js'
import { assertB64token, readCredentials } from '../http/credentials.js'
import type { Credentials } from '../http/credentials.js'
import { runChecks, runTokenChecks } from '../http/request-check.js'
import type { ResourceRequest, ResponseHeaders } from '../http/request.js'
import { publishAccepted } from './events.js'
import { inScheme } from './refused-scheme.js'
import type { Server } from './server.js'
import type { CachedToken } from './token-cache.js'

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
  return inScheme(credentials.scheme, () => authenticateCredentials(credentials, request, server))
}

function authenticateCredentials(
  credentials: Credentials,
  request: ResourceRequest,
  server: Server,
): MaybePromise<Authentication> {
  const { token, scheme } = credentials
  const remembered = recall(token, server)
  if (remembered === undefined) assertB64token(token)
  return andThen(remembered ?? verify(token, scheme, server), (cached) => {
    const { verified } = cached
    return andThen(runChecks(server.requestChecks, { token: verified, credentials, request }), (headers) => ({
      principal: accept(cached, scheme, server, remembered !== undefined),
      responseHeaders: headers,
    }))
  })
}

/** A token without a request: whether its sender holds the key that it is bound to cannot be known. */
export function authenticateToken(token: string, server: Server): MaybePromise<Principal> {
  const remembered = recall(token, server)
  return andThen(remembered ?? verify(token, DEFAULT_SCHEME, server), (cached) => {
    assertNotSenderConstrained(cached.verified.claims)
    return andThen(runTokenChecks(server.requestChecks.checks, cached.verified), () =>
      accept(cached, DEFAULT_SCHEME, server, remembered !== undefined),
    )
  })
}

const DEFAULT_SCHEME = 'Bearer'

/** A remembered token that is still good. Throws if time or audience refuse it now. */
function recall(token: string, { tokenCache, clocks }: Server): CachedToken | undefined {
  const cached = tokenCache?.get(token)
  return cached?.verified.recheck(clocks.nowSeconds()) === 'good' ? cached : undefined
}

function verify(token: string, scheme: string, server: Server): MaybePromise<CachedToken> {
  const { tokenCache, verifyToken, scopeHierarchy } = server
  const verifyNow = (): MaybePromise<CachedToken> =>
    andThen(verifyToken(token), (verified) => ({
      verified,
      principal: toPrincipal(verified, scheme, scopeHierarchy),
    }))
  return tokenCache === undefined ? verifyNow() : tokenCache.verifyOnce(token, verifyNow)
}

function accept(
  { verified, principal }: CachedToken,
  scheme: string,
  { scopeHierarchy }: Server,
  isCached: boolean,
): Principal {
  publishAccepted(verified, isCached)
  return principal.scheme === scheme ? principal : toPrincipal(verified, scheme, scopeHierarchy)
}
