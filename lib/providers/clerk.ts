/** Clerk: each instance is an issuer, whose session tokens name the web application instead of an API. */
import type { OptionReader } from '../core/options/reader.js'
import type { IssuerOptions, IssuerWithAudience } from '../core/options/types.js'
import { DEFAULT_ID_TOKEN_MARKS } from '../core/token/token-marks.js'
import { organizationPermissions, organizationRoles } from './clerk-organization.js'
import { onlyOne, readWordList } from './lists.js'
import { readBaseUrl, readWords } from './words.js'
import type { WordShape } from './words.js'

/** One of three kinds of tokens. */
export type ClerkOptions = ClerkSessions | ClerkAudience | ClerkOAuth

interface ClerkInstance {
  /** The "Frontend API URL" of the instance, which is its issuer. */
  readonly frontendApiUrl: string
}

/** Session tokens as they are, which have `azp` and no `aud`. */
export interface ClerkSessions extends ClerkInstance {
  /** The origins of the web applications whose users may call, as `azp` names them. */
  readonly authorizedParties: string | readonly string[]
  readonly audience?: undefined
  readonly oauthClientIds?: undefined
}

/** Tokens with an `aud`: customized session tokens, JWT templates, and machine-to-machine JWTs. */
export interface ClerkAudience extends ClerkInstance {
  /** The `aud` of the template, or the id of this machine, which begins with `mch_`. */
  readonly audience: string | readonly string[]
  readonly authorizedParties?: undefined
  readonly oauthClientIds?: undefined
}

/** Access tokens of OAuth applications, which have `client_id` and no `aud`. */
export interface ClerkOAuth extends ClerkInstance {
  /** The client ids of the OAuth applications that may call. */
  readonly oauthClientIds: string | readonly string[]
  readonly authorizedParties?: undefined
  readonly audience?: undefined
}

const EXAMPLE_URL = 'https://clerk.example.com'
const EXAMPLE = `{ frontendApiUrl: '${EXAMPLE_URL}', authorizedParties: 'https://app.example.com' }`
const FORMS =
  'authorizedParties for session tokens, audience for tokens with an aud, oauthClientIds for OAuth applications'

/** Of a page, a browser extension, or an app made with Capacitor. */
const ORIGIN: WordShape = {
  pattern:
    /^(?:https?:\/\/(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::\d+)?|chrome-extension:\/\/[a-z]+|(?:moz|safari-web)-extension:\/\/[0-9A-Fa-f-]+|capacitor:\/\/[a-z0-9.-]+)$/,
  what: 'an origin in lower case',
  example: 'https://app.example.com',
  mistakes: [
    [/[^:/]\//, 'has a path or ends with a slash. Write only the origin, such as https://app.example.com'],
    [/^[a-z0-9.-]+(?::\d+)?$/, 'lacks https://. Write the origin, such as https://app.example.com'],
  ],
}

const NAME = { pattern: /^\S+$/, what: 'without white space' }
const AUDIENCE: WordShape = { ...NAME, example: 'https://api.example.com' }
const CLIENT_ID: WordShape = { ...NAME, example: 'fNp0SOlNpUO8YHNT' }

/**
 * The issuer options, with their audience, of a Clerk instance. Scopes are those of an OAuth token,
 * else the permissions of the active organization, such as `org:orders:read`; the role is the one
 * in that organization, such as `org:admin`. Sessions that are still pending are refused. Does not
 * check that a session was revoked; session tokens live for a minute.
 *
 * @example
 * resourceServer({
 *   issuer: clerk({
 *     frontendApiUrl: 'https://clerk.example.com',
 *     authorizedParties: ['https://app.example.com'],
 *   }),
 * })
 *
 * @throws {ConfigurationError} for a wrong option, such as an origin that ends with a slash.
 */
export function clerk(options: ClerkOptions): IssuerWithAudience {
  const known = ['frontendApiUrl', 'authorizedParties', 'audience', 'oauthClientIds']
  const reader = readWords('clerk', options, known, EXAMPLE)
  const issuer = readFrontendApi(reader)
  return {
    issuer,
    jwksUri: `${issuer}/.well-known/jwks.json`,
    algorithms: ['RS256'],
    scopes: ['scope', organizationPermissions],
    roles: organizationRoles,
    clientId: 'client_id',
    idTokenMarks: { ...DEFAULT_ID_TOKEN_MARKS, sts: ['pending'] },
    ...readAudience(reader),
  }
}

function readFrontendApi(reader: OptionReader): string {
  const text = reader.string('frontendApiUrl') ?? ''
  if (/^pk_(?:test|live)_/.test(text)) {
    reader.fail('frontendApiUrl', `is a publishable key. Write the Frontend API URL, such as ${EXAMPLE_URL}`)
  }
  if (/^https:\/\/(?:dashboard|api)\.clerk\.com/.test(text)) {
    reader.fail('frontendApiUrl', `is Clerk's own. Write the one of your instance, such as ${EXAMPLE_URL}`)
  }
  if (/^https:\/\/[a-z0-9-]+\.accounts\.dev/.test(text)) {
    reader.fail(
      'frontendApiUrl',
      'is the account portal. Write the Frontend API URL, which has .clerk.accounts.dev',
    )
  }
  return readBaseUrl(reader, 'frontendApiUrl', EXAMPLE_URL)
}

function readAudience(
  reader: OptionReader,
): Pick<IssuerOptions, 'audienceClaim'> & { audience: readonly string[] } {
  const form = onlyOne(reader, ['authorizedParties', 'audience', 'oauthClientIds'], FORMS)
  if (form === 'audience') return { audience: readWordList(reader, form, AUDIENCE) }
  return form === 'authorizedParties'
    ? { audienceClaim: 'azp', audience: readWordList(reader, form, ORIGIN) }
    : { audienceClaim: 'client_id', audience: readWordList(reader, form, CLIENT_ID) }
}
