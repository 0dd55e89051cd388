/** The APIs that tokens can be asked for (RFC 8707), and how the token of each is made. */
import type { KeyObject } from 'node:crypto'
import { InvalidTarget } from 'oidc-provider/lib/helpers/errors.js'

export type Algorithm = 'RS256' | 'PS256' | 'ES256' | 'ES384' | 'ES512' | 'EdDSA' | 'Ed25519' | 'HS256'

export interface Resource {
  readonly scopes: readonly string[]
  /** How its tokens are signed. */
  readonly algorithm: Algorithm
  /** The secret shared with the API: for HS256, and only there. */
  readonly secret?: Uint8Array
  /** The API's public RSA key: its tokens are signed, and then encrypted for it. */
  readonly encryptionKey?: KeyObject
  /** What `aud` says. Default: the resource identifier. */
  readonly audience?: string
  /** Default: 600. */
  readonly tokenLifetimeSeconds?: number
}

export type Resources = Readonly<Record<string, Resource>>

/** The feature `resourceIndicators` of oidc-provider: JWT access tokens, for these resources alone. */
export function resourceIndicators(resources: Resources) {
  return {
    enabled: true,
    // Otherwise a code for the scope "openid" would be exchanged for an opaque token.
    useGrantedResource: () => true,
    getResourceServerInfo: (_context: unknown, identifier: string) =>
      toResourceServerInfo(identifier, resources[identifier]),
  }
}

export function toResourceServerInfo(identifier: string, resource: Resource | undefined) {
  if (!resource) throw new InvalidTarget()
  const { encryptionKey } = resource
  return {
    accessTokenFormat: 'jwt',
    accessTokenTTL: resource.tokenLifetimeSeconds ?? 600,
    audience: resource.audience ?? identifier,
    scope: resource.scopes.join(' '),
    jwt: {
      sign: { alg: resource.algorithm, key: resource.secret },
      ...(encryptionKey && {
        encrypt: { alg: 'RSA-OAEP-256', enc: 'A256GCM', key: encryptionKey, kid: 'api-encryption' },
      }),
    },
  }
}
