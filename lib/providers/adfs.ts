/** AD FS 2016 and later: its access tokens have another issuer than its metadata. */
import type { IssuerOptions } from '../core/options/types.js'
import { hostShape, readWord, readWords } from './words.js'

/** The words of the AD FS console. */
export interface AdfsOptions {
  /** The "Federation Service name". */
  readonly federationServiceName: string
  /**
   * The "Federation Service identifier", which is `access_token_issuer` in the metadata. Default
   * `http://<federationServiceName>/adfs/services/trust`, with http as AD FS writes it.
   */
  readonly federationServiceIdentifier?: string | undefined
}

const EXAMPLE = 'adfs.example.com'
const NAME = hostShape(EXAMPLE)

/**
 * The issuer options of AD FS. The `audience` of the server is the identifier of the Web API, after
 * `microsoft:identityserver:` if tokens have that. Refuses ID tokens, which have another issuer.
 * The issuer is a name that happens to begin with http: keys are always fetched by https.
 *
 * @example
 * resourceServer({
 *   issuer: adfs({ federationServiceName: 'adfs.example.com' }),
 *   audience: 'https://api.example.com',
 * })
 *
 * @throws {ConfigurationError} for a wrong option, such as a URL as the name.
 */
export function adfs(options: AdfsOptions): IssuerOptions {
  const known = ['federationServiceName', 'federationServiceIdentifier']
  const reader = readWords('adfs', options, known, `{ federationServiceName: '${EXAMPLE}' }`)
  const name = readWord(reader, 'federationServiceName', NAME)
  const identifier = reader.string('federationServiceIdentifier')
  if (identifier === `https://${name}/adfs`)
    reader.fail(
      'federationServiceIdentifier',
      `is the issuer of ID tokens. Write access_token_issuer of the metadata, such as http://${EXAMPLE}/adfs/services/trust`,
    )
  return {
    issuer: identifier ?? `http://${name}/adfs/services/trust`,
    jwksUri: `https://${name}/adfs/discovery/keys`,
    algorithms: 'RS256',
    scopes: 'scp',
    roles: ['role', 'roles'],
    clientId: 'appid',
    requiredClaims: ['appid'],
  }
}
