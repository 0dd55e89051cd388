/** Addresses of the API and the authorization server, and the latter's metadata (RFC 8414). */
import type { JSONWebKeySet, JWK } from 'jose'
import { exchange, statusText } from '../exchange.js'

interface Config {
  readonly api: string
  readonly issuer: string
}

export interface Endpoints {
  readonly authorization_endpoint: string
  readonly token_endpoint: string
  readonly device_authorization_endpoint: string
  readonly registration_endpoint: string
  readonly introspection_endpoint: string
  readonly revocation_endpoint: string
  readonly jwks_uri: string
}

async function load<T>(url: string): Promise<T> {
  const { answer } = await exchange(url)
  if (answer.status >= 400) throw new Error(`${url} responded with ${statusText(answer.status)}.`)
  return JSON.parse(answer.body) as T
}

export const { api, issuer } = await load<Config>('/config.json')

let known: Promise<Endpoints> | undefined

export function discover(): Promise<Endpoints> {
  known ??= load<Endpoints>(`${issuer}/.well-known/openid-configuration`)
  return known
}

/** The public key that encrypts tokens for the API. */
export async function loadEncryptionKey(): Promise<JWK> {
  const { keys } = await load<JSONWebKeySet>(`${api}/jwks`)
  const [key] = keys
  if (!key) throw new Error('The API serves no key for encrypted tokens.')
  return key
}

/** Fails while the endpoint is down. The page has no cache, to show the difference to the API. */
export async function loadKeys(): Promise<JSONWebKeySet> {
  return load<JSONWebKeySet>((await discover()).jwks_uri).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : ''
    throw new Error(
      `The issuer’s keys are unavailable at the moment, and this page does not cache them. ${why}`,
    )
  })
}
