/** An authorization server, an API protected by the middleware, and tokens of every shape. */
import type { KeyObject } from 'node:crypto'
import type { Algorithm, Clock, ResourceServer, ResourceServerOptions } from 'express-resource-server'
import { KeyServer } from '../../support/key-server.js'
import type { Answer as Upstream } from '../../support/key-server.js'
import { start } from '../../support/http.js'
import type { Client, Running } from '../../support/http.js'
import { generatePair, keyPair, rawToken } from '../../support/tokens.js'
import type { KeyPair, Part } from '../../support/tokens.js'
import { createApi } from './app.js'
import type { Api, Mount } from './app.js'
import { generatePair as newPair } from '../../support/key-pairs.js'

export const AUDIENCE = 'https://api.example'

export interface Minted {
  /** Changes to a good header, or the whole text of the header. */
  readonly header?: Part
  /** Changes to the claims of a good token. */
  readonly claims?: object
  /** Replaces the claims. */
  readonly payload?: Part
  readonly algorithm?: Algorithm
  readonly key?: KeyObject
  readonly signature?: Uint8Array
}

/** Pairs are generated once per test file. */
const pairs = new Map<string, KeyPair>()

/**
 * `rs1`, `rs2`, `ec1` and `ed1` are published. The first part of any other name is its type, as in
 * `rsa-thief`.
 */
export function pairOf(name: string): KeyPair {
  const known: Record<string, () => KeyPair> = {
    rs1: () => keyPair('RS256'),
    ec1: () => keyPair('ES256'),
    ed1: () => keyPair('Ed25519'),
    rs2: () => generatePair('RSA'),
    e3: () => newPair('rsa', { modulusLength: 2048, publicExponent: 3 }),
  }
  const [kind = ''] = name.split('-')
  const pair = pairs.get(name) ?? known[name]?.() ?? generatePair(kind === 'rsa' ? 'RSA' : kind)
  pairs.set(name, pair)
  return pair
}

export function jwk(name: string, members: object = {}): Record<string, unknown> {
  return { ...pairOf(name).publicKey.export({ format: 'jwk' }), kid: name, use: 'sig', ...members }
}

export function publishedKeys(): Record<string, unknown>[] {
  return [
    jwk('rs1', { alg: 'RS256' }),
    jwk('rs2', { alg: 'RS256' }),
    jwk('ec1', { alg: 'ES256' }),
    jwk('ed1', { alg: 'EdDSA' }),
  ]
}

/** Where the API runs: in this process or in a child process. */
export interface Backend extends Client {
  mount(mount: Mount): unknown
}

export class World {
  readonly as: KeyServer
  readonly clock: Clock | undefined
  readonly backend: Backend
  readonly #documents = new Map<string, Upstream>()
  #mounts = 0

  constructor(as: KeyServer, backend: Backend, clock: Clock | undefined) {
    this.as = as
    this.backend = backend
    this.clock = clock
    as.answer = (res, req) => {
      const answer = this.#documents.get((req.url ?? '').split('?', 1)[0] ?? '')
      if (answer === undefined) as.json(res, { keys: publishedKeys() })
      else answer(res, req)
    }
  }

  static async open({ clock, backend }: { clock?: Clock; backend?: Backend } = {}): Promise<World> {
    // Generating keys is slow, so it must not happen while a resource server waits for them.
    publishedKeys()
    const api = createApi()
    const as = await KeyServer.listen()
    const world = new World(as, backend ?? backendOf(api, await start(api.app)), clock)
    await world.backend.mount({ path: '/base', options: world.options() })
    return world
  }

  get issuer(): string {
    return this.as.issuer
  }

  nowSeconds(): number {
    return Math.floor((this.clock?.epochMs() ?? Date.now()) / 1000)
  }

  options(
    changes: Partial<ResourceServerOptions> = {},
  ): ResourceServerOptions & Pick<Required<ResourceServerOptions>, 'audience'> {
    return {
      issuer: this.issuer,
      audience: AUDIENCE,
      algorithms: ['RS256', 'ES256'],
      profile: 'at+jwt',
      ...(this.clock && { clock: this.clock }),
      ...changes,
    }
  }

  claims(changes: object = {}): Record<string, unknown> {
    const iat = this.nowSeconds()
    return {
      iss: this.issuer,
      aud: AUDIENCE,
      sub: 'user-1',
      client_id: 'c1',
      jti: 'jti-of-token',
      iat,
      exp: iat + 300,
      scope: 'read',
      ...changes,
    }
  }

  token({ header = {}, claims, payload, algorithm = 'RS256', key, signature }: Minted = {}): string {
    const isRaw = typeof header === 'string' || header instanceof Uint8Array
    return rawToken({
      header: isRaw ? header : { alg: algorithm, typ: 'at+jwt', kid: 'rs1', ...header },
      payload: payload ?? this.claims(claims),
      algorithm,
      key: key ?? pairOf('rs1').privateKey,
      ...(signature && { signature }),
    })
  }

  /** Publishes a document at a new URL: further keys next to the published ones, or any answer. */
  publish(answer: Upstream | readonly unknown[]): string {
    const path = `/jwks/${this.#documents.size + 1}`
    const serve: Upstream = (res, req) => {
      if (typeof answer === 'function') answer(res, req)
      else this.as.json(res, { keys: [...publishedKeys(), ...answer] })
    }
    this.#documents.set(path, serve)
    return `${this.issuer}${path}`
  }

  hits(url: string): number {
    return this.as.log.filter(({ path }) => url === `${this.issuer}${path}`).length
  }

  /** Mounts another resource server and returns its path. */
  async mount(changes: Partial<ResourceServerOptions> = {}, scopes?: readonly string[]): Promise<string> {
    const path = `/mount-${++this.#mounts}`
    await this.backend.mount({ path, options: this.options(changes), ...(scopes && { scopes }) })
    return path
  }

  close(): Promise<void> {
    return this.as.close()
  }
}

export interface LocalBackend extends Backend {
  readonly running: Running
  readonly servers: Map<string, ResourceServer>
}

export function backendOf(api: Api, running: Running): LocalBackend {
  const servers = new Map<string, ResourceServer>()
  return {
    running,
    servers,
    ask: running.ask,
    raw: running.raw,
    mount: (mount) => servers.set(mount.path, api.mount(mount)),
  }
}
