import { auth0 } from 'express-resource-server/providers'
import { changed, publishedKey, testMistakes, testTokens } from './support/provider.js'
import type { TokenShape } from './support/provider.js'

const DOMAIN = 'example.eu.auth0.com'
const API = 'https://api.example.com'

const documents = {
  [`https://${DOMAIN}/.well-known/openid-configuration`]: {
    issuer: `https://${DOMAIN}/`,
    authorization_endpoint: `https://${DOMAIN}/authorize`,
    token_endpoint: `https://${DOMAIN}/oauth/token`,
    jwks_uri: `https://${DOMAIN}/.well-known/jwks.json`,
    id_token_signing_alg_values_supported: ['HS256', 'RS256', 'PS256'],
  },
  [`https://${DOMAIN}/.well-known/jwks.json`]: {
    keys: [publishedKey({ x5t: 'c29tZSB0aHVtYnByaW50', x5c: ['MIIC'] })],
  },
}

/** The "Auth0" token profile. */
const user: TokenShape = {
  claims: {
    iss: `https://${DOMAIN}/`,
    sub: 'auth0|5f7c8ec7c33c6c004bbafe82',
    aud: [API, `https://${DOMAIN}/userinfo`],
    azp: 'my_client_id',
    scope: 'openid profile orders:read',
  },
}

const machine: TokenShape = {
  claims: {
    iss: `https://${DOMAIN}/`,
    sub: 'my_client_id@clients',
    aud: API,
    azp: 'my_client_id',
    gty: 'client-credentials',
    scope: 'orders:read orders:write',
  },
}

const rfc9068 = changed(
  user,
  { azp: undefined, client_id: 'my_client_id', jti: 'kL3u9Hd2' },
  { typ: 'at+jwt' },
)

const idToken: TokenShape = {
  claims: {
    iss: `https://${DOMAIN}/`,
    sub: 'auth0|5f7c8ec7c33c6c004bbafe82',
    aud: 'my_client_id',
    nickname: 'jane',
    name: 'jane@example.com',
    email: 'jane@example.com',
    email_verified: true,
    sid: 'dJ0eYoMUHgU4Yx3K',
    nonce: 'bm9uY2U',
  },
}

testTokens('A server for Auth0’s own token profile', {
  issuer: auth0({ domain: DOMAIN }),
  server: { audience: API },
  documents,
  accepted: [
    [
      'a token of a user',
      user,
      { scopes: ['openid', 'profile', 'orders:read'], clientId: 'my_client_id', roles: [] },
    ],
    ['a token of a machine', machine, { scopes: ['orders:read', 'orders:write'], clientId: 'my_client_id' }],
    ['a token of the RFC 9068 profile', rfc9068, { clientId: 'my_client_id' }],
  ],
  refused: [
    ['an ID token', idToken, { code: 'ERR_NOT_AN_ACCESS_TOKEN', hint: 'id_token' }],
    [
      'an ID token of a flow without nonce',
      changed(idToken, { nonce: undefined }),
      { code: 'ERR_AUDIENCE_MISMATCH', hint: 'id_token' },
    ],
    [
      'a token for another API',
      changed(machine, { aud: 'https://other.example.com' }),
      { code: 'ERR_AUDIENCE_MISMATCH' },
    ],
    [
      'a token for the Management API',
      changed(machine, { aud: `https://${DOMAIN}/api/v2/` }),
      { code: 'ERR_AUDIENCE_MISMATCH' },
    ],
    [
      'a token of another tenant',
      changed(user, { iss: 'https://other.eu.auth0.com/' }),
      { code: 'ERR_ISSUER_UNKNOWN' },
    ],
    [
      'a token whose issuer lacks the slash',
      changed(user, { iss: `https://${DOMAIN}` }),
      { code: 'ERR_ISSUER_UNKNOWN', hint: 'issuer_trailing_slash' },
    ],
  ],
})

testTokens('A server for an API that signs with another algorithm', {
  issuer: auth0({ domain: DOMAIN }),
  server: { audience: API },
  documents: {
    ...documents,
    [`https://${DOMAIN}/.well-known/jwks.json`]: {
      keys: [publishedKey({ kid: 'ps' }, 'PS256'), publishedKey({ kid: 'rs' }, 'RS512')],
    },
  },
  accepted: [
    ['RS512', changed(user, {}, { alg: 'RS512', kid: 'rs' }), { clientId: 'my_client_id' }],
    ['PS256', changed(user, {}, { alg: 'PS256', kid: 'ps' }), { clientId: 'my_client_id' }],
  ],
  refused: [
    ['RS384', changed(user, {}, { alg: 'RS384' }), { code: 'ERR_ALGORITHM_NOT_ALLOWED' }],
    [
      'HS256',
      changed(user, {}, { alg: 'HS256' }),
      { code: 'ERR_ALGORITHM_NOT_ALLOWED', hint: 'symmetric_algorithm' },
    ],
  ],
})

testTokens('A server for the RFC 9068 token profile', {
  issuer: auth0({ domain: DOMAIN, tokenProfile: 'rfc9068' }),
  server: { audience: API },
  documents,
  accepted: [['a token of it', rfc9068, { scopes: ['openid', 'profile', 'orders:read'] }]],
  refused: [
    ['a token of the other profile', user, { code: 'ERR_TOKEN_TYPE', hint: 'typ_not_at_jwt' }],
    ['an ID token', idToken, { code: 'ERR_TOKEN_TYPE', hint: 'id_token' }],
  ],
})

testTokens('A server that reads permissions', {
  issuer: auth0({ domain: DOMAIN, permissions: true }),
  server: { audience: API },
  documents,
  accepted: [
    [
      'a token with them',
      changed(user, { permissions: ['orders:read', 'orders:write'] }),
      { scopes: ['orders:read', 'orders:write'] },
    ],
    ['a token without them, which may do nothing', user, { scopes: [] }],
  ],
  refused: [['an ID token', idToken, { code: 'ERR_NOT_AN_ACCESS_TOKEN', hint: 'id_token' }]],
})

describe('auth0()', () => {
  testMistakes(auth0, [
    ['no object', DOMAIN, "auth0: must be an object, such as { domain: 'example.eu.auth0.com' }"],
    ['no domain', {}, 'auth0.domain: is required, such as example.eu.auth0.com'],
    ['an unset variable', { domain: undefined }, 'auth0.domain: is required'],
    ['a URL', { domain: `https://${DOMAIN}` }, 'auth0.domain: is a URL. Write only its host'],
    ['a final slash', { domain: `${DOMAIN}/` }, 'auth0.domain: ends with a slash'],
    ['a path', { domain: `${DOMAIN}/userinfo` }, 'auth0.domain: has a path'],
    ['white space', { domain: `${DOMAIN}\n` }, 'auth0.domain: begins or ends with white space'],
    ['upper case', { domain: 'Example.eu.auth0.com' }, 'auth0.domain: must be a host name in lower case'],
    ['only the name of the tenant', { domain: 'example' }, 'auth0.domain: must be a host name'],
    ['another profile', { domain: DOMAIN, tokenProfile: 'at+jwt' }, 'must be one of "auth0", "rfc9068"'],
    ['a misspelled option', { domain: DOMAIN, permission: true }, 'did you mean "permissions"?'],
  ])
})
