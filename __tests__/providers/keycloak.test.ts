import { keycloak } from 'express-resource-server/providers'
import { changed, publishedKey, testMistakes, testTokens } from './support/provider.js'
import type { TokenShape } from './support/provider.js'

const URL_OF_SERVER = 'https://keycloak.example.com'
const ISSUER = `${URL_OF_SERVER}/realms/main`
const CERTS = `${ISSUER}/protocol/openid-connect/certs`

const documents = {
  [`${ISSUER}/.well-known/openid-configuration`]: {
    issuer: ISSUER,
    authorization_endpoint: `${ISSUER}/protocol/openid-connect/auth`,
    token_endpoint: `${ISSUER}/protocol/openid-connect/token`,
    jwks_uri: CERTS,
  },
  [CERTS]: {
    keys: [publishedKey({ kid: 'encryption', alg: 'RSA-OAEP', use: 'enc', x5c: ['MIIC'] }), publishedKey()],
  },
}

const user: TokenShape = {
  claims: {
    auth_time: 1_749_999_000,
    jti: 'onrtac:9f1c2f0e-6d0e-4f0e-9d7a-0e6c5c1f2a3b',
    iss: ISSUER,
    aud: ['orders-api', 'account'],
    sub: '5c0e8f3a-1d2b-4c3d-8e9f-0a1b2c3d4e5f',
    typ: 'Bearer',
    azp: 'web',
    sid: 'a1b2c3d4-e5f6-7a8b-9c0d-1e2f3a4b5c6d',
    acr: '1',
    'allowed-origins': ['https://app.example.com'],
    realm_access: { roles: ['offline_access', 'staff'] },
    resource_access: { 'orders-api': { roles: ['clerk'] }, account: { roles: ['view-profile'] } },
    scope: 'openid profile email',
    email_verified: true,
    name: 'Jane Doe',
    preferred_username: 'jane',
  },
}

/** Older versions copy the nonce into the access token. */
const withNonce = changed(user, { nonce: 'bm9uY2U' })

const machine = changed(user, {
  auth_time: undefined,
  sid: undefined,
  azp: 'worker',
  name: undefined,
  preferred_username: 'service-account-worker',
  client_id: 'worker',
  clientHost: '10.0.0.7',
  clientAddress: '10.0.0.7',
  scope: 'profile email',
})

const lightweight: TokenShape = {
  claims: {
    jti: 'trrtcc:9f1c2f0e-6d0e-4f0e-9d7a-0e6c5c1f2a3b',
    iss: ISSUER,
    aud: 'orders-api',
    typ: 'Bearer',
    azp: 'worker',
    scope: 'orders',
  },
}

const idToken = changed(user, {
  aud: 'web',
  typ: 'ID',
  at_hash: 'F1jTJ4',
  realm_access: undefined,
  resource_access: undefined,
  scope: undefined,
  'allowed-origins': undefined,
})

const refused = [
  ['an ID token', idToken, { code: 'ERR_NOT_AN_ACCESS_TOKEN', hint: 'id_token' }],
  [
    'an ID token for the API, without at_hash',
    changed(idToken, { aud: 'orders-api', at_hash: undefined }),
    { code: 'ERR_NOT_AN_ACCESS_TOKEN', hint: 'id_token' },
  ],
  [
    'a refresh token, which Keycloak signs with a secret of its own',
    changed(user, { typ: 'Refresh', aud: ISSUER }, { alg: 'HS512' }),
    { code: 'ERR_ALGORITHM_NOT_ALLOWED', hint: 'refresh_token' },
  ],
  [
    'an offline token',
    changed(user, { typ: 'Offline', aud: ISSUER }, { alg: 'HS512' }),
    { code: 'ERR_ALGORITHM_NOT_ALLOWED', hint: 'refresh_token' },
  ],
  [
    'a refresh token that is signed like an access token',
    changed(user, { typ: 'Refresh', aud: ISSUER }),
    { code: 'ERR_NOT_AN_ACCESS_TOKEN', hint: 'refresh_token' },
  ],
  ['a token of a kind of its own', changed(user, { typ: 'Registration' }), { code: 'ERR_CLAIMS_REFUSED' }],
  ['a token without a kind', changed(user, { typ: undefined }), { code: 'ERR_CLAIM_MISSING' }],
  [
    'a token that no audience mapper has seen',
    changed(user, { aud: 'account' }),
    { code: 'ERR_AUDIENCE_MISMATCH', hint: 'audience_account' },
  ],
  [
    'a token without aud',
    changed(user, { aud: undefined }),
    { code: 'ERR_CLAIM_MISSING', hint: 'audience_missing' },
  ],
  ['a token for another API', changed(user, { aud: 'billing-api' }), { code: 'ERR_AUDIENCE_MISMATCH' }],
  [
    'a token of another realm',
    changed(user, { iss: `${URL_OF_SERVER}/realms/other` }),
    { code: 'ERR_ISSUER_UNKNOWN', hint: 'issuer_same_host' },
  ],
  [
    'a token of a server that does not know its address',
    changed(user, { iss: ISSUER.replace('https', 'http') }),
    { code: 'ERR_ISSUER_UNKNOWN', hint: 'issuer_http' },
  ],
  [
    'a token of a version before 17',
    changed(user, { iss: `${URL_OF_SERVER}/auth/realms/main` }),
    { code: 'ERR_ISSUER_UNKNOWN', hint: 'issuer_same_host' },
  ],
] as const

testTokens('A server for a realm of Keycloak', {
  issuer: keycloak({ url: URL_OF_SERVER, realm: 'main' }),
  server: { audience: 'orders-api' },
  documents,
  accepted: [
    [
      'a token of a user',
      user,
      { scopes: ['openid', 'profile', 'email'], roles: ['offline_access', 'staff'], clientId: 'web' },
    ],
    ['a token with the nonce of the login', withNonce, { clientId: 'web' }],
    ['a token of a machine', machine, { clientId: 'worker' }],
    ['a lightweight token', lightweight, { scopes: ['orders'], roles: [], clientId: 'worker' }],
    ['a token with the typ of RFC 9068', changed(user, {}, { typ: 'at+jwt' }), { clientId: 'web' }],
  ],
  refused,
})

testTokens('A server that reads the roles of a client', {
  issuer: keycloak({ url: URL_OF_SERVER, realm: 'main', rolesOfClient: 'orders-api' }),
  server: { audience: 'orders-api' },
  documents,
  accepted: [
    ['a token with such roles', user, { roles: ['clerk'] }],
    ['a token without', lightweight, { roles: [] }],
  ],
  refused,
})

test.each([
  ['https://keycloak.example.com/auth', 'https://keycloak.example.com/auth/realms/main'],
  ['https://keycloak.example.com:8443', 'https://keycloak.example.com:8443/realms/main'],
  ['http://localhost:8080', 'http://localhost:8080/realms/main'],
])('the server %s has the issuer %s', (url, issuer) => {
  expect(keycloak({ url, realm: 'main' }).issuer).toBe(issuer)
})

/** What RESTEasy, which builds Keycloak's URLs, leaves as it is and what it encodes. */
const encodedRealms = [
  ['My Realm', 'My%20Realm'],
  ['Müller', 'M%C3%BCller'],
  ["d'Or", "d'Or"],
  ["a!$&'()*+,;=:@b-._~", "a!$&'()*+,;=:@b-._~"],
  ['a?b#c[d]', 'a%3Fb%23c%5Bd%5D'],
  ['100%', '100%25'],
] as const

describe.each(encodedRealms)('A server for the realm %s', (realm, path) => {
  const issuer = `${URL_OF_SERVER}/realms/${path}`
  const preset = keycloak({ url: URL_OF_SERVER, realm })

  test('trusts the issuer that Keycloak writes', () => {
    expect(preset.issuer).toBe(issuer)
  })

  testTokens('of Keycloak', {
    issuer: preset,
    server: { audience: 'orders-api' },
    documents: {
      [`${issuer}/.well-known/openid-configuration`]: { issuer, jwks_uri: `${URL_OF_SERVER}/certs` },
      [`${URL_OF_SERVER}/certs`]: { keys: [publishedKey()] },
    },
    accepted: [['a token of a user', changed(user, { iss: issuer }), { clientId: 'web' }]],
    refused: [['a token of another realm', user, { code: 'ERR_ISSUER_UNKNOWN', hint: 'issuer_same_host' }]],
  })
})

describe('keycloak()', () => {
  const url = URL_OF_SERVER
  const realm = 'main'
  testMistakes(keycloak, [
    ['no URL', { realm }, 'keycloak.url: is required, such as https://keycloak.example.com'],
    ['a host', { url: 'keycloak.example.com', realm }, 'keycloak.url: must be an https URL'],
    ['http', { url: 'http://keycloak.example.com', realm }, 'http only on loopback'],
    ['a name of Docker', { url: 'http://keycloak:8080', realm }, 'docs/docker.md'],
    ['a final slash', { url: `${url}/`, realm }, 'keycloak.url: ends with a slash'],
    ['a query', { url: `${url}?x=1`, realm }, 'without query and fragment'],
    ['upper case in the host', { url: 'https://Keycloak.example.com', realm }, 'as tokens have it in "iss"'],
    ['the default port', { url: `${url}:443`, realm }, 'as tokens have it in "iss"'],
    ['the issuer', { url: ISSUER, realm }, 'has the path of a realm'],
    [
      'the metadata',
      { url: `${ISSUER}/.well-known/openid-configuration`, realm },
      'keycloak.url: is the URL of a document',
    ],
    ['no realm', { url }, 'keycloak.realm: is required, such as main'],
    ['a realm with a slash', { url, realm: 'realms/main' }, 'keycloak.realm: has a slash'],
    ['a realm that is a URL', { url, realm: ISSUER }, 'keycloak.realm: is a URL'],
    ['an encoded realm', { url, realm: 'my%20realm' }, 'as the console shows it: keycloak() encodes it'],
    ['a realm with a line break', { url, realm: 'my\nrealm' }, 'keycloak.realm: must be the name of a realm'],
    ['a realm that leads to another path', { url, realm: '..' }, 'keycloak.realm: must be the name'],
    ['a realm that ends with a line break', { url, realm: 'main\n' }, 'begins or ends with white space'],
    ['a client that is no text', { url, realm, rolesOfClient: ['x'] }, 'must be a string'],
    ['a misspelled option', { URL: url, realm }, 'did you mean "url"?'],
  ])
})
