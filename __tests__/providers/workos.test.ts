import { workos } from 'express-resource-server/providers'
import { changed, publishedKey, testMistakes, testTokens } from './support/provider.js'
import type { TokenShape } from './support/provider.js'

const CLIENT = 'client_01HBEQKA6K4QJAS93VPE39W1JT'
const API = 'https://api.example.com'
const DOMAIN = 'example.authkit.app'

const documents = {
  [`https://api.workos.com/sso/jwks/${CLIENT}`]: { keys: [publishedKey({ x5c: ['MIIC'] })] },
  [`https://${DOMAIN}/.well-known/openid-configuration`]: {
    issuer: `https://${DOMAIN}`,
    authorization_endpoint: `https://${DOMAIN}/oauth2/authorize`,
    token_endpoint: `https://${DOMAIN}/oauth2/token`,
    jwks_uri: `https://${DOMAIN}/oauth2/jwks`,
  },
  [`https://${DOMAIN}/oauth2/jwks`]: { keys: [publishedKey()] },
}

const session: TokenShape = {
  claims: {
    iss: `https://api.workos.com/user_management/${CLIENT}`,
    sub: 'user_01HBEQKA6K4QJAS93VPE39W1JT',
    sid: 'session_01HQSXZGF8FHF7A9ZZFCW4387R',
    jti: '01HQSXZXPPFPKMDD32RKTFY6PV',
    org_id: 'org_01HRDMC6CM357W30QMHMQ96Q0S',
    role: 'member',
    roles: ['member', 'billing'],
    permissions: ['posts:read', 'posts:write'],
    entitlements: ['audit-logs'],
    // Added by the JWT template.
    aud: API,
  },
}

const connect: TokenShape = {
  claims: {
    iss: `https://${DOMAIN}`,
    aud: API,
    sub: 'user_01JQ0E27VT3MH79RY0FVA4QBP9',
    client_id: 'client_01JP8BD0CZ401TDF9X54NT5ZEK',
    org_id: 'org_01HRDMC6CM357W30QMHMQ96Q0S',
    sid: 'app_consent_01JQ0E27WE4K1RCMH7Q094M1GJ',
    jti: '01JQ0E27ZXE4XNHVP870S6PWYN',
    scope: 'openid posts:read',
  },
}

const idToken: TokenShape = {
  claims: {
    iss: `https://${DOMAIN}`,
    aud: 'client_01JP8BD0CZ401TDF9X54NT5ZEK',
    sub: 'user_01JQ0E27VT3MH79RY0FVA4QBP9',
    email: 'jane@example.com',
    email_verified: true,
    name: 'Jane',
    nonce: 'bm9uY2U',
  },
}

testTokens('A server for AuthKit sessions', {
  issuer: workos({ clientId: CLIENT }),
  server: { audience: API },
  documents,
  accepted: [
    [
      'a token whose template adds the audience',
      session,
      { scopes: ['posts:read', 'posts:write'], roles: ['member', 'billing'], audience: [API] },
    ],
    ['a token with a single role', changed(session, { roles: undefined }), { roles: ['member'] }],
    [
      'a token without an organization',
      changed(session, { role: undefined, roles: undefined, permissions: undefined }),
      { scopes: [], roles: [] },
    ],
  ],
  refused: [
    [
      'a token without audience',
      changed(session, { aud: undefined }),
      { code: 'ERR_CLAIM_MISSING', hint: 'audience_missing' },
    ],
    [
      'a token for another API',
      changed(session, { aud: 'https://other.example.com' }),
      { code: 'ERR_AUDIENCE_MISMATCH' },
    ],
    [
      'a token of another environment',
      changed(session, { iss: 'https://api.workos.com/user_management/client_other' }),
      { code: 'ERR_ISSUER_UNKNOWN', hint: 'issuer_same_host' },
    ],
    [
      'a token with the short issuer',
      changed(session, { iss: 'https://api.workos.com' }),
      { code: 'ERR_ISSUER_UNKNOWN', hint: 'issuer_same_host' },
    ],
    ['a token of Connect', connect, { code: 'ERR_ISSUER_UNKNOWN' }],
  ],
})

testTokens('A server for sessions with another issuer', {
  issuer: workos({ clientId: CLIENT, issuer: 'https://api.workos.com' }),
  server: { audience: API },
  documents,
  accepted: [
    [
      'a token of it',
      changed(session, { iss: 'https://api.workos.com' }),
      { scopes: ['posts:read', 'posts:write'] },
    ],
  ],
  refused: [
    [
      'a token whose issuer has a slash',
      changed(session, { iss: 'https://api.workos.com/' }),
      { code: 'ERR_ISSUER_UNKNOWN', hint: 'issuer_trailing_slash' },
    ],
  ],
})

testTokens('A server for Connect', {
  issuer: workos({ domain: DOMAIN }),
  server: { audience: API },
  documents,
  accepted: [
    [
      'a user’s token',
      connect,
      { scopes: ['openid', 'posts:read'], clientId: 'client_01JP8BD0CZ401TDF9X54NT5ZEK' },
    ],
  ],
  refused: [
    ['an ID token', idToken, { code: 'ERR_NOT_AN_ACCESS_TOKEN', hint: 'id_token' }],
    [
      'an ID token without nonce',
      changed(idToken, { nonce: undefined }),
      { code: 'ERR_AUDIENCE_MISMATCH', hint: 'id_token' },
    ],
    [
      'a token for the environment instead of the API',
      changed(connect, { aud: CLIENT }),
      { code: 'ERR_AUDIENCE_MISMATCH' },
    ],
    ['a session token', session, { code: 'ERR_ISSUER_UNKNOWN' }],
  ],
})

describe('workos()', () => {
  testMistakes(workos, [
    ['no object', CLIENT, 'workos: must be an object, such as { clientId: '],
    ['neither', {}, 'workos.clientId: is required, or one of its alternatives'],
    ['both', { clientId: CLIENT, domain: DOMAIN }, 'workos.domain: contradicts clientId'],
    ['an API key', { clientId: 'sk_test_123' }, 'workos.clientId: is an API key'],
    ['something else', { clientId: 'org_01HRDMC6CM357W30' }, 'workos.clientId: must be the client id'],
    [
      'an issuer that is a host',
      { clientId: CLIENT, issuer: 'auth.example.com' },
      'workos.issuer: must be the "iss"',
    ],
    [
      'an issuer for Connect',
      { domain: DOMAIN, issuer: 'https://auth.example.com' },
      'workos.issuer: contradicts domain',
    ],
    ['a client id as domain', { domain: CLIENT }, 'workos.domain: is a client id'],
    ['a URL as domain', { domain: `https://${DOMAIN}` }, 'workos.domain: is a URL. Write only its host'],
  ])
})
