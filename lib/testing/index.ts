/**
 * An issuer for tests, with real keys and real tokens. It needs no network unless it is told to
 * listen.
 */
import { randomUUID } from 'node:crypto'
import type { JSONWebKeySet } from 'jose'
import type { Algorithm } from '../core/jws/algorithms.js'
import { Clocks } from '../core/base/clock.js'
import type { Clock } from '../core/base/clock.js'
import { assertNotHandler, NO_HANDLER } from '../core/errors/misuse.js'
import type { Ignored } from '../core/errors/misuse.js'
import { assertBag } from '../core/options/bag.js'
import { parseClock } from '../core/options/clock.js'
import { OptionReader } from '../core/options/reader.js'
import { dpopClient } from './dpop-client.js'
import type { TestDpopClient, TestDpopClientOptions } from './dpop-client.js'
import { generateKeys, generateSecret } from './keys.js'
import type { TestKey } from './keys.js'
import { mint, promised } from './mint.js'
import { signerOf } from './signer.js'
import type { Signer } from './signer.js'
import { serve } from './server.js'
import type { TestIssuerServer, TestListenOptions, TestServerOptions } from './server.js'
import type { TestIssuerOptions, TestTokenOptions } from './types.js'

export type { TestDpopClient, TestDpopClientOptions, TestProofOptions } from './dpop-client.js'
export { assertAccepted, assertAllows, assertDenies, assertRefused } from './assertions.js'
export type { ExpectedChallenge } from './assertions.js'
export { challengesOf } from './challenges.js'
export type { TestChallenge, TestResponse } from './challenges.js'
export { createTestClock } from './test-clock.js'
export type { TestClock } from './test-clock.js'
export { publicRoutesOf, routesOf, unsupportedScopesOf } from './routes/index.js'
export type { ListedRoute } from './routes/index.js'
export type { TestIssuerServer, TestListenOptions, TestServerOptions } from './server.js'
export type { TestIssuerOptions, TestTokenOptions } from './types.js'
export type { Algorithm } from '../core/jws/algorithms.js'

/** An issuer for tests. */
export interface TestIssuer {
  readonly issuer: string
  readonly audience: string
  /** Options for `resourceServer` with this issuer and its keys, so that no network is needed. */
  readonly options: TestServerOptions
  /**
   * The public keys, one for each asymmetric algorithm that the runtime supports. `kid` is
   * `<algorithm>-<generation>`.
   */
  readonly jwks: JSONWebKeySet
  /** The secret of `key: 'HS256'`, `'HS384'` and `'HS512'`: 64 bytes. */
  readonly secret: Uint8Array
  /**
   * A signed access token. Unless given, it has `iss`, `aud`, `sub`, `client_id`, `iat`, `jti`, and
   * an `exp` in 300 seconds. Rejects with a `ConfigurationError` for an algorithm that the runtime
   * does not support, and for a key that does not fit `header.alg`.
   */
  token(options?: TestTokenOptions): Promise<string>
  /**
   * Makes a client with a new key, for tokens that are bound to it and for its proofs (RFC 9449).
   *
   * @throws {ConfigurationError} for an algorithm that has no key pair or is not supported.
   */
  dpop(options?: TestDpopClientOptions): TestDpopClient
  /**
   * Serves metadata, keys and a token endpoint over HTTP on loopback, by default on a free port.
   * Tokens made from then on have its URL as `iss`. The token endpoint gives a token to everybody
   * who asks by `grant_type=client_credentials`, with the `scope` that they ask for. Rejects if the
   * port is in use.
   */
  listen(options?: TestListenOptions): Promise<TestIssuerServer>
  /** Replaces all keys. Older tokens are refused once a resource server has fetched the new set. */
  rotate(): void
}

const LIFETIME_SECONDS = 300

/**
 * Makes an issuer with a new key for each algorithm, which takes about a tenth of a second.
 *
 * @example
 * const issuer = createTestIssuer()
 * app.use(resourceServer(issuer.options))
 * const token = await issuer.token({ scope: 'orders:read' })
 *
 * @throws {ConfigurationError} for a wrong option.
 */
export function createTestIssuer(options?: TestIssuerOptions, ignored?: Ignored): TestIssuer
export function createTestIssuer(...args: readonly unknown[]): TestIssuer {
  assertNotHandler('createTestIssuer', args, NO_HANDLER)
  const [options = {}] = args
  const reader = new OptionReader(options, 'createTestIssuer', ['issuer', 'audience', 'clock', 'keyName'])
  return new GeneratedIssuer({
    issuer: reader.string('issuer') ?? 'https://issuer.test',
    audience: reader.string('audience') ?? 'https://api.test',
    clock: parseClock(reader),
    keyName: reader.string('keyName') ?? '',
  })
}

interface GeneratedIssuerOptions {
  readonly issuer: string
  readonly audience: string
  readonly clock: Clock | undefined
  readonly keyName: string
}

class GeneratedIssuer implements TestIssuer {
  readonly audience: string
  readonly secret = generateSecret()
  readonly #clock: Clock | undefined
  #issuer: string
  readonly #keyName: string
  #generation = 1
  #keys: ReadonlyMap<Algorithm, TestKey>

  constructor({ issuer, audience, clock, keyName }: GeneratedIssuerOptions) {
    this.#keyName = keyName
    this.#issuer = issuer
    this.audience = audience
    this.#clock = clock
    this.#keys = this.#generate()
  }

  get issuer(): string {
    return this.#issuer
  }

  get options(): TestServerOptions {
    return { issuer: { issuer: this.issuer, jwks: this.jwks }, audience: this.audience, clock: this.#clock }
  }

  get jwks(): JSONWebKeySet {
    return { keys: [...this.#keys.values()].flatMap(({ jwk }) => jwk ?? []) }
  }

  token(options: TestTokenOptions = {}): Promise<string> {
    return promised(() => this.#mint(options))
  }

  #mint(options: TestTokenOptions): string {
    assertBag(options, 'token')
    const { header = {}, key, ...claims } = options
    assertBag(header, 'token.header')
    const iat = Math.floor(new Clocks(this.#clock).nowSeconds())
    const defaults = {
      iss: this.issuer,
      aud: this.audience,
      sub: 'user-1',
      client_id: 'client-1',
      iat,
      exp: iat + LIFETIME_SECONDS,
      jti: randomUUID(),
    }
    const { alg, kid, signer } = selectKey(this.#keys, key, header['alg'])
    return mint({ alg, kid, typ: 'at+jwt', ...header }, { ...defaults, ...claims }, signer)
  }

  dpop(options: TestDpopClientOptions = {}): TestDpopClient {
    return dpopClient(options, { clock: this.#clock, token: (claims) => this.token(claims) })
  }

  async listen(options: TestListenOptions = {}): Promise<TestIssuerServer> {
    const token = (claims: TestTokenOptions): Promise<string> => this.token(claims)
    const server = await serve({ audience: this.audience, jwks: () => this.jwks, token }, options)
    this.#issuer = server.issuer
    return server
  }

  rotate(): void {
    this.#generation++
    this.#keys = this.#generate()
  }

  #generate(): ReadonlyMap<Algorithm, TestKey> {
    return generateKeys(`${this.#keyName}${String(this.#generation)}`, this.secret)
  }
}

interface SelectedKey {
  readonly alg: string
  readonly kid: string | undefined
  readonly signer: Signer
}

/** A key from elsewhere pretends to be the issuer's key for its algorithm. */
function selectKey(
  keys: ReadonlyMap<string, TestKey>,
  key: TestTokenOptions['key'] = 'RS256',
  alg: unknown,
): SelectedKey {
  if (typeof key === 'string') {
    const named = keys.get(key === 'EdDSA' ? 'Ed25519' : key)
    if (named !== undefined) return { alg: key, kid: named.kid, signer: named }
  }
  const signer = signerOf(key, alg, 'token.key')
  return { alg: signer.algorithm, kid: keys.get(signer.algorithm)?.kid, signer }
}
