/** The probable misconfiguration behind a refusal, as one word. Guessed only after the refusal. */
import type { UpstreamProblem } from './upstream-error.js'
import { isString, own } from '../base/own.js'
import type { JsonObject } from '../base/own.js'

/**
 * What is probably set up wrongly, judged by what the refused token, the request or the issuer's
 * answer looks like. A hint is a guess for the operator: it holds no value of the token, is never
 * sent to clients, and never makes a token acceptable. `docs/errors.md` says what to do about each.
 *
 * @example
 * subscribe('express-resource-server:refused', (message) => {
 *   const { code, hint } = message as RefusedEvent
 *   if (hint === 'issuer_trailing_slash') console.warn(code, 'compare `issuer` with the token')
 * })
 */
export type Hint =
  | 'issuer_trailing_slash'
  | 'issuer_http'
  | 'issuer_case'
  | 'issuer_local_name'
  | 'issuer_other_entra_version'
  | 'issuer_same_host'
  | 'audience_is_client_id'
  | 'audience_trailing_slash'
  | 'audience_http'
  | 'audience_case'
  | 'audience_local_name'
  | 'audience_app_id_uri'
  | 'audience_account'
  | 'audience_missing'
  | 'id_token'
  | 'refresh_token'
  | 'opaque_token'
  | 'encrypted_token'
  | 'unsigned_token'
  | 'clock_skew'
  | 'milliseconds'
  | 'symmetric_algorithm'
  | 'typ_not_at_jwt'
  | 'microsoft_graph_token'
  | 'scheme_missing'
  | 'scheme_colon'
  | 'scheme_repeated'
  | 'scheme_other'
  | 'token_placeholder'
  | 'token_quoted'
  | 'token_in_cookie'
  | 'token_in_body'
  | 'token_in_query'
  | 'token_in_other_header'
  | 'body_not_parsed'
  | 'scope_in_permissions'
  | 'scope_elsewhere'
  | 'role_elsewhere'
  | 'claim_path_flattened'
  | 'thumbprint_hex'
  | 'proxy_not_trusted'
  | 'proof_other_method'
  | 'proof_other_url'
  | 'proof_other_token'
  | 'discovery_not_found'
  | 'discovery_issuer_mismatch'

/** A token that is further off is simply old. */
const PROBABLE_SKEW_SECONDS = 300

/** Text that a program or a template puts where a token should be. */
const PLACEHOLDER =
  /^(?:$|(?:undefined|null|nan|true|false)(?:\s|$)|\[object|\$(?:\{|(?:env:)?[a-z_]\w*$)|\{(?!\s*["'])|<|%\w+%?$)/i

const OPENING_BRACE = 0x7b
/** That of `{"alg":""}`. A header or cookie of a stranger may have thousands of shorter candidates. */
const MIN_HEADER_LENGTH = 14

/** What a credential that is not a compact JWS may be instead. */
export function formatHint(token: string): Hint | undefined {
  if (isPlaceholder(token)) return 'token_placeholder'
  const [header = '', ...parts] = token.split('.', 6)
  if (!isJoseHeader(header)) return parts.length === 2 ? undefined : 'opaque_token'
  if (parts.length === 4) return 'encrypted_token'
  return parts.length < 2 || token.endsWith('.') ? 'unsigned_token' : undefined
}

/** Whether a part of a token is the header of one: base64url of JSON with `alg`. RFC 7515 §4.1.1. */
export function isJoseHeader(part: string): boolean {
  if (part.length < MIN_HEADER_LENGTH) return false
  const json = Buffer.from(part, 'base64url')
  return json[0] === OPENING_BRACE && json.includes('"alg"')
}

/** A token between braces or the like is there all the same. */
export function isPlaceholder(token: string): boolean {
  return PLACEHOLDER.test(token) && !token.includes('eyJ')
}

/** `readClaims` reads the unverified claims: Keycloak signs refresh tokens with a secret of its own. */
export function algorithmHint(alg: unknown, readClaims: () => JsonObject | undefined): Hint | undefined {
  if (!isString(alg)) return undefined
  if (alg.toLowerCase() === 'none') return 'unsigned_token'
  const claims = readClaims()
  if (claims !== undefined && isRefreshToken(claims)) return 'refresh_token'
  return /^HS\d+$/.test(alg) ? 'symmetric_algorithm' : undefined
}

/** Keycloak's refresh and offline tokens, and those of servers that write `token_use`. */
export function isRefreshToken(claims: JsonObject): boolean {
  return (
    isOneOf(own(claims, 'typ'), ['Refresh', 'Offline']) ||
    isOneOf(own(claims, 'token_use'), ['refresh', 'refresh_token'])
  )
}

function isOneOf(value: unknown, names: readonly string[]): boolean {
  return isString(value) && names.includes(value)
}

/** For problems of the metadata that a wrong option causes, not the network. */
export function discoveryHint(problem: UpstreamProblem | undefined): Hint | undefined {
  if (problem === 'metadata_not_found') return 'discovery_not_found'
  return problem === 'issuer_mismatch' ? 'discovery_issuer_mismatch' : undefined
}

export function timeHint(offBySeconds: number): Hint | undefined {
  return offBySeconds <= PROBABLE_SKEW_SECONDS ? 'clock_skew' : undefined
}
