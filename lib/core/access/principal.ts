/**
 * The authenticated caller: the claims of a verified access token under this package's own names.
 * RFC 8693 §4.1.
 */
import { inspect } from 'node:util'
import type { JWTHeaderParameters, JWTPayload } from 'jose'
import { own, option } from '../base/own.js'
import type { JsonObject } from '../base/own.js'
import { ConfigurationError, guarded } from '../errors/errors.js'
import { actorOf } from './actor.js'
import type { Actor } from './actor.js'
import { holdsScope } from './scopes.js'
import type { ServerRules } from './server-rules.js'
import type { PlainClaimSource } from '../token/claim-source.js'
import type { TrustedIssuer } from '../token/issuers.js'
import type { VerifiedToken } from '../token/verifier.js'

/**
 * The authenticated caller. Frozen, and so are its claims. A user is `issuer` and `subject`
 * together: a subject means something different at each issuer, and may equal a client's id.
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
  /** The scope values as granted. `hasScope` also knows those that they imply. */
  readonly scopes: readonly string[]
  /** The roles, from the claims that the option `roles` names. */
  readonly roles: readonly string[]
  /** `exp`, in seconds since 1970. */
  readonly expiresAt: number
  /** `iat`, in seconds since 1970. */
  readonly issuedAt?: number
  /** The scheme of the credentials: `Bearer`, or that of the method that binds the token. */
  readonly scheme: string
  /**
   * The party that acts for the subject, with those that acted before it, at most 8; absent for most
   * tokens.
   */
  readonly actor?: Actor
  /** The claims, or the output of the schema in the option `claims`. */
  readonly claims: Readonly<Claims>
  /** The JOSE header of the token; `undefined` for an opaque token. */
  readonly header: Readonly<JWTHeaderParameters> | undefined
  /**
   * The token as received. Not an own property, so that logging or spreading a principal does not
   * leak it.
   */
  readonly token: string
  /** Whether the scope was granted, or is implied by a granted one (`scopeHierarchy`). */
  hasScope(scope: string): boolean
}

/** The claims as the issuer stated them, whatever a schema made of `principal.claims`. */
export let rawClaimsOf: (principal: Principal) => JsonObject

const NO_LEVELS: readonly string[] = Object.freeze([])

/** What guards need of the server; the defaults for an object that is not ours. */
export let rulesOf: (principal: Principal) => {
  readonly acrLevels: readonly string[]
  readonly nowSeconds: number
  readonly clockToleranceSeconds: number
}

/** The claims in which scopes and roles were looked for; empty for an object that is not ours. */
export let claimSourcesOf: (
  principal: Principal,
) => Partial<Readonly<Record<'scopes' | 'roles', readonly PlainClaimSource[] | undefined>>>

class VerifiedPrincipal implements Principal {
  static {
    rawClaimsOf = (principal) => (#rawClaims in principal ? principal.#rawClaims : principal.claims)
    rulesOf = (principal) => {
      if (!(#rules in principal))
        return { acrLevels: NO_LEVELS, nowSeconds: Date.now() / 1000, clockToleranceSeconds: 0 }
      const { acrLevels, clocks } = principal.#rules
      const { clockToleranceSeconds } = principal.#issuer.policy
      return { acrLevels, nowSeconds: guarded(() => clocks.nowSeconds()), clockToleranceSeconds }
    }
    claimSourcesOf = (principal) => {
      if (!(#issuer in principal)) return {}
      const { scopesOf, rolesOf } = principal.#issuer
      return { scopes: option(scopesOf, 'sources'), roles: option(rolesOf, 'sources') }
    }
  }

  readonly #token: string
  readonly #rawClaims: JsonObject
  readonly #rules: ServerRules
  readonly #issuer: TrustedIssuer
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

  constructor(verified: VerifiedToken, scheme: Principal['scheme'], rules: ServerRules) {
    const { token, header, claims, registered, issuer } = verified
    const { subject, issuedAt } = registered
    this.#token = token
    this.#rules = rules
    this.#rawClaims = claims
    this.#issuer = issuer
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

  /** With `showHidden` and `getters`, Node would print the token otherwise. */
  [inspect.custom](): object {
    return Object.assign({}, this)
  }

  hasScope(scope: string): boolean {
    return holdsScope(this.scopes, scope, this.#rules.scopeHierarchy)
  }
}

/** `scheme` is that of the credentials. */
export function toPrincipal(
  verified: VerifiedToken,
  scheme: Principal['scheme'],
  rules: ServerRules,
): Principal {
  return new VerifiedPrincipal(verified, scheme, rules)
}

/** The types promise a principal. A copy lacks what is not an own property. */
export function assertPrincipal(value: Principal<unknown> | null | undefined, asker: string): void {
  if (typeof value?.hasScope === 'function') return
  throw new ConfigurationError(
    `${asker} needs a principal of this package, such as req.auth, or what await api.verify(token) returns. ` +
      'A copy, by spreading or from JSON, is none, and neither is a promise',
  )
}
