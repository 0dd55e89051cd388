/** Microsoft's tenants for customers: Entra External ID, and its predecessor Azure AD B2C. */
import type { IssuerWithAudience } from '../core/options/types.js'
import { CLIENT_ID, claimsOf, TENANT_ID } from './entra-words.js'
import { hostShape, readOptionalWord, readWord, readWords } from './words.js'
import type { WordShape } from './words.js'

/** The words of the Entra admin center, for an external tenant. */
export interface EntraExternalIdOptions {
  /** The "Directory (tenant) ID". */
  readonly tenantId: string
  /** The "Application (client) ID" of this API, not of its clients. */
  readonly clientId: string
}

/** The words of Azure AD B2C. */
export interface AzureB2cOptions {
  /** The name of the tenant: what is before `.onmicrosoft.com`. */
  readonly tenantName: string
  /** The "Directory (tenant) ID". */
  readonly tenantId: string
  /** The "Application (client) ID" of this API, not of its clients. */
  readonly clientId: string
  /** The user flows or custom policies whose tokens are accepted. The first one's keys are used. */
  readonly policies: string | readonly string[]
  /** A custom domain. Default `<tenantName>.b2clogin.com`. */
  readonly domain?: string | undefined
}

const NAME: WordShape = {
  pattern: /^[a-z0-9-]+$/,
  what: 'the name of a tenant, in lower case',
  example: 'contoso',
  mistakes: [[/[./]/, 'is a domain or a URL. Write only what is before .onmicrosoft.com, such as contoso']],
}
const DOMAIN = hostShape('login.example.com')
const POLICY = /^B2C_1A?_[\w-]+$/i

/**
 * The issuer options of an external tenant (CIAM), whose issuer is on `ciamlogin.com`, with the API
 * as their audience. Refuses ID tokens. Does not check that the tenant exists.
 *
 * @example
 * resourceServer({
 *   issuer: entraExternalId({
 *     tenantId: '11111111-2222-3333-4444-555555555555',
 *     clientId: '99999999-8888-7777-6666-555555555555',
 *   }),
 * })
 *
 * @throws {ConfigurationError} for a wrong option, such as a domain as the tenant.
 */
export function entraExternalId(options: EntraExternalIdOptions): IssuerWithAudience {
  const reader = readWords(
    'entraExternalId',
    options,
    ['tenantId', 'clientId'],
    "{ tenantId: '…', clientId: '…' }",
  )
  const tenantId = readWord(reader, 'tenantId', TENANT_ID)
  const clientId = readWord(reader, 'clientId', CLIENT_ID)
  return {
    issuer: `https://${tenantId}.ciamlogin.com/${tenantId}/v2.0`,
    audience: [clientId, `api://${clientId}`],
    ...claimsOf('azp'),
  }
}

/**
 * The issuer options of an Azure AD B2C tenant, with the API as their audience. All policies share
 * the issuer, so that the claim `tfp` says which of them a token comes from. Refuses ID tokens. Does
 * not check that tenant and policies exist.
 *
 * @example
 * resourceServer({
 *   issuer: azureB2c({
 *     tenantName: 'contoso',
 *     tenantId: '11111111-2222-3333-4444-555555555555',
 *     clientId: '99999999-8888-7777-6666-555555555555',
 *     policies: 'B2C_1_sign_in',
 *   }),
 * })
 *
 * @throws {ConfigurationError} for a wrong option, such as a policy whose name does not begin with
 * `B2C_1_`.
 */
export function azureB2c(options: AzureB2cOptions): IssuerWithAudience {
  const known = ['tenantName', 'tenantId', 'clientId', 'policies', 'domain']
  const reader = readWords('azureB2c', options, known, "{ tenantName: 'contoso', … }")
  const name = readWord(reader, 'tenantName', NAME)
  const tenantId = readWord(reader, 'tenantId', TENANT_ID)
  const clientId = readWord(reader, 'clientId', CLIENT_ID)
  const domain = readOptionalWord(reader, 'domain', DOMAIN) ?? `${name}.b2clogin.com`
  const policies = reader.strings('policies') ?? reader.fail('policies', 'is required, such as B2C_1_sign_in')
  if (!policies.every((policy) => POLICY.test(policy)))
    reader.fail(
      'policies',
      'must be names of user flows or custom policies, such as B2C_1_sign_in or B2C_1A_sign_in',
    )
  const [first = ''] = policies
  return {
    issuer: `https://${domain}/${tenantId}/v2.0/`,
    metadataUrl: `https://${domain}/${name}.onmicrosoft.com/${first}/v2.0/.well-known/openid-configuration`,
    audience: clientId,
    ...claimsOf('azp'),
    // Custom policies are in lower case in tokens.
    requiredClaims: { azp: true, tfp: policies.flatMap((policy) => [policy, policy.toLowerCase()]) },
  }
}
