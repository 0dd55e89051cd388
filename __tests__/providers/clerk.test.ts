import { clerk } from 'express-resource-server/providers'
import { changed, publishedKey, testMistakes, testTokens } from './support/provider.js'
import type { TokenShape } from './support/provider.js'

const FRONTEND = 'https://clerk.example.com'
const APP = 'https://app.example.com'
const API = 'https://api.example.com'
const CLIENT = 'fNp0SOlNpUO8YHNT'

const documents = { [`${FRONTEND}/.well-known/jwks.json`]: { keys: [publishedKey()] } }

const session: TokenShape = {
  header: { cat: 'cl_B7d4PD111AAA' },
  claims: {
    azp: APP,
    fva: [7, -1],
    iss: FRONTEND,
    jti: '2f1e9c3a7b5d4e8f9a0b',
    sid: 'sess_123',
    sub: 'user_123',
    v: 2,
    pla: 'o:pro',
    fea: 'o:dashboard,o:teams,u:export',
    o: { id: 'org_123', slg: 'org-slug', rol: 'admin', per: 'manage,read', fpm: '3,2' },
  },
}

const version1: TokenShape = {
  claims: {
    azp: APP,
    fva: [7, -1],
    iss: FRONTEND,
    sid: 'sess_123',
    sub: 'user_123',
    org_id: 'org_123',
    org_role: 'org:admin',
    org_slug: 'org-slug',
    org_permissions: ['org:dashboard:read'],
  },
}

const oauth: TokenShape = {
  header: { typ: 'at+jwt' },
  claims: {
    iss: FRONTEND,
    sub: 'user_123',
    client_id: CLIENT,
    jti: 'oat_2xKa9Bgv7NxMRDFyQw8LpZ3cTmU1vHjE',
    scope: 'email orders:read',
  },
}

const machine: TokenShape = {
  claims: {
    iss: FRONTEND,
    sub: 'mch_caller',
    aud: ['mch_orders', 'mch_billing'],
    jti: 'mt_2xKa9Bgv7NxMRDFyQw8LpZ3cTmU1vHjE',
    scopes: 'mch_orders mch_billing',
  },
}

const idToken: TokenShape = {
  claims: {
    iss: FRONTEND,
    sub: 'user_123',
    aud: CLIENT,
    azp: CLIENT,
    nonce: 'bm9uY2U',
    email: 'jane@example.com',
  },
}

testTokens('A server for session tokens', {
  issuer: clerk({ frontendApiUrl: FRONTEND, authorizedParties: [APP] }),
  server: {},
  documents,
  accepted: [
    [
      'one of version 2',
      session,
      {
        subject: 'user_123',
        roles: ['org:admin'],
        scopes: ['org:dashboard:manage', 'org:dashboard:read', 'org:teams:read'],
        audience: [APP],
      },
    ],
    ['one of version 1', version1, { roles: ['org:admin'], scopes: ['org:dashboard:read'] }],
    [
      'one without an active organization',
      changed(session, { o: undefined, fea: 'u:export' }),
      { roles: [], scopes: [] },
    ],
    ['one of an active session', changed(session, { sts: 'active' }), {}],
  ],
  refused: [
    [
      'one of another web application',
      changed(session, { azp: 'https://evil.example.com' }),
      { code: 'ERR_AUDIENCE_MISMATCH' },
    ],
    [
      'one without origin, as native applications have',
      changed(session, { azp: undefined }),
      { code: 'ERR_CLAIM_MISSING', hint: 'audience_missing' },
    ],
    [
      'a pending session',
      changed(session, { sts: 'pending' }),
      { code: 'ERR_NOT_AN_ACCESS_TOKEN', hint: 'id_token' },
    ],
    [
      'one whose template names another API',
      changed(session, { aud: 'https://other.example.com' }),
      { code: 'ERR_AUDIENCE_MISMATCH' },
    ],
    [
      'one of another instance',
      changed(session, { iss: 'https://other.clerk.accounts.dev' }),
      { code: 'ERR_ISSUER_UNKNOWN' },
    ],
    ['an OAuth access token', oauth, { code: 'ERR_CLAIM_MISSING', hint: 'audience_missing' }],
    ['an ID token', idToken, { code: 'ERR_NOT_AN_ACCESS_TOKEN', hint: 'id_token' }],
    ['a machine’s token', machine, { code: 'ERR_AUDIENCE_MISMATCH' }],
  ],
})

testTokens('A server for tokens with an audience', {
  issuer: clerk({ frontendApiUrl: FRONTEND, audience: [API, 'mch_orders'] }),
  server: {},
  documents,
  accepted: [
    ['a customized session token', changed(session, { aud: API }), { audience: [API], subject: 'user_123' }],
    ['a machine’s token', machine, { subject: 'mch_caller', scopes: [] }],
  ],
  refused: [
    ['a plain session token', session, { code: 'ERR_CLAIM_MISSING', hint: 'audience_missing' }],
    [
      'a token for another machine',
      changed(machine, { aud: ['mch_billing'] }),
      { code: 'ERR_AUDIENCE_MISMATCH' },
    ],
  ],
})

testTokens('A server for OAuth applications', {
  issuer: clerk({ frontendApiUrl: FRONTEND, oauthClientIds: CLIENT }),
  server: {},
  documents,
  accepted: [
    ['an access token', oauth, { clientId: CLIENT, scopes: ['email', 'orders:read'] }],
    ['the longer spelling of its type', changed(oauth, {}, { typ: 'application/at+jwt' }), {}],
  ],
  refused: [
    [
      'a token of another application',
      changed(oauth, { client_id: 'other' }),
      { code: 'ERR_AUDIENCE_MISMATCH' },
    ],
    ['a session token', session, { code: 'ERR_CLAIM_MISSING', hint: 'audience_missing' }],
    [
      'the application’s ID token',
      changed(idToken, { nonce: undefined }),
      { code: 'ERR_CLAIM_MISSING', hint: 'id_token' },
    ],
  ],
})

testTokens('Claims of an organization that make no sense', {
  issuer: clerk({ frontendApiUrl: FRONTEND, authorizedParties: [APP] }),
  server: {},
  documents,
  accepted: [
    ['no object', changed(session, { o: 'org_123' }), { roles: [], scopes: [] }],
    [
      'lists that are arrays',
      changed(session, { o: { rol: ['admin'], per: ['read'], fpm: [1] } }),
      { scopes: [] },
    ],
    ['no map', changed(session, { o: { rol: 'admin', per: 'read' } }), { roles: ['org:admin'], scopes: [] }],
    ['masks that are no numbers', changed(session, { o: { per: 'read', fpm: '-1,0x1' } }), { scopes: [] }],
    ['a mask beyond the permissions', changed(session, { o: { per: 'read', fpm: '6' } }), { scopes: [] }],
    [
      'more features than masks',
      changed(session, { o: { per: 'read', fpm: '1' } }),
      { scopes: ['org:dashboard:read'] },
    ],
    [
      'features without a name',
      changed(session, { fea: 'o:,o,:,', o: { per: 'read', fpm: '1,1' } }),
      { scopes: [] },
    ],
    [
      'a feature of user and organization',
      changed(session, { fea: 'u:export,uo:teams', o: { per: 'read', fpm: '1' } }),
      { scopes: ['org:teams:read'] },
    ],
  ],
  refused: [
    [
      'claims that make no sense of the session',
      changed(session, { azp: { origin: APP } }),
      { code: 'ERR_CLAIM_INVALID' },
    ],
  ],
})

describe('clerk()', () => {
  const url = { frontendApiUrl: FRONTEND }
  testMistakes(clerk, [
    ['no object', FRONTEND, 'clerk: must be an object, such as { frontendApiUrl: '],
    ['no URL', { authorizedParties: APP }, 'clerk.frontendApiUrl: is required'],
    ['no callers', url, 'clerk.authorizedParties: is required, or one of its alternatives'],
    [
      'two kinds',
      { ...url, authorizedParties: APP, audience: API },
      'clerk.audience: contradicts authorizedParties',
    ],
    [
      'a publishable key',
      { frontendApiUrl: 'pk_live_Y2xlcms' },
      'clerk.frontendApiUrl: is a publishable key',
    ],
    ['Clerk’s API', { frontendApiUrl: 'https://api.clerk.com' }, "clerk.frontendApiUrl: is Clerk's own"],
    [
      'the portal',
      { frontendApiUrl: 'https://calm-owl-1.accounts.dev' },
      'clerk.frontendApiUrl: is the account portal',
    ],
    ['a final slash', { frontendApiUrl: `${FRONTEND}/` }, 'clerk.frontendApiUrl: ends with a slash'],
    ['the key set', { frontendApiUrl: `${FRONTEND}/.well-known/jwks.json` }, 'is the URL of a document'],
    [
      'an origin with a slash',
      { ...url, authorizedParties: `${APP}/` },
      'clerk.authorizedParties: has a path',
    ],
    [
      'a host as origin',
      { ...url, authorizedParties: ['app.example.com'] },
      'clerk.authorizedParties: lacks https://',
    ],
  ])

  test.each([
    'chrome-extension://abcdefghijklmnopabcdefghijklmnop',
    'moz-extension://9c0b1a9e-7a6c-4c1f-8f0e-2b1d3c4e5f60',
    'safari-web-extension://9C0B1A9E-7A6C-4C1F-8F0E-2B1D3C4E5F60',
    'capacitor://localhost',
    'http://[::1]:3000',
  ])('takes the origin %s', (origin) => {
    const options = clerk({ frontendApiUrl: 'https://clerk.example.com', authorizedParties: origin })
    expect(options.audience).toEqual([origin])
  })

  test.each(['chrome-extension://abc/popup.html', 'capacitor://localhost/', 'file://', 'javascript://a'])(
    'refuses %s, which is no origin of an application',
    (origin) => {
      expect(() => clerk({ frontendApiUrl: 'https://clerk.example.com', authorizedParties: origin })).toThrow(
        expect.objectContaining({ code: 'ERR_CONFIGURATION' }),
      )
    },
  )

  test('takes local origins and development instances', () => {
    const issuer = 'https://calm-owl-1.clerk.accounts.dev'
    const options = clerk({ frontendApiUrl: issuer, authorizedParties: 'http://localhost:3000' })
    expect(options).toMatchObject({ issuer, audience: ['http://localhost:3000'], audienceClaim: 'azp' })
  })
})
