/**
 * The test issuer on loopback HTTP, with metadata (RFC 8414 §3, OpenID Connect Discovery §4), keys
 * and a token endpoint.
 */
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { JSONWebKeySet } from 'jose'
import type { ResourceServerOptions } from '../core/options/types.js'
import { OptionReader } from '../core/options/reader.js'
import { toJson } from './mint.js'
import { answerTokenRequest } from './token-endpoint.js'
import type { Mint } from './token-endpoint.js'

/** Options for `resourceServer`, which can be spread under your own. */
export type TestServerOptions = ResourceServerOptions & { readonly audience: string }

/** The options of `listen()`. */
export interface TestListenOptions {
  /** 0 to 65535. Default 0: a free port. */
  readonly port?: number | undefined
  /**
   * Claims of the tokens from the token endpoint, whatever their names; one that is `undefined` is
   * left out. The `scope` and `client_id` of a request take precedence, and `exp` is always in 300
   * seconds. Without a `sub` here, it is the `client_id` of the request. Default: none.
   */
  readonly claims?: Readonly<Record<string, unknown>> | undefined
}

/** A listening test issuer. */
export interface TestIssuerServer {
  /** The issuer identifier: `http://127.0.0.1:<port>`. */
  readonly issuer: string
  /** The URL of the key set. */
  readonly jwksUri: string
  /** Options for `resourceServer`, which finds the keys by discovery. */
  readonly options: TestServerOptions
  /** How often each document was requested. */
  readonly requests: { metadata: number; jwks: number }
  /** Closes the server and its connections. */
  close(): Promise<void>
}

export interface Published {
  readonly audience: string
  jwks(): JSONWebKeySet
  readonly token: Mint
}

const METADATA_PATHS: readonly string[] = [
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
]

/** Throws a ConfigurationError for a wrong option. */
export async function serve(published: Published, options: TestListenOptions): Promise<TestIssuerServer> {
  const reader = new OptionReader(options, 'listen', ['port', 'claims'])
  const port = reader.integer('port', { min: 0, max: 65_535 }) ?? 0
  const claims = reader.plainRecord('claims') ?? {}
  toJson(claims, reader.pathOf('claims'))
  const requests = { metadata: 0, jwks: 0 }
  const listener: RequestListener = (req, res) => {
    const url = req.url ?? ''
    if (METADATA_PATHS.includes(url)) {
      requests.metadata++
      res.setHeader('content-type', 'application/json').end(JSON.stringify(metadata(issuer)))
    } else if (url === '/jwks') {
      requests.jwks++
      res.setHeader('content-type', 'application/jwk-set+json').end(JSON.stringify(published.jwks()))
    } else if (url === '/token') {
      answerTokenRequest(req, res, { mint: published.token, claims }).catch(() => res.destroy())
    } else {
      res.writeHead(404).end()
    }
  }
  const server = createServer(listener)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve)
  })
  const issuer = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
  return {
    issuer,
    jwksUri: `${issuer}/jwks`,
    options: { issuer, audience: published.audience },
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve()
        })
        server.closeAllConnections()
      }),
  }
}

function metadata(issuer: string): object {
  return {
    issuer,
    jwks_uri: `${issuer}/jwks`,
    // Nothing answers there, but schemas of clients require both this and the response types.
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    response_types_supported: ['code'],
    grant_types_supported: ['client_credentials'],
  }
}
