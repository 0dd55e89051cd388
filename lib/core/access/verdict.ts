/**
 * The outcome of a requirement, and how several become one: a tree of guards yields one challenge
 * that names everything that would help. RFC 6750 §3.1, RFC 9470 §3.
 */
import type { MaybePromise } from '../base/maybe-promise.js'
import { option } from '../base/own.js'
import { ForbiddenError, UnauthorizedError } from '../errors/errors.js'
import type { ErrorCode, Hint, ResourceServerError } from '../errors/errors.js'
import type { ResourceRequest } from '../http/request.js'
import { scopeHint } from './grant-hints.js'
import type { Principal } from './principal.js'

export type Requirement = (principal: Principal, request: ResourceRequest) => MaybePromise<Verdict>

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
  /** Logins that are required and not missing: a new login must satisfy them, too. */
  readonly keptLogins?: readonly Login[] | undefined
  /** What the verdict was made of, if it asks for a login: other ways may agree with other guards. */
  readonly origin?: Origin | undefined
  /** The configured values that would have met it, for the operator, where these are not scopes. */
  readonly expected?: readonly string[] | undefined
  /** Guesses what is set up wrongly, once the verdict has become a refusal. */
  readonly hint?: ((principal: Principal) => Hint | undefined) | undefined
}

export interface Origin {
  readonly kind: 'all' | 'any'
  readonly verdicts: readonly Verdict[]
  /** Of `any`. The verdicts are those of the first members: the others were not asked. */
  readonly members: readonly Requirement[]
}

const NONE: readonly never[] = Object.freeze([])

const NOTHING_KEPT = Object.freeze({})

export const MET: Verdict = Object.freeze({ denied: undefined, scopes: [], missing: 0 })

/** Whether no scope and no login would change the verdict. */
export function isHopeless(verdict: Verdict): boolean {
  return verdict.denied !== undefined && verdict.scopes.length === 0 && loginOf(verdict) === undefined
}

/**
 * All must be met. A hopeless verdict wins. Otherwise scopes and logins combine, held ones included.
 * If no login satisfies all the verdicts, the result is hopeless.
 */
export function meetAll(verdicts: readonly Verdict[]): Verdict {
  const denied = verdicts.filter((verdict) => verdict.denied !== undefined)
  const hopeless = denied.find(isHopeless)
  if (hopeless) return hopeless
  const scopes = [...new Set(verdicts.flatMap((verdict) => verdict.scopes))]
  const logins = verdicts.flatMap(loginsOf)
  const kept = logins.length === 0 ? NOTHING_KEPT : { keptLogins: logins, origin: originOf(verdicts) }
  if (denied.length === 0) return { denied: undefined, scopes, missing: 0, ...kept }
  const missing = denied.reduce((sum, verdict) => sum + verdict.missing, 0)
  const lacking = denied.find((verdict) => loginOf(verdict) !== undefined)
  if (lacking === undefined) return { denied: denied[0]?.denied, scopes, missing, ...kept }
  const login = logins.reduce(combine)
  const expected = [...new Set(verdicts.flatMap(wantedBy))]
  if (login.acrValues?.length === 0) return { denied: lacking.denied, scopes: [], missing: 0, expected }
  return { denied: lacking.denied, scopes, missing, login, expected, origin: originOf(verdicts) }
}

/**
 * One must be met. Of several refusals, prefers the fewest missing scopes, then a login, then
 * hopeless. The verdicts are those of the first members.
 */
export function meetAny(verdicts: readonly Verdict[], members: readonly Requirement[] = NONE): Verdict {
  const met = verdicts.find((verdict) => verdict.denied === undefined)
  const best = met ?? verdicts.reduce((a, b) => (compare(b, a) < 0 ? b : a))
  const isOnlyWay = verdicts.length === 1 && members.length <= 1
  return isOnlyWay || loginsOf(best).length === 0
    ? best
    : { ...best, origin: { kind: 'any', verdicts, members } }
}

/** Negative if the first verdict costs less than the second to be met. */
function compare(a: Verdict, b: Verdict): number {
  return rank(a) - rank(b) || a.missing - b.missing
}

/** The classes of which a login must have one; `undefined`: any. */
export function acceptedClasses(verdict: Verdict): readonly string[] | undefined {
  const logins = loginsOf(verdict)
  return logins.length === 0 ? undefined : acceptedBy(logins.reduce(combine))
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

/** All logins that a verdict asks for. An own property, as in `loginOf`. */
export function loginsOf(verdict: Verdict): readonly Login[] {
  const login = loginOf(verdict)
  return login === undefined ? (option(verdict, 'keptLogins') ?? NONE) : [login]
}

/** What a verdict asks for and the operator configured, except what is met and no login changes. */
function wantedBy(verdict: Verdict): readonly string[] {
  if (verdict.denied === undefined && loginsOf(verdict).length === 0) return []
  const origin = option(verdict, 'origin')
  const expected = option(verdict, 'expected')
  if (expected !== undefined) return expected
  return origin?.kind === 'all' ? origin.verdicts.flatMap(wantedBy) : verdict.scopes
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

export function originOf(verdicts: readonly Verdict[]): Origin {
  return { kind: 'all', verdicts, members: NONE }
}

function rank(verdict: Verdict): 0 | 1 | 2 {
  if (isHopeless(verdict)) return 2
  return loginOf(verdict) === undefined ? 0 : 1
}

/** An own property: a polluted prototype must not lend a login. */
function loginOf(verdict: Verdict): Login | undefined {
  return option(verdict, 'login')
}
