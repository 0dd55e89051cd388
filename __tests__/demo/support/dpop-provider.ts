/** Starts an authorization server that binds tokens by DPoP and requires nonces, and prints its issuer. */
import { randomBytes } from 'node:crypto'
import { Provider } from 'oidc-provider/lib/provider.js'
import { memoryAdapter } from '../../../demo/authorization-server/memory-adapter.js'
import { toResourceServerInfo } from '../../../demo/authorization-server/resources.js'
import { serve } from '../../../demo/serve.js'
import { API, APP, MACHINE, PERSON, REDIRECT_URI, SCOPE } from './dpop-names.js'
import { generatePair } from '../../support/key-pairs.js'

const signingKey = generatePair('rsa', { modulusLength: 2048 }).privateKey

const configuration = {
  adapter: memoryAdapter(),
  cookies: { keys: [randomBytes(32).toString('base64url')] },
  jwks: { keys: [{ ...signingKey.export({ format: 'jwk' }), kid: '1', alg: 'RS256', use: 'sig' }] },
  scopes: ['openid', SCOPE],
  findAccount: (_context: unknown, accountId: string) => ({ accountId, claims: () => ({ sub: accountId }) }),
  interactions: { url: (_context: unknown, { uid }: { uid: string }) => `/sign-in/${uid}` },
  // Everything is granted, so that nobody is asked.
  loadExistingGrant: async ({
    oidc,
  }: {
    oidc: { client: { clientId: string }; session: { accountId: string } }
  }) => {
    const grant = new provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId })
    grant.addOIDCScope(`openid ${SCOPE}`)
    grant.addResourceScope(API, SCOPE)
    await grant.save()
    return grant
  },
  clients: [
    {
      client_id: MACHINE.id,
      client_secret: MACHINE.secret,
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
      dpop_bound_access_tokens: true,
      scope: SCOPE,
    },
    {
      client_id: APP.id,
      token_endpoint_auth_method: 'none',
      application_type: 'native',
      grant_types: ['authorization_code'],
      redirect_uris: [REDIRECT_URI],
      dpop_bound_access_tokens: true,
      scope: `openid ${SCOPE}`,
    },
  ],
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true },
    resourceIndicators: {
      enabled: true,
      useGrantedResource: () => true,
      getResourceServerInfo: () => toResourceServerInfo(API, { algorithm: 'RS256', scopes: [SCOPE] }),
    },
  },
}

let provider: Provider
const { url, close } = await serve(0, (issuer) => {
  provider = new Provider(issuer, configuration)
  provider.on('server_error', (_context, error) => console.error(error))
  const handler = provider.callback()
  return (req, res) => {
    if (req.url?.startsWith('/sign-in/') === true)
      void provider.interactionFinished(req, res, { login: { accountId: PERSON }, consent: {} })
    else handler(req, res)
  }
})
process.once('SIGINT', () => void close())
console.log(`issuer ${url}`)
