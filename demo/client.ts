/** A client's HTTP: finds the endpoints of an authorization server and asks it for access tokens. */

/** An HTTP answer, as far as it matters here. */
export interface Answer {
  readonly status: number
  /** The header `WWW-Authenticate`, if there is one. */
  readonly challenge?: string
  readonly body: Readonly<Record<string, unknown>>
}

/** What a token is asked for: the API by its resource identifier (RFC 8707), and what to do there. */
export interface Wanted {
  readonly resource: string
  readonly scope: string
}

/** How a client proves who it is: by a secret, or by an assertion that it signed (RFC 7523 §2.2). */
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

/** The client credentials grant (RFC 6749 §4.4): the client asks in its own name. */
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
