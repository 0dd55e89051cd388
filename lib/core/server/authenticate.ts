/** The first spine: from a request to the principal. It has no rules of its own. */
import type { Challenger } from '../http/challenge.js'
import { PARSING_CODES } from '../jws/compact-jws.js'
import { assertNotSenderConstrained } from '../http/confirmation.js'
import { isB64token, NO_HEADERS, presumedToken, readCredentials } from '../http/credentials.js'
import type { CredentialSource } from '../http/credentials.js'
import { InvalidRequestError, UnauthorizedError } from '../errors/errors.js'
import { publishAccepted } from './events.js'
import { andThen } from '../base/maybe-promise.js'
import type { MaybePromise } from '../base/maybe-promise.js'
import { toPrincipal } from '../access/principal.js'
import type { Principal } from '../access/principal.js'
import type { ResourceRequest } from '../http/request.js'
import type { ScopeHierarchy } from '../access/scopes.js'
import type { CachedToken, TokenCache } from './token-cache.js'
import { isStillTrusted, validateAgain, verifyAccessToken } from '../token/jwt-verifier.js'
import type { VerifierConfig } from '../token/jwt-verifier.js'

/** What the options became: parsed once, read on every request. */
export interface ServerConfig extends VerifierConfig {
  readonly credentialSources: readonly CredentialSource[]
  /** For `Vary`, where a request without credentials goes on. */
  readonly vary: string | undefined
  readonly scopeHierarchy: ScopeHierarchy
  readonly tokenCache: TokenCache | undefined
  readonly challenger: Challenger
  readonly isOptional: boolean
  readonly refusals: 'respond' | 'next'
  /** Nothing is refused; what would have been is published. */
  readonly isReportOnly: boolean
}

export interface Authentication {
  readonly principal: Principal
  /** Headers that belong on the answer. */
  readonly responseHeaders: Readonly<Record<string, string>>
}

/** `undefined`: the request has no credentials. Throws or rejects when they are refused: `refusalReason` says for what. */
export function authenticate(
  request: ResourceRequest,
  config: ServerConfig,
): MaybePromise<Authentication | undefined> {
  const presumed = presumedToken(request, config.credentialSources)
  if (presumed === undefined) return authenticateCredentials(request, config)
  return andThen(authenticateToken(presumed, config), withoutHeaders)
}

/**
 * What a request is refused for, of what `authenticate` threw: malformed credentials are refused as such, whatever else is
 * wrong with them. Whoever catches asks this, because to catch here and throw again would take as long as making the answer.
 */
export function refusalReason(thrown: unknown, request: ResourceRequest, config: ServerConfig): unknown {
  if (!(thrown instanceof UnauthorizedError) || !PARSING_CODES.has(thrown.code)) return thrown
  try {
    const presumed = presumedToken(request, config.credentialSources)
    const isMalformed = presumed !== undefined && !isB64token(presumed)
    return isMalformed ? new InvalidRequestError('ERR_CREDENTIALS_MALFORMED') : thrown
  } catch (reason) {
    // While an answer was awaited, somebody has changed the header. Where this is asked, nothing catches.
    return reason
  }
}

function authenticateCredentials(
  request: ResourceRequest,
  config: ServerConfig,
): MaybePromise<Authentication | undefined> {
  const credentials = readCredentials(request, config.credentialSources)
  if (credentials === undefined) return undefined
  const { token, responseHeaders } = credentials
  return andThen(authenticateToken(token, config), (principal) => ({ principal, responseHeaders }))
}

function withoutHeaders(principal: Principal): Authentication {
  return { principal, responseHeaders: NO_HEADERS }
}

export function authenticateToken(token: string, config: ServerConfig): MaybePromise<Principal> {
  const { tokenCache } = config
  if (tokenCache === undefined) return andThen(verify(token, config), acceptNew)
  const cached = tokenCache.get(token)
  if (cached !== undefined && isStillTrusted(cached.accessToken, config.issuers)) {
    return acceptAgain(cached, config)
  }
  return andThen(
    tokenCache.verifyOnce(token, () => verify(token, config)),
    acceptNew,
  )
}

function verify(token: string, config: ServerConfig): MaybePromise<CachedToken> {
  return andThen(verifyAccessToken(token, config), (accessToken) => ({
    accessToken,
    principal: toPrincipal(accessToken, config.scopeHierarchy),
  }))
}

function acceptNew(verified: CachedToken): Principal {
  return accept(verified, false)
}

function acceptAgain(cached: CachedToken, config: ServerConfig): Principal {
  validateAgain(cached.accessToken, config.clocks.nowSeconds())
  return accept(cached, true)
}

/** What is asked on every request, whether or not the token was seen before. */
function accept({ accessToken, principal }: CachedToken, isCached: boolean): Principal {
  assertNotSenderConstrained(accessToken.claims)
  publishAccepted(accessToken, isCached)
  return principal
}
