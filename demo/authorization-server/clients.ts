/** Clients that the authorization server knows from the start, and what they may request. */

export type GrantType =
  | 'authorization_code'
  | 'client_credentials'
  | 'implicit'
  | 'password'
  | 'refresh_token'
  | 'urn:ietf:params:oauth:grant-type:device_code'

export interface Client {
  readonly id: string
  /** Absent for public clients: a user's device cannot keep a secret (RFC 6749 §2.1). */
  readonly secret?: string
  /** Name that users see when they are asked for consent. Default: the id. */
  readonly name?: string
  readonly scopes: readonly string[]
  readonly roles?: readonly string[]
  /** Default: client credentials. */
  readonly grants?: readonly GrantType[]
  /** Addresses that users may return to. */
  readonly redirectUris?: readonly string[]
}

export function toClientMetadata({ id, secret, name, scopes, grants, redirectUris = [] }: Client) {
  const isImplicit = grants?.includes('implicit') ?? false
  return {
    client_id: id,
    client_name: name ?? id,
    ...(secret === undefined
      ? { token_endpoint_auth_method: 'none' }
      : { token_endpoint_auth_method: 'client_secret_basic', client_secret: secret }),
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
    grant_types: grants ?? ['client_credentials'],
    redirect_uris: redirectUris,
    response_types: redirectUris.length === 0 ? [] : [isImplicit ? 'id_token token' : 'code'],
    // Only native clients may use http redirect URIs, and only on loopback (RFC 8252 §7.3).
    ...(isImplicit && { application_type: 'native' }),
  }
}
