import { okta } from 'express-resource-server/providers'
import { changed, publishedKey, testMistakes, testTokens } from './support/provider.js'
import type { TokenShape } from './support/provider.js'

const ISSUER = 'https://example.okta.com/oauth2/default'
const CLIENT = '0oabucvyc38HLL1ef0h7'

const documents = {
  [`${ISSUER}/.well-known/openid-configuration`]: {
    issuer: ISSUER,
    authorization_endpoint: `${ISSUER}/v1/authorize`,
    token_endpoint: `${ISSUER}/v1/token`,
    jwks_uri: `${ISSUER}/v1/keys`,
  },
  [`${ISSUER}/v1/keys`]: { keys: [publishedKey()] },
}

const user: TokenShape = {
  header: { typ: undefined },
  claims: {
    ver: 1,
    jti: 'AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE',
    iss: ISSUER,
    aud: 'api://default',
    cid: CLIENT,
    uid: '00ujmkLgagxeRrAg20g3',
    auth_time: 1_749_999_000,
    scp: ['openid', 'orders:read'],
    sub: 'jane@example.com',
    groups: ['Everyone', 'Clerks'],
  },
}

const machine = changed(user, {
  uid: undefined,
  auth_time: undefined,
  groups: undefined,
  scp: ['orders:read'],
  sub: CLIENT,
})

const idToken: TokenShape = {
  header: { typ: undefined },
  claims: {
    ver: 1,
    jti: 'ID.4eAWJOCMB3SX8XewDfVR',
    iss: ISSUER,
    aud: CLIENT,
    sub: '00ujmkLgagxeRrAg20g3',
    name: 'Jane Doe',
    email: 'jane@example.com',
    preferred_username: 'jane@example.com',
    amr: ['pwd'],
    idp: '00ok1u7AsAkrwdZL3z0g3',
    auth_time: 1_749_999_000,
  },
}

testTokens('A server for Okta', {
  issuer: okta({ domain: 'example.okta.com' }),
  server: { audience: 'api://default' },
  documents,
  accepted: [
    [
      'a token of a user',
      user,
      { scopes: ['openid', 'orders:read'], roles: ['Everyone', 'Clerks'], clientId: CLIENT },
    ],
    ['a token of a machine', machine, { scopes: ['orders:read'], roles: [], clientId: CLIENT }],
  ],
  refused: [
    ['an ID token', idToken, { code: 'ERR_AUDIENCE_MISMATCH', hint: 'id_token' }],
    [
      'an ID token with at_hash',
      changed(idToken, { at_hash: 'x' }),
      { code: 'ERR_NOT_AN_ACCESS_TOKEN', hint: 'id_token' },
    ],
    [
      'an ID token whose client has the identifier of the API',
      changed(idToken, { aud: 'api://default' }),
      { code: 'ERR_CLAIM_MISSING', hint: 'id_token' },
    ],
    [
      'a token for another API',
      changed(user, { aud: 'https://other.example.com' }),
      { code: 'ERR_AUDIENCE_MISMATCH' },
    ],
    [
      'a token of the org authorization server',
      changed(user, { iss: 'https://example.okta.com', aud: 'https://example.okta.com' }),
      { code: 'ERR_ISSUER_UNKNOWN', hint: 'issuer_same_host' },
    ],
    [
      'a token of another authorization server',
      changed(user, { iss: 'https://example.okta.com/oauth2/aus9o8wzkhckw9TLa0h7' }),
      { code: 'ERR_ISSUER_UNKNOWN', hint: 'issuer_same_host' },
    ],
  ],
})

test('another authorization server, or a custom domain, is another issuer', () => {
  const { issuer } = okta({ domain: 'login.example.com', authorizationServerId: 'aus9o8wzkhckw9TLa0h7' })
  expect(issuer).toBe('https://login.example.com/oauth2/aus9o8wzkhckw9TLa0h7')
})

describe('okta()', () => {
  const domain = 'example.okta.com'
  testMistakes(okta, [
    ['no domain', {}, 'okta.domain: is required, such as example.okta.com'],
    ['a URL', { domain: `https://${domain}` }, 'okta.domain: is a URL. Write only its host'],
    ['a final slash', { domain: `${domain}/` }, 'okta.domain: ends with a slash'],
    [
      'the issuer without its scheme',
      { domain: `${domain}/oauth2/default` },
      'okta.domain: has a path. Write only the host',
    ],
    ['the domain of the console', { domain: 'example-admin.okta.com' }, 'Write it without -admin'],
    ['white space', { domain: ` ${domain}` }, 'begins or ends with white space'],
    [
      'the org authorization server',
      { domain, authorizationServerId: 'org' },
      'Tokens of the org authorization server are only for Okta itself',
    ],
    ['an empty id', { domain, authorizationServerId: '' }, 'must be a string that is not empty'],
    [
      'the issuer as the id',
      { domain, authorizationServerId: ISSUER },
      'Write only what is after /oauth2/ in the Issuer URI',
    ],
    ['a misspelled option', { domain, authorizationServer: 'x' }, 'did you mean "authorizationServerId"?'],
  ])
})
