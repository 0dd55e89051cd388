import { resourceServer } from 'express-resource-server'
import { google } from 'express-resource-server/providers'
import { changed, publishedKey, testMistakes, testTokens } from './support/provider.js'
import type { TokenShape } from './support/provider.js'

const API = 'https://api.example.com'
const CALLER = 'caller@example-project.iam.gserviceaccount.com'
const CLIENT = '1234567890-abc123def456.apps.googleusercontent.com'
const IAP_AUDIENCE = '/projects/1234567890/global/backendServices/9876543210'

const documents = {
  'https://accounts.google.com/.well-known/openid-configuration': {
    issuer: 'https://accounts.google.com',
    authorization_endpoint: 'https://accounts.google.com/o/oauth2/v2/auth',
    token_endpoint: 'https://oauth2.googleapis.com/token',
    jwks_uri: 'https://www.googleapis.com/oauth2/v3/certs',
    id_token_signing_alg_values_supported: ['RS256'],
  },
  'https://www.googleapis.com/oauth2/v3/certs': { keys: [publishedKey()] },
  'https://www.gstatic.com/iap/verify/public_key-jwk': { keys: [publishedKey({}, 'ES256')] },
}

const serviceAccount: TokenShape = {
  claims: {
    iss: 'https://accounts.google.com',
    sub: '112010400000000710080',
    aud: API,
    azp: '112010400000000710080',
    email: CALLER,
    email_verified: true,
  },
}

const user: TokenShape = {
  claims: {
    iss: 'https://accounts.google.com',
    sub: '110169484474386276334',
    aud: CLIENT,
    azp: '1234567890-android.apps.googleusercontent.com',
    email: 'jane@example.com',
    email_verified: true,
    hd: 'example.com',
    name: 'Jane',
    nonce: 'bm9uY2U',
    at_hash: 'HK6E_P6Dh8Y93mRNtsDB1Q',
  },
}

const assertion: TokenShape = {
  header: { alg: 'ES256' },
  claims: {
    iss: 'https://cloud.google.com/iap',
    sub: 'accounts.google.com:110169484474386276334',
    aud: IAP_AUDIENCE,
    email: 'jane@example.com',
    hd: 'example.com',
    google: { access_levels: ['accessPolicies/518551280924/accessLevels/recentSecureConnectData'] },
  },
}

testTokens('A server for service accounts', {
  issuer: google({ audience: API, serviceAccounts: CALLER }),
  server: {},
  documents,
  accepted: [
    [
      'the ID token of one of them',
      serviceAccount,
      { subject: '112010400000000710080', clientId: '112010400000000710080', scopes: [], audience: [API] },
    ],
  ],
  refused: [
    [
      'the token of a service account of anybody else',
      changed(serviceAccount, { email: 'evil@other-project.iam.gserviceaccount.com' }),
      { code: 'ERR_CLAIMS_REFUSED' },
    ],
    ['a token without email', changed(serviceAccount, { email: undefined }), { code: 'ERR_CLAIM_MISSING' }],
    [
      'an address that Google did not verify',
      changed(serviceAccount, { email_verified: false }),
      { code: 'ERR_CLAIMS_REFUSED' },
    ],
    [
      'a token for another API',
      changed(serviceAccount, { aud: 'https://other.example.com' }),
      { code: 'ERR_AUDIENCE_MISMATCH' },
    ],
    ['the ID token of a user', user, { code: 'ERR_NOT_AN_ACCESS_TOKEN', hint: 'id_token' }],
    [
      'the ID token of a user who requested this audience',
      changed(user, { aud: API, nonce: undefined, at_hash: undefined }),
      { code: 'ERR_CLAIMS_REFUSED' },
    ],
    ['an assertion of Identity-Aware Proxy', assertion, { code: 'ERR_ALGORITHM_NOT_ALLOWED' }],
    [
      'a token whose issuer has no scheme, as old ones',
      changed(serviceAccount, { iss: 'accounts.google.com' }),
      { code: 'ERR_ISSUER_UNKNOWN', hint: 'issuer_same_host' },
    ],
  ],
})

testTokens('A server for signed-in users', {
  issuer: google({ clientIds: CLIENT }),
  server: {},
  documents,
  accepted: [
    [
      'an ID token for the client',
      user,
      { subject: '110169484474386276334', clientId: '1234567890-android.apps.googleusercontent.com' },
    ],
  ],
  refused: [
    [
      'an ID token for another client',
      changed(user, { aud: 'other.apps.googleusercontent.com' }),
      { code: 'ERR_AUDIENCE_MISMATCH' },
    ],
    ['the token of a service account', serviceAccount, { code: 'ERR_AUDIENCE_MISMATCH' }],
    ['a token of nobody', changed(user, { sub: '' }), { code: 'ERR_CLAIM_MISSING' }],
  ],
})

testTokens('A server behind Identity-Aware Proxy', {
  issuer: google({ iapAudience: IAP_AUDIENCE }),
  server: { acceptTokenFrom: { header: 'x-goog-iap-jwt-assertion' } },
  documents,
  accepted: [
    ['its assertion', assertion, { subject: 'accounts.google.com:110169484474386276334', scopes: [] }],
  ],
  refused: [
    [
      'the assertion for another service',
      changed(assertion, { aud: '/projects/1234567890/global/backendServices/1' }),
      { code: 'ERR_AUDIENCE_MISMATCH' },
    ],
    ['an ID token of Google', serviceAccount, { code: 'ERR_ALGORITHM_NOT_ALLOWED' }],
    [
      'a token of another issuer',
      changed(assertion, { iss: 'https://accounts.google.com' }),
      { code: 'ERR_ISSUER_UNKNOWN' },
    ],
  ],
})

test('Google’s access tokens, which are opaque, are refused and recognised', async () => {
  const api = resourceServer({ issuer: google({ audience: API, serviceAccounts: CALLER }) })
  const refusal = { code: 'ERR_TOKEN_MALFORMED', hint: 'opaque_token' }
  await expect(api.verify(`ya29.${'a0AfH6SMBx'.repeat(12)}`)).rejects.toMatchObject(refusal)
})

describe('google()', () => {
  testMistakes(google, [
    ['no object', API, 'google: must be an object, such as { audience: '],
    [
      'no kind of tokens',
      { audience: API },
      'google.serviceAccounts: is required, or one of its alternatives',
    ],
    [
      'two kinds',
      { audience: API, serviceAccounts: CALLER, clientIds: CLIENT },
      'google.clientIds: contradicts serviceAccounts. Set only one of them',
    ],
    ['service accounts without audience', { serviceAccounts: CALLER }, 'google.audience: is required'],
    [
      'the address as audience',
      { serviceAccounts: CALLER, audience: CALLER },
      'google.audience: is an email address',
    ],
    [
      'a client id and an audience',
      { clientIds: CLIENT, audience: API },
      'google.audience: contradicts clientIds, which is the audience',
    ],
    [
      'a member of an IAM policy',
      { audience: API, serviceAccounts: `serviceAccount:${CALLER}` },
      'google.serviceAccounts: begins with "serviceAccount:"',
    ],
    [
      'the id of a service account',
      { audience: API, serviceAccounts: '112010400000000710080' },
      'google.serviceAccounts: is an id. Write the email address',
    ],
    [
      'a user',
      { audience: API, serviceAccounts: ['jane@example.com'] },
      'must be the email address of a service',
    ],
    [
      'no service account',
      { audience: API, serviceAccounts: [] },
      'google.serviceAccounts: must be a string or',
    ],
    ['a name as client id', { clientIds: 'web' }, 'google.clientIds: must be an OAuth client id'],
    [
      'the project id of an IAP audience',
      { iapAudience: '/projects/example/global/backendServices/1' },
      'google.iapAudience: names the project by its id. Write its number',
    ],
    ['a client id as IAP audience', { iapAudience: CLIENT }, 'google.iapAudience: is an OAuth client id'],
    ['a misspelled option', { audiences: API }, 'did you mean "audience"?'],
  ])
})
