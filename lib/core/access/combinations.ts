/** Several requirements as one: a guard of guards. RFC 6750 §3.1, RFC 9470 §3. */
import { andThen } from '../base/maybe-promise.js'
import type { MaybePromise } from '../base/maybe-promise.js'
import { option } from '../base/own.js'
import { isHopeless, loginsOf, meetAll, meetAny, originOf } from './verdict.js'
import type { Requirement, Verdict } from './verdict.js'
import { cheapest, waysOfOne, waysThroughAll, waysThroughAny } from './ways.js'
import type { Ways } from './ways.js'

type Judge = (requirement: Requirement) => MaybePromise<Verdict>

/**
 * Stops at a hopeless refusal. Continues after others, to name all missing scopes at once. If no
 * login satisfies all the verdicts, asks the members of an `any` that were skipped before.
 */
export function all(requirements: readonly Requirement[]): Requirement {
  return (principal, request) => {
    const judge: Judge = (each) => each(principal, request)
    return andThen(inTurn(requirements, judge, isHopeless), (verdicts) => {
      const verdict = meetAll(verdicts)
      return isHopeless(verdict) && !verdicts.some(isHopeless) ? reconcile(verdicts, verdict, judge) : verdict
    })
  }
}

export function any(requirements: readonly Requirement[]): Requirement {
  return (principal, request) =>
    andThen(
      inTurn(requirements, (each) => each(principal, request), isMet),
      (verdicts) => meetAny(verdicts, requirements),
    )
}

/** The cheapest way that one login satisfies; otherwise `hopeless`. */
function reconcile(verdicts: readonly Verdict[], hopeless: Verdict, judge: Judge): MaybePromise<Verdict> {
  return andThen(waysThrough(verdicts, judge), (ways) => {
    const best = cheapest(waysThroughAll(ways))
    // A guard around this one may need another way.
    return best === undefined ? hopeless : { ...best, origin: originOf(verdicts) }
  })
}

function waysThrough(verdicts: readonly Verdict[], judge: Judge): MaybePromise<readonly Ways[]> {
  return inTurn(verdicts, (each) => waysOf(each, judge))
}

/** The ways to meet a verdict, also by members of an `any` that were skipped. */
function waysOf(verdict: Verdict, judge: Judge): MaybePromise<Ways> {
  const origin = option(verdict, 'origin')
  if (origin === undefined) return waysOfOne(verdict)
  const { kind, verdicts, members } = origin
  if (kind === 'all') return andThen(waysThrough(verdicts, judge), waysThroughAll)
  const skipped = members.slice(verdicts.length)
  return andThen(inTurn(skipped, judge, isMetWithAnyLogin), (others) =>
    andThen(waysThrough([...verdicts, ...others], judge), waysThroughAny),
  )
}

function isMet(verdict: Verdict): boolean {
  return verdict.denied === undefined
}

/** No later member is a better way. */
function isMetWithAnyLogin(verdict: Verdict): boolean {
  return isMet(verdict) && loginsOf(verdict).length === 0
}

/** One after another until `isLast`, because a predicate may rely on those before it. */
function inTurn<T, Result>(
  [first, ...others]: readonly T[],
  step: (each: T) => MaybePromise<Result>,
  isLast?: (result: Result) => boolean,
): MaybePromise<readonly Result[]> {
  if (first === undefined) return []
  return andThen(step(first), (result) =>
    isLast?.(result) === true ? [result] : andThen(inTurn(others, step, isLast), (rest) => [result, ...rest]),
  )
}
