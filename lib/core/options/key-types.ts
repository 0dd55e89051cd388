/** The options about keys: where they come from, and how they are fetched. */
import type { JSONWebKeySet } from 'jose'
import type { KeysSnapshot } from '../keys/snapshot.js'

/**
 * How keys are fetched, kept and refreshed. Each option has a default that suits most issuers.
 *
 * @example
 * keys: { ttlSeconds: 300, staleSeconds: 7200 }
 */
export interface KeyOptions {
  /**
   * Seconds that a key set is fresh, 1 to 86400, at least as long as `flightTimeoutMs`. A withdrawn
   * key stays trusted that long. Default: the origin's `max-age` less `Age`, within 300 to 3600;
   * 600 without.
   */
  readonly ttlSeconds?: number | undefined
  /** Seconds past the TTL that keys stay in use while refreshes fail, 0 to 86400. Default 3600. */
  readonly staleSeconds?: number | undefined
  /** Seconds during which unknown key ids may cause one extra refresh, 1 to 3600. Default 30. */
  readonly cooldownSeconds?: number | undefined
  /**
   * Milliseconds for one request, headers and body, 50 to 60000, at most `flightTimeoutMs`. Default
   * 3000.
   */
  readonly attemptTimeoutMs?: number | undefined
  /** Milliseconds for one refresh, discovery and a retry included, 50 to 60000. Default 5000. */
  readonly flightTimeoutMs?: number | undefined
  /** Maximum bytes of one document, after decoding, 1024 to 16777216. Default 262144. */
  readonly maxBytes?: number | undefined
  /** Maximum keys of one key set, 1 to 1000. Default 100. */
  readonly maxKeys?: number | undefined
  /**
   * The result of `snapshot()` in another process: keys to start with. They expire as if they had
   * been fetched here, and those fetched before a `purge()` are ignored. Their origin is not
   * checked, so store the snapshot where only operators can write. Default none.
   */
  readonly snapshot?: KeysSnapshot | undefined
}

/** Where one issuer's keys come from: exactly one of discovery, `jwksUri`, `jwks` or `secret`, or nowhere. */
export type KeySourceOptions =
  | {
      readonly opaqueOnly?: false | undefined
      /**
       * The URL of the issuer's metadata. Default: the well-known places (OpenID Connect Discovery
       * §4, RFC 8414 §3 and §5).
       */
      readonly metadataUrl?: string | undefined
      readonly jwksUri?: undefined
      readonly jwks?: undefined
      readonly secret?: undefined
    }
  | {
      readonly opaqueOnly?: false | undefined
      /** The URL of the key set: https, or http on loopback. */
      readonly jwksUri: string
      readonly metadataUrl?: undefined
      readonly jwks?: undefined
      readonly secret?: undefined
    }
  | {
      readonly opaqueOnly?: false | undefined
      /**
       * The public keys. Nothing updates them. Private and symmetric keys are refused at start-up.
       */
      readonly jwks: JSONWebKeySet
      readonly metadataUrl?: undefined
      readonly jwksUri?: undefined
      readonly secret?: undefined
    }
  | {
      readonly opaqueOnly?: false | undefined
      /**
       * The secret shared with the issuer, for `HS*`, or several while it is being changed. A
       * string stands for its UTF-8 bytes. At least as long as the hash: 32, 48 or 64 bytes (RFC
       * 7518 §3.2), at most 64 KiB. Must not be a key or a certificate in any encoding, nor a
       * string with half of a surrogate pair.
       */
      readonly secret: string | Uint8Array | readonly (string | Uint8Array)[]
      readonly metadataUrl?: undefined
      readonly jwksUri?: undefined
      readonly jwks?: undefined
    }
  | {
      /**
       * The issuer publishes no keys: its tokens are opaque, and `opaque` asks for them. JWTs of it
       * are refused. Default `false`.
       */
      readonly opaqueOnly: true
      /** As above, to find the introspection endpoint. */
      readonly metadataUrl?: string | undefined
      readonly jwksUri?: undefined
      readonly jwks?: undefined
      readonly secret?: undefined
    }
