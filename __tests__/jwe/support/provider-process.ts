/** The process of `provider.test.ts`: oidc-provider, whose tokens are encrypted as its first argument says. */
import { createPublicKey, createSecretKey, randomBytes } from 'node:crypto'
import type { JsonWebKey } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Provider } from 'oidc-provider/lib/provider.js'
import type { Way } from '../provider.test.js'
import { generatePair } from '../../support/key-pairs.js'

const ways = JSON.parse(process.argv[2] ?? '{}') as Readonly<Record<string, Way>>
const signing = generatePair('ec', { namedCurve: 'P-256' })

const serverOf = ({ alg, enc, jwk, kid, isSigned }: Way): object => ({
  scope: 'read',
  audience: 'https://api.test',
  accessTokenTTL: 300,
  accessTokenFormat: 'jwt',
  jwt: {
    ...(isSigned && { sign: { alg: 'ES256' } }),
    encrypt: {
      alg,
      enc,
      key:
        jwk.kty === 'oct'
          ? createSecretKey(Buffer.from(String(jwk.k), 'base64url'))
          : createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' }),
      ...(kid !== undefined && { kid }),
    },
  },
})

const settings = {
  scopes: ['read'],
  clients: [
    {
      client_id: 'app',
      client_secret: 'secret-of-app',
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
      id_token_signed_response_alg: 'ES256',
      token_endpoint_auth_method: 'client_secret_post',
    },
  ],
  jwks: {
    keys: [{ ...signing.privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256', kid: 'as-1' }],
  },
  enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
  cookies: { keys: [randomBytes(32).toString('base64url')] },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    encryption: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_context: unknown, resource: string) =>
        serverOf(ways[decodeURIComponent(resource.split('/').at(-1) ?? '')] as Way),
    },
  },
}

let handler: ReturnType<Provider['callback']> = () => undefined
const server = createServer((req, res) => {
  handler(req, res)
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  const issuer = `http://127.0.0.1:${port}`
  const provider = new Provider(issuer, settings)
  provider.on('server_error', (_context, error) => console.error(error))
  handler = provider.callback()
  process.send?.(issuer)
})
process.on('disconnect', () => process.exit())
