/** Okta: one issuer for each custom authorization server of an org. */
import type { IssuerOptions } from '../core/options/types.js'
import { hostShape, readOptionalWord, readWord, readWords } from './words.js'
import type { WordShape } from './words.js'

/** The words of Okta's Admin Console. */
export interface OktaOptions {
  /** The domain of the org, or its custom domain if clients log in there. */
  readonly domain: string
  /**
   * The id of the custom authorization server: the last part of its "Issuer URI". Default
   * `'default'`.
   */
  readonly authorizationServerId?: string | undefined
}

const EXAMPLE = 'example.okta.com'
const DOMAIN = hostShape(EXAMPLE, [
  [/-admin\.okta/, `is the domain of the Admin Console. Write it without -admin, such as ${EXAMPLE}`],
])
const SERVER: WordShape = {
  pattern: /^[A-Za-z0-9_-]+$/,
  what: 'the id of a custom authorization server',
  example: 'default or aus9o8wzkhckw9TLa0h7',
  mistakes: [
    [
      /^(?:org|oauth2|v1)$/i,
      'is not a custom authorization server. Tokens of the org authorization server are only for Okta itself: write the id of a custom one, such as default',
    ],
    [/[:/]/, 'is a URL or a path. Write only what is after /oauth2/ in the Issuer URI, such as default'],
  ],
}

/**
 * The issuer options of a custom authorization server of Okta. The `audience` of the server is the
 * one that you set there, `'api://default'` for the one named `default`. Refuses ID tokens, which
 * have no `cid`. Does not check that the authorization server exists.
 *
 * @example
 * resourceServer({
 *   issuer: okta({ domain: 'example.okta.com' }),
 *   audience: 'api://default',
 * })
 *
 * @throws {ConfigurationError} for a wrong option, such as the Admin Console's domain.
 */
export function okta(options: OktaOptions): IssuerOptions {
  const known = ['domain', 'authorizationServerId']
  const reader = readWords('okta', options, known, `{ domain: '${EXAMPLE}' }`)
  const domain = readWord(reader, 'domain', DOMAIN)
  const id = readOptionalWord(reader, 'authorizationServerId', SERVER) ?? 'default'
  return {
    issuer: `https://${domain}/oauth2/${id}`,
    algorithms: 'RS256',
    scopes: 'scp',
    roles: 'groups',
    clientId: 'cid',
    requiredClaims: ['cid'],
  }
}
