/** The options of `protectedResource` as users write them. `undefined` means the same as leaving an option out. */
import type { Handler } from '../core/http/request.js'
import type { ResourceMetadata } from '../core/http/resource-metadata.js'

/** What people read about a resource, in one language. RFC 9728 §2.1. */
export interface LocalizedMembers {
  /** `resource_name`. */
  readonly resourceName?: string | undefined
  /** `resource_documentation`, a URL. */
  readonly resourceDocumentation?: string | undefined
  /** `resource_policy_uri`, a URL. */
  readonly resourcePolicyUri?: string | undefined
  /** `resource_tos_uri`, a URL. */
  readonly resourceTosUri?: string | undefined
}

/** The options of `protectedResource`: the members of RFC 9728 §2, and how they are served. */
export interface ProtectedResourceOptions extends LocalizedMembers {
  /**
   * The resource identifier: an https URL without fragment, or http on loopback. Clients request
   * tokens for it (RFC 8707 §2), so that it is the default of `audience`.
   */
  readonly resource: string
  /** The issuer identifiers of the authorization servers that clients can get tokens from. */
  readonly authorizationServers: string | readonly string[]
  /** Scopes that clients may request. Those that you leave out stay private. Default none. */
  readonly scopesSupported?: string | readonly string[] | undefined
  /**
   * Where requests may carry tokens: `'header'`, `'body'`, `'query'`. The same as `acceptTokenFrom`
   * of the server. Default `['header']`.
   */
  readonly bearerMethodsSupported?: BearerMethod | readonly BearerMethod[] | undefined
  /** The URL of the keys with which the resource signs its answers, not those of tokens. */
  readonly jwksUri?: string | undefined
  /** Algorithms with which the resource signs its answers. */
  readonly resourceSigningAlgValuesSupported?: string | readonly string[] | undefined
  /** Types for `authorization_details` (RFC 9396). */
  readonly authorizationDetailsTypesSupported?: string | readonly string[] | undefined
  /** Whether the server accepts tokens bound to a client certificate (RFC 8705). Default `false`. */
  readonly tlsClientCertificateBoundAccessTokens?: boolean | undefined
  /** Algorithms of DPoP proofs, each accepted by the server's `dpop()`. */
  readonly dpopSigningAlgValuesSupported?: string | readonly string[] | undefined
  /** Whether the server refuses tokens without DPoP. Default `false`. */
  readonly dpopBoundAccessTokensRequired?: boolean | undefined
  /** A JWT with the members, signed by you or a third party (RFC 9728 §2.2). Sent as it is. */
  readonly signedMetadata?: string | undefined
  /** Members in other languages, by BCP 47 tag: `{ de: { resourceName: 'Aufträge' } }`. */
  readonly localized?: Readonly<Record<string, LocalizedMembers>> | undefined
  /** Members of other specifications, with their names and values as they are sent. */
  readonly otherMembers?: Readonly<Record<string, unknown>> | undefined
  /** Seconds that clients may keep the document, 0 to 86400. Default 3600. */
  readonly cacheSeconds?: number | undefined
}

/** RFC 6750 §2. */
export type BearerMethod = 'header' | 'body' | 'query'

/** A handler for `app.use`, and the value of the option `resourceMetadata`. */
export interface ProtectedResource extends Handler, ResourceMetadata {}
