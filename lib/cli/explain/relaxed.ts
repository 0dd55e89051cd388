/** Settings without the step that refused a token, to see what else would. */
import { ConfigurationError } from '../../index.js'
import type { ErrorCode, Hint, ResourceServerError } from '../../index.js'
import { isString, own } from '../../core/base/own.js'
import { replaced, withAudienceClaim } from './options.js'
import type { Settings } from './settings.js'
import { claimsOf } from './unverified.js'

type Relax = (settings: Settings, token: string) => Settings | undefined

const BY_CODE: Readonly<Partial<Record<ErrorCode, Relax>>> = {
  ERR_TOKEN_EXPIRED: atTimeOf,
  ERR_TOKEN_NOT_YET_VALID: atTimeOf,
  ERR_TOKEN_TOO_OLD: atTimeOf,
  ERR_TOKEN_TYPE: (settings) => withOptions(settings, { profile: 'jwt' }),
  ERR_ALGORITHM_NOT_ALLOWED: withAnyAlgorithm,
  ERR_AUDIENCE_MISMATCH: withAnyAudience,
  ERR_SCOPE_INSUFFICIENT: (settings) => ({ ...settings, scopes: [] }),
  ERR_ROLE_INSUFFICIENT: (settings) => ({ ...settings, roles: [] }),
}

const BY_HINT: Readonly<Partial<Record<Hint, Relax>>> = {
  // The client would send another token then, about which this one says nothing.
  id_token: () => undefined,
  audience_missing: (settings) => withOptions(withAnyAudience(settings), { profile: 'jwt' }),
  // Of the same host, so that nothing is fetched from one that only the token names.
  issuer_trailing_slash: withIssuerOf,
  issuer_case: withIssuerOf,
}

/** Whether the option and `iss` differ only in form. */
export function isSpelling(hint: Hint | undefined): boolean {
  return hint !== undefined && BY_HINT[hint] === withIssuerOf
}

/** `undefined`: nothing can be left out. */
export function withoutStep(
  error: ResourceServerError,
  token: string,
  settings: Settings,
): Settings | undefined {
  if (error instanceof ConfigurationError) return undefined
  const { code, hint } = error
  const relax = (hint && BY_HINT[hint]) ?? BY_CODE[code]
  return relax?.(settings, token)
}

function withOptions(settings: Settings, changes: object): Settings {
  return { ...settings, options: replaced(settings.options, changes) }
}

function withAnyAlgorithm(settings: Settings): Settings {
  const { algorithms: _, ...options } = settings.options
  return { ...settings, options }
}

function withAnyAudience(settings: Settings): Settings {
  const { audience: _, ...others } = withAudienceClaim(settings.options, 'aud')
  return { ...settings, options: { ...others, dangerouslyAcceptAnyAudience: true } }
}

function withIssuerOf(settings: Settings, token: string): Settings | undefined {
  const claims = claimsOf(token)
  const iss = claims && own(claims, 'iss')
  if (!isString(iss)) return undefined
  const { issuer } = settings.options
  const others = typeof issuer === 'string' ? {} : (issuer as object)
  return withOptions(settings, { issuer: { ...others, issuer: iss } })
}

function atTimeOf(settings: Settings, token: string): Settings | undefined {
  const claims = claimsOf(token)
  const times = ['nbf', 'iat']
    .map((name) => claims && own(claims, name))
    .filter((each) => typeof each === 'number')
  const exp = claims && own(claims, 'exp')
  if (typeof exp !== 'number') return undefined
  const seconds = times.length > 0 ? Math.max(...times) : exp - 1
  // There is no time at which it is valid.
  if (seconds >= exp) return undefined
  return withOptions(settings, { clock: { epochMs: () => seconds * 1000 } })
}
