import { zitadel } from 'express-resource-server/providers'
import { changed, publishedKey, testMistakes, testTokens } from './support/provider.js'
import type { TokenShape } from './support/provider.js'

const INSTANCE = 'https://example-abcdef.zitadel.cloud'
const PROJECT = '284972348572348901'
const CLIENT = '284972400112233445'
const ORG = '284970000000000001'
const ROLES = `urn:zitadel:iam:org:project:${PROJECT}:roles`

const documents = {
  [`${INSTANCE}/.well-known/openid-configuration`]: {
    issuer: INSTANCE,
    authorization_endpoint: `${INSTANCE}/oauth/v2/authorize`,
    token_endpoint: `${INSTANCE}/oauth/v2/token`,
    introspection_endpoint: `${INSTANCE}/oauth/v2/introspect`,
    jwks_uri: `${INSTANCE}/oauth/v2/keys`,
    id_token_signing_alg_values_supported: ['RS256'],
  },
  [`${INSTANCE}/oauth/v2/keys`]: { keys: [publishedKey()] },
}

const user: TokenShape = {
  claims: {
    iss: INSTANCE,
    sub: '284971234567890123',
    aud: [CLIENT, PROJECT],
    nbf: 1_749_999_000,
    client_id: CLIENT,
    jti: 'V2_284980000000000001-at_284980000000000002',
    [ROLES]: { editor: { [ORG]: 'acme.example.com' }, viewer: { [ORG]: 'acme.example.com' } },
    'urn:zitadel:iam:org:project:roles': { editor: { [ORG]: 'acme.example.com' } },
  },
}

const idToken: TokenShape = {
  claims: {
    iss: INSTANCE,
    sub: '284971234567890123',
    aud: [CLIENT, PROJECT],
    auth_time: 1_749_990_000,
    amr: ['pwd', 'mfa'],
    azp: CLIENT,
    client_id: CLIENT,
    at_hash: 'HK6E_P6Dh8Y93mRNtsDB1Q',
    sid: 'V1_284980000000000003',
    [ROLES]: { editor: { [ORG]: 'acme.example.com' } },
  },
}

testTokens('A server for a ZITADEL project', {
  issuer: zitadel({ url: INSTANCE, projectId: PROJECT }),
  server: {},
  documents,
  accepted: [
    ['the token of a user', user, { roles: ['editor', 'viewer'], scopes: [], clientId: CLIENT }],
    ['the token of a service account without roles', changed(user, { [ROLES]: undefined }), { roles: [] }],
    [
      'roles of an old version, which are an array and grant nothing',
      changed(user, { [ROLES]: [{ editor: {} }] }),
      { roles: [] },
    ],
  ],
  refused: [
    [
      'an ID token, whose audience is the same',
      idToken,
      { code: 'ERR_NOT_AN_ACCESS_TOKEN', hint: 'id_token' },
    ],
    [
      'an ID token that names no login',
      changed(idToken, { auth_time: undefined, amr: undefined, at_hash: undefined }),
      { code: 'ERR_CLAIM_MISSING' },
    ],
    [
      'a token for another project',
      changed(user, { aud: [CLIENT, '111111111111111111'] }),
      { code: 'ERR_AUDIENCE_MISMATCH', hint: 'audience_is_client_id' },
    ],
    [
      'a token of another instance',
      changed(user, { iss: 'https://other-abcdef.zitadel.cloud' }),
      { code: 'ERR_ISSUER_UNKNOWN' },
    ],
  ],
})

describe('zitadel()', () => {
  testMistakes(zitadel, [
    ['no object', INSTANCE, 'zitadel: must be an object, such as { url: '],
    ['no URL', { projectId: PROJECT }, 'zitadel.url: is required'],
    ['a final slash', { url: `${INSTANCE}/`, projectId: PROJECT }, 'zitadel.url: ends with a slash'],
    [
      'a host',
      { url: 'example-abcdef.zitadel.cloud', projectId: PROJECT },
      'zitadel.url: must be an https URL',
    ],
    ['no project', { url: INSTANCE }, 'zitadel.projectId: is required'],
    ['the name of the project', { url: INSTANCE, projectId: 'orders' }, 'zitadel.projectId: is a name'],
    ['a client id', { url: INSTANCE, projectId: `${CLIENT}@orders` }, 'zitadel.projectId: is a client id'],
    [
      'a number, which loses digits',
      { url: INSTANCE, projectId: 284972348572348 },
      'zitadel.projectId: must be a string',
    ],
  ])
})
