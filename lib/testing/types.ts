/** The options of the test issuer as users write them. */
import type { KeyObject } from 'node:crypto'
import type { Clock } from '../core/base/clock.js'
import type { Algorithm } from '../core/jws/algorithms.js'

/** The options of `createTestIssuer`. */
export interface TestIssuerOptions {
  /**
   * The issuer identifier. Default `https://issuer.test`. After `listen()` it is the server's URL.
   */
  readonly issuer?: string | undefined
  /** The audience of tokens. Default `https://api.test`. */
  readonly audience?: string | undefined
  /** The clock for `iat` and `exp`. Default: the system's clock. */
  readonly clock?: Clock | undefined
  /**
   * Part of each `kid`, which is otherwise `rs256-1` and the like. Give every run its own if resource
   * servers that outlive the issuer remember its keys. Default ''.
   */
  readonly keyName?: string | undefined
}

/** Claims by name; one that is `undefined` is left out. `header` and `key` are not claims. */
export interface TestTokenOptions {
  readonly scope?: string | undefined
  readonly [claim: string]: unknown
  /**
   * Header members, in place of `alg`, `kid` and `typ: 'at+jwt'`; one that is `undefined` is left
   * out.
   */
  readonly header?: Readonly<Record<string, unknown>> | undefined
  /**
   * The algorithm whose key signs, or a private key from elsewhere. `header.alg` chooses among the
   * algorithms of such a key. By default it is the first of them, such as `RS256` for RSA. `EdDSA`
   * is the key for `Ed25519`, with its older name in the header. Default `RS256`.
   */
  readonly key?: Algorithm | 'EdDSA' | KeyObject | undefined
}
