/** The process of `provider.ts`: its first argument holds the options. */
import { createPublicKey, randomBytes } from 'node:crypto'
import type { JsonWebKey } from 'node:crypto'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { Provider } from 'oidc-provider/lib/provider.js'
import { selfSigned } from '../../support/tls.js'
import { API, SECRET } from './names.js'
import { generatePair } from '../../support/key-pairs.js'

export interface ProcessOptions {
  readonly mtls: boolean
  /** The public key of the client `signer`. */
  readonly jwk: object
  /** The public key of the API, by which its tokens of the format `encrypted` are encrypted. */
  readonly apiJwk?: JsonWebKey
}

export interface Reply {
  readonly url: string
  readonly paths: readonly string[]
}

function settings({ mtls, jwk, apiJwk }: ProcessOptions): object {
  const apiKey = apiJwk && createPublicKey({ key: apiJwk, format: 'jwk' })
  const api = (accessTokenFormat: string) => ({
    scope: 'read write',
    audience: API,
    accessTokenTTL: 300,
    accessTokenFormat: accessTokenFormat === 'encrypted' ? 'jwt' : accessTokenFormat,
    jwt: {
      sign: { alg: 'ES256' },
      ...(accessTokenFormat === 'encrypted' && {
        encrypt: { alg: 'ECDH-ES', enc: 'A256GCM', key: apiKey, kid: 'api-1' },
      }),
    },
  })
  const signing = generatePair('ec', { namedCurve: 'P-256' })
  const client = (client_id: string, changes: object) => ({
    client_id,
    grant_types: ['client_credentials'],
    response_types: [],
    redirect_uris: [],
    client_secret: SECRET,
    id_token_signed_response_alg: 'ES256',
    introspection_signed_response_alg: 'ES256',
    ...changes,
  })
  const certified = {
    token_endpoint_auth_method: 'self_signed_tls_client_auth',
    jwks: { keys: [{ ...certificateJwk(), x5c: [certificateBody()] }] },
  }
  return {
    scopes: ['read', 'write'],
    clients: [
      client('app', {}),
      client('basic', { token_endpoint_auth_method: 'client_secret_basic' }),
      client('post', { token_endpoint_auth_method: 'client_secret_post' }),
      client('signer', {
        client_secret: undefined,
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'ES256',
        jwks: { keys: [jwk] },
      }),
      ...(mtls ? [client('certified', { client_secret: undefined, ...certified })] : []),
    ],
    jwks: {
      keys: [{ ...signing.privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256', kid: 'as-1' }],
    },
    enabledJWA: {
      introspectionSigningAlgValues: ['ES256'],
      clientAuthSigningAlgValues: ['ES256'],
      idTokenSigningAlgValues: ['ES256'],
    },
    clientAuthMethods: [
      'client_secret_basic',
      'client_secret_post',
      'private_key_jwt',
      ...(mtls ? ['self_signed_tls_client_auth'] : []),
    ],
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      encryption: { enabled: apiJwk !== undefined },
      introspection: { enabled: true },
      jwtIntrospection: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => `${API}/opaque`,
        getResourceServerInfo: (_context: unknown, resource: string) => api(resource.split('/').at(-1) ?? ''),
      },
      ...(mtls && {
        mTLS: {
          enabled: true,
          selfSignedTlsClientAuth: true,
          getCertificate: ({ req }: { req: { socket: TLSSocket } }) => {
            const certificate = req.socket.getPeerX509Certificate()
            return certificate && pem(certificate.raw)
          },
        },
      }),
    },
  }
}

const pem = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----`
const certificateBody = (): string => selfSigned.cert.replace(/-----[A-Z ]+-----|\s/g, '')
const certificateJwk = (): object => createPublicKey(selfSigned.cert).export({ format: 'jwk' })

const options = JSON.parse(process.argv[2] ?? '') as ProcessOptions
const paths: string[] = []
let handler: ReturnType<Provider['callback']> = () => undefined
const listener: typeof handler = (req, res) => {
  paths.push(req.url ?? '')
  handler(req, res)
}
const tls = { ...selfSigned, requestCert: true, rejectUnauthorized: false }
const server = options.mtls ? createTlsServer(tls, listener) : createServer(listener)
server.listen(0, 'localhost', () => {
  const { port } = server.address() as AddressInfo
  const url = `${options.mtls ? 'https' : 'http'}://localhost:${port}`
  const provider = new Provider(url, settings(options))
  provider.on('server_error', (_context, error) => console.error(error))
  handler = provider.callback()
  process.send?.({ url, paths } satisfies Reply)
})
// Any message asks which paths were asked for since the last one.
process.on('message', () => process.send?.({ url: '', paths: paths.splice(0) } satisfies Reply))
process.on('disconnect', () => process.exit())
