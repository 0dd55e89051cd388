/** The options of introspection as users write them. `undefined` means the same as leaving an option out. */
import type { KeyObject } from 'node:crypto'
import type { JWK } from 'jose'
import type { AlgorithmName } from '../core/options/token-types.js'

/**
 * How this API proves to the authorization server who it is (RFC 7662 §2.1): one of
 * - `client_secret_basic` or `client_secret_post` (RFC 6749 §2.3.1)
 * - `private_key_jwt`: a private key signs an assertion for each call (RFC 7523 §2.2)
 * - mutual TLS with a certificate (RFC 8705 §2)
 */
export type IntrospectionClient =
  | {
      readonly id: string
      /** A value that is `undefined`, such as an unset environment variable, is refused at start-up. */
      readonly secret: string | undefined
      /** Default `'client_secret_basic'`. */
      readonly method?: 'client_secret_basic' | 'client_secret_post' | undefined
    }
  | {
      readonly id: string
      /** A private JWK, a KeyObject, or a key in PEM. The `kid` of a JWK is sent. */
      readonly key: JWK | KeyObject | string
      /**
       * The signature algorithm, such as `'ES256'`. It must fit the key. `HS*`, `ES256K`, `Ed448` and
       * `ML-DSA-*` are refused at start-up.
       */
      readonly algorithm: AlgorithmName
    }
  | {
      readonly id: string
      /** The certificate, or a chain of them, in PEM. */
      readonly certificate: string | Uint8Array
      /** Its private key in PEM. */
      readonly key: string | Uint8Array
    }

/** How answers about active tokens are remembered. */
export interface IntrospectionCacheOptions {
  /** Tokens, 1 to 1000000. Together they take at most about 32 MiB. Default 10000. */
  readonly maxEntries?: number | undefined
  /**
   * Seconds, 0 to 3600, and never beyond the token's `exp`. A revoked token is accepted that long.
   * Default 60.
   */
  readonly maxSeconds?: number | undefined
}

/** The options of `introspection`. */
export interface IntrospectionOptions {
  /** The client that this API is for the authorization server. */
  readonly client: IntrospectionClient
  /** One of the server's issuers, whose tokens are opaque. Default: the only one. */
  readonly issuer?: string | undefined
  /** The URL of the endpoint. Default: the one that the issuer's metadata names. */
  readonly endpoint?: string | undefined
  /**
   * `'opaque'` (default): asks about tokens that are not JWTs. `'all'`: also asks about the issuer's
   * JWTs, after they were verified here.
   */
  readonly tokens?: 'opaque' | 'all' | undefined
  readonly cache?: IntrospectionCacheOptions | undefined
  /** Seconds that a refused token stays refused without another call, 0 to 300. Default 5. */
  readonly negativeSeconds?: number | undefined
  /** Milliseconds for one call, 50 to 60000. Default 3000. */
  readonly timeoutMs?: number | undefined
  /** Accepts signed answers only (RFC 9701). Default `false`. */
  readonly jwt?: boolean | undefined
  /**
   * Accepts tokens about which the answer states no audience, for servers that never do. They may
   * have been issued for other APIs. Default `false`.
   */
  readonly dangerouslyAcceptMissingAudience?: boolean | undefined
}
