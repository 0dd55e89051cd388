import { logto } from 'express-resource-server/providers'
import { changed, publishedKey, testMistakes, testTokens } from './support/provider.js'
import type { TokenShape } from './support/provider.js'

const TENANT = 'https://example.logto.app'
const API = 'https://api.example.com'

const documents = {
  [`${TENANT}/oidc/.well-known/openid-configuration`]: {
    issuer: `${TENANT}/oidc`,
    authorization_endpoint: `${TENANT}/oidc/auth`,
    token_endpoint: `${TENANT}/oidc/token`,
    introspection_endpoint: `${TENANT}/oidc/token/introspection`,
    jwks_uri: `${TENANT}/oidc/jwks`,
    id_token_signing_alg_values_supported: ['ES384'],
  },
  [`${TENANT}/oidc/jwks`]: { keys: [publishedKey({}, 'ES384')] },
}

const user: TokenShape = {
  header: { alg: 'ES384', typ: 'at+jwt' },
  claims: {
    iss: `${TENANT}/oidc`,
    sub: 'foo5k3x2q9ab',
    aud: API,
    client_id: 'app5k3x2q9abcdefghij1',
    jti: 'x8Kd9sLQmZr2V7nTqYb0P',
    scope: 'orders:read orders:write',
  },
}

const machine = changed(user, { sub: 'm2m5k3x2q9abcdefghij1', client_id: 'm2m5k3x2q9abcdefghij1' })

const idToken: TokenShape = {
  header: { alg: 'ES384' },
  claims: {
    iss: `${TENANT}/oidc`,
    sub: 'foo5k3x2q9ab',
    aud: 'app5k3x2q9abcdefghij1',
    at_hash: 'kZr2V7nTqYb0Pw',
    nonce: 'bm9uY2U',
    username: 'jane',
    name: 'Jane',
  },
}

testTokens('A server for a Logto API resource', {
  issuer: logto({ endpoint: TENANT }),
  server: { audience: API },
  documents,
  accepted: [
    [
      'a user’s token',
      user,
      { scopes: ['orders:read', 'orders:write'], clientId: 'app5k3x2q9abcdefghij1', roles: [] },
    ],
    ['a machine’s token', machine, { subject: 'm2m5k3x2q9abcdefghij1' }],
    ['a token within an organization', changed(user, { organization_id: 'org1' }), {}],
  ],
  refused: [
    ['an ID token', idToken, { code: 'ERR_TOKEN_TYPE', hint: 'id_token' }],
    [
      'a token for another API',
      changed(user, { aud: 'https://other.example.com' }),
      { code: 'ERR_AUDIENCE_MISMATCH' },
    ],
    [
      'the API without its slash',
      changed(user, { aud: `${API}/` }),
      { code: 'ERR_AUDIENCE_MISMATCH', hint: 'audience_trailing_slash' },
    ],
    [
      'a token of an organization as such',
      changed(user, { aud: 'urn:logto:organization:org1' }),
      { code: 'ERR_AUDIENCE_MISMATCH' },
    ],
    [
      'a token for the Management API',
      changed(machine, { aud: `${TENANT}/api` }),
      { code: 'ERR_AUDIENCE_MISMATCH' },
    ],
    [
      'a token of the custom domain',
      changed(user, { iss: 'https://auth.example.com/oidc' }),
      { code: 'ERR_ISSUER_UNKNOWN' },
    ],
  ],
})

describe('logto()', () => {
  test('takes a server of your own', () => {
    expect(logto({ endpoint: 'http://localhost:3001' }).issuer).toBe('http://localhost:3001/oidc')
  })

  testMistakes(logto, [
    ['no object', TENANT, "logto: must be an object, such as { endpoint: 'https://example.logto.app' }"],
    ['no endpoint', {}, 'logto.endpoint: is required'],
    ['the issuer', { endpoint: `${TENANT}/oidc` }, 'logto.endpoint: ends with /oidc'],
    ['a final slash', { endpoint: `${TENANT}/` }, 'logto.endpoint: ends with a slash'],
    [
      'the metadata',
      { endpoint: `${TENANT}/oidc/.well-known/openid-configuration` },
      'is the URL of a document',
    ],
    ['a tenant id', { endpoint: 'example' }, 'logto.endpoint: must be an https URL'],
  ])
})
