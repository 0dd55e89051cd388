/** What both sides know beforehand: the APIs by their resource identifiers, and two clients. */
import type { Client, Resource } from './authorization-server.js'

export const API = 'https://api.example.com'
/** The same API by another name: a token for it lives for one second, so that one can see it expire. */
export const API_FOR_ONE_SECOND = 'https://api.example.com/for-one-second'
/** It trusts the same authorization server, and is none of ours. */
export const OTHER_API = 'https://billing.example.com'

const scopes = ['orders:read', 'orders:write', 'events:write']

export const resources: Readonly<Record<string, Resource>> = {
  [API]: { scopes, algorithm: 'ES256' },
  [API_FOR_ONE_SECOND]: { scopes, algorithm: 'ES256', audience: API, tokenLifetimeSeconds: 1 },
  [OTHER_API]: { scopes: ['events:write'], algorithm: 'ES256' },
}

export const shop: Client = {
  id: 'shop',
  secret: 'shop-secret',
  scopes: ['orders:read', 'events:write'],
}

export const office: Client = {
  id: 'office',
  secret: 'office-secret',
  scopes: ['orders:read', 'orders:write'],
  roles: ['admin'],
}

/** Entitles its bearer to register a client. A real one is a secret, and good for one registration. */
export const INITIAL_ACCESS_TOKEN = 'demo-initial-access-token'
