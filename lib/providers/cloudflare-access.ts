/** Cloudflare Access: each team is an issuer, and each application has an audience tag. */
import type { IssuerWithAudience } from '../core/options/types.js'
import { readWordList } from './lists.js'
import { readWord, readWords } from './words.js'
import type { WordShape } from './words.js'

/** The words of the Zero Trust dashboard. */
export interface CloudflareAccessOptions {
  /** The team name: what is before `.cloudflareaccess.com` in the team domain. */
  readonly team: string
  /** The "Application Audience (AUD) Tag" of the application, or of several. */
  readonly audienceTag: string | readonly string[]
}

const TAG_EXAMPLE = '4714c1358e65fe4b408ad6d432a5f878f08194bdb4752441fd56faefa9b2b6f2'
const EXAMPLE = `{ team: 'example', audienceTag: '${TAG_EXAMPLE}' }`

const TEAM: WordShape = {
  pattern: /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/,
  what: 'a team name in lower case',
  example: 'example',
  mistakes: [
    [
      /\.cloudflareaccess\.com/,
      'is the team domain. Write only what is before .cloudflareaccess.com, such as example',
    ],
    [/[./]/, 'is a domain or a URL. Write the team name, such as example'],
  ],
}

const AUDIENCE_TAG: WordShape = {
  pattern: /^[0-9a-f]{64}$/,
  what: 'an audience tag of 64 hexadecimal digits',
  example: TAG_EXAMPLE,
  mistakes: [
    [/:\/\//, 'is a URL. Write the Application Audience (AUD) Tag, which the application’s settings show'],
  ],
}

/**
 * The issuer options, with their audience, of a Cloudflare Access application. The server also
 * needs `acceptTokenFrom: { header: 'cf-access-jwt-assertion' }`. A service token's principal has
 * no `subject`; its `clientId` is the client id of the service token. Global session tokens are
 * refused. Does not check which policy let the caller in.
 *
 * @example
 * resourceServer({
 *   issuer: cloudflareAccess({
 *     team: 'example',
 *     audienceTag: '4714c1358e65fe4b408ad6d432a5f878f08194bdb4752441fd56faefa9b2b6f2',
 *   }),
 *   acceptTokenFrom: { header: 'cf-access-jwt-assertion' },
 * })
 *
 * @throws {ConfigurationError} for a wrong option, such as the team domain as `team`.
 */
export function cloudflareAccess(options: CloudflareAccessOptions): IssuerWithAudience {
  const reader = readWords('cloudflareAccess', options, ['team', 'audienceTag'], EXAMPLE)
  const issuer = `https://${readWord(reader, 'team', TEAM)}.cloudflareaccess.com`
  return {
    issuer,
    jwksUri: `${issuer}/cdn-cgi/access/certs`,
    algorithms: ['RS256'],
    audience: readWordList(reader, 'audienceTag', AUDIENCE_TAG),
    clientId: 'common_name',
    requiredClaims: { type: ['app'] },
  }
}
