/**
 * Hints for issuers and audiences that differ from the configured ones in a way that is easy to
 * miss.
 */
import { isString, own } from '../base/own.js'
import type { JsonObject } from '../base/own.js'
import type { Hint } from './hints.js'

type Normalize = (identifier: string) => string

const ENTRA_ISSUER =
  /^https:\/\/(?:sts\.windows\.net\/([^/]+)\/|login\.microsoftonline\.com\/([^/]+)\/v2\.0)$/
/** The id of Microsoft Graph, and its addresses in the clouds. */
const GRAPH_AUDIENCE =
  /^(?:00000003-0000-0000-c000-000000000000|https:\/\/(?:graph\.microsoft\.(?:com|us)|dod-graph\.microsoft\.us|microsoftgraph\.chinacloudapi\.cn)\/?)$/
const HOST = /^https?:\/\/([^/?#]+)/i
/**
 * Names of the machine itself, and names without a dot, as containers and their networks have them.
 */
const LOCAL_HOST = /^(?:127(?:\.\d{1,3}){3}|0\.0\.0\.0|\[::1\]|host\.docker\.internal|[\w-]+)(?=:\d+$|$)/i
const MAX_LENGTH = 512

const ISSUER_HINTS: readonly (readonly [Hint, Normalize])[] = [
  ['issuer_trailing_slash', withoutSlash],
  ['issuer_http', withHttps],
  ['issuer_case', lowerCased],
  ['issuer_local_name', withLocalhost],
  ['issuer_other_entra_version', entraTenant],
  ['issuer_same_host', hostOf],
]

const AUDIENCE_HINTS: readonly (readonly [Hint, Normalize])[] = [
  ['audience_trailing_slash', withoutSlash],
  ['audience_http', withHttps],
  ['audience_case', lowerCased],
  ['audience_local_name', withLocalhost],
  ['audience_app_id_uri', appId],
]

/** Claims that access tokens have and ID tokens do not. */
const GRANTS = ['scope', 'scp', 'client_id', 'cid', 'permissions', 'roles']
/**
 * Claims about the login and the user, which are why ID tokens exist. OpenID Connect Core §2 and
 * §5.1.
 */
const LOGIN_CLAIMS = ['auth_time', 'acr', 'sid', 'email', 'email_verified', 'name', 'preferred_username']

/**
 * Compares the `iss` of refused tokens with the trusted issuers. Prepares the forms of these once,
 * at the first refusal: a stranger's token must not cost more where there are many issuers.
 */
export class IssuerHints {
  readonly #hosts: ReadonlySet<string>
  readonly #forms: readonly (readonly [Hint, Normalize, ReadonlySet<string>])[]

  constructor(trusted: Iterable<string>) {
    const issuers = [...trusted]
    this.#hosts = new Set(issuers.map(hostOf))
    this.#forms = ISSUER_HINTS.map(([hint, normalize]) => [hint, normalize, new Set(issuers.map(normalize))])
  }

  of(iss: unknown): Hint | undefined {
    if (!isString(iss) || iss.length > MAX_LENGTH) return undefined
    // Every hint is about the host of a trusted issuer, so that most strangers end here.
    if (!this.#hosts.has(hostOf(iss))) return undefined
    return this.#forms.find(([, normalize, known]) => known.has(normalize(iss)))?.[0]
  }
}

/** For a token of a trusted issuer, none of whose audiences is one of `audiences`. */
export function audienceHint(claims: JsonObject, audiences: ReadonlySet<string>): Hint | undefined {
  if (hasNonce(claims)) return 'id_token'
  if (isForGraph(claims)) return 'microsoft_graph_token'
  const aud = own(claims, 'aud')
  const values = (Array.isArray(aud) ? aud : [aud])
    .filter(isString)
    .filter(({ length }) => length <= MAX_LENGTH)
    // One that is right does not matter: another claim, which replaces `aud`, was refused.
    .filter((value) => !audiences.has(value))
  const near = AUDIENCE_HINTS.find(([, normalize]) => {
    const wanted = new Set([...audiences].map(normalize))
    return values.some((value) => wanted.has(normalize(value)))
  })
  if (near !== undefined) return near[0]
  if (values.includes('account')) return 'audience_account'
  if (isAboutLogin(claims)) return 'id_token'
  const clients = ['client_id', 'azp', 'cid', 'appid'].map((name) => own(claims, name)).filter(isString)
  return clients.some((client) => values.includes(client)) ? 'audience_is_client_id' : undefined
}

/** Whether Microsoft Graph is the audience. */
export function isForGraph(claims: JsonObject): boolean {
  const aud = own(claims, 'aud')
  return isString(aud) && GRAPH_AUDIENCE.test(aud)
}

/** Whether the claims look like those of an ID token: they are about a login, and grant nothing. */
export function looksLikeIdToken(claims: JsonObject): boolean {
  return hasNonce(claims) || isAboutLogin(claims)
}

function hasNonce(claims: JsonObject): boolean {
  return Object.hasOwn(claims, 'nonce') && !GRANTS.some((name) => Object.hasOwn(claims, name))
}

function isAboutLogin(claims: JsonObject): boolean {
  return hasOne(claims, LOGIN_CLAIMS) && !hasOne(claims, GRANTS)
}

function hasOne(claims: JsonObject, names: readonly string[]): boolean {
  return names.some((name) => Object.hasOwn(claims, name))
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

function withLocalhost(text: string): string {
  const host = HOST.exec(text)?.[1]
  return host === undefined ? text : text.replace(host, localForm(host))
}

function localForm(host: string): string {
  return host.replace(LOCAL_HOST, 'localhost')
}

/** The id in an application ID URI of Entra: `api://<id>` or `api://<host>/<id>`. */
function appId(audience: string): string {
  return audience.startsWith('api://') ? audience.slice(audience.lastIndexOf('/') + 1) : audience
}

/** The issuer itself if it is not Entra's, so that it equals no tenant. */
function entraTenant(issuer: string): string {
  const match = ENTRA_ISSUER.exec(issuer)
  return match?.[1] ?? match?.[2] ?? issuer
}

/**
 * By a regular expression, which takes a tenth of parsing the URL: a flood of strangers' tokens
 * asks for each. Entra's two hosts are one, local names are one, and text that is not a URL is its
 * own host.
 */
function hostOf(issuer: string): string {
  const host = HOST.exec(issuer)?.[1] ?? withoutSlash(issuer)
  return host === 'sts.windows.net' ? 'login.microsoftonline.com' : localForm(host).toLowerCase()
}
