/** A client of the test issuer with a key of its own, for bound tokens and their proofs. RFC 9449 §4.2, §4.3 and §6.1. */
import { createHash, randomUUID } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { JWK } from 'jose'
import { Clocks } from '../core/base/clock.js'
import type { Clock } from '../core/base/clock.js'
import type { Algorithm } from '../core/jws/algorithms.js'
import { thumbprintOf, toCanonicalJwk } from '../core/jws/canonical-jwk.js'
import { parseAlgorithm } from '../core/options/algorithms.js'
import { assertBag } from '../core/options/bag.js'
import { OptionReader } from '../core/options/reader.js'
import { generateClientKey } from './keys.js'
import { mint, promised } from './mint.js'
import { signerOf } from './signer.js'
import type { TestTokenOptions } from './types.js'

/** The options of `issuer.dpop`. */
export interface TestDpopClientOptions {
  /** The algorithm of the client's key: any but `HS256`, `HS384` and `HS512`. Default `ES256`. */
  readonly algorithm?: Algorithm | 'EdDSA' | undefined
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
   */
  token(options?: TestTokenOptions): Promise<string>
  /**
   * A proof for one request (RFC 9449 §4.2). `htu` is the URL without query and fragment. Unless
   * given, it has `jti`, `htm`, `htu` and `iat`. Rejects with a `ConfigurationError` for a key that
   * does not fit `header.alg`. Not checked: anything else, so that tests can make bad ones.
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
  const algorithm = parseAlgorithm(reader.string('algorithm') ?? 'ES256', 'algorithm', reader)
  const pair =
    generateClientKey(algorithm) ??
    reader.fail('algorithm', 'must be an asymmetric one that this runtime can sign with, such as ES256')
  const jwk = pair.publicKey.export({ format: 'jwk' }) as JWK
  const canonical = toCanonicalJwk(jwk)
  const thumbprint = typeof canonical === 'string' ? '' : thumbprintOf(canonical.material)
  const own = { algorithm, key: pair.privateKey }
  return {
    jwk,
    thumbprint,
    token: (given = {}) =>
      promised(() => {
        assertBag(given, 'token')
        return issuer.token({ cnf: { jkt: thumbprint }, ...given })
      }),
    proof: (method, url, given = {}) =>
      promised(() => {
        assertBag(given, 'proof')
        const { token, header = {}, key, ...claims } = given
        assertBag(header, 'proof.header')
        const signer = key === undefined ? own : signerOf(key, header['alg'], 'proof.key')
        const iat = Math.floor(new Clocks(issuer.clock).nowSeconds())
        const defaults = { jti: randomUUID(), htm: method, htu: targetOf(url), iat, ath: hashOf(token) }
        const members = { alg: signer.algorithm, typ: 'dpop+jwt', jwk, ...header }
        return mint(members, { ...defaults, ...claims }, signer)
      }),
  }
}

function targetOf(url: string | URL): string {
  return String(url).replace(/[?#][^]*$/, '')
}

function hashOf(token: string | undefined): string | undefined {
  return token === undefined ? undefined : createHash('sha256').update(token).digest('base64url')
}
