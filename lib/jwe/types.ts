/** The options of decryption as users write them. `undefined` means the same as leaving an option out. */
import type { KeyObject } from 'node:crypto'
import type { JWK } from 'jose'
import type { Handler } from '../core/http/request.js'
import type { Decryption } from '../core/options/value-types.js'

/** A private or secret key that Node.js has read. */
export interface JweKeyObject {
  readonly key: KeyObject
  /** As the issuer names the key in the header of its tokens. Default none. */
  readonly kid?: string | undefined
  /** The only algorithm of the key. Default: every one that fits it. */
  readonly alg?: string | undefined
}

/** The options of `jwe`. */
export interface JweOptions {
  /**
   * Private or symmetric keys, 1 to 16: JWKs, or KeyObjects as `{ key, kid }`. Several during a
   * rotation, the newest first. RSA keys have at least 2048 bits.
   */
  readonly keys: readonly (JWK | JweKeyObject)[]
  /**
   * The accepted ways to encrypt a key (`alg`). Default: `RSA-OAEP-256`, `RSA-OAEP`, `ECDH-ES` and
   * its key-wrap forms, `A*KW`, `A*GCMKW`, `dir`. There are no others.
   */
  readonly algorithms?: readonly string[] | undefined
  /** The accepted ways to encrypt the content (`enc`). Default: every one of AES, of RFC 7518 §5. */
  readonly encryptions?: readonly string[] | undefined
  /** Refuses JWTs that are not encrypted. Opaque tokens do not count. Default `false`. */
  readonly required?: boolean | undefined
}

/** A value for the option `decryption` of `resourceServer`. */
export interface JweDecryption extends Decryption {
  /**
   * A handler that serves the public halves of the keys as a JWK Set, for the issuer to encrypt
   * with. Caches may keep it for 300 seconds. Symmetric keys are never part of it.
   *
   * @example
   * app.get('/jwks', decryption.jwksRoute())
   */
  jwksRoute(): Handler
}
