import { cognito } from 'express-resource-server/providers'
import { changed, publishedKey, testMistakes, testTokens } from './support/provider.js'
import type { TokenShape } from './support/provider.js'

const POOL = 'eu-central-1_AbCdEfGhI'
const ISSUER = `https://cognito-idp.eu-central-1.amazonaws.com/${POOL}`
const UPDATED = `https://issuer-cognito-idp.eu-central-1.amazonaws.com/${POOL}`
const CLIENT = '1h57kf5cpq17m0eml12example'
const API = 'https://api.example.com'

const documentsOf = (issuer: string): Record<string, unknown> => ({
  [`${issuer}/.well-known/openid-configuration`]: {
    authorization_endpoint: 'https://example.auth.eu-central-1.amazoncognito.com/oauth2/authorize',
    id_token_signing_alg_values_supported: ['RS256'],
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
  },
  [`${issuer}/.well-known/jwks.json`]: { keys: [publishedKey()] },
})
const documents = documentsOf(ISSUER)

const user: TokenShape = {
  header: { typ: undefined },
  claims: {
    sub: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
    'cognito:groups': ['clerks'],
    iss: ISSUER,
    version: 2,
    client_id: CLIENT,
    origin_jti: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeee1',
    event_id: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeee2',
    token_use: 'access',
    scope: 'openid https://api.example.com/orders.read',
    auth_time: 1_749_999_000,
    jti: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeee3',
    username: 'jane',
  },
}

const machine: TokenShape = {
  header: { typ: undefined },
  claims: {
    sub: CLIENT,
    token_use: 'access',
    scope: 'https://api.example.com/orders.read',
    auth_time: 1_749_999_000,
    iss: ISSUER,
    version: 2,
    jti: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeee4',
    client_id: CLIENT,
  },
}

const bound = changed(user, { aud: API })

const idToken: TokenShape = {
  header: { typ: undefined },
  claims: {
    sub: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
    'cognito:groups': ['clerks'],
    email_verified: true,
    iss: ISSUER,
    'cognito:username': 'jane',
    origin_jti: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeee1',
    aud: CLIENT,
    event_id: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeee2',
    token_use: 'id',
    auth_time: 1_749_999_000,
    jti: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeee5',
    email: 'jane@example.com',
  },
}

const idTokenRefusal = [
  'an ID token',
  idToken,
  { code: 'ERR_NOT_AN_ACCESS_TOKEN', hint: 'id_token' },
] as const

testTokens('A server for the clients of a user pool', {
  issuer: cognito({ userPoolId: POOL, clientIds: [CLIENT] }),
  server: {},
  documents,
  accepted: [
    [
      'a token of a user',
      user,
      { scopes: ['openid', 'https://api.example.com/orders.read'], roles: ['clerks'], clientId: CLIENT },
    ],
    ['a token of a machine', machine, { scopes: ['https://api.example.com/orders.read'], roles: [] }],
  ],
  refused: [
    idTokenRefusal,
    [
      'an ID token that says what client it is for, as access tokens do',
      changed(idToken, { client_id: CLIENT }),
      { code: 'ERR_NOT_AN_ACCESS_TOKEN', hint: 'id_token' },
    ],
    ['a token of another client', changed(user, { client_id: 'other' }), { code: 'ERR_AUDIENCE_MISMATCH' }],
    ['a token bound to another API', changed(user, { aud: API }), { code: 'ERR_AUDIENCE_MISMATCH' }],
    ['a token of another use', changed(user, { token_use: 'other' }), { code: 'ERR_CLAIMS_REFUSED' }],
    ['a token without a use', changed(user, { token_use: undefined }), { code: 'ERR_CLAIM_MISSING' }],
    [
      'a token of another pool',
      changed(user, { iss: ISSUER.replace('AbCd', 'XyZx') }),
      { code: 'ERR_ISSUER_UNKNOWN', hint: 'issuer_same_host' },
    ],
    [
      'a token of the pool after its issuer was updated',
      changed(user, { iss: UPDATED }),
      { code: 'ERR_ISSUER_UNKNOWN', hint: 'issuer_same_host' },
    ],
  ],
})

testTokens('A server for bound tokens', {
  issuer: cognito({ userPoolId: POOL, resources: API }),
  server: {},
  documents,
  accepted: [['a bound token', bound, { audience: [API], clientId: CLIENT }]],
  refused: [
    idTokenRefusal,
    ['a token that is not bound', user, { code: 'ERR_CLAIM_MISSING', hint: 'audience_missing' }],
    [
      'a token bound to another API',
      changed(bound, { aud: 'https://other.example.com' }),
      { code: 'ERR_AUDIENCE_MISMATCH' },
    ],
  ],
})

testTokens('A server for bound tokens of some clients', {
  issuer: cognito({ userPoolId: POOL, clientIds: CLIENT, resources: [API] }),
  server: {},
  documents,
  accepted: [
    ['a bound token', bound, { clientId: CLIENT }],
    ['a token that is not bound', user, { clientId: CLIENT }],
  ],
  refused: [
    [
      'a bound token of another client',
      changed(bound, { client_id: 'other' }),
      { code: 'ERR_AUDIENCE_MISMATCH' },
    ],
    [
      'a token bound to another API',
      changed(bound, { aud: 'https://other.example.com' }),
      { code: 'ERR_AUDIENCE_MISMATCH' },
    ],
  ],
})

testTokens('A server for a pool with the updated issuer', {
  issuer: cognito({ userPoolId: POOL, clientIds: CLIENT, issuerType: 'updated' }),
  server: {},
  documents: documentsOf(UPDATED),
  accepted: [['a token of a user', changed(user, { iss: UPDATED }), { clientId: CLIENT }]],
  refused: [['a token of before the update', user, { code: 'ERR_ISSUER_UNKNOWN', hint: 'issuer_same_host' }]],
})

test.each([
  ['us-gov-west-1_AbCdEfGhI', 'https://cognito-idp.us-gov-west-1.amazonaws.com/us-gov-west-1_AbCdEfGhI'],
  ['cn-north-1_AbCdEfGhI', 'https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_AbCdEfGhI'],
])('%s is a pool of %s', (userPoolId, issuer) => {
  expect(cognito({ userPoolId, clientIds: CLIENT }).issuer).toBe(issuer)
})

describe('cognito()', () => {
  testMistakes(cognito, [
    ['no pool', { clientIds: CLIENT }, 'cognito.userPoolId: is required, such as eu-central-1_AbCdEfGhI'],
    ['a pool without region', { userPoolId: 'AbCdEfGhI', clientIds: CLIENT }, 'lacks the region'],
    ['a pool without region, with its underscore', { userPoolId: '_AbCdEfGhI' }, 'lacks the region'],
    [
      'the ARN',
      { userPoolId: `arn:aws:cognito-idp:eu-central-1:123456789012:userpool/${POOL}` },
      'is an ARN. Write what is after userpool/',
    ],
    ['the issuer', { userPoolId: ISSUER }, 'is a URL. Write only the id of the user pool'],
    [
      'an identity pool',
      { userPoolId: 'eu-central-1:11111111-2222-3333-4444-555555555555' },
      'is the id of an identity pool',
    ],
    ['a final slash', { userPoolId: `${POOL}/` }, 'must be the id of a user pool'],
    ['white space', { userPoolId: `${POOL} ` }, 'begins or ends with white space'],
    ['no clients', { userPoolId: POOL }, 'cognito.clientIds: is required'],
    ['no client', { userPoolId: POOL, clientIds: [] }, 'cognito.clientIds: must be a string or an array'],
    ['the name of a client', { userPoolId: POOL, clientIds: 'My app' }, 'must be the ids of app clients'],
    [
      'a pool of the European Sovereign Cloud',
      { userPoolId: 'eusc-de-east-1_AbCdEfGhI', clientIds: CLIENT },
      'Write issuer without cognito(), as tokens have it in "iss"',
    ],
    [
      'another type of issuer',
      { userPoolId: POOL, clientIds: CLIENT, issuerType: 'UPDATED' },
      'must be one of "original", "updated"',
    ],
    ['a misspelled option', { userPoolId: POOL, clientId: CLIENT }, 'did you mean "clientIds"?'],
  ])
})
