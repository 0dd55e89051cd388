/** The first spine: from a request to the principal. It has no rules of its own. */
import type { Challenger } from './challenge.js'
import { assertNotSenderConstrained } from './confirmation.js'
import { readCredentials } from './credentials.js'
import type { CredentialSource } from './credentials.js'
import { publishAccepted } from './events.js'
import { andThen } from './maybe-promise.js'
import type { MaybePromise } from './maybe-promise.js'
import { toPrincipal } from './principal.js'
import type { Principal } from './principal.js'
import type { ResourceRequest } from './request.js'
import type { ScopeHierarchy } from './scopes.js'
import { verifyAccessToken } from './verify-access-token.js'
import type { VerifierConfig } from './verify-access-token.js'

/** What the options became: parsed once, read on every request. */
export interface ServerConfig extends VerifierConfig {
  readonly credentialSources: readonly CredentialSource[]
  readonly scopeHierarchy: ScopeHierarchy
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

/** `undefined`: the request has no credentials. Throws or rejects with the reason when they are refused. */
export function authenticate(
  request: ResourceRequest,
  config: ServerConfig,
): MaybePromise<Authentication | undefined> {
  const credentials = readCredentials(request, config.credentialSources)
  if (credentials === undefined) return undefined
  const { token, responseHeaders } = credentials
  return andThen(authenticateToken(token, config), (principal) => ({ principal, responseHeaders }))
}

export function authenticateToken(token: string, config: ServerConfig): MaybePromise<Principal> {
  return andThen(verifyAccessToken(token, config), (accessToken) => {
    assertNotSenderConstrained(accessToken.claims)
    publishAccepted(() => ({ issuer: accessToken.issuer.issuer, alg: accessToken.header.alg }))
    return toPrincipal(accessToken, config.scopeHierarchy)
  })
}
