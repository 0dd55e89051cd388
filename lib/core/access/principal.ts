/** The authenticated caller: the claims of a verified access token under this package's own names. RFC 8693 §4.1. */
import { inspect } from 'node:util'
import type { JWTHeaderParameters, JWTPayload } from 'jose'
import { own, isObject, isString } from '../base/own.js'
import type { JsonObject } from '../base/own.js'
import { holdsScope } from './scopes.js'
import type { ScopeHierarchy } from './scopes.js'
import type { VerifiedToken } from '../token/verifier.js'

/** The party that acts for the subject now (`act`, RFC 8693 §4.1). Earlier ones are in the claims. */
export interface Actor {
  readonly issuer?: string
  readonly subject?: string
  readonly clientId?: string
}

/**
 * The authenticated caller. Frozen, and so are its claims. A user is `issuer` and `subject` together:
 * a subject means something different at each issuer, and may equal a client's id.
 */
export interface Principal<Claims = JWTPayload> {
  /** `iss`. */
  readonly issuer: string
  /** `sub`; absent where the provider sends none. */
  readonly subject?: string
  /** The client that the token was issued to: `client_id`, or `azp`, `cid`, `appid`. */
  readonly clientId?: string
  /** `aud`, always as an array. */
  readonly audience: readonly string[]
  /** The scope values as granted; `hasScope` also knows those that they imply. */
  readonly scopes: readonly string[]
  readonly roles: readonly string[]
  /** `exp`, in seconds since 1970. */
  readonly expiresAt: number
  /** `iat`, in seconds since 1970. */
  readonly issuedAt?: number
  /** The scheme of the credentials, `Bearer` unless the token is bound by a method with its own. */
  readonly scheme: string
  readonly actor?: Actor
  readonly claims: Readonly<Claims>
  /** The JOSE header of the token. */
  readonly header: Readonly<JWTHeaderParameters>
  /** The token as received. Not an own property: logging, spreading or serialising a principal does not leak it. */
  readonly token: string
  /** Whether the scope was granted, or is implied by one that was (`scopeHierarchy`). */
  hasScope(scope: string): boolean
}

/** The claims as the issuer stated them, whatever a schema made of `principal.claims`. */
export let rawClaimsOf: (principal: Principal) => JsonObject

class VerifiedPrincipal implements Principal {
  static {
    rawClaimsOf = (principal) => (#rawClaims in principal ? principal.#rawClaims : principal.claims)
  }

  readonly #token: string
  readonly #rawClaims: JsonObject
  readonly #hierarchy: ScopeHierarchy
  readonly issuer: string
  declare readonly subject?: string
  declare readonly clientId?: string
  readonly audience: readonly string[]
  readonly scopes: readonly string[]
  readonly roles: readonly string[]
  readonly expiresAt: number
  declare readonly issuedAt?: number
  readonly scheme: Principal['scheme']
  declare readonly actor?: Actor
  readonly claims: Readonly<JWTPayload>
  readonly header: Principal['header']

  constructor(verified: VerifiedToken, scheme: Principal['scheme'], hierarchy: ScopeHierarchy) {
    const { token, header, claims, registered, issuer } = verified
    const { subject, issuedAt } = registered
    this.#token = token
    this.#hierarchy = hierarchy
    this.#rawClaims = claims
    this.issuer = issuer.issuer
    this.audience = Object.freeze(registered.audience)
    this.scopes = Object.freeze(issuer.scopesOf(claims))
    this.roles = Object.freeze(issuer.rolesOf(claims))
    this.expiresAt = registered.expiresAt
    this.scheme = scheme
    // The type of the output is that of the user's schema, which only the caller's types know.
    this.claims = verified.output as JWTPayload
    this.header = header as Principal['header']
    const clientId = issuer.clientIdOf(claims)
    const actor = actorOf(own(claims, 'act'))
    // Absent stays absent: no own property with the value `undefined`.
    if (subject !== undefined) this.subject = subject
    if (clientId !== undefined) this.clientId = clientId
    if (issuedAt !== undefined) this.issuedAt = issuedAt
    if (actor !== undefined) this.actor = actor
    Object.freeze(this)
  }

  get token(): string {
    return this.#token
  }

  /** When asked for hidden members and getters, Node would read the token. */
  [inspect.custom](): object {
    return Object.assign({}, this)
  }

  hasScope(scope: string): boolean {
    return holdsScope(this.scopes, scope, this.#hierarchy)
  }
}

/** `scheme` is the one that the credentials came in. */
export function toPrincipal(
  verified: VerifiedToken,
  scheme: Principal['scheme'],
  hierarchy: ScopeHierarchy,
): Principal {
  return new VerifiedPrincipal(verified, scheme, hierarchy)
}

function actorOf(act: unknown): Actor | undefined {
  if (!isObject(act)) return undefined
  const issuer = stringOf(act, 'iss')
  const subject = stringOf(act, 'sub')
  const clientId = stringOf(act, 'client_id')
  return Object.freeze({
    ...(issuer !== undefined && { issuer }),
    ...(subject !== undefined && { subject }),
    ...(clientId !== undefined && { clientId }),
  })
}

function stringOf(claims: JsonObject, name: string): string | undefined {
  const value = own(claims, name)
  return isString(value) && value !== '' ? value : undefined
}
