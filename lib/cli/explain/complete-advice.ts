/** Advice that knows better than the texts of docs/errors.md, and stands in their place. */
import type { ResourceServerError } from '../../index.js'
import { own } from '../../core/base/own.js'
import { isOfAuth0 } from '../check/issuer-comparison.js'
import { spanOf } from '../decode/times.js'
import { DOCS } from '../docs-folder.js'
import { inItsPlace } from './advice.js'
import type { Given } from './advice.js'
import { isSpelling } from './relaxed.js'
import { claimsOf } from './unverified.js'

/** What a look at the issuer has shown. */
export interface Looked {
  readonly clocksAgree: boolean
  /** The metadata do not name the `iss` of the token, which differs from the option only in form. */
  readonly isOtherIssuer: boolean
}

/** `undefined`: the general texts are needed. */
export function completeAdvice(
  error: ResourceServerError,
  given: Given,
  { clocksAgree, isOtherIssuer }: Looked,
): readonly string[] | undefined {
  const { code, hint, expected = [] } = error
  if (code === 'ERR_TOKEN_NOT_YET_VALID' && isNeverValid(given)) return NEVER_VALID
  const aboutTime = clocksAgree ? timeAdvice(error, given) : undefined
  if (aboutTime !== undefined) return aboutTime
  if (isOtherIssuer && isSpelling(hint)) return OTHER_ISSUER
  if (hint === 'issuer_trailing_slash') return auth0Advice(given)
  if (hint === 'scope_in_permissions') return permissionsAdvice(expected, given)
  return hint === 'opaque_token' ? OPAQUE : undefined
}

const OTHER_ISSUER: readonly string[] = [
  "Writing `issuer` as this token has it would not help: the issuer's metadata name another one. Both must be the same: look where the client gets its token, and correct the authorization server.",
]

const NEVER_VALID: readonly string[] = [
  'Its `exp` is not later than its `nbf`, so that it is never valid: do not wait. The issuer writes wrong times.',
]

const OPAQUE: readonly string[] = [
  'The client probably did not name this API when it requested the token: let it send the audience, resource or scope of the API.',
  `Otherwise, if your issuer has introspection, write: opaque: introspection({ client }), from 'express-resource-server/introspection'. See ${DOCS}/opaque-tokens.md`,
]

function permissionsAdvice(required: readonly string[], given: Given): readonly string[] {
  return [
    `Let the client request ${required.join(' ')}`,
    `Or write: ${inItsPlace("scopes: ['permissions', 'scope']", given)}. Every client then gets all that its user may do. See ${DOCS}/issuers/auth0.md`,
  ]
}

function timeAdvice({ code }: ResourceServerError, given: Given): readonly string[] | undefined {
  if (code === 'ERR_TOKEN_EXPIRED') return expiryAdvice(given)
  return code === 'ERR_TOKEN_NOT_YET_VALID' ? earlyAdvice(given) : undefined
}

/** A duration is no secret, and tells an old token from a clock that is a little wrong. */
function expiryAdvice(given: Given): readonly string[] | undefined {
  const seconds = secondsSince(given, 'exp')
  if (seconds === undefined || seconds < 0) return undefined
  return [`The token expired ${spanOf(seconds)} ago. Let the client get a new one.`]
}

function earlyAdvice(given: Given): readonly string[] | undefined {
  const seconds = secondsSince(given, 'nbf')
  if (seconds === undefined || seconds > 0) return undefined
  return [
    `The token is valid in ${spanOf(-seconds)}. Let the client wait, or have the issuer send an earlier \`nbf\`.`,
  ]
}

function isNeverValid(given: Given): boolean {
  const [nbf, exp] = [timeOf(given, 'nbf'), timeOf(given, 'exp')]
  return nbf !== undefined && exp !== undefined && exp <= nbf
}

function secondsSince(given: Given, claim: string): number | undefined {
  const time = timeOf(given, claim)
  return time === undefined ? undefined : Math.round(Date.now() / 1000 - time)
}

function timeOf({ token }: Given, claim: string): number | undefined {
  const claims = claimsOf(token)
  const time = claims && own(claims, claim)
  return typeof time === 'number' ? time : undefined
}

function auth0Advice({ args: { issuer } }: Given): readonly string[] | undefined {
  if (!isOfAuth0(issuer) || !issuer.endsWith('/')) return undefined
  return [
    "Keep the slash: Auth0's issuers end with one, so the token was not issued by it. Look where the client gets its token.",
  ]
}
