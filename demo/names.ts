/** Names that all parts of the demo share: APIs, scopes and clients. */
import type { Client } from './authorization-server/clients.js'
import type { Algorithm, Resource } from './authorization-server/resources.js'

export const API = 'https://api.example.com'
/** The same API under another name. Its tokens expire after one second. */
export const API_FOR_ONE_SECOND = 'https://api.example.com/for-one-second'
/** The same API under a name that gets encrypted tokens. The API has the key to decrypt them. */
export const API_ENCRYPTED = 'https://api.example.com/encrypted'
/** The same API under a name that gets opaque tokens. The API asks the issuer about them. */
export const API_OPAQUE = 'https://api.example.com/opaque'
/** Another API that trusts the same authorization server. The demo does not run it. */
export const OTHER_API = 'https://billing.example.com'

/** The signature algorithms that the page shows. */
export const ALGORITHMS = [
  'RS256',
  'PS256',
  'ES256',
  'EdDSA',
  'HS256',
] as const satisfies readonly Algorithm[]

/** Resource identifier of the same API, with tokens signed by this algorithm. */
export function apiBy(algorithm: Algorithm): string {
  return `${API}/${algorithm}`
}

/** HS256 secret, which the authorization server shares with every API that verifies tokens. */
export const SHARED_SECRET = 'a secret of at least thirty-two bytes'

const scopes = ['orders:read', 'orders:write', 'events:write']

function signedWith(algorithm: Algorithm): Resource {
  const secret = algorithm === 'HS256' && { secret: new TextEncoder().encode(SHARED_SECRET) }
  return { scopes, algorithm, audience: API, ...secret }
}

export const resources: Readonly<Record<string, Resource>> = {
  [API]: { scopes, algorithm: 'ES256' },
  [API_FOR_ONE_SECOND]: { scopes, algorithm: 'ES256', audience: API, tokenLifetimeSeconds: 1 },
  [API_OPAQUE]: { scopes, algorithm: 'ES256', audience: API, isOpaque: true },
  [OTHER_API]: { scopes: ['orders:read', 'events:write'], algorithm: 'ES256' },
  ...Object.fromEntries(ALGORITHMS.map((algorithm) => [apiBy(algorithm), signedWith(algorithm)])),
}

export const shop: Client & { readonly secret: string } = {
  id: 'shop',
  secret: 'shop-secret',
  scopes: ['orders:read', 'events:write'],
}

export const office: Client & { readonly secret: string } = {
  id: 'office',
  secret: 'office-secret',
  scopes: ['orders:read', 'orders:write'],
  roles: ['admin'],
}

/** The API itself, which asks about opaque tokens. It may not request tokens. */
export const ordersApi: Client & { readonly secret: string } = {
  id: 'orders-api',
  secret: 'orders-api-secret',
  scopes: [],
  grants: [],
}

/** Allows its bearer to register clients. A real one is secret and valid for one registration. */
export const INITIAL_ACCESS_TOKEN = 'demo-initial-access-token'

export const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'

const forPeople = ['openid', 'profile', 'orders:read', 'orders:write']

/** Clients that act for users. None can keep a secret. `page` is the origin users return to. */
export function clientsForPeople(page: string): readonly Client[] {
  const redirectUris = [`${page}/callback`]
  return [
    {
      id: 'page',
      name: 'The demo page',
      scopes: forPeople,
      grants: ['authorization_code', 'refresh_token'],
      redirectUris,
    },
    { id: 'page-of-2012', name: 'A page from 2012', scopes: forPeople, grants: ['implicit'], redirectUris },
    { id: 'app-of-2012', name: 'An app from 2012', scopes: forPeople, grants: ['password'] },
    { id: 'television', name: 'Your TV', scopes: forPeople, grants: [DEVICE_CODE, 'refresh_token'] },
  ]
}
