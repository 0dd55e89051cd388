/** An issuer for tests: real keys and real tokens, without a network unless asked for one. */
import { randomUUID } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { JSONWebKeySet } from 'jose'
import type { Algorithm } from '../core/jws/algorithms.js'
import { Clocks } from '../core/base/clock.js'
import type { Clock } from '../core/base/clock.js'
import { ConfigurationError } from '../core/errors/errors.js'
import type { ResourceServerOptions } from '../core/options/types.js'
import { generateKeys, generateSecret, signBytes } from './keys.js'
import type { TestKey } from './keys.js'
import { serve } from './server.js'
import type { TestIssuerServer } from './server.js'

export type { TestIssuerServer } from './server.js'
export type { Algorithm } from '../core/jws/algorithms.js'

export interface TestIssuerOptions {
  /** Default `https://issuer.test`. After `listen()` it is the server's URL. */
  readonly issuer?: string | undefined
  /** Default `https://api.test`. */
  readonly audience?: string | undefined
  /** What `iat` and `exp` are reckoned from. Default: the system's clock. */
  readonly clock?: Clock | undefined
}

/** Claims by their names; one that is `undefined` is left out. `header` and `key` are no claims but say how to sign. */
export interface TestTokenOptions {
  readonly scope?: string | undefined
  readonly [claim: string]: unknown
  /** Header members, over `alg`, `kid` and `typ: 'at+jwt'`; one that is `undefined` is left out. */
  readonly header?: Readonly<Record<string, unknown>> | undefined
  /** The algorithm whose key signs (default `RS256`), or a private key of another's. */
  readonly key?: Algorithm | KeyObject | undefined
}

/** An issuer for tests. */
export interface TestIssuer {
  readonly issuer: string
  readonly audience: string
  /** For `resourceServer`: this issuer with its keys given, so that no network is needed. */
  readonly options: ResourceServerOptions
  /** The public keys, one for each asymmetric algorithm that the running Node has; `kid` is `<algorithm>-<generation>`. */
  readonly jwks: JSONWebKeySet
  /** What `key: 'HS256'` signs with: 64 bytes. */
  readonly secret: Uint8Array
  /** A signed access token: `iss`, `aud`, `sub`, `client_id`, `iat`, `exp` in 300 s and `jti` unless given. */
  token(options?: TestTokenOptions): Promise<string>
  /** Serves metadata and keys on loopback HTTP, on a free port by default. Tokens made from then on carry its URL as `iss`. */
  listen(options?: { readonly port?: number | undefined }): Promise<TestIssuerServer>
  /** Replaces all keys: tokens made before no longer verify once a resource server has read the new set. */
  rotate(): void
}

const LIFETIME_SECONDS = 300

/** Makes an issuer with a new key for each algorithm, which takes about a tenth of a second. */
export function createTestIssuer(options: TestIssuerOptions = {}): TestIssuer {
  return new GeneratedIssuer(options)
}

class GeneratedIssuer implements TestIssuer {
  readonly audience: string
  readonly secret = generateSecret()
  readonly #clock: Clock | undefined
  #issuer: string
  #generation = 1
  #keys: ReadonlyMap<Algorithm, TestKey>

  constructor({ issuer = 'https://issuer.test', audience = 'https://api.test', clock }: TestIssuerOptions) {
    this.#issuer = issuer
    this.audience = audience
    this.#clock = clock
    this.#keys = generateKeys(this.#generation, this.secret)
  }

  get issuer(): string {
    return this.#issuer
  }

  get options(): ResourceServerOptions {
    return { issuer: { issuer: this.issuer, jwks: this.jwks }, audience: this.audience, clock: this.#clock }
  }

  get jwks(): JSONWebKeySet {
    return { keys: [...this.#keys.values()].flatMap(({ jwk }) => jwk ?? []) }
  }

  token({ header, key, ...claims }: TestTokenOptions = {}): Promise<string> {
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
    return Promise.resolve(mint({ ...defaults, ...claims }, header, selectKey(this.#keys, key)))
  }

  async listen({ port = 0 }: { readonly port?: number | undefined } = {}): Promise<TestIssuerServer> {
    const server = await serve({ audience: this.audience, jwks: () => this.jwks }, port)
    this.#issuer = server.issuer
    return server
  }

  rotate(): void {
    this.#keys = generateKeys(++this.#generation, this.secret)
  }
}

type SigningKey = Pick<TestKey, 'algorithm' | 'kid' | 'key'>

function selectKey(
  keys: ReadonlyMap<Algorithm, TestKey>,
  key: TestTokenOptions['key'] = 'RS256',
): SigningKey {
  const known = keys.get(typeof key === 'string' ? key : 'RS256')
  if (known === undefined)
    throw new ConfigurationError('key: is no algorithm that this Node can sign with', 'key')
  return typeof key === 'string' ? known : { ...known, key }
}

function mint(
  claims: Readonly<Record<string, unknown>>,
  header: TestTokenOptions['header'],
  { algorithm, kid, key }: SigningKey,
): string {
  const input = `${encode({ alg: algorithm, kid, typ: 'at+jwt', ...header })}.${encode(claims)}`
  return `${input}.${signBytes(algorithm, key, Buffer.from(input)).toString('base64url')}`
}

/** `JSON.stringify` leaves out what is `undefined`. */
function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
