/** What oidc-provider is told: the grants, the clients, the APIs, and which pages people see. */
import type { Client } from './clients.js'
import { toClientMetadata } from './clients.js'
import { deviceFlow, renderError } from './device-pages.js'
import { findAccount, findPerson } from './people.js'
import type { Resources } from './resources.js'
import { resourceIndicators } from './resources.js'

export interface Settings {
  readonly resources: Resources
  readonly clients: readonly Client[]
  /** Whoever bears it may register further clients (RFC 7591 §3). Default: nobody may. */
  readonly initialAccessToken?: string
  /** The origin of the page whose scripts may call the endpoints. Default: none. */
  readonly pageOrigin?: string
}

export function toProviderSettings({ resources, clients, initialAccessToken, pageOrigin }: Settings) {
  const scopes = Object.values(resources).flatMap((resource) => resource.scopes)
  return {
    scopes: ['openid', 'profile', 'offline_access', ...new Set(scopes)],
    claims: { openid: ['sub'], profile: ['name'] },
    // The name belongs in the ID token here: the page has no other use for a userinfo endpoint.
    conformIdTokenClaims: false,
    clients: clients.map(toClientMetadata),
    clientDefaults: { grant_types: ['client_credentials'], response_types: [], redirect_uris: [] },
    responseTypes: ['code', 'id_token token'],
    findAccount,
    clientBasedCORS: (_context: unknown, origin: string) => origin === pageOrigin,
    issueRefreshToken: (_context: unknown, client: { grantTypeAllowed: (type: string) => boolean }) =>
      client.grantTypeAllowed('refresh_token'),
    ttl: {
      AccessToken: tokenLifetimeSeconds,
      ClientCredentials: tokenLifetimeSeconds,
      DeviceCode: 600,
      Grant: 86_400,
      IdToken: 600,
      Interaction: 600,
      RefreshToken: 86_400,
      Session: 86_400,
    },
    extraTokenClaims: (_context: unknown, token: IssuedToken) => ({ roles: rolesOf(token, clients) }),
    renderError,
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      clientCredentials: { enabled: true },
      deviceFlow,
      encryption: { enabled: true },
      registration: {
        enabled: initialAccessToken !== undefined,
        initialAccessToken,
        issueRegistrationAccessToken: false,
        idFactory: () => `client-${crypto.randomUUID().slice(0, 8)}`,
      },
      resourceIndicators: resourceIndicators(resources),
    },
  }
}

interface IssuedToken {
  readonly clientId: string
  readonly accountId?: string
  readonly resourceServer?: { readonly accessTokenTTL: number }
}

/** By the name of the client, not from its metadata: a client registers those itself. */
function rolesOf({ accountId, clientId }: IssuedToken, clients: readonly Client[]) {
  if (accountId !== undefined) return findPerson(accountId)?.roles
  return clients.find(({ id }) => id === clientId)?.roles
}

function tokenLifetimeSeconds(_context: unknown, token: IssuedToken) {
  return token.resourceServer?.accessTokenTTL ?? 600
}
