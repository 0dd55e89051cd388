/** What all sides know beforehand: the APIs by their resource identifiers, and the clients. */
import type { Client } from './authorization-server/clients.js'
import type { Algorithm, Resource } from './authorization-server/resources.js'

export const API = 'https://api.example.com'
/** The same API by another name: a token for it lives for one second, so that one can see it expire. */
export const API_FOR_ONE_SECOND = 'https://api.example.com/for-one-second'
/** The same API, and the token is encrypted for it: it cannot read such tokens. */
export const API_ENCRYPTED = 'https://api.example.com/encrypted'
/** It trusts the same authorization server, and is none of ours. */
export const OTHER_API = 'https://billing.example.com'

/** The ways to sign that the page shows. */
export const ALGORITHMS = [
  'RS256',
  'PS256',
  'ES256',
  'EdDSA',
  'HS256',
] as const satisfies readonly Algorithm[]

/** The same API by a name for each algorithm. */
export function apiBy(algorithm: Algorithm): string {
  return `${API}/${algorithm}`
}

/** Only the authorization server should know it, and whoever verifies. The page shows why that is one too many. */
export const SHARED_SECRET = 'a secret of at least thirty-two bytes'

const scopes = ['orders:read', 'orders:write', 'events:write']

function signedWith(algorithm: Algorithm): Resource {
  const secret = algorithm === 'HS256' && { secret: new TextEncoder().encode(SHARED_SECRET) }
  return { scopes, algorithm, audience: API, ...secret }
}

export const resources: Readonly<Record<string, Resource>> = {
  [API]: { scopes, algorithm: 'ES256' },
  [API_FOR_ONE_SECOND]: { scopes, algorithm: 'ES256', audience: API, tokenLifetimeSeconds: 1 },
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

/** Entitles its bearer to register a client. A real one is a secret, and good for one registration. */
export const INITIAL_ACCESS_TOKEN = 'demo-initial-access-token'

export const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'

const forPeople = ['openid', 'profile', 'orders:read', 'orders:write']

/** The clients that act for people, none of which can keep a secret. `page` is the origin that people come back to. */
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
    { id: 'page-of-2012', name: 'A page of 2012', scopes: forPeople, grants: ['implicit'], redirectUris },
    { id: 'app-of-2012', name: 'An app of 2012', scopes: forPeople, grants: ['password'] },
    { id: 'television', name: 'Your television', scopes: forPeople, grants: [DEVICE_CODE, 'refresh_token'] },
  ]
}
