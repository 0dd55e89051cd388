/** Configuration of oidc-provider: grants, clients, APIs and pages. */
import type { Client } from './clients.js'
import { toClientMetadata } from './clients.js'
import { deviceFlow, renderError } from './device-pages.js'
import { findAccount, findPerson } from './people.js'
import type { Resources } from './resources.js'
import { resourceIndicators } from './resources.js'

export interface Settings {
  readonly resources: Resources
  readonly clients: readonly Client[]
  /** Token that allows client registration (RFC 7591 §3). Default: registration is disabled. */
  readonly initialAccessToken?: string
  /** Origin whose scripts may call the endpoints. Default: none. */
  readonly pageOrigin?: string
}

export function toProviderSettings({ resources, clients, initialAccessToken, pageOrigin }: Settings) {
  const scopes = Object.values(resources).flatMap((resource) => resource.scopes)
  return {
    scopes: ['openid', 'profile', 'offline_access', ...new Set(scopes)],
    claims: { openid: ['sub'], profile: ['name'] },
    // Puts the name into the ID token, so that the page does not need the userinfo endpoint.
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
      introspection: { enabled: true, allowedPolicy: mayIntrospect },
      revocation: { enabled: true, allowedPolicy: mayRevoke },
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

/** RFC 7662 §2.1: only a client with a secret, such as the API's, may ask about tokens of others. */
function mayIntrospect(_context: unknown, client: { readonly clientAuthMethod: string }) {
  return client.clientAuthMethod !== 'none'
}

/** RFC 7009 §2.1: a client may take back its own tokens only. */
function mayRevoke(
  _context: unknown,
  { clientId }: { readonly clientId: string },
  token: { readonly clientId: string },
) {
  return token.clientId === clientId
}

interface IssuedToken {
  readonly clientId: string
  readonly accountId?: string
  readonly resourceServer?: { readonly accessTokenTTL: number }
}

/** Reads a client's roles from `clients`: its metadata may be of its own making. */
function rolesOf({ accountId, clientId }: IssuedToken, clients: readonly Client[]) {
  if (accountId !== undefined) return findPerson(accountId)?.roles
  return clients.find(({ id }) => id === clientId)?.roles
}

function tokenLifetimeSeconds(_context: unknown, token: IssuedToken) {
  return token.resourceServer?.accessTokenTTL ?? 600
}
