/**
 * The cheapest way through a tree of guards for each class that a login may have. Every guard judges
 * one class at a time, so the work grows with classes times guards, and no combination is left out.
 * RFC 9470 §3.
 */
import { acceptedClasses, isHopeless, loginsOf, meetAll } from './verdict.js'
import type { Verdict } from './verdict.js'

/** One choice among the members of each `any`. */
interface Way {
  /** How many scopes are missing. */
  readonly missing: number
  /** Whether it needs a new login by itself. */
  readonly needsLogin: boolean
  /** What it asks for. */
  verdict(): Verdict
}

export interface Ways {
  readonly byClass: ReadonlyMap<string, Way>
  /** With any other class. Never cheaper than a way of `byClass`. */
  readonly others: Way | undefined
}

const NO_CLASSES: ReadonlyMap<string, Way> = new Map()
const NO_WAYS: Ways = { byClass: NO_CLASSES, others: undefined }

export function waysOfOne(verdict: Verdict): Ways {
  if (isHopeless(verdict)) return NO_WAYS
  const { missing, denied } = verdict
  const needsLogin = denied !== undefined && loginsOf(verdict).length > 0
  const way: Way = { missing, needsLogin, verdict: () => verdict }
  const classes = acceptedClasses(verdict)
  return classes === undefined
    ? { byClass: NO_CLASSES, others: way }
    : { byClass: new Map(classes.map((each) => [each, way])), others: undefined }
}

export function waysThroughAny(members: readonly Ways[]): Ways {
  const others = members.map((each) => each.others).reduce(cheaper, undefined)
  const byClass = new Map<string, Way>()
  for (const [name, way] of members.flatMap((each) => [...each.byClass])) {
    const best = cheaper(byClass.get(name) ?? others, way)
    if (best !== undefined) byClass.set(name, best)
  }
  return { byClass, others }
}

export function waysThroughAll(members: readonly Ways[]): Ways {
  const byClass = new Map<string, Way>()
  for (const name of classesToTry(members)) {
    const way = joined(members.map((each) => each.byClass.get(name) ?? each.others))
    if (way !== undefined) byClass.set(name, way)
  }
  return { byClass, others: joined(members.map((each) => each.others)) }
}

/** `undefined`: no login satisfies all. */
export function cheapest({ byClass, others }: Ways): Verdict | undefined {
  return [...byClass.values(), others].reduce(cheaper, undefined)?.verdict()
}

/** A member that accepts certain classes only excludes all others. */
function classesToTry(members: readonly Ways[]): Iterable<string> {
  const strict = members.filter((each) => each.others === undefined).map(({ byClass }) => byClass)
  const fewest = strict.toSorted((a, b) => a.size - b.size)[0]
  return fewest?.keys() ?? new Set(members.flatMap((each) => [...each.byClass.keys()]))
}

/** The first of equals. */
function cheaper(a: Way | undefined, b: Way | undefined): Way | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return (b.missing - a.missing || Number(b.needsLogin) - Number(a.needsLogin)) < 0 ? b : a
}

function joined(parts: readonly (Way | undefined)[]): Way | undefined {
  const ways = parts.filter((each) => each !== undefined)
  if (ways.length < parts.length) return undefined
  return {
    missing: ways.reduce((sum, each) => sum + each.missing, 0),
    needsLogin: ways.some((each) => each.needsLogin),
    verdict: () => meetAll(ways.map((each) => each.verdict())),
  }
}
