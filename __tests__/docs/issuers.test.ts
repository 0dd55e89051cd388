import { resourceServer } from 'express-resource-server'
import type { IssuerOptions, Principal, ResourceServerOptions } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import type { TestTokenOptions } from 'express-resource-server/testing'
import { recipesOf } from './support/recipes.js'

const PAGE = 'docs/issuers.md'
const recipes = (heading: string): ReturnType<typeof recipesOf> => recipesOf(PAGE, heading)

/** Recipes run with the keys of a test issuer in place of the provider's. */
const issuer = createTestIssuer()
/** Some providers publish keys without `alg`. */
const anonymousKeys = { keys: issuer.jwks.keys.map(({ alg: _, use: __, ...jwk }) => jwk) }

type Resolver = Extract<ResourceServerOptions['issuer'], (...args: never[]) => unknown>

function withKeys(options: IssuerOptions | string, jwks = issuer.jwks): IssuerOptions {
  const { metadataUrl: _, jwksUri: __, ...rest } = typeof options === 'string' ? { issuer: options } : options
  return { ...rest, jwks, secret: undefined, opaqueOnly: undefined }
}

function offline(options: ResourceServerOptions, jwks = issuer.jwks): ResourceServerOptions {
  const trusted = options.issuer
  if (typeof trusted !== 'function')
    return {
      ...options,
      audience: options.audience,
      issuer: withKeys(trusted as IssuerOptions | string, jwks),
    }
  const resolve: Resolver = async (iss, signal) => {
    const answer = await trusted(iss, signal)
    return answer && withKeys(answer, jwks)
  }
  return { ...options, issuer: resolve }
}

const UNSET = { aud: undefined, client_id: undefined, jti: undefined }

async function judge(
  options: ResourceServerOptions,
  claims: TestTokenOptions,
  jwks = issuer.jwks,
): Promise<Principal> {
  return resourceServer(offline(options, jwks)).verify(
    await issuer.token({ ...UNSET, header: { typ: 'JWT' }, ...claims }),
  )
}

const TENANT = '11111111-2222-3333-4444-555555555555'
const ENTRA_API = '99999999-8888-7777-6666-555555555555'
const ENTRA_V2 = {
  iss: `https://login.microsoftonline.com/${TENANT}/v2.0`,
  aud: ENTRA_API,
  azp: 'client-1',
  azpacr: '1',
  oid: 'object-1',
  tid: TENANT,
  scp: 'orders.read orders.write',
  roles: ['Orders.Read.All'],
  ver: '2.0',
}
const ENTRA_PRINCIPAL = {
  scopes: ['orders.read', 'orders.write'],
  roles: ['Orders.Read.All'],
  clientId: 'client-1',
}

test('The recipe for Okta takes its tokens', async () => {
  const [options] = await recipes('Okta')
  const principal = await judge(options!, {
    iss: 'https://your-org.okta.com/oauth2/default',
    aud: 'api://default',
    header: { typ: undefined },
    ver: 1,
    cid: 'client-1',
    uid: 'user-1',
    jti: 'AT.1',
    scp: ['openid', 'orders:read'],
    groups: ['Everyone'],
  })
  expect(principal).toMatchObject({
    scopes: ['openid', 'orders:read'],
    clientId: 'client-1',
    roles: ['Everyone'],
  })
})

describe('The recipes for Entra ID', () => {
  test('take tokens of version 2.0, by keys without alg', async () => {
    const [options] = await recipes('Entra ID')
    expect(await judge(options!, ENTRA_V2, anonymousKeys)).toMatchObject(ENTRA_PRINCIPAL)
  })

  test('take tokens of version 1.0', async () => {
    const [, options] = await recipes('Entra ID')
    const { azp: _, ...rest } = ENTRA_V2
    const principal = await judge(
      options!,
      {
        ...rest,
        iss: `https://sts.windows.net/${TENANT}/`,
        aud: `api://${ENTRA_API}`,
        appid: 'client-1',
        ver: '1.0',
      },
      anonymousKeys,
    )
    expect(principal).toMatchObject(ENTRA_PRINCIPAL)
  })

  test('take tokens of the tenants that are known, and of no other', async () => {
    const [, , options] = await recipes('Entra ID')
    expect(await judge(options!, ENTRA_V2, anonymousKeys)).toMatchObject(ENTRA_PRINCIPAL)
    const stranger = TENANT.replace('1', '2')
    const iss = `https://login.microsoftonline.com/${stranger}/v2.0`
    await expect(judge(options!, { ...ENTRA_V2, iss }, anonymousKeys)).rejects.toMatchObject({
      code: 'ERR_ISSUER_UNKNOWN',
    })
  })
})

test('The recipe for Keycloak takes its tokens', async () => {
  const [options] = await recipes('Keycloak')
  const principal = await judge(options!, {
    iss: 'https://keycloak.example.com/realms/main',
    aud: ['orders-api', 'account'],
    typ: 'Bearer',
    azp: 'client-1',
    sid: 'session-1',
    scope: 'profile email',
    realm_access: { roles: ['offline_access', 'staff'] },
    resource_access: { account: { roles: ['view-profile'] } },
  })
  expect(principal).toMatchObject({
    scopes: ['profile', 'email'],
    clientId: 'client-1',
    roles: ['offline_access', 'staff'],
  })
})

describe('The recipe for Amazon Cognito', () => {
  const token = {
    iss: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI',
    client_id: '1h57kf5cpq17m0eml12EXAMPLE',
    header: { typ: undefined },
    token_use: 'access',
    version: 2,
    scope: 'https://api.example.com/orders.read',
    'cognito:groups': ['staff'],
  }

  test('takes its tokens', async () => {
    const [options] = await recipes('Amazon Cognito')
    expect(await judge(options!, token)).toMatchObject({
      scopes: ['https://api.example.com/orders.read'],
      clientId: '1h57kf5cpq17m0eml12EXAMPLE',
      roles: ['staff'],
    })
  })

  test.each([
    ['an ID token', { aud: '1h57kf5cpq17m0eml12EXAMPLE', token_use: 'id' }, 'ERR_NOT_AN_ACCESS_TOKEN'],
    ['a token of another client', { client_id: 'other' }, 'ERR_AUDIENCE_MISMATCH'],
  ])('refuses %s', async (_title, claims, code) => {
    const [options] = await recipes('Amazon Cognito')
    await expect(judge(options!, { ...token, ...claims })).rejects.toMatchObject({ code })
  })
})

describe('The recipe for tenants looked up at run time', () => {
  test('trusts the tenants that it knows, with their own audience', async () => {
    const [options] = await recipes('Tenants looked up at run time')
    const iss = 'https://login.example.com/tenants/acme'
    await judge(options!, { iss, aud: 'https://acme.example.com' })
    await expect(judge(options!, { iss, aud: 'https://api.example.com' })).rejects.toMatchObject({
      code: 'ERR_AUDIENCE_MISMATCH',
    })
    await expect(
      judge(options!, { iss: `${iss}.attacker.test`, aud: 'https://acme.example.com' }),
    ).rejects.toMatchObject({ code: 'ERR_ISSUER_UNKNOWN' })
  })
})

describe('The table of other token shapes', () => {
  const server = (changes: Partial<ResourceServerOptions>): ResourceServerOptions => ({
    ...issuer.options,
    ...changes,
  })

  test.each([
    ['scopes in another claim', { scopes: 'permissions' }, { permissions: ['a'] }, { scopes: ['a'] }],
    [
      'roles in a nested claim',
      { roles: [['authorization', 'roles']] },
      { authorization: { roles: ['a'] } },
      { roles: ['a'] },
    ],
    ['the client in another claim', { clientId: 'client' }, { client: 'a' }, { clientId: 'a' }],
    [
      'iss that is no URL',
      { issuer: { issuer: 'login', jwks: issuer.jwks } },
      { iss: 'login' },
      { issuer: 'login' },
    ],
    ['a claim like an ID token’s', { idTokenMarks: { at_hash: true, typ: ['ID'] } }, { events: {} }, {}],
  ] as const)('%s', async (_title, options, claims, expected) => {
    const principal = await resourceServer(server(options)).verify(await issuer.token(claims))
    expect(principal).toMatchObject(expected)
  })
})
