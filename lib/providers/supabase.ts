/** Supabase Auth: each project is an issuer, and signs with its JWT signing keys. */
import type { OptionReader } from '../core/options/reader.js'
import type { IssuerWithAudience } from '../core/options/types.js'
import { onlyOne } from './lists.js'
import { readBaseUrl, readWord, readWords } from './words.js'
import type { WordShape } from './words.js'

/** The words of Supabase's dashboard: the id of the project, or its URL. */
export type SupabaseOptions =
  | {
      /** The "Project ID" in the general settings. */
      readonly projectRef: string
      readonly url?: undefined
    }
  | {
      /** The URL of a custom domain, of a server of your own, or of local development. */
      readonly url: string
      readonly projectRef?: undefined
    }

const EXAMPLE = 'abcdefghijklmnopqrst'
const EXAMPLE_URL = 'https://auth.example.com'

const PROJECT_REF: WordShape = {
  pattern: /^[a-z0-9]{20}$/,
  what: 'a project id of 20 letters',
  example: EXAMPLE,
  mistakes: [
    [/^(?:eyJ|sb_)/, `is a key. Write the project id, such as ${EXAMPLE}`],
    [/\.supabase\.co/, `is a URL or a host. Write only what is before .supabase.co, such as ${EXAMPLE}`],
    [/:\/\//, `is a URL. Write the project id, such as ${EXAMPLE}, or set url`],
  ],
}

/**
 * The issuer options, with their audience, of a Supabase project that signs with ES256 or RS256.
 * Every user of the project has the same audience, `authenticated`, and so do anonymous users:
 * guard by `is_anonymous`. The role is the database role in `role`. Does not accept the keys `anon`
 * and `service_role`, nor tokens signed with the legacy JWT secret.
 *
 * @example
 * resourceServer({ issuer: supabase({ projectRef: 'abcdefghijklmnopqrst' }) })
 *
 * @throws {ConfigurationError} for a wrong option, such as the URL of the project as `projectRef`.
 */
export function supabase(options: SupabaseOptions): IssuerWithAudience {
  const known = ['projectRef', 'url']
  const reader = readWords('supabase', options, known, `{ projectRef: '${EXAMPLE}' }`)
  const form = onlyOne(
    reader,
    ['projectRef', 'url'],
    'projectRef for <ref>.supabase.co, url for any other address',
  )
  const issuer = `${form === 'url' ? readUrl(reader) : urlOf(reader)}/auth/v1`
  return {
    issuer,
    jwksUri: `${issuer}/.well-known/jwks.json`,
    algorithms: ['ES256', 'RS256'],
    audience: 'authenticated',
    roles: 'role',
    clientId: 'client_id',
  }
}

function urlOf(reader: OptionReader): string {
  return `https://${readWord(reader, 'projectRef', PROJECT_REF)}.supabase.co`
}

function readUrl(reader: OptionReader): string {
  const url = reader.string('url') ?? ''
  if (/\/(?:auth|rest)\/v1/.test(url)) {
    reader.fail('url', `has the path of a service. Write what is before it, such as ${EXAMPLE_URL}`)
  }
  return readBaseUrl(reader, 'url', EXAMPLE_URL)
}
