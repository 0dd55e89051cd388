/** authentik: by default each application is an issuer, and its client id the audience. */
import type { IssuerWithAudience } from '../core/options/types.js'
import { readBaseUrl, readWord, readWords } from './words.js'
import type { WordShape } from './words.js'

/** The words of authentik's admin interface. */
export interface AuthentikOptions {
  /** The URL of authentik, as clients reach it. */
  readonly url: string
  /** The slug of the application. */
  readonly application: string
  /** The "Client ID" of the application's provider, which is the `aud` of its tokens. */
  readonly clientId: string
  /**
   * The "Issuer mode" of the provider: `'per_provider'`, where each application has an issuer, or
   * `'global'`, where all have the same. Default `'per_provider'`.
   */
  readonly issuerMode?: 'per_provider' | 'global' | undefined
}

const EXAMPLE = "{ url: 'https://auth.example.com', application: 'orders', clientId: 'k3xJ…' }"

const SLUG: WordShape = {
  pattern: /^[A-Za-z0-9_-]+$/,
  what: 'the slug of an application',
  example: 'orders',
  mistakes: [[/\//, 'has a slash. Write only the slug, which is between /application/o/ and the next slash']],
}

const CLIENT_ID: WordShape = { pattern: /^\S+$/, what: 'a client id', example: 'k3xJq8…' }

/** What authentik adds to an access token, and nothing else tells it from the ID token. */
const ONLY_ACCESS_TOKENS = { unless: ['uid'] }

/**
 * The issuer options, with their audience, of an authentik application. The roles are its users'
 * groups, which tokens have with the scope `profile` and "Include claims in id_token". ID tokens
 * have the same issuer, audience and key, and are refused by the missing claim `uid`. Does not
 * accept tokens of a provider without a signing key, which are signed with the client secret.
 *
 * @example
 * resourceServer({
 *   issuer: authentik({
 *     url: 'https://auth.example.com',
 *     application: 'orders',
 *     clientId: 'k3xJq8vYw0RbT5mN',
 *   }),
 * })
 *
 * @throws {ConfigurationError} for a wrong option, such as a URL that ends with a slash.
 */
export function authentik(options: AuthentikOptions): IssuerWithAudience {
  const known = ['url', 'application', 'clientId', 'issuerMode']
  const reader = readWords('authentik', options, known, EXAMPLE)
  if (reader.string('url')?.includes('/application/o') === true) {
    reader.fail('url', 'is the URL of an application. Write what is before /application/o/')
  }
  const url = readBaseUrl(reader, 'url', 'https://auth.example.com')
  const application = `${url}/application/o/${readWord(reader, 'application', SLUG)}/`
  const mode = reader.oneOf('issuerMode', ['per_provider', 'global']) ?? 'per_provider'
  return {
    issuer: mode === 'global' ? `${url}/` : application,
    // In both modes: only the application's own document names its keys.
    metadataUrl: `${application}.well-known/openid-configuration`,
    algorithms: ['RS256', 'ES256', 'ES384', 'ES512'],
    audience: readWord(reader, 'clientId', CLIENT_ID),
    roles: 'groups',
    clientId: 'azp',
    requiredClaims: ['uid'],
    idTokenMarks: {
      auth_time: ONLY_ACCESS_TOKENS,
      acr: ONLY_ACCESS_TOKENS,
      nonce: ONLY_ACCESS_TOKENS,
      at_hash: ONLY_ACCESS_TOKENS,
      c_hash: ONLY_ACCESS_TOKENS,
      sid: ONLY_ACCESS_TOKENS,
      events: true,
    },
  }
}
