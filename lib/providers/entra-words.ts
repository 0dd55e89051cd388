/** What the tenants of Microsoft Entra have in common: ids, and where claims are. */
import type { IssuerOptions } from '../core/options/types.js'
import type { WordShape } from './words.js'

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const EXAMPLE = '11111111-2222-3333-4444-555555555555'

/** Metadata and `iss` have the id, even if the tenant was named by a domain. */
export const TENANT_ID: WordShape = {
  pattern: GUID,
  what: 'the Directory (tenant) ID, in lower case',
  example: EXAMPLE,
  mistakes: [
    [
      /^(?:common|organizations|consumers)$|[{}]/i,
      'names no tenant, so that everybody with a Microsoft account would be let in. Write the id of your tenant; for several tenants, use entraTenants()',
    ],
    [/:\/\//, `is a URL. Write only the id of the tenant, such as ${EXAMPLE}`],
    [/\./, `is a domain. Write the Directory (tenant) ID, as tokens have it in "tid", such as ${EXAMPLE}`],
  ],
}

export const CLIENT_ID: WordShape = {
  pattern: GUID,
  what: 'the Application (client) ID of this API, in lower case',
  example: EXAMPLE,
  mistakes: [[/^api:\/\//, 'is an Application ID URI. Write only the Application (client) ID']],
}

/**
 * Published keys have no `alg`, hence the algorithm. An access token names its client, an ID token
 * does not, which matters when a client and its API are one application.
 */
export function claimsOf(
  clientClaim: 'azp' | 'appid',
): Pick<IssuerOptions, 'algorithms' | 'scopes' | 'roles' | 'clientId' | 'requiredClaims'> {
  return {
    algorithms: 'RS256',
    scopes: 'scp',
    roles: 'roles',
    clientId: clientClaim,
    requiredClaims: [clientClaim],
  }
}
