/**
 * What a guard found, and how several findings become one: a tree of guards yields one challenge, which names all the
 * scopes of the operation at once. RFC 6750 §3.1.
 */
import { ForbiddenError } from '../errors/errors.js'
import type { ErrorCode } from '../errors/errors.js'
import { scopeHint } from '../errors/hints.js'
import { rawClaimsOf } from './principal.js'
import type { Principal } from './principal.js'

/** The outcome of one requirement. Only refusals that more rights would lift are verdicts; all else is thrown. */
export interface Verdict {
  /** Why it is not met; `undefined` when it is. */
  readonly denied: ErrorCode | undefined
  /** The scopes that it asks for, met or not; a requirement that is denied without any cannot be met by a scope. */
  readonly scopes: readonly string[]
  /** How many of them are missing. */
  readonly missing: number
}

export const MET: Verdict = Object.freeze({ denied: undefined, scopes: [], missing: 0 })

/** All must be met: what no scope can lift comes first, otherwise the scopes add up, those already held included. */
export function meetAll(verdicts: readonly Verdict[]): Verdict {
  const denied = verdicts.filter((verdict) => verdict.denied !== undefined)
  const hopeless = denied.find((verdict) => verdict.scopes.length === 0)
  if (hopeless) return hopeless
  const scopes = [...new Set(verdicts.flatMap((verdict) => verdict.scopes))]
  const missing = denied.reduce((sum, verdict) => sum + verdict.missing, 0)
  return { denied: denied[0]?.denied, scopes, missing }
}

/** One must be met: of several refusals the one that the fewest further scopes would lift, the first of equals. */
export function meetAny(verdicts: readonly Verdict[]): Verdict {
  const met = verdicts.find((verdict) => verdict.denied === undefined)
  if (met) return met
  const cost = (verdict: Verdict): number => (verdict.scopes.length === 0 ? Infinity : verdict.missing)
  return verdicts.reduce((best, verdict) => (cost(verdict) < cost(best) ? verdict : best))
}

export function toForbiddenError(
  { denied, scopes }: Verdict,
  principal: Principal,
): ForbiddenError | undefined {
  if (denied === undefined) return undefined
  return new ForbiddenError(denied, {
    requiredScopes: scopes,
    hint: scopeHint(rawClaimsOf(principal), scopes),
  })
}
