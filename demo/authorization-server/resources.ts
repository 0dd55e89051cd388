/** The APIs that clients can request tokens for (RFC 8707), and the format of their tokens. */
import type { KeyObject } from 'node:crypto'
import { InvalidTarget } from 'oidc-provider/lib/helpers/errors.js'
import { ENCRYPTION_KID } from '../encryption-key.js'

export type Algorithm = 'RS256' | 'PS256' | 'ES256' | 'ES384' | 'ES512' | 'EdDSA' | 'Ed25519' | 'HS256'

export interface Resource {
  readonly scopes: readonly string[]
  /** Signature algorithm of its tokens. */
  readonly algorithm: Algorithm
  /** Secret shared with the API, for HS256 only. */
  readonly secret?: Uint8Array
  /** Default: JWTs. Opaque tokens are random text: only the server knows what they mean. */
  readonly isOpaque?: boolean
  /** The API's public RSA key. With it, tokens are signed and then encrypted. */
  readonly encryptionKey?: KeyObject
  /** Value of `aud`. Default: the resource identifier. */
  readonly audience?: string
  /** Default: 600. */
  readonly tokenLifetimeSeconds?: number
}

export type Resources = Readonly<Record<string, Resource>>

/** Settings for oidc-provider's `resourceIndicators`: access tokens for these APIs only. */
export function resourceIndicators(resources: Resources) {
  return {
    enabled: true,
    // Without this, a code for the scope "openid" would yield an opaque token.
    useGrantedResource: () => true,
    getResourceServerInfo: (_context: unknown, identifier: string) =>
      toResourceServerInfo(identifier, resources[identifier]),
  }
}

export function toResourceServerInfo(identifier: string, resource: Resource | undefined) {
  if (!resource) throw new InvalidTarget()
  const { encryptionKey, isOpaque = false } = resource
  return {
    accessTokenFormat: isOpaque ? 'opaque' : 'jwt',
    accessTokenTTL: resource.tokenLifetimeSeconds ?? 600,
    audience: resource.audience ?? identifier,
    scope: resource.scopes.join(' '),
    jwt: {
      sign: { alg: resource.algorithm, key: resource.secret },
      ...(encryptionKey && {
        encrypt: { alg: 'RSA-OAEP-256', enc: 'A256GCM', key: encryptionKey, kid: ENCRYPTION_KID },
      }),
    },
  }
}
