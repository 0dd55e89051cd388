import { resourceServer } from 'express-resource-server'
import type { IssuerOptions, Principal, ResourceServerOptions } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import type { TestTokenOptions } from 'express-resource-server/testing'
import { recipesOf } from './support/recipes.js'

const PAGE = 'docs/issuers.md'
const recipes = (heading: string): ReturnType<typeof recipesOf> => recipesOf(PAGE, heading)

/** Recipes run with the keys of a test issuer in place of the provider's. */
const issuer = createTestIssuer()

type Resolver = Extract<ResourceServerOptions['issuer'], (...args: never[]) => unknown>

function withKeys(options: IssuerOptions | string): IssuerOptions {
  const { metadataUrl: _, jwksUri: __, ...rest } = typeof options === 'string' ? { issuer: options } : options
  return { ...rest, jwks: issuer.jwks, secret: undefined, opaqueOnly: undefined }
}

function offline(options: ResourceServerOptions): ResourceServerOptions {
  const trusted = options.issuer
  if (typeof trusted !== 'function')
    return {
      ...options,
      audience: options.audience,
      issuer: withKeys(trusted as IssuerOptions | string),
    }
  const resolve: Resolver = async (iss, signal) => {
    const answer = await trusted(iss, signal)
    return answer && withKeys(answer)
  }
  return { ...options, issuer: resolve }
}

const UNSET = { aud: undefined, client_id: undefined, jti: undefined }

async function judge(options: ResourceServerOptions, claims: TestTokenOptions): Promise<Principal> {
  return resourceServer(offline(options)).verify(
    await issuer.token({ ...UNSET, header: { typ: 'JWT' }, ...claims }),
  )
}

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
    ['a claim that access tokens have', { requiredClaims: { use: ['access'] } }, { use: 'access' }, {}],
    ['a claim like an ID token’s', { idTokenMarks: { at_hash: true, typ: ['ID'] } }, { events: {} }, {}],
  ] as const)('%s', async (_title, options, claims, expected) => {
    const principal = await resourceServer(server(options)).verify(await issuer.token(claims))
    expect(principal).toMatchObject(expected)
  })
})
