/**
 * A real authorization server in a process of its own: `oidc-provider`, whose users logged in
 * with a password an hour ago, or log in now with the method that `acr_values` asks for. Prints its issuer.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair } from 'jose'
import { Provider } from 'oidc-provider/lib/provider.js'

interface Context {
  readonly oidc: {
    readonly entities: {
      readonly AuthorizationCode?: { readonly acr?: string; readonly authTime?: number }
      readonly Grant?: WithDetails
    }
    readonly params: { readonly authorization_details: string }
  }
}

interface WithDetails {
  readonly rar?: readonly Detail[]
}

interface Detail {
  readonly type: string
  readonly amount: number
}

/** Seconds since users logged in by themselves with a password. */
const AN_HOUR = 3600

/** More than this the user never agrees to. */
const MAX_AMOUNT = 100

interface RichGrant {
  addRar(detail: Detail): void
}

const REDIRECT_URI = 'http://127.0.0.1/callback'
const server = createServer().listen(0, '127.0.0.1')
await once(server, 'listening')
const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
const { privateKey } = await generateKeyPair('RS256', { extractable: true })

const provider = new Provider(issuer, {
  jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig', kid: 'a' }] },
  cookies: { keys: ['a secret that signs cookies'] },
  scopes: ['openid', 'read'],
  acrValues: ['urn:pwd', 'urn:mfa'],
  clients: [
    {
      client_id: 'app',
      token_endpoint_auth_method: 'none',
      application_type: 'native',
      redirect_uris: [REDIRECT_URI],
      authorization_details_types: ['payment'],
    },
    {
      client_id: 'machine',
      client_secret: 'a secret of the machine',
      token_endpoint_auth_method: 'client_secret_post',
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
      authorization_details_types: ['payment'],
    },
  ],
  findAccount: (_context: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id }) }),
  interactions: { url: (_context: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
  extraTokenClaims: ({ oidc: { entities } }: Context) => ({
    acr: entities.AuthorizationCode?.acr,
    auth_time: entities.AuthorizationCode?.authTime,
  }),
  ttl: { AccessToken: 600, ClientCredentials: 600, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      useGrantedResource: () => true,
      getResourceServerInfo: (_context: unknown, audience: string) => ({
        scope: 'read',
        audience,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'RS256' } },
      }),
    },
    richAuthorizationRequests: {
      enabled: true,
      types: { payment: { validate: () => undefined } },
      authorizationDetailsForGrantSource: ({ oidc }: Context) => oidc.entities.Grant?.rar,
      // A machine has no grant that a user agreed to.
      authorizationDetailsForAccessToken: ({ oidc }: Context, _token: unknown, code?: WithDetails) =>
        code === undefined ? (JSON.parse(oidc.params.authorization_details) as readonly Detail[]) : code.rar,
    },
  },
})

async function interact(
  req: Parameters<ReturnType<Provider['callback']>>[0],
  res: Parameters<ReturnType<Provider['callback']>>[1],
) {
  const { prompt, params, session } = await provider.interactionDetails(req, res)
  if (prompt.name === 'login') {
    const acr = (params as { acr_values?: string }).acr_values?.split(' ')[0]
    const ts = Math.floor(Date.now() / 1000) - (acr === undefined ? AN_HOUR : 0)
    await provider.interactionFinished(req, res, { login: { accountId: 'ann', acr: acr ?? 'urn:pwd', ts } })
    return
  }
  const grant = new provider.Grant({ accountId: session?.accountId, clientId: params.client_id })
  grant.addOIDCScope('openid read')
  for (const [resource, scopes] of Object.entries(prompt.details.missingResourceScopes ?? {}))
    grant.addResourceScope(resource, scopes.join(' '))
  const { rar = [] } = prompt.details as { rar?: readonly Detail[] }
  for (const detail of rar)
    (grant as unknown as RichGrant).addRar({ ...detail, amount: Math.min(detail.amount, MAX_AMOUNT) })
  await provider.interactionFinished(req, res, { consent: { grantId: await grant.save() } })
}

const handle = provider.callback()
server.on('request', (req, res) => {
  if (req.url?.startsWith('/interaction/') === true) void interact(req, res)
  else handle(req, res)
})
console.log(`issuer ${issuer}`)
