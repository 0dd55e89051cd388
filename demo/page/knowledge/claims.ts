/** Short descriptions of a token's members, the most important first. */

export const HEADER: Readonly<Record<string, string>> = {
  alg: 'signature algorithm, or the key encryption algorithm of an encrypted token',
  typ: 'type of token: at+jwt is an access token (RFC 9068)',
  kid: 'key ID: of the issuer’s signing key, or of the API’s key that the token is encrypted for',
  enc: 'content encryption algorithm',
  cty: 'type of the encrypted content',
  iss: 'issuer, repeated in the readable header to help the API choose a key',
  aud: 'audience, repeated in the readable header',
}

export const CLAIMS: Readonly<Record<string, string>> = {
  active: 'whether the authorization server would accept the token now (RFC 7662)',
  iss: 'issuer: who issued the token and vouches for the claims',
  sub: 'subject: the user, or the machine itself',
  aud: 'audience: the only parties that may accept the token',
  exp: 'expiry: refused from this time on',
  nbf: 'not before: refused until this time',
  iat: 'issued at',
  scope: 'what the token may be used for',
  client_id: 'client that obtained the token',
  roles: 'roles of the subject at this API',
  token_type: 'how the token is sent: in the Authorization header, after this word',
  jti: 'unique ID of the token',
  nonce: 'links an ID token to one sign-in',
  name: 'name of the user, for the client to display',
  sid: 'session at the authorization server',
  auth_time: 'when the user signed in',
  amr: 'how the user signed in',
  acr: 'how strong the authentication was',
  at_hash: 'links an ID token to its access token; the API recognises ID tokens by it',
  s_hash: 'links an ID token to the state of the request',
}

export const ID_TOKEN = 'An ID token tells the client who signed in. It is for the client, not for APIs.'

const DATES = new Set(['exp', 'nbf', 'iat', 'auth_time'])

/** Formats a claim's value for display. */
export function valueOf(name: string, value: unknown): string {
  if (DATES.has(name) && typeof value === 'number') {
    return `${value} (${new Date(value * 1000).toLocaleTimeString('en-GB')})`
  }
  return typeof value === 'string' ? value : JSON.stringify(value)
}
