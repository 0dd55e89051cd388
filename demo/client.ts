/** HTTP client: discovers the authorization server's endpoints and requests access tokens. */

/** The parts of an HTTP response that the demo uses. */
export interface Answer {
  readonly status: number
  /** The `WWW-Authenticate` header, if present. */
  readonly challenge?: string
  readonly body: Readonly<Record<string, unknown>>
}

/** What to request a token for: the API's resource identifier (RFC 8707), and the scope. */
export interface Wanted {
  readonly resource: string
  readonly scope: string
}

/** How a client authenticates: with a secret, or with a signed assertion (RFC 7523 §2.2). */
export type Proof = { readonly clientId: string; readonly secret: string } | { readonly assertion: string }

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

export async function send(url: string, init?: RequestInit): Promise<Answer> {
  const response = await fetch(url, init)
  const challenge = response.headers.get('WWW-Authenticate')
  const body = (await response.json()) as Answer['body']
  return { status: response.status, ...(challenge !== null && { challenge }), body }
}

export function postJson(url: string, token: string, body: unknown): Promise<Answer> {
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }
  return send(url, { method: 'POST', headers, body: JSON.stringify(body) })
}

export async function discoverEndpoints(issuer: string) {
  const { body } = await send(`${issuer}/.well-known/openid-configuration`)
  return { token: String(body.token_endpoint), registration: String(body.registration_endpoint) }
}

/** The client credentials grant (RFC 6749 §4.4): the client acts on its own behalf. */
export function requestToken(tokenEndpoint: string, wanted: Wanted, proof: Proof): Promise<Answer> {
  const body = new URLSearchParams({ grant_type: 'client_credentials', ...wanted })
  if ('secret' in proof) {
    const credentials = Buffer.from(`${proof.clientId}:${proof.secret}`).toString('base64')
    return send(tokenEndpoint, { method: 'POST', headers: { Authorization: `Basic ${credentials}` }, body })
  }
  body.set('client_assertion_type', ASSERTION_TYPE)
  body.set('client_assertion', proof.assertion)
  return send(tokenEndpoint, { method: 'POST', body })
}
