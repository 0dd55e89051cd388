import { authentik } from 'express-resource-server/providers'
import { changed, publishedKey, testMistakes, testTokens } from './support/provider.js'
import type { TokenShape } from './support/provider.js'

const URL = 'https://auth.example.com'
const CLIENT = 'k3xJq8vYw0RbT5mNzL2pA7sD4fGh6cVe'
const APPLICATION = `${URL}/application/o/orders/`

function documentsWith(issuer: string): Readonly<Record<string, unknown>> {
  return {
    [`${APPLICATION}.well-known/openid-configuration`]: {
      issuer,
      authorization_endpoint: `${URL}/application/o/authorize/`,
      token_endpoint: `${URL}/application/o/token/`,
      jwks_uri: `${APPLICATION}jwks/`,
      id_token_signing_alg_values_supported: ['RS256'],
    },
    [`${APPLICATION}jwks/`]: { keys: [publishedKey({ x5c: ['MIIF'], x5t: 'c29tZQ' })] },
  }
}

const user: TokenShape = {
  claims: {
    iss: APPLICATION,
    sub: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    aud: CLIENT,
    auth_time: 1_749_990_000,
    acr: 'goauthentik.io/providers/oauth2/default',
    amr: ['pwd'],
    nonce: 'bm9uY2U',
    sid: '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae',
    email: 'jane@example.com',
    name: 'Jane',
    preferred_username: 'jane',
    groups: ['staff', 'orders'],
    azp: CLIENT,
    uid: 'b7Rk2mQx9LpVz4NsYt8WfGh3JdCe6AaB5uTqPoIi',
  },
}

const machine: TokenShape = {
  claims: {
    iss: APPLICATION,
    sub: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    aud: CLIENT,
    auth_time: 1_749_990_000,
    acr: 'goauthentik.io/providers/oauth2/default',
    azp: CLIENT,
    uid: 'Zx8WfGh3JdCe6AaB5uTqPoIib7Rk2mQx9LpVz4Ns',
  },
}

const idToken = changed(user, { azp: undefined, uid: undefined })

testTokens('A server for an authentik application', {
  issuer: authentik({ url: URL, application: 'orders', clientId: CLIENT }),
  server: {},
  documents: documentsWith(APPLICATION),
  accepted: [
    [
      'a user’s access token, which has a nonce',
      user,
      { roles: ['staff', 'orders'], clientId: CLIENT, scopes: [] },
    ],
    ['a machine’s access token', machine, { roles: [], clientId: CLIENT }],
    [
      'an access token with a scope',
      changed(user, { scope: 'openid profile' }),
      { scopes: ['openid', 'profile'] },
    ],
  ],
  refused: [
    [
      'the ID token, which lacks only azp and uid',
      idToken,
      { code: 'ERR_NOT_AN_ACCESS_TOKEN', hint: 'id_token' },
    ],
    [
      'an ID token with azp',
      changed(idToken, { azp: CLIENT }),
      { code: 'ERR_NOT_AN_ACCESS_TOKEN', hint: 'id_token' },
    ],
    [
      'a token that has neither uid nor a mark',
      { claims: { iss: APPLICATION, sub: 'a', aud: CLIENT } },
      { code: 'ERR_CLAIM_MISSING' },
    ],
    [
      'a token of another application',
      changed(user, { iss: `${URL}/application/o/billing/`, aud: 'other' }),
      { code: 'ERR_ISSUER_UNKNOWN', hint: 'issuer_same_host' },
    ],
    [
      'a token for another client',
      changed(user, { aud: 'other' }),
      { code: 'ERR_AUDIENCE_MISMATCH', hint: 'id_token' },
    ],
    [
      'a token whose issuer lacks the slash',
      changed(user, { iss: APPLICATION.slice(0, -1) }),
      { code: 'ERR_ISSUER_UNKNOWN', hint: 'issuer_trailing_slash' },
    ],
    [
      'a token signed with the client secret',
      changed(user, {}, { alg: 'HS256' }),
      { code: 'ERR_ALGORITHM_NOT_ALLOWED', hint: 'symmetric_algorithm' },
    ],
  ],
})

testTokens('A server for the global issuer mode', {
  issuer: authentik({ url: URL, application: 'orders', clientId: CLIENT, issuerMode: 'global' }),
  server: {},
  documents: documentsWith(`${URL}/`),
  accepted: [['an access token', changed(user, { iss: `${URL}/` }), { clientId: CLIENT }]],
  refused: [
    ['an access token of the other mode', user, { code: 'ERR_ISSUER_UNKNOWN', hint: 'issuer_same_host' }],
    [
      'a token of another application',
      changed(user, { iss: `${URL}/`, aud: 'other' }),
      { code: 'ERR_AUDIENCE_MISMATCH', hint: 'id_token' },
    ],
  ],
})

describe('authentik()', () => {
  const good = { url: URL, application: 'orders', clientId: CLIENT }
  testMistakes(authentik, [
    ['no object', URL, 'authentik: must be an object, such as { url: '],
    ['no URL', { application: 'orders', clientId: CLIENT }, 'authentik.url: is required'],
    ['a final slash', { ...good, url: `${URL}/` }, 'authentik.url: ends with a slash'],
    ['the issuer as URL', { ...good, url: APPLICATION }, 'authentik.url: is the URL of an application'],
    ['no application', { url: URL, clientId: CLIENT }, 'authentik.application: is required, such as orders'],
    [
      'the path of the application',
      { ...good, application: 'o/orders' },
      'authentik.application: has a slash',
    ],
    [
      'the name of the application',
      { ...good, application: 'My orders' },
      'authentik.application: must be the slug',
    ],
    ['no client id', { url: URL, application: 'orders' }, 'authentik.clientId: is required'],
    ['another mode', { ...good, issuerMode: 'each' }, 'must be one of "per_provider", "global"'],
  ])
})
