import { azureB2c, entraExternalId } from 'express-resource-server/providers'
import { changed, publishedKey, testMistakes, testTokens } from './support/provider.js'
import type { TokenShape } from './support/provider.js'

const TENANT = '11111111-2222-3333-4444-555555555555'
const API = '99999999-8888-7777-6666-555555555555'
const CLIENT = '88888888-8888-7777-6666-555555555555'

const CIAM_HOST = `https://${TENANT}.ciamlogin.com`
const CIAM = `${CIAM_HOST}/${TENANT}/v2.0`

const ciamUser: TokenShape = {
  claims: {
    aud: API,
    iss: CIAM,
    nbf: 1_749_999_990,
    aio: 'AXQAi/8TAAAA',
    azp: CLIENT,
    azpacr: '0',
    oid: '33333333-2222-3333-4444-555555555555',
    rh: '1.AAAA',
    scp: 'orders.read',
    sub: 'HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ',
    tid: TENANT,
    uti: 'fqiBqXLPj0eQa82S-IYFAA',
    ver: '2.0',
  },
}

testTokens('A server for an external tenant', {
  issuer: entraExternalId({ tenantId: TENANT, clientId: API }),
  server: {},
  documents: {
    [`${CIAM}/.well-known/openid-configuration`]: {
      issuer: CIAM,
      jwks_uri: `${CIAM_HOST}/${TENANT}/discovery/v2.0/keys`,
    },
    [`${CIAM_HOST}/${TENANT}/discovery/v2.0/keys`]: { keys: [publishedKey({ alg: undefined })] },
  },
  accepted: [
    ['a token of a user', ciamUser, { scopes: ['orders.read'], clientId: CLIENT }],
    [
      'a token of a machine',
      changed(ciamUser, { scp: undefined, roles: ['Orders.Read.All'], azpacr: '1' }),
      { roles: ['Orders.Read.All'] },
    ],
  ],
  refused: [
    ['an ID token', changed(ciamUser, { azp: undefined, scp: undefined }), { code: 'ERR_CLAIM_MISSING' }],
    [
      'an ID token with the nonce of its login',
      changed(ciamUser, { azp: undefined, scp: undefined, nonce: 'x' }),
      { code: 'ERR_NOT_AN_ACCESS_TOKEN', hint: 'id_token' },
    ],
    [
      'a token for another API',
      changed(ciamUser, { aud: CLIENT }),
      { code: 'ERR_AUDIENCE_MISMATCH', hint: 'audience_is_client_id' },
    ],
    [
      'a token of the tenant for employees',
      changed(ciamUser, { iss: `https://login.microsoftonline.com/${TENANT}/v2.0` }),
      { code: 'ERR_ISSUER_UNKNOWN' },
    ],
  ],
})

const B2C_HOST = 'https://contoso.b2clogin.com'
const B2C = `${B2C_HOST}/${TENANT}/v2.0/`
const POLICY_URL = `${B2C_HOST}/contoso.onmicrosoft.com/B2C_1_sign_in`

const b2cUser: TokenShape = {
  claims: {
    iss: B2C,
    nbf: 1_749_999_990,
    aud: API,
    idp: 'facebook.com',
    name: 'Jane Doe',
    sub: '33333333-2222-3333-4444-555555555555',
    tfp: 'B2C_1_sign_in',
    scp: 'orders.read',
    azp: CLIENT,
    ver: '1.0',
  },
}

testTokens('A server for Azure AD B2C', {
  issuer: azureB2c({
    tenantName: 'contoso',
    tenantId: TENANT,
    clientId: API,
    policies: ['B2C_1_sign_in', 'B2C_1A_Passkeys'],
  }),
  server: {},
  documents: {
    [`${POLICY_URL}/v2.0/.well-known/openid-configuration`]: {
      issuer: B2C,
      jwks_uri: `${POLICY_URL}/discovery/v2.0/keys`,
    },
    [`${POLICY_URL}/discovery/v2.0/keys`]: { keys: [publishedKey({ alg: undefined })] },
  },
  accepted: [
    ['a token of a user', b2cUser, { scopes: ['orders.read'], clientId: CLIENT }],
    [
      'a token of a custom policy, which is in lower case there',
      changed(b2cUser, { tfp: 'b2c_1a_passkeys' }),
      { scopes: ['orders.read'] },
    ],
  ],
  refused: [
    [
      'an ID token',
      changed(b2cUser, { azp: undefined, scp: undefined, auth_time: 1_749_999_000 }),
      { code: 'ERR_CLAIM_MISSING', hint: 'id_token' },
    ],
    [
      'an ID token with the nonce of its login',
      changed(b2cUser, { azp: undefined, scp: undefined, nonce: 'x' }),
      { code: 'ERR_NOT_AN_ACCESS_TOKEN', hint: 'id_token' },
    ],
    ['a token of another policy', changed(b2cUser, { tfp: 'B2C_1_edit' }), { code: 'ERR_CLAIMS_REFUSED' }],
    ['a token that names no policy', changed(b2cUser, { tfp: undefined }), { code: 'ERR_CLAIM_MISSING' }],
    ['a token for another API', changed(b2cUser, { aud: 'other' }), { code: 'ERR_AUDIENCE_MISMATCH' }],
    [
      'a token of the other form of issuer',
      changed(b2cUser, { iss: `${B2C_HOST}/tfp/${TENANT}/b2c_1_sign_in/v2.0/` }),
      { code: 'ERR_ISSUER_UNKNOWN', hint: 'issuer_same_host' },
    ],
  ],
})

test('a custom domain takes the place of the tenant’s own', () => {
  const options = { tenantName: 'contoso', tenantId: TENANT, clientId: API, policies: 'B2C_1_sign_in' }
  expect(azureB2c({ ...options, domain: 'login.example.com' })).toMatchObject({
    issuer: `https://login.example.com/${TENANT}/v2.0/`,
    metadataUrl:
      'https://login.example.com/contoso.onmicrosoft.com/B2C_1_sign_in/v2.0/.well-known/openid-configuration',
  })
})

describe('entraExternalId()', () => {
  testMistakes(entraExternalId, [
    ['no tenant', { clientId: API }, 'entraExternalId.tenantId: is required'],
    ['a domain', { tenantId: 'contoso.ciamlogin.com', clientId: API }, 'is a domain'],
    ['the URI of the API', { tenantId: TENANT, clientId: `api://${API}` }, 'is an Application ID URI'],
  ])
})

describe('azureB2c()', () => {
  const good = { tenantName: 'contoso', tenantId: TENANT, clientId: API, policies: 'B2C_1_sign_in' }
  testMistakes(azureB2c, [
    ['no name', { ...good, tenantName: undefined }, 'azureB2c.tenantName: is required, such as contoso'],
    ['a domain as name', { ...good, tenantName: 'contoso.onmicrosoft.com' }, 'Write only what is before'],
    ['no policy', { ...good, policies: undefined }, 'azureB2c.policies: is required'],
    ['another policy', { ...good, policies: ['sign_in'] }, 'such as B2C_1_sign_in'],
    ['a policy with a path', { ...good, policies: 'B2C_1_sign_in/v2.0' }, 'such as B2C_1_sign_in'],
    ['a URL as domain', { ...good, domain: 'https://login.example.com' }, 'azureB2c.domain: is a URL'],
  ])
})
