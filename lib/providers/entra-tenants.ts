/** Microsoft Entra ID, for applications that several tenants use: an issuer for each of them. */
import type { IssuerOptions, IssuerResolver } from '../core/options/types.js'
import { CLIENT_ID, claimsOf } from './entra-words.js'
import { readWord, readWords } from './words.js'

/** The words of the Entra admin center, and who is let in. */
export interface EntraTenantsOptions {
  /** The "Application (client) ID" of this API. */
  readonly clientId: string
  /**
   * Whether a tenant is a customer of yours, asked when its first token arrives and every 10 minutes.
   * Personal Microsoft accounts are the tenant `9188040d-6c67-4c5b-b112-36a304b66dad`.
   */
  readonly isAllowed: (tenantId: string, signal: AbortSignal) => boolean | Promise<boolean>
}

const ISSUER = /^https:\/\/login\.microsoftonline\.com\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/v2\.0$/
const PERSONAL_ACCOUNTS = '9188040d-6c67-4c5b-b112-36a304b66dad'

/**
 * A resolver for the tenants of an API with `requestedAccessTokenVersion` 2 in the global cloud. All
 * tenants of organizations share one fetch of keys. Only literal `true` lets a tenant in. If you
 * know your tenants at start-up, list them instead: `issuer: tenantIds.map((tenantId) => entra({ … }))`.
 *
 * @example
 * resourceServer({
 *   issuer: entraTenants({
 *     clientId: '99999999-8888-7777-6666-555555555555',
 *     isAllowed: async (tenantId) => (await customers.find(tenantId)) !== undefined,
 *   }),
 * })
 *
 * @throws {ConfigurationError} for a wrong option.
 */
export function entraTenants(options: EntraTenantsOptions): IssuerResolver {
  const reader = readWords('entraTenants', options, ['clientId', 'isAllowed'], "{ clientId: '…', isAllowed }")
  const clientId = readWord(reader, 'clientId', CLIENT_ID)
  const isAllowed = (reader.function('isAllowed') ??
    reader.fail(
      'isAllowed',
      'is required: a function that says whether a tenant id is one of your customers',
    )) as EntraTenantsOptions['isAllowed']
  return async (iss, signal): Promise<IssuerOptions | undefined> => {
    const tenantId = ISSUER.exec(iss)?.[1]
    if (tenantId === undefined) return undefined
    const answer: unknown = await isAllowed(tenantId, signal)
    return answer === true ? tenant(tenantId, clientId) : undefined
  }
}

/** The keys of organizations are the same for each, so that a new tenant waits for no fetch. */
function tenant(tenantId: string, clientId: string): IssuerOptions {
  const keysOf = tenantId === PERSONAL_ACCOUNTS ? 'consumers' : 'organizations'
  return {
    issuer: `https://login.microsoftonline.com/${tenantId}/v2.0`,
    jwksUri: `https://login.microsoftonline.com/${keysOf}/discovery/v2.0/keys`,
    audience: [clientId, `api://${clientId}`],
    ...claimsOf('azp'),
  }
}
