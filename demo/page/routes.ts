/** The API's routes, and what each of them requires. */
import type { Exchange, RequestOptions } from './exchange.js'
import { exchange } from './exchange.js'
import { api } from './store/servers.js'
import type { Format } from './tokens.js'
import { formatOf, scopesOf } from './tokens.js'

export interface Route {
  readonly id: string
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly needs: string
  readonly scope?: string
  readonly body?: unknown
}

export const ROUTES: readonly Route[] = [
  { id: 'me', method: 'GET', path: '/me', needs: 'any valid token' },
  { id: 'read', method: 'GET', path: '/orders', needs: 'scope orders:read', scope: 'orders:read' },
  {
    id: 'write',
    method: 'POST',
    path: '/orders',
    needs: 'scope orders:write',
    scope: 'orders:write',
    body: { item: 'a pen' },
  },
  { id: 'admin', method: 'GET', path: '/admin', needs: 'role admin' },
  {
    id: 'webhook',
    method: 'POST',
    path: '/webhooks/events',
    needs: 'scope events:write, machines only',
    scope: 'events:write',
    body: { type: 'order.paid' },
  },
  { id: 'public', method: 'GET', path: '/', needs: 'no token' },
]

export function routeBy(id: string): Route {
  const route = ROUTES.find((each) => each.id === id)
  if (!route) throw new TypeError(`There is no route "${id}".`)
  return route
}

/** Returns a route whose scope the token lacks. Each of the demo's tokens lacks one. */
export function routeBeyond(token: string): Route {
  const scopes = scopesOf(token)
  return ROUTES.find(({ scope }) => scope !== undefined && !scopes.includes(scope)) ?? routeBy('admin')
}

export interface Call extends RequestOptions {
  readonly url: string
}

export function callOf({ method, path, body }: Route, token: string | undefined): Call {
  return {
    url: `${api}${path}`,
    method,
    headers: {
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  }
}

/** The kind of token in a request, or that of most tokens if there is none. */
export function formatSent({ headers = {} }: Call): Format {
  const [, token] = /^Bearer (\S+)$/.exec(headers['Authorization'] ?? '') ?? []
  return token === undefined ? 'signed' : formatOf(token)
}

/** Calls the route that accepts any valid token. */
export function meOf(token: string): Promise<Exchange> {
  return call(routeBy('me'), token)
}

export function call(route: Route, token: string | undefined): Promise<Exchange> {
  const { url, ...options } = callOf(route, token)
  return exchange(url, options)
}
