/** Microsoft Entra ID, for one tenant: one issuer for each tenant and token version. */
import type { IssuerWithAudience } from '../core/options/types.js'
import { CLIENT_ID, claimsOf, TENANT_ID } from './entra-words.js'
import { readOptionalWord, readWord, readWords } from './words.js'

/** The words of the Entra admin center. */
export interface EntraOptions {
  /** The "Directory (tenant) ID". */
  readonly tenantId: string
  /** The "Application (client) ID" of this API, not of its clients. */
  readonly clientId: string
  /**
   * `requestedAccessTokenVersion` in the manifest of the API. `null` and 1 there mean 1. Default 2.
   */
  readonly tokenVersion?: 1 | 2 | undefined
  /** The cloud of the tenant. Default `'global'`. */
  readonly cloud?: 'global' | 'us-government' | 'china' | undefined
  /**
   * The id of an application with signing keys of its own, as claims mapping policies need them:
   * usually `clientId`. Default: the keys of the tenant.
   */
  readonly signingKeysOf?: string | undefined
}

const HOSTS = {
  global: 'login.microsoftonline.com',
  'us-government': 'login.microsoftonline.us',
  china: 'login.partner.microsoftonline.cn',
} as const

/**
 * The issuer options of a tenant of Entra ID, with the API as their audience: its id and
 * `api://<id>`. Delegated permissions are scopes; application permissions and app roles are roles.
 * Refuses ID tokens, which do not name a client. Does not check that the tenant exists.
 *
 * @example
 * resourceServer({
 *   issuer: entra({
 *     tenantId: '11111111-2222-3333-4444-555555555555',
 *     clientId: '99999999-8888-7777-6666-555555555555',
 *   }),
 * })
 *
 * @throws {ConfigurationError} for a wrong option, such as `common` as the tenant.
 */
export function entra(options: EntraOptions): IssuerWithAudience {
  const known = ['tenantId', 'clientId', 'tokenVersion', 'cloud', 'signingKeysOf']
  const reader = readWords('entra', options, known, "{ tenantId: '…', clientId: '…' }")
  const tenantId = readWord(reader, 'tenantId', TENANT_ID)
  const clientId = readWord(reader, 'clientId', CLIENT_ID)
  const cloud = reader.oneOf('cloud', ['global', 'us-government', 'china']) ?? 'global'
  const application = readOptionalWord(reader, 'signingKeysOf', CLIENT_ID)
  const version = reader.integer('tokenVersion', { min: 1, max: 2 }) ?? 2
  if (version === 1 && cloud === 'china')
    reader.fail(
      'tokenVersion',
      'must be 2 in this cloud: set requestedAccessTokenVersion to 2 in the manifest',
    )
  const base = `https://${HOSTS[cloud]}/${tenantId}`
  const place = version === 1 ? base : `${base}/v2.0`
  const query = application === undefined ? '' : `?appid=${application}`
  return {
    issuer: version === 1 ? `https://sts.windows.net/${tenantId}/` : place,
    ...((version === 1 || application !== undefined) && {
      metadataUrl: `${place}/.well-known/openid-configuration${query}`,
    }),
    audience: [clientId, `api://${clientId}`],
    ...claimsOf(version === 1 ? 'appid' : 'azp'),
  }
}
