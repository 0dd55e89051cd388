/** What probably went wrong, for the operator: one of a few words, never a value. It is only guessed at after a refusal. */
import type { UpstreamProblem } from './upstream-error.js'
import { isString, own } from '../base/own.js'
import type { JsonObject } from '../base/own.js'

/** The usual misconfigurations, by what the refused token or the issuer's answer looks like. */
export type Hint =
  | 'issuer_trailing_slash'
  | 'issuer_http'
  | 'issuer_case'
  | 'issuer_other_entra_version'
  | 'issuer_same_host'
  | 'audience_is_client_id'
  | 'audience_trailing_slash'
  | 'audience_missing'
  | 'id_token'
  | 'opaque_token'
  | 'encrypted_token'
  | 'clock_skew'
  | 'milliseconds'
  | 'symmetric_algorithm'
  | 'typ_not_at_jwt'
  | 'microsoft_graph_token'
  | 'scope_in_permissions'
  | 'discovery_not_found'
  | 'discovery_issuer_mismatch'

const ENTRA_ISSUER =
  /^https:\/\/(?:sts\.windows\.net\/([^/]+)\/|login\.microsoftonline\.com\/([^/]+)\/v2\.0)$/
const HOST = /^https?:\/\/([^/?#]+)/i
/** Beyond this a token is not a little early or late, but simply old. */
const PROBABLE_SKEW_SECONDS = 300

type Normalise = (issuer: string) => string

const ISSUER_HINTS: readonly (readonly [Hint, Normalise])[] = [
  ['issuer_trailing_slash', withoutSlash],
  ['issuer_http', (issuer) => issuer.replace(/^http:/, 'https:')],
  ['issuer_case', (issuer) => issuer.toLowerCase()],
  ['issuer_other_entra_version', entraTenant],
  ['issuer_same_host', hostOf],
]

/**
 * Compares the `iss` of refused tokens with the issuers that are trusted. Their forms are worked out once, at the first
 * refusal: a stranger's token must not cost more where there are many issuers.
 */
export class IssuerHints {
  readonly #hosts: ReadonlySet<string>
  readonly #forms: readonly (readonly [Hint, Normalise, ReadonlySet<string>])[]

  constructor(trusted: Iterable<string>) {
    const issuers = [...trusted]
    this.#hosts = new Set(issuers.map(hostOf))
    this.#forms = ISSUER_HINTS.map(([hint, normalise]) => [hint, normalise, new Set(issuers.map(normalise))])
  }

  of(iss: unknown): Hint | undefined {
    if (!isString(iss) || iss.length > 512) return undefined
    // Every hint is about a trusted issuer's host: most strangers are done with here.
    if (!this.#hosts.has(hostOf(iss))) return undefined
    return this.#forms.find(([, normalise, known]) => known.has(normalise(iss)))?.[0]
  }
}

export function audienceHint(claims: JsonObject, audiences: ReadonlySet<string>): Hint | undefined {
  const aud = own(claims, 'aud')
  const values: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  const clients = ['client_id', 'azp', 'cid', 'appid'].map((name) => own(claims, name)).filter(isString)
  if (clients.some((client) => values.includes(client))) return 'audience_is_client_id'
  const wanted = new Set([...audiences].map(withoutSlash))
  return values.some((value) => isString(value) && wanted.has(withoutSlash(value)))
    ? 'audience_trailing_slash'
    : undefined
}

/** What a credential that is no compact JWS may be instead. */
export function formatHint(token: string): Hint | undefined {
  const dots = token.split('.', 6).length - 1
  if (dots === 4) return 'encrypted_token'
  return dots === 2 ? undefined : 'opaque_token'
}

export function algorithmHint(alg: unknown): Hint | undefined {
  return isString(alg) && /^HS\d+$/.test(alg) ? 'symmetric_algorithm' : undefined
}

/** Microsoft Graph's tokens are signed over another header than the one they show: they are for Graph alone. */
export function signatureHint(header: JsonObject): Hint | undefined {
  return isString(own(header, 'nonce')) ? 'microsoft_graph_token' : undefined
}

/** Of what an issuer's metadata lacks, as the option is then wrong, not the network. */
export function discoveryHint(problem: UpstreamProblem | undefined): Hint | undefined {
  if (problem === 'metadata_not_found') return 'discovery_not_found'
  return problem === 'issuer_mismatch' ? 'discovery_issuer_mismatch' : undefined
}

export function timeHint(offBySeconds: number): Hint | undefined {
  return offBySeconds <= PROBABLE_SKEW_SECONDS ? 'clock_skew' : undefined
}

/** Auth0 puts what users call scopes into `permissions`. */
export function scopeHint(claims: JsonObject, scopes: readonly string[]): Hint | undefined {
  const permissions = own(claims, 'permissions')
  const holdsOne = Array.isArray(permissions) && scopes.some((scope) => permissions.includes(scope))
  return holdsOne ? 'scope_in_permissions' : undefined
}

function withoutSlash(text: string): string {
  return text.endsWith('/') ? text.slice(0, -1) : text
}

/** The issuer itself where it is not Entra's, so that it equals no tenant. */
function entraTenant(issuer: string): string {
  const match = ENTRA_ISSUER.exec(issuer)
  return match?.[1] ?? match?.[2] ?? issuer
}

/**
 * By an expression, which takes a tenth of parsing the URL: a flood of strangers' tokens asks this for each. Entra's two hosts
 * are one, and what is no URL is its own host.
 */
function hostOf(issuer: string): string {
  const host = HOST.exec(issuer)?.[1] ?? withoutSlash(issuer)
  return host === 'sts.windows.net' ? 'login.microsoftonline.com' : host.toLowerCase()
}
