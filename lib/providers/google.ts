/**
 * Google: ID tokens of service accounts, ID tokens of signed-in users, and the assertions of
 * Identity-Aware Proxy. Google's access tokens are opaque and for Google's own APIs.
 */
import type { OptionReader } from '../core/options/reader.js'
import type { IssuerWithAudience } from '../core/options/types.js'
import { onlyOne, readWordList } from './lists.js'
import { readWords } from './words.js'
import type { WordShape } from './words.js'

/** One of three kinds of tokens. */
export type GoogleOptions = GoogleServiceAccounts | GoogleSignIn | GoogleIap

/** ID tokens of service accounts: Cloud Run, Scheduler, Tasks, Pub/Sub, and your own programs. */
export interface GoogleServiceAccounts {
  /** The audience that the callers request, normally the URL of this API. */
  readonly audience: string | readonly string[]
  /**
   * The email addresses of the service accounts that may call. Required, because everybody with a
   * Google Cloud project can get an ID token with any audience.
   */
  readonly serviceAccounts: string | readonly string[]
  readonly clientIds?: undefined
  readonly iapAudience?: undefined
}

/** ID tokens of "Sign in with Google": any user with a Google account. */
export interface GoogleSignIn {
  /** The OAuth client ids for which the ID tokens are issued. */
  readonly clientIds: string | readonly string[]
  readonly audience?: undefined
  readonly serviceAccounts?: undefined
  readonly iapAudience?: undefined
}

/** Assertions of Identity-Aware Proxy, in the header `x-goog-iap-jwt-assertion`. */
export interface GoogleIap {
  /** The "signed header JWT audience" of the service behind the proxy. */
  readonly iapAudience: string | readonly string[]
  readonly audience?: undefined
  readonly serviceAccounts?: undefined
  readonly clientIds?: undefined
}

const ISSUER = 'https://accounts.google.com'
const EXAMPLE =
  "{ audience: 'https://api.example.com', serviceAccounts: 'caller@project.iam.gserviceaccount.com' }"
const FORMS =
  'serviceAccounts for service accounts, clientIds for signed-in users, iapAudience for Identity-Aware Proxy'

const SERVICE_ACCOUNT: WordShape = {
  pattern: /^[a-z0-9-]+@[a-z0-9.-]+\.gserviceaccount\.com$/,
  what: 'the email address of a service account, which ends with .gserviceaccount.com',
  example: 'caller@project.iam.gserviceaccount.com',
  mistakes: [
    [/^serviceAccount:/, 'begins with "serviceAccount:", which only IAM policies have. Write the address'],
    [/^\d+$/, 'is an id. Write the email address, which tokens have in "email"'],
  ],
}

const CLIENT_ID: WordShape = {
  pattern: /^[a-z0-9-]+\.apps\.googleusercontent\.com$/,
  what: 'an OAuth client id, which ends with .apps.googleusercontent.com',
  example: '1234567890-abc123.apps.googleusercontent.com',
}

const IAP_AUDIENCE: WordShape = {
  pattern: /^\/projects\/\d+\/[\w.:/-]+$/,
  what: 'the signed header JWT audience',
  example: '/projects/1234567890/global/backendServices/9876543210',
  mistakes: [
    [/^\/projects\/[^/\d]/, 'names the project by its id. Write its number, as the console shows it'],
    [/\.apps\.googleusercontent\.com$/, 'is an OAuth client id. Write the signed header JWT audience'],
  ],
}

const AUDIENCE: WordShape = {
  pattern: /^[^@\s]+$/,
  what: 'the audience that callers request',
  example: 'https://api.example.com',
  mistakes: [[/@/, 'is an email address. Write the URL of this API, and the address in serviceAccounts']],
}

/**
 * The issuer options, with their audience, for one kind of Google's tokens. A server that takes two
 * kinds lists two issuers, or is two servers if both come from `https://accounts.google.com`.
 *
 * With `serviceAccounts`, the claim `email` must name one of them, and `aud` this API. With
 * `clientIds`, everybody with a Google account passes: guard by `hd` or `email` where that is too
 * many. Does not check IAM roles, nor `email_verified` of users.
 *
 * @example
 * resourceServer({
 *   issuer: google({
 *     audience: 'https://api.example.com',
 *     serviceAccounts: 'caller@project.iam.gserviceaccount.com',
 *   }),
 * })
 *
 * @throws {ConfigurationError} for a wrong option, such as the id of a service account.
 */
export function google(options: GoogleOptions): IssuerWithAudience {
  const known = ['audience', 'serviceAccounts', 'clientIds', 'iapAudience']
  const reader = readWords('google', options, known, EXAMPLE)
  const form = onlyOne(reader, ['serviceAccounts', 'clientIds', 'iapAudience'], FORMS)
  if (form === 'serviceAccounts') return serviceAccounts(reader)
  if (reader.has('audience')) reader.fail('audience', `contradicts ${form}, which is the audience`)
  return form === 'clientIds' ? signIn(reader) : iap(reader)
}

function serviceAccounts(reader: OptionReader): IssuerWithAudience {
  const accounts = readWordList(reader, 'serviceAccounts', SERVICE_ACCOUNT)
  return {
    issuer: ISSUER,
    algorithms: ['RS256'],
    audience: readWordList(reader, 'audience', AUDIENCE),
    clientId: 'azp',
    requiredClaims: { email: accounts, email_verified: [true] },
  }
}

/** Here the ID token is what the client has to send, so that no mark of one counts. */
function signIn(reader: OptionReader): IssuerWithAudience {
  return {
    issuer: ISSUER,
    algorithms: ['RS256'],
    audience: readWordList(reader, 'clientIds', CLIENT_ID),
    clientId: 'azp',
    requiredClaims: ['sub'],
    idTokenMarks: {},
  }
}

function iap(reader: OptionReader): IssuerWithAudience {
  return {
    issuer: 'https://cloud.google.com/iap',
    jwksUri: 'https://www.gstatic.com/iap/verify/public_key-jwk',
    algorithms: ['ES256'],
    audience: readWordList(reader, 'iapAudience', IAP_AUDIENCE),
    requiredClaims: ['sub'],
  }
}
