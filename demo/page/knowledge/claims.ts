/** What the members of a token mean, each in a line; those to look at first come first. */

export const HEADER: Readonly<Record<string, string>> = {
  alg: 'how it is signed; or, when it is encrypted, how the key for that was wrapped',
  typ: 'what kind of token: at+jwt is an access token (RFC 9068)',
  kid: 'which key: the issuer’s that signed it, or the API’s own that it is encrypted for',
  enc: 'how the content is encrypted',
  cty: 'what is inside the encrypted part',
  iss: 'who issued it, repeated outside for whoever must choose a key',
  aud: 'for whom it is, repeated outside',
}

export const CLAIMS: Readonly<Record<string, string>> = {
  iss: 'the issuer: who vouches for all this',
  sub: 'the subject: about whom it speaks, a person or the machine itself',
  aud: 'the audience: who may accept it, and nobody else',
  exp: 'expires: refused from this moment on',
  nbf: 'not before: refused until then',
  iat: 'issued at',
  scope: 'what it may be used for',
  client_id: 'the client that obtained it',
  roles: 'what its subject is, for this API',
  jti: 'the token’s own number',
  nonce: 'ties an ID token to one sign-in',
  name: 'the person’s name, for the client to greet them',
  sid: 'the session at the authorization server',
  auth_time: 'when the person signed in',
  amr: 'how the person signed in',
  acr: 'how strongly the person signed in',
  at_hash: 'ties an ID token to the access token beside it; the API knows an ID token by it',
  s_hash: 'ties an ID token to the state of the request',
}

const DATES = new Set(['exp', 'nbf', 'iat', 'auth_time'])

/** A claim's value as one would say it. */
export function valueOf(name: string, value: unknown): string {
  if (DATES.has(name) && typeof value === 'number') {
    return `${value}, that is ${new Date(value * 1000).toLocaleTimeString('en-GB')}`
  }
  return typeof value === 'string' ? value : JSON.stringify(value)
}
