import { entra, entraTenants } from 'express-resource-server/providers'
import { resourceServer } from 'express-resource-server'
import {
  changed,
  clock,
  mint,
  providerFetch,
  publishedKey,
  testMistakes,
  testTokens,
} from './support/provider.js'
import type { TokenShape } from './support/provider.js'

const LOGIN = 'https://login.microsoftonline.com'
const TENANT = '11111111-2222-3333-4444-555555555555'
const OTHER_TENANT = '22222222-2222-3333-4444-555555555555'
const PERSONAL = '9188040d-6c67-4c5b-b112-36a304b66dad'
const API = '99999999-8888-7777-6666-555555555555'
const CLIENT = '88888888-8888-7777-6666-555555555555'
const V1 = `https://sts.windows.net/${TENANT}/`
const V2 = `${LOGIN}/${TENANT}/v2.0`

/** Entra publishes keys without `alg`, and with the issuer that they are for. */
const keys = {
  keys: [publishedKey({ alg: undefined, x5t: 'key-1', x5c: ['MIIC'], issuer: `${LOGIN}/{tenantid}/v2.0` })],
}

const documents = {
  [`${V2}/.well-known/openid-configuration`]: {
    issuer: V2,
    token_endpoint: `${LOGIN}/${TENANT}/oauth2/v2.0/token`,
    jwks_uri: `${LOGIN}/${TENANT}/discovery/v2.0/keys`,
    tenant_region_scope: 'EU',
    cloud_instance_name: 'microsoftonline.com',
  },
  [`${LOGIN}/${TENANT}/discovery/v2.0/keys`]: keys,
  [`${LOGIN}/${TENANT}/.well-known/openid-configuration`]: {
    issuer: V1,
    jwks_uri: `${LOGIN}/common/discovery/keys`,
  },
  [`${LOGIN}/common/discovery/keys`]: keys,
}

const user: TokenShape = {
  claims: {
    aud: API,
    iss: V2,
    nbf: 1_749_999_990,
    aio: 'AXQAi/8TAAAA',
    azp: CLIENT,
    azpacr: '0',
    name: 'Jane Doe',
    oid: '33333333-2222-3333-4444-555555555555',
    preferred_username: 'jane@example.com',
    rh: '0.AAAA',
    roles: ['Orders.Clerk'],
    scp: 'orders.read orders.write',
    sid: '44444444-2222-3333-4444-555555555555',
    sub: 'HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ',
    tid: TENANT,
    uti: 'fqiBqXLPj0eQa82S-IYFAA',
    ver: '2.0',
  },
}

const machine = changed(user, {
  azpacr: '1',
  name: undefined,
  preferred_username: undefined,
  sid: undefined,
  scp: undefined,
  roles: ['Orders.Read.All'],
  idtyp: 'app',
})

const userV1 = changed(
  user,
  {
    aud: `api://${API}`,
    iss: V1,
    azp: undefined,
    azpacr: undefined,
    appid: CLIENT,
    appidacr: '0',
    amr: ['pwd'],
    acr: '1',
    unique_name: 'jane@example.com',
    preferred_username: undefined,
    ver: '1.0',
  },
  { x5t: 'key-1' },
)

/** Of a client that is one application with the API. The token endpoint adds no `at_hash`. */
const idToken = changed(user, { azp: undefined, azpacr: undefined, scp: undefined, nonce: '678910' })
const idTokenWithoutNonce = changed(idToken, { nonce: undefined })
const idTokenV1 = changed(userV1, { aud: API, appid: undefined, appidacr: undefined, scp: undefined })

const common = [
  [
    "another tenant's token for Microsoft Graph",
    changed(
      userV1,
      { aud: '00000003-0000-0000-c000-000000000000', iss: V1.replace(TENANT, OTHER_TENANT) },
      { nonce: 'n' },
    ),
    { code: 'ERR_ISSUER_UNKNOWN', hint: 'microsoft_graph_token' },
  ],
  [
    'a token for another API',
    changed(user, { aud: '77777777-8888-7777-6666-555555555555' }),
    { code: 'ERR_AUDIENCE_MISMATCH' },
  ],
] as const

testTokens('A server for version 2 tokens of a tenant', {
  issuer: entra({ tenantId: TENANT, clientId: API }),
  server: {},
  documents,
  accepted: [
    [
      'a token of a user',
      user,
      { scopes: ['orders.read', 'orders.write'], roles: ['Orders.Clerk'], clientId: CLIENT },
    ],
    ['a token of a machine', machine, { scopes: [], roles: ['Orders.Read.All'], clientId: CLIENT }],
  ],
  refused: [
    ...common,
    ['an ID token', idToken, { code: 'ERR_NOT_AN_ACCESS_TOKEN', hint: 'id_token' }],
    ['an ID token without nonce', idTokenWithoutNonce, { code: 'ERR_CLAIM_MISSING' }],
    [
      'an ID token of another application',
      changed(idTokenWithoutNonce, { aud: CLIENT, roles: undefined }),
      { code: 'ERR_AUDIENCE_MISMATCH', hint: 'id_token' },
    ],
    ['a version 1 token', userV1, { code: 'ERR_ISSUER_UNKNOWN', hint: 'issuer_other_entra_version' }],
    [
      "this tenant's token for Microsoft Graph",
      changed(userV1, { aud: 'https://graph.microsoft.com' }, { nonce: 'n' }),
      { code: 'ERR_ISSUER_UNKNOWN', hint: 'microsoft_graph_token' },
    ],
    [
      'a token of another tenant',
      changed(user, { iss: V2.replace(TENANT, OTHER_TENANT), tid: OTHER_TENANT }),
      { code: 'ERR_ISSUER_UNKNOWN', hint: 'issuer_same_host' },
    ],
    [
      'a token signed by another algorithm of the same key',
      changed(user, {}, { alg: 'PS256' }),
      { code: 'ERR_ALGORITHM_NOT_ALLOWED' },
    ],
  ],
})

testTokens('A server for version 1 tokens of a tenant', {
  issuer: entra({ tenantId: TENANT, clientId: API, tokenVersion: 1 }),
  server: {},
  documents,
  accepted: [
    ['a token of a user', userV1, { scopes: ['orders.read', 'orders.write'], clientId: CLIENT }],
    [
      'a token that names the API by its id',
      changed(userV1, { aud: API }),
      { roles: ['Orders.Clerk'], clientId: CLIENT },
    ],
  ],
  refused: [
    ['an ID token', idTokenV1, { code: 'ERR_CLAIM_MISSING' }],
    ['a version 2 token', user, { code: 'ERR_ISSUER_UNKNOWN', hint: 'issuer_other_entra_version' }],
    [
      'a token for another API',
      changed(userV1, { aud: 'api://77777777-8888-7777-6666-555555555555' }),
      { code: 'ERR_AUDIENCE_MISMATCH' },
    ],
  ],
})

const ofTenant = (tenantId: string): TokenShape =>
  changed(user, { iss: `${LOGIN}/${tenantId}/v2.0`, tid: tenantId })

const sharedDocuments = {
  [`${LOGIN}/organizations/discovery/v2.0/keys`]: keys,
  [`${LOGIN}/consumers/discovery/v2.0/keys`]: keys,
}

testTokens('A server for several tenants', {
  issuer: entraTenants({
    clientId: API,
    isAllowed: (tenantId) => [TENANT, PERSONAL].includes(tenantId),
  }),
  server: {},
  documents: sharedDocuments,
  accepted: [
    ['a token of a tenant', user, { issuer: V2, scopes: ['orders.read', 'orders.write'] }],
    ['a token of a machine', machine, { roles: ['Orders.Read.All'] }],
    ['a token of a personal account', ofTenant(PERSONAL), { issuer: `${LOGIN}/${PERSONAL}/v2.0` }],
  ],
  refused: [
    ...common,
    ['an ID token', idTokenWithoutNonce, { code: 'ERR_CLAIM_MISSING' }],
    ['a token of another tenant', ofTenant(OTHER_TENANT), { code: 'ERR_ISSUER_UNKNOWN' }],
    ['a version 1 token', userV1, { code: 'ERR_ISSUER_UNKNOWN' }],
    ...['common', 'organizations', '{tenantid}', TENANT.toUpperCase().replace('1', 'A')].map(
      (tenantId) => [`the tenant ${tenantId}`, ofTenant(tenantId), { code: 'ERR_ISSUER_UNKNOWN' }] as const,
    ),
    [
      'an issuer that continues after a tenant',
      changed(user, { iss: `${V2}.attacker.test` }),
      { code: 'ERR_ISSUER_UNKNOWN' },
    ],
  ],
})

test('several tenants share one fetch of keys', async () => {
  const asked: string[] = []
  const fetchKeys = await providerFetch(sharedDocuments)
  const api = resourceServer({
    issuer: entraTenants({ clientId: API, isAllowed: () => Promise.resolve(true) }),
    clock,
    fetch: (url, init) => {
      asked.push(url)
      return fetchKeys(url, init)
    },
  })
  await api.verify(mint(ofTenant(TENANT)))
  await api.verify(mint(ofTenant(OTHER_TENANT)))
  expect(asked).toEqual([`${LOGIN}/organizations/discovery/v2.0/keys`])
  api.close()
})

test.each([1, 'yes', {}, undefined])('isAllowed that answers %j lets nobody in', async (answer) => {
  const resolve = entraTenants({ clientId: API, isAllowed: () => answer as boolean })
  expect(await resolve(V2, new AbortController().signal)).toBeUndefined()
})

test.each([
  [{ cloud: 'us-government' }, { issuer: `https://login.microsoftonline.us/${TENANT}/v2.0` }],
  [{ cloud: 'china' }, { issuer: `https://login.partner.microsoftonline.cn/${TENANT}/v2.0` }],
  [
    { signingKeysOf: API },
    { issuer: V2, metadataUrl: `${V2}/.well-known/openid-configuration?appid=${API}` },
  ],
] as const)('with %j it returns %j', (changes, expected) => {
  expect(entra({ tenantId: TENANT, clientId: API, ...changes })).toMatchObject(expected)
})

describe('entra()', () => {
  const tenantId = TENANT
  const clientId = API
  testMistakes(entra, [
    ['no tenant', { clientId }, 'entra.tenantId: is required, such as'],
    ...['common', 'organizations', 'consumers', '{tenantid}'].map(
      (name) => [name, { tenantId: name, clientId }, 'for several tenants, use entraTenants()'] as const,
    ),
    [
      'a domain',
      { tenantId: 'contoso.onmicrosoft.com', clientId },
      'is a domain. Write the Directory (tenant) ID',
    ],
    ['the issuer', { tenantId: V2, clientId }, 'is a URL. Write only the id of the tenant'],
    ['a final slash', { tenantId: `${tenantId}/`, clientId }, 'must be the Directory (tenant) ID'],
    ['white space', { tenantId: `${tenantId}\n`, clientId }, 'begins or ends with white space'],
    ['upper case', { tenantId: 'AAAAAAAA-2222-3333-4444-555555555555', clientId }, 'in lower case'],
    ['no API', { tenantId }, 'entra.clientId: is required'],
    ['the URI of the API', { tenantId, clientId: `api://${API}` }, 'is an Application ID URI'],
    ['another version', { tenantId, clientId, tokenVersion: 3 }, 'must be a number from 1 to 2'],
    [
      'version 1 in China',
      { tenantId, clientId, tokenVersion: 1, cloud: 'china' },
      'must be 2 in this cloud',
    ],
    ['another cloud', { tenantId, clientId, cloud: 'germany' }, 'must be one of "global"'],
  ])
})

describe('entraTenants()', () => {
  testMistakes(entraTenants, [
    ['no function', { clientId: API }, 'entraTenants.isAllowed: is required'],
    ['a list', { clientId: API, isAllowed: [TENANT] }, 'entraTenants.isAllowed: must be a function'],
    ['no API', { isAllowed: () => true }, 'entraTenants.clientId: is required'],
  ])
})
