/**
 * Hints for issuers and audiences that differ from the configured ones in a way that is easy to
 * miss.
 */
import { isString, own } from '../base/own.js'
import type { JsonObject } from '../base/own.js'
import type { Hint } from './hints.js'

type Normalize = (identifier: string) => string
/** Prepares the configured identifiers. Returns a test for those of tokens. */
type Likeness = (configured: readonly string[]) => (identifier: string) => boolean

const ENTRA_ISSUER =
  /^https:\/\/(?:sts\.windows\.net\/([^/]+)\/|login\.microsoftonline\.com\/([^/]+)\/v2\.0)$/
/** The id of Microsoft Graph, and its addresses in the clouds. */
const GRAPH_AUDIENCE =
  /^(?:00000003-0000-0000-c000-000000000000|https:\/\/(?:graph\.microsoft\.(?:com|us)|dod-graph\.microsoft\.us|microsoftgraph\.chinacloudapi\.cn)\/?)$/
const HOST = /^https?:\/\/([^/?#]+)/i
/** Names of the machine itself. */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|0\.0\.0\.0|\[::1\]|host\.docker\.internal)(?=:\d+$|$)/i
/** Names without a dot, as containers and their networks have them. */
const CONTAINER = /^[\w-]+(?=:\d+$|$)/
/** An application ID URI of Entra: `api://<id>`, or `api://<host>/<id>` with an id that is a GUID. */
const APP_ID_URI = /^api:\/\/(?:[^/]+\/(?=[\da-f-]{36}$))?([^/]+)$/i
const MAX_LENGTH = 512

const ISSUER_HINTS: readonly (readonly [Hint, Likeness])[] = [
  ['issuer_trailing_slash', equalBy(withoutSlash)],
  ['issuer_http', equalBy(withHttps)],
  ['issuer_case', equalBy(lowerCased)],
  ['issuer_local_name', namesOneMachine],
  ['issuer_other_entra_version', equalBy(entraTenant)],
  ['issuer_same_host', equalBy(hostOf)],
]

const AUDIENCE_HINTS: readonly (readonly [Hint, Likeness])[] = [
  ['audience_trailing_slash', equalBy(withoutSlash)],
  ['audience_http', equalBy(withHttps)],
  ['audience_case', equalBy(lowerCased)],
  ['audience_local_name', namesOneMachine],
  ['audience_app_id_uri', equalBy(appId)],
]

/**
 * Claims that access tokens have and ID tokens do not. The last ones are those of Supabase, of
 * Cloudflare Access, and of Clerk's session tokens.
 */
const GRANTS = [
  ...['scope', 'scp', 'client_id', 'cid', 'permissions', 'roles'],
  ...['role', 'session_id', 'type', 'fva'],
]
/**
 * Claims about the login and the user, which are why ID tokens exist. OpenID Connect Core §2 and
 * §5.1.
 */
const LOGIN_CLAIMS = [
  ...['nonce', 'auth_time', 'acr', 'sid'],
  ...['email', 'email_verified', 'name', 'preferred_username'],
]

/**
 * Compares the `iss` of refused tokens with the trusted issuers. Prepares the forms of these once,
 * at the first refusal: a stranger's token must not cost more where there are many issuers.
 */
export class IssuerHints {
  readonly #isNear: (iss: string) => boolean
  readonly #tests: readonly (readonly [Hint, (iss: string) => boolean])[]

  constructor(trusted: Iterable<string>) {
    const issuers = [...trusted]
    this.#isNear = equalBy(networkOf)(issuers)
    this.#tests = ISSUER_HINTS.map(([hint, likeness]) => [hint, likeness(issuers)])
  }

  of(iss: unknown): Hint | undefined {
    if (!isString(iss) || iss.length > MAX_LENGTH) return undefined
    // Every hint is about the host of a trusted issuer, so that most strangers end here.
    if (!this.#isNear(iss)) return undefined
    return this.#tests.find(([, isLike]) => isLike(iss))?.[0]
  }
}

/** For a token of a trusted issuer, none of whose audiences is one of `audiences`. */
export function audienceHint(
  claims: JsonObject,
  audiences: ReadonlySet<string>,
  takesIdTokens: boolean,
): Hint | undefined {
  if (isForGraph(claims)) return 'microsoft_graph_token'
  const aud = own(claims, 'aud')
  const values = (Array.isArray(aud) ? aud : [aud])
    .filter(isString)
    .filter(({ length }) => length <= MAX_LENGTH)
    // One that is right does not matter: another claim, which replaces `aud`, was refused.
    .filter((value) => !audiences.has(value))
  const near = AUDIENCE_HINTS.find(([, likeness]) => values.some(likeness([...audiences])))
  if (near !== undefined) return near[0]
  if (values.includes('account')) return 'audience_account'
  // The audience of an ID token is a client's id, which is not a URL or a path.
  const mayBeIdToken = !takesIdTokens && !values.some((value) => value.includes('/'))
  if (mayBeIdToken && looksLikeIdToken(claims)) return 'id_token'
  const clients = ['client_id', 'azp', 'cid', 'appid'].map((name) => own(claims, name)).filter(isString)
  return clients.some((client) => values.includes(client)) ? 'audience_is_client_id' : undefined
}

/** Whether Microsoft Graph is the audience. */
export function isForGraph(claims: JsonObject): boolean {
  const aud = own(claims, 'aud')
  return isString(aud) && GRAPH_AUDIENCE.test(aud)
}

/**
 * Microsoft Graph's tokens are signed over another header than the one they show, which has a
 * `nonce`. Only Graph accepts them.
 */
export function signatureHint(header: JsonObject, claims: JsonObject | undefined): Hint | undefined {
  if (claims === undefined || !isString(own(header, 'nonce'))) return undefined
  const iss = own(claims, 'iss')
  const isOfEntra = isString(iss) && ENTRA_ISSUER.test(iss)
  return isOfEntra || isForGraph(claims) ? 'microsoft_graph_token' : undefined
}

/** Whether the claims look like those of an ID token: they are about a login, and grant nothing. */
export function looksLikeIdToken(claims: JsonObject): boolean {
  return hasOne(claims, LOGIN_CLAIMS) && !hasOne(claims, GRANTS)
}

function hasOne(claims: JsonObject, names: readonly string[]): boolean {
  return names.some((name) => Object.hasOwn(claims, name))
}

function equalBy(normalize: Normalize): Likeness {
  return (configured) => {
    const forms = new Set(configured.map(normalize))
    return (identifier) => forms.has(normalize(identifier))
  }
}

function withoutSlash(text: string): string {
  return text.endsWith('/') ? text.slice(0, -1) : text
}

function withHttps(text: string): string {
  return text.replace(/^http:/, 'https:')
}

function lowerCased(text: string): string {
  return text.toLowerCase()
}

/**
 * Whether two URLs differ only in how they name this machine. Two containers are two machines: one
 * of the names must be `localhost` or the like.
 */
function namesOneMachine(configured: readonly string[]): (identifier: string) => boolean {
  const local = new Set(configured.map(withLocalhost))
  const loopback = new Set(configured.filter(isLoopback).map(withLocalhost))
  return (identifier) => (isLoopback(identifier) ? local : loopback).has(withLocalhost(identifier))
}

/** The URL itself if its host is neither this machine nor perhaps a container. */
function withLocalhost(text: string): string {
  return text.replace(HOST, (start, host: string) => {
    const local = host.replace(LOOPBACK, 'localhost').replace(CONTAINER, 'localhost')
    return `${start.slice(0, -host.length)}${local}`
  })
}

function isLoopback(text: string): boolean {
  return LOOPBACK.test(HOST.exec(text)?.[1] ?? '')
}

/** The id in an application ID URI of Entra. */
function appId(audience: string): string {
  return APP_ID_URI.exec(audience)?.[1] ?? audience
}

/** The issuer itself if it is not Entra's, so that it equals no tenant. */
function entraTenant(issuer: string): string {
  const match = ENTRA_ISSUER.exec(issuer)
  return match?.[1] ?? match?.[2] ?? issuer
}

/**
 * By a regular expression, which takes a tenth of parsing the URL: a flood of strangers' tokens
 * asks for each. Entra's two hosts are one, as are Cognito's of a region and the names of this
 * machine, and text that is not a URL is its own host.
 */
function hostOf(issuer: string): string {
  const host = (HOST.exec(issuer)?.[1] ?? withoutSlash(issuer)).toLowerCase()
  if (host === 'sts.windows.net') return 'login.microsoftonline.com'
  return host.replace(LOOPBACK, 'localhost').replace('issuer-cognito-idp.', 'cognito-idp.')
}

/** As `hostOf`, but containers, which may be this machine, are one. */
function networkOf(issuer: string): string {
  const host = hostOf(issuer)
  return HOST.test(issuer) ? host.replace(CONTAINER, 'localhost') : host
}
