/**
 * What Logto is made of, in a process of its own because Jest cannot load it: `oidc-provider` below
 * `/oidc`, which signs with ES384 and issues JWTs for API resources only. Sends its endpoint.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { Provider } from 'oidc-provider/lib/provider.js'
import { generatePair } from '../../support/key-pairs.js'

const app = express()
const server = createServer(app).listen(0, '127.0.0.1')
await once(server, 'listening')
const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
const { privateKey } = generatePair('ec', { namedCurve: 'P-384' })

const provider = new Provider(`${endpoint}/oidc`, {
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'ES384', use: 'sig', kid: 'a' }] },
  scopes: ['orders:read'],
  enabledJWA: { idTokenSigningAlgValues: ['ES384'] },
  clients: [
    {
      client_id: 'machine',
      client_secret: 'a secret of the machine',
      token_endpoint_auth_method: 'client_secret_post',
      id_token_signed_response_alg: 'ES384',
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
    },
  ],
  ttl: { ClientCredentials: 600 },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_context: unknown, audience: string) => ({
        scope: 'orders:read',
        audience,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'ES384' } },
      }),
    },
  },
})
app.use('/oidc', provider.callback())

process.once('disconnect', () => process.exit())
process.send?.(endpoint)
