/** Several requirements as one: a guard of guards. RFC 6750 §3.1, RFC 9470 §3. */
import { andThen } from '../base/maybe-promise.js'
import type { MaybePromise } from '../base/maybe-promise.js'
import { option } from '../base/own.js'
import { classesOf, compare, isHopeless, loginsOf, meetAll, meetAny, MET } from './verdict.js'
import type { Requirement, Verdict } from './verdict.js'

type Judge = (requirement: Requirement) => MaybePromise<Verdict>

/** The search for a login that satisfies all guards keeps so many candidates, the cheapest first. */
const MAX_WAYS = 16

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
  return andThen(waysThroughAll(verdicts, judge), (ways) => (ways.length === 0 ? hopeless : meetAny(ways)))
}

/** The ways to meet a verdict, without those that are hopeless. */
function waysOf(verdict: Verdict, judge: Judge): MaybePromise<readonly Verdict[]> {
  const origin = option(verdict, 'origin')
  if (origin === undefined) return [verdict]
  const { kind, verdicts, members } = origin
  if (kind === 'all') return waysThroughAll(verdicts, judge)
  const skipped = members.slice(verdicts.length)
  return andThen(inTurn(skipped, judge, isMetWithAnyLogin), (others) =>
    andThen(
      inTurn([...verdicts, ...others], (each) => waysOf(each, judge)),
      (ways) => cheapest(ways.flat()),
    ),
  )
}

function waysThroughAll(verdicts: readonly Verdict[], judge: Judge): MaybePromise<readonly Verdict[]> {
  return andThen(
    inTurn(verdicts, (each) => waysOf(each, judge)),
    (lists) => lists.reduce((ways, list) => cheapest(ways.flatMap((way) => list.map(joining(way)))), [MET]),
  )
}

function joining(way: Verdict): (other: Verdict) => Verdict {
  return (other) => meetAll([way, other])
}

/** Of ways that accept the same classes, only the cheapest: other guards agree with both or none. */
function cheapest(ways: readonly Verdict[]): readonly Verdict[] {
  const byClasses = new Map<string | undefined, Verdict>()
  for (const way of ways.filter((each) => !isHopeless(each)).toSorted(compare)) {
    const classes = classesOf(way)
    if (!byClasses.has(classes)) byClasses.set(classes, way)
  }
  return [...byClasses.values()].slice(0, MAX_WAYS)
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
