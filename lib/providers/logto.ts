/** Logto: each tenant is an issuer, and each API resource an audience. */
import type { IssuerOptions } from '../core/options/types.js'
import { readBaseUrl, readWords } from './words.js'

/** The words of Logto's console. */
export interface LogtoOptions {
  /** The "Logto endpoint": the tenant's URL or its custom domain, without `/oidc`. */
  readonly endpoint: string
}

const EXAMPLE = 'https://example.logto.app'

/**
 * The issuer options of a Logto tenant. The `audience` of the server is the API resource's
 * "API identifier", exactly. Logto sends RFC 9068 tokens, so that `profile: 'at+jwt'` keeps ID
 * tokens out. Does not check `organization_id`: guard by it in an API with organizations.
 *
 * @example
 * resourceServer({
 *   issuer: logto({ endpoint: 'https://example.logto.app' }),
 *   audience: 'https://api.example.com',
 * })
 *
 * @throws {ConfigurationError} for a wrong option, such as an endpoint that ends with `/oidc`.
 */
export function logto(options: LogtoOptions): IssuerOptions {
  const reader = readWords('logto', options, ['endpoint'], `{ endpoint: '${EXAMPLE}' }`)
  if (/\/oidc\/?$/.test(reader.string('endpoint') ?? '')) {
    reader.fail('endpoint', `ends with /oidc. Write what is before it, such as ${EXAMPLE}`)
  }
  return {
    issuer: `${readBaseUrl(reader, 'endpoint', EXAMPLE)}/oidc`,
    // New tenants sign with EC keys on P-384; a rotation may choose RSA.
    algorithms: ['ES384', 'RS256'],
    profile: 'at+jwt',
    scopes: 'scope',
    clientId: 'client_id',
  }
}
