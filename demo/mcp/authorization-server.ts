/** An authorization server for MCP clients: they register themselves, and users log in by themselves. */
import { exportJWK, generateKeyPair } from 'jose'
import { Provider } from 'oidc-provider/lib/provider.js'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'

interface Client {
  grantTypeAllowed(type: string): boolean
}

export async function createAuthorizationServer(issuer: string): Promise<RequestListener> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  const provider = new Provider(issuer, {
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig', kid: 'a' }] },
    cookies: { keys: [crypto.randomUUID()] },
    clients: [],
    scopes: ['notes:read', 'notes:write'],
    // Clients register with the scopes that they know by then, which must not be all they may ask for.
    extraClientMetadata: {
      properties: ['demo'],
      validator: (_context: unknown, _key: string, _value: unknown, metadata: { scope?: string }) => {
        delete metadata.scope
      },
    },
    findAccount: (_context: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id }) }),
    interactions: { url: (_context: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    issueRefreshToken: (_context: unknown, client: Client) => client.grantTypeAllowed('refresh_token'),
    ttl: { AccessToken: 600, Grant: 600, Interaction: 600, RefreshToken: 600, Session: 600 },
    features: {
      devInteractions: { enabled: false },
      registration: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context: unknown, audience: string) => ({
          scope: 'notes:read notes:write',
          audience,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  })
  const handle = provider.callback()
  return (req, res) => {
    if (req.url?.startsWith('/interaction/') !== true) handle(req, res)
    else void interact(provider, req, res)
  }
}

/** Logs in and consents. */
async function interact(provider: Provider, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const { prompt, params, session } = await provider.interactionDetails(req, res)
  if (prompt.name === 'login') {
    await provider.interactionFinished(req, res, { login: { accountId: 'ann' } })
    return
  }
  const grant = new provider.Grant({ accountId: session?.accountId, clientId: params.client_id })
  grant.addOIDCScope((prompt.details.missingOIDCScope ?? []).join(' '))
  for (const [resource, scopes] of Object.entries(prompt.details.missingResourceScopes ?? {}))
    grant.addResourceScope(resource, scopes.join(' '))
  await provider.interactionFinished(req, res, { consent: { grantId: await grant.save() } })
}
