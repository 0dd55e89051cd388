import { adfs } from 'express-resource-server/providers'
import { changed, publishedKey, testMistakes, testTokens } from './support/provider.js'
import type { TokenShape } from './support/provider.js'

const HOST = 'adfs.example.com'
const TRUST = `http://${HOST}/adfs/services/trust`
const API = 'https://api.example.com'
const CLIENT = '88888888-8888-7777-6666-555555555555'

const documents = {
  // Its issuer is not that of access tokens, so that discovery would not do.
  [`https://${HOST}/adfs/.well-known/openid-configuration`]: {
    issuer: `https://${HOST}/adfs`,
    jwks_uri: `https://${HOST}/adfs/discovery/keys`,
    access_token_issuer: TRUST,
  },
  [`https://${HOST}/adfs/discovery/keys`]: { keys: [publishedKey({ x5t: 'key-1', x5c: ['MIIC'] })] },
}

const user: TokenShape = {
  header: { x5t: 'key-1' },
  claims: {
    aud: API,
    iss: TRUST,
    apptype: 'Public',
    appid: CLIENT,
    authmethod: 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport',
    auth_time: '2025-06-15T15:00:00.000Z',
    ver: '1.0',
    scp: 'openid orders.read',
    sub: 'fT0sYpTTbZ2Xc0sL',
    role: ['Clerks'],
  },
}

const machine = changed(user, {
  apptype: 'Confidential',
  authmethod: 'http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/password',
  auth_time: undefined,
  scp: 'orders.read',
  sub: undefined,
  role: undefined,
})

const idToken: TokenShape = {
  claims: {
    aud: CLIENT,
    iss: `https://${HOST}/adfs`,
    auth_time: 1_749_999_000,
    sub: 'fT0sYpTTbZ2Xc0sL',
    upn: 'jane@example.com',
    unique_name: 'EXAMPLE\\jane',
    sid: 'S-1-5-21-1',
  },
}

testTokens('A server for AD FS', {
  issuer: adfs({ federationServiceName: HOST }),
  server: { audience: API },
  documents,
  accepted: [
    [
      'a token of a user',
      user,
      { issuer: TRUST, scopes: ['openid', 'orders.read'], roles: ['Clerks'], clientId: CLIENT },
    ],
    ['a token of a user with one role', changed(user, { role: 'Clerks' }), { roles: ['Clerks'] }],
    ['a token of a machine', machine, { scopes: ['orders.read'], roles: [], clientId: CLIENT }],
  ],
  refused: [
    ['an ID token', idToken, { code: 'ERR_ISSUER_UNKNOWN', hint: 'issuer_same_host' }],
    [
      'an ID token that has the issuer of access tokens',
      changed(idToken, { iss: TRUST, aud: API }),
      { code: 'ERR_CLAIM_MISSING', hint: 'id_token' },
    ],
    [
      'a token for another API',
      changed(user, { aud: 'https://other.example.com' }),
      { code: 'ERR_AUDIENCE_MISMATCH' },
    ],
    [
      'a token for the user information endpoint',
      changed(user, { aud: 'urn:microsoft:userinfo' }),
      { code: 'ERR_AUDIENCE_MISMATCH' },
    ],
    [
      'a token of a service whose identifier has https',
      changed(user, { iss: TRUST.replace('http:', 'https:') }),
      { code: 'ERR_ISSUER_UNKNOWN', hint: 'issuer_http' },
    ],
  ],
})

test('another identifier is another issuer with the same keys', () => {
  const federationServiceIdentifier = 'https://sts.example.com/trust'
  expect(adfs({ federationServiceName: HOST, federationServiceIdentifier })).toMatchObject({
    issuer: federationServiceIdentifier,
    jwksUri: `https://${HOST}/adfs/discovery/keys`,
  })
})

describe('adfs()', () => {
  const federationServiceName = HOST
  testMistakes(adfs, [
    ['no name', {}, 'adfs.federationServiceName: is required, such as adfs.example.com'],
    ['a URL', { federationServiceName: `https://${HOST}` }, 'is a URL. Write only its host'],
    ['a path', { federationServiceName: `${HOST}/adfs` }, 'has a path. Write only the host'],
    ['a final slash', { federationServiceName: `${HOST}/` }, 'ends with a slash'],
    [
      'the issuer of ID tokens',
      { federationServiceName, federationServiceIdentifier: `https://${HOST}/adfs` },
      'Write access_token_issuer of the metadata',
    ],
    [
      'an identifier with white space',
      { federationServiceName, federationServiceIdentifier: `${TRUST} ` },
      'begins or ends with white space',
    ],
  ])
})
