/**
 * The outcome of a requirement, and how several become one: a tree of guards yields one challenge
 * that names everything that would help. RFC 6750 §3.1, RFC 9470 §3.
 */
import { option } from '../base/own.js'
import { ForbiddenError, UnauthorizedError } from '../errors/errors.js'
import type { ErrorCode, Hint, ResourceServerError } from '../errors/errors.js'
import { scopeHint } from './grant-hints.js'
import type { Principal } from './principal.js'

/** A login that would help. RFC 9470 §3. */
export interface Login {
  /** Authentication context classes, one of which is enough. `undefined`: any. */
  readonly acrValues?: readonly string[] | undefined
  /** The classes that are accepted: with `acrLevels` also stronger ones. Default: `acrValues`. */
  readonly acceptedAcrValues?: readonly string[] | undefined
  /** Seconds since the login, at most. `undefined`: any. */
  readonly maxAgeSeconds?: number | undefined
}

/**
 * The outcome of one requirement. Everything that more rights would not change is thrown instead.
 */
export interface Verdict {
  /** Why the requirement is not met; `undefined` if it is. */
  readonly denied: ErrorCode | undefined
  /** The scopes that it asks for, met or not. */
  readonly scopes: readonly string[]
  /** How many of the scopes are missing. */
  readonly missing: number
  /** The login that is missing. Denied with neither scopes nor login, a requirement is hopeless. */
  readonly login?: Login | undefined
  /** The configured values that would have met it, for the operator, where these are not scopes. */
  readonly expected?: readonly string[] | undefined
  /** Guesses what is set up wrongly, once the verdict has become a refusal. */
  readonly hint?: ((principal: Principal) => Hint | undefined) | undefined
}

export const MET: Verdict = Object.freeze({ denied: undefined, scopes: [], missing: 0 })

/** Whether no scope and no login would change the verdict. */
export function isHopeless(verdict: Verdict): boolean {
  return verdict.denied !== undefined && verdict.scopes.length === 0 && loginOf(verdict) === undefined
}

/**
 * All must be met. A hopeless verdict wins. Otherwise scopes, held ones included, and logins
 * combine.
 */
export function meetAll(verdicts: readonly Verdict[]): Verdict {
  const denied = verdicts.filter((verdict) => verdict.denied !== undefined)
  const hopeless = denied.find(isHopeless)
  if (hopeless) return hopeless
  const logins = denied.map(loginOf).filter((login) => login !== undefined)
  const login = logins.length === 0 ? undefined : logins.reduce(combine)
  const first = (denied.find((verdict) => loginOf(verdict) !== undefined) ?? denied[0])?.denied
  const wanted = [...new Set(denied.flatMap(wantedBy))]
  const expected = wanted.length === 0 ? undefined : wanted
  if (login?.acrValues?.length === 0) return { denied: first, scopes: [], missing: 0, expected }
  const scopes = [...new Set(verdicts.flatMap((verdict) => verdict.scopes))]
  const missing = denied.reduce((sum, verdict) => sum + verdict.missing, 0)
  return { denied: first, scopes, missing, ...(login && { login, expected }) }
}

/**
 * One must be met. Of several refusals, prefers the fewest missing scopes, then a login, then
 * hopeless.
 */
export function meetAny(verdicts: readonly Verdict[]): Verdict {
  const met = verdicts.find((verdict) => verdict.denied === undefined)
  if (met) return met
  return verdicts.reduce((best, verdict) => (isCheaper(verdict, best) ? verdict : best))
}

/** The error that answers a denied verdict; `undefined` for one that is met. */
export function toRefusal(verdict: Verdict, principal: Principal): ResourceServerError | undefined {
  const { denied, scopes } = verdict
  if (denied === undefined) return undefined
  const login = loginOf(verdict)
  const expected = option(verdict, 'expected') ?? (scopes.length === 0 ? undefined : scopes)
  const hint = option(verdict, 'hint')?.(principal) ?? scopeHint(principal, scopes)
  const schemes = [principal.scheme]
  if (login === undefined) {
    const challenge = { schemes, parameters: { scope: scopes.join(' ') } }
    return new ForbiddenError(denied, {
      requiredScopes: scopes,
      hint,
      expected,
      ...(scopes.length > 0 && principal.scheme !== 'Bearer' && { challenge }),
    })
  }
  const { acrValues, maxAgeSeconds } = login
  const parameters = {
    ...(acrValues !== undefined && { acr_values: acrValues.join(' ') }),
    ...(maxAgeSeconds !== undefined && { max_age: String(maxAgeSeconds) }),
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
  }
  return new UnauthorizedError(denied, {
    error: 'insufficient_user_authentication',
    hint,
    expected,
    challenge: { schemes, parameters },
  })
}

function wantedBy(verdict: Verdict): readonly string[] {
  return option(verdict, 'expected') ?? verdict.scopes
}

/** A login that satisfies both: the classes that both accept, and the shorter time. */
function combine(a: Login, b: Login): Login {
  const ages = [a.maxAgeSeconds, b.maxAgeSeconds].filter((age) => age !== undefined)
  return { ...combineClasses(a, b), maxAgeSeconds: ages.length === 0 ? undefined : Math.min(...ages) }
}

/** Named are those that one of both named. If there are none, all that both accept. */
function combineClasses(a: Login, b: Login): Omit<Login, 'maxAgeSeconds'> {
  const [first, second] = [acceptedBy(a), acceptedBy(b)]
  if (first === undefined || second === undefined) return first === undefined ? b : a
  const accepted = first.filter((value) => second.includes(value))
  const names = [...(a.acrValues ?? []), ...(b.acrValues ?? [])]
  const named = accepted.filter((value) => names.includes(value))
  return { acrValues: named.length > 0 ? named : accepted, acceptedAcrValues: accepted }
}

function acceptedBy({ acrValues, acceptedAcrValues }: Login): readonly string[] | undefined {
  return acceptedAcrValues ?? acrValues
}

function isCheaper(a: Verdict, b: Verdict): boolean {
  const difference = rank(a) - rank(b)
  return difference < 0 || (difference === 0 && a.missing < b.missing)
}

function rank(verdict: Verdict): 0 | 1 | 2 {
  if (isHopeless(verdict)) return 2
  return loginOf(verdict) === undefined ? 0 : 1
}

/** An own property: a polluted prototype must not lend a login. */
function loginOf(verdict: Verdict): Login | undefined {
  return option(verdict, 'login')
}
