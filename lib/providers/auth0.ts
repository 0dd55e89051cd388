/** Auth0: one issuer for each tenant or custom domain. */
import type { IssuerOptions } from '../core/options/types.js'
import { hostShape, readWord, readWords } from './words.js'

/** The words of Auth0's dashboard. */
export interface Auth0Options {
  /**
   * The domain of the tenant, or the custom domain if clients log in there: `iss` names the domain
   * that the client used.
   */
  readonly domain: string
  /** The API's "Token profile". `'rfc9068'` sets `profile: 'at+jwt'`. Default `'auth0'`. */
  readonly tokenProfile?: 'auth0' | 'rfc9068' | undefined
  /**
   * Reads the scopes from `permissions`, which the API setting "Add Permissions in the Access
   * Token" adds: all that the user may do, not only what the client requested. Default `false`.
   */
  readonly permissions?: boolean | undefined
}

const EXAMPLE = 'example.eu.auth0.com'
const DOMAIN = hostShape(EXAMPLE)

/**
 * The issuer options of an Auth0 tenant. The `audience` of the server is the identifier of the API.
 * Does not check that the tenant exists.
 *
 * @example
 * resourceServer({
 *   issuer: auth0({ domain: 'example.eu.auth0.com' }),
 *   audience: 'https://api.example.com',
 * })
 *
 * @throws {ConfigurationError} for a wrong option, such as a URL as `domain`.
 */
export function auth0(options: Auth0Options): IssuerOptions {
  const known = ['domain', 'tokenProfile', 'permissions']
  const reader = readWords('auth0', options, known, `{ domain: '${EXAMPLE}' }`)
  const domain = readWord(reader, 'domain', DOMAIN)
  const tokenProfile = reader.oneOf('tokenProfile', ['auth0', 'rfc9068']) ?? 'auth0'
  return {
    issuer: `https://${domain}/`,
    algorithms: ['RS256', 'RS512', 'PS256'],
    clientId: ['azp', 'client_id'],
    scopes: reader.boolean('permissions') ? 'permissions' : 'scope',
    ...(tokenProfile === 'rfc9068' && { profile: 'at+jwt' }),
  }
}
