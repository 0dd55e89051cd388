/** A client of the test issuer with a key of its own, for bound tokens and their proofs. RFC 9449 §4.2, §4.3 and §6.1. */
import { createHash, randomUUID } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { JWK } from 'jose'
import { Clocks } from '../core/base/clock.js'
import type { Clock } from '../core/base/clock.js'
import type { Algorithm } from '../core/jws/algorithms.js'
import { thumbprintOf, toCanonicalJwk } from '../core/jws/canonical-jwk.js'
import { OptionReader } from '../core/options/reader.js'
import { generateClientKey } from './keys.js'
import { mint } from './mint.js'
import type { TestTokenOptions } from './types.js'

/** The options of `issuer.dpop`. */
export interface TestDpopClientOptions {
  /** The algorithm of the client's key: any but `HS256`, `HS384` and `HS512`. Default `ES256`. */
  readonly algorithm?: Algorithm | undefined
}

/** Claims of the proof by name; one that is `undefined` is left out. The other members are not claims. */
export interface TestProofOptions {
  /** The access token that the proof is sent with: `ath` is its hash. Default: no `ath`. */
  readonly token?: string | undefined
  /** The nonce that the server gave in `DPoP-Nonce`. */
  readonly nonce?: string | undefined
  readonly [claim: string]: unknown
  /**
   * Header members, in place of `alg`, `typ: 'dpop+jwt'` and `jwk`; one that is `undefined` is left
   * out.
   */
  readonly header?: Readonly<Record<string, unknown>> | undefined
  /** A private key that signs in place of the client's own. */
  readonly key?: KeyObject | undefined
}

/** A client that holds a key, and proves it with each request. */
export interface TestDpopClient {
  /** The public key, as it stands in the header of proofs. */
  readonly jwk: JWK
  /** `jkt`: the SHA-256 thumbprint of the key (RFC 7638). */
  readonly thumbprint: string
  /**
   * An access token of the issuer, bound to this client's key: `issuer.token` with `cnf.jkt`.
   *
   * @throws {ConfigurationError} for an algorithm that the runtime does not support.
   */
  token(options?: TestTokenOptions): Promise<string>
  /**
   * A proof for one request (RFC 9449 §4.2). `htu` is the URL without query and fragment. Unless
   * given, it has `jti`, `htm`, `htu` and `iat`. Not checked: anything, so that tests can make bad ones.
   *
   * @example
   * const token = await client.token({ scope: 'orders:read' })
   * const proof = await client.proof('GET', 'https://api.test/orders', { token })
   * fetch(url, { headers: { authorization: `DPoP ${token}`, dpop: proof } })
   */
  proof(method: string, url: string | URL, options?: TestProofOptions): Promise<string>
}

/** What a client takes from its issuer. */
export interface DpopIssuer {
  readonly clock: Clock | undefined
  token(options: TestTokenOptions): Promise<string>
}

/** Throws a ConfigurationError for an algorithm without a key pair. */
export function dpopClient(options: TestDpopClientOptions, issuer: DpopIssuer): TestDpopClient {
  const reader = new OptionReader(options, 'dpop', ['algorithm'])
  const algorithm = (reader.string('algorithm') ?? 'ES256') as Algorithm
  const pair =
    generateClientKey(algorithm) ??
    reader.fail('algorithm', 'must be an asymmetric one that this runtime can sign with, such as ES256')
  const jwk = pair.publicKey.export({ format: 'jwk' }) as JWK
  const canonical = toCanonicalJwk(jwk)
  const thumbprint = typeof canonical === 'string' ? '' : thumbprintOf(canonical.material)
  return {
    jwk,
    thumbprint,
    token: (tokenOptions = {}) => issuer.token({ cnf: { jkt: thumbprint }, ...tokenOptions }),
    proof(method, url, { token, header, key = pair.privateKey, ...claims } = {}) {
      const defaults = {
        jti: randomUUID(),
        htm: method,
        htu: String(url).replace(/[?#][^]*$/, ''),
        iat: Math.floor(new Clocks(issuer.clock).nowSeconds()),
        ath: token === undefined ? undefined : createHash('sha256').update(token).digest('base64url'),
      }
      const proof = mint(
        { alg: algorithm, typ: 'dpop+jwt', jwk, ...header },
        { ...defaults, ...claims },
        { algorithm, key },
      )
      return Promise.resolve(proof)
    },
  }
}
