/** A real authorization server: oidc-provider, which issues JWT access tokens to machines by client credentials. */
import { randomBytes } from 'node:crypto'
import { exportJWK, generateKeyPair } from 'jose'
import { InvalidTarget } from 'oidc-provider/lib/helpers/errors.js'
// Not the package's main file: importing that prints a warning on Node 20, where it works all the same.
import { Provider } from 'oidc-provider/lib/provider.js'
import { memoryAdapter } from './memory-adapter.js'
import type { Running } from './serve.js'
import { serve } from './serve.js'

export type Algorithm = 'RS256' | 'PS256' | 'ES256' | 'ES384' | 'ES512' | 'EdDSA' | 'Ed25519' | 'HS256'

/** An API that tokens can be asked for, by its resource identifier (RFC 8707). */
export interface Resource {
  readonly scopes: readonly string[]
  /** How its tokens are signed. */
  readonly algorithm: Algorithm
  /** The secret shared with the API: for HS256, and only there. */
  readonly secret?: Uint8Array
  /** What `aud` says. Default: the resource identifier. */
  readonly audience?: string
  /** Default: 600. */
  readonly tokenLifetimeSeconds?: number
}

/** A client that is known from the start, and authenticates with a secret. */
export interface Client {
  readonly id: string
  readonly secret: string
  readonly scopes: readonly string[]
  readonly roles?: readonly string[]
}

export interface AuthorizationServerOptions {
  /** 0 takes a free one. */
  readonly port: number
  readonly resources: Readonly<Record<string, Resource>>
  readonly clients: readonly Client[]
  /** Whoever bears it may register further clients (RFC 7591 §3). Default: nobody may. */
  readonly initialAccessToken?: string
}

/** Its `url` is the issuer. Listens on the loopback interface; the keys are new at each start. */
export async function startAuthorizationServer(options: AuthorizationServerOptions): Promise<Running> {
  const settings = await toProviderSettings(options)
  return serve(options.port, (issuer) => {
    const provider = new Provider(issuer, settings)
    provider.on('server_error', (_context, error) => console.error(error))
    return provider.callback()
  })
}

async function toProviderSettings({ resources, clients, initialAccessToken }: AuthorizationServerOptions) {
  const algorithms = Object.values(resources).map(({ algorithm }) => algorithm)
  const scopes = Object.values(resources).flatMap((resource) => resource.scopes)
  return {
    adapter: memoryAdapter(),
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    jwks: { keys: await generateSigningKeys(algorithms) },
    scopes: [...new Set(scopes)],
    clients: clients.map(toClientMetadata),
    clientDefaults: { grant_types: ['client_credentials'], response_types: [], redirect_uris: [] },
    ttl: { ClientCredentials: tokenLifetimeSeconds },
    // By the name of the client, not from its metadata: a client registers those itself.
    extraTokenClaims: (_context: unknown, token: IssuedToken) => ({
      roles: clients.find(({ id }) => id === token.clientId)?.roles,
    }),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      registration: {
        enabled: initialAccessToken !== undefined,
        initialAccessToken,
        issueRegistrationAccessToken: false,
        idFactory: () => `client-${randomBytes(4).toString('hex')}`,
      },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context: unknown, identifier: string) =>
          toResourceServerInfo(identifier, resources[identifier]),
      },
    },
  }
}

interface IssuedToken {
  readonly clientId: string
  readonly resourceServer?: { readonly accessTokenTTL: number }
}

function tokenLifetimeSeconds(_context: unknown, token: IssuedToken) {
  return token.resourceServer?.accessTokenTTL ?? 600
}

function toResourceServerInfo(identifier: string, resource: Resource | undefined) {
  if (!resource) throw new InvalidTarget()
  return {
    accessTokenFormat: 'jwt',
    accessTokenTTL: resource.tokenLifetimeSeconds ?? 600,
    audience: resource.audience ?? identifier,
    scope: resource.scopes.join(' '),
    jwt: { sign: { alg: resource.algorithm, key: resource.secret } },
  }
}

function toClientMetadata({ id, secret, scopes }: Client) {
  return {
    client_id: id,
    client_secret: secret,
    token_endpoint_auth_method: 'client_secret_basic',
    scope: scopes.join(' '),
  }
}

function generateSigningKeys(algorithms: readonly Algorithm[]) {
  // oidc-provider insists on RS256 for its ID tokens, though none is ever issued here.
  const asymmetric = new Set(['RS256', ...algorithms.filter((algorithm) => algorithm !== 'HS256')])
  return Promise.all([...asymmetric].map(generateSigningKey))
}

async function generateSigningKey(algorithm: string) {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true })
  return { ...(await exportJWK(privateKey)), alg: algorithm, use: 'sig', kid: `demo-${algorithm}` }
}
