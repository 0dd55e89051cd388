/** The cheapest way through a tree of guards, compared with all choices among the members of each `any`. */
import fc from 'fast-check'
import { acceptedClasses } from '../../../lib/core/access/verdict.js'
import type { Verdict } from '../../../lib/core/access/verdict.js'
import { cheapest, waysOfOne, waysThroughAll, waysThroughAny } from '../../../lib/core/access/ways.js'
import type { Ways } from '../../../lib/core/access/ways.js'

interface Guard {
  /** The classes that it accepts; `undefined`: any. */
  readonly classes: readonly string[] | undefined
  readonly missing: number
  readonly isMet: boolean
}
type Tree =
  | { readonly kind: 'guard'; readonly guard: Guard }
  | { readonly kind: 'any' | 'all'; readonly members: readonly Tree[] }

const scopesOf = (missing: number): string[] => Array.from({ length: missing }, (_, i) => `scope-${i}`)

function verdictOf({ classes, missing, isMet }: Guard): Verdict {
  const login = { acrValues: classes }
  if (isMet)
    return {
      denied: undefined,
      scopes: [],
      missing: 0,
      ...(classes !== undefined && { keptLogins: [login] }),
    }
  const denied = 'ERR_ACCESS_DENIED'
  return { denied, scopes: scopesOf(missing), missing, ...(classes !== undefined && { login }) }
}

function waysOf(tree: Tree): Ways {
  if (tree.kind === 'guard') return waysOfOne(verdictOf(tree.guard))
  return (tree.kind === 'any' ? waysThroughAny : waysThroughAll)(tree.members.map(waysOf))
}

/** All choices of one member from each `any`. */
function choicesOf(tree: Tree): (readonly Guard[])[] {
  if (tree.kind === 'guard') return [[tree.guard]]
  const choices = tree.members.map(choicesOf)
  if (tree.kind === 'any') return choices.flat()
  return choices.reduce((all, some) => all.flatMap((one) => some.map((other) => [...one, ...other])), [[]])
}

/** Missing scopes, then 1 for a login; `undefined` if no login would do. */
function costOf(guards: readonly Guard[]): readonly [number, number] | undefined {
  const strict = guards.flatMap(({ classes }) => (classes === undefined ? [] : [classes]))
  const common = strict.reduce<readonly string[]>((a, b) => a.filter((each) => b.includes(each)), CLASSES)
  if (strict.length > 0 && common.length === 0) return undefined
  const denied = guards.filter(({ isMet }) => !isMet)
  if (denied.some(({ classes, missing }) => classes === undefined && missing === 0)) return undefined
  const needsLogin = denied.some(({ classes }) => classes !== undefined)
  return [denied.reduce((sum, { missing }) => sum + missing, 0), Number(needsLogin)]
}

const CLASSES = ['a', 'b', 'c', 'd']
const guards = fc.record<Guard>({
  classes: fc.option(fc.subarray(CLASSES, { minLength: 1 }), { nil: undefined }),
  missing: fc.nat({ max: 2 }),
  isMet: fc.boolean(),
})
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('guard' as const), guard: guards }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constantFrom('any' as const, 'all' as const),
        members: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }),
      }),
    },
  ),
}))

test('the way that is found asks for no more than the best of all choices, and a login can satisfy it', () => {
  fc.assert(
    fc.property(tree, (guarded) => {
      const costs = choicesOf(guarded).flatMap((each) => [costOf(each)].filter((cost) => cost !== undefined))
      const [best] = costs.sort((a, b) => a[0] - b[0] || a[1] - b[1])
      const found = cheapest(waysOf(guarded))
      expect(found && [found.missing, Number(found.login !== undefined)]).toEqual(best)
      expect(found && acceptedClasses(found)?.length).not.toBe(0)
    }),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 1500) },
  )
})

const lacking = (missing: number, ...classes: string[]): Ways =>
  waysOfOne(verdictOf({ classes: classes.length === 0 ? undefined : classes, missing, isMet: false }))

test('of ways that cost the same, the first is taken', () => {
  const scope = (name: string): Ways =>
    waysOfOne({ denied: 'ERR_SCOPE_INSUFFICIENT', scopes: [name], missing: 1 })
  expect(cheapest(waysThroughAny([scope('first'), scope('second')]))?.scopes).toEqual(['first'])
  expect(cheapest(waysThroughAny([lacking(0, 'a'), lacking(0, 'b')]))?.login?.acrValues).toEqual(['a'])
})

test('the work grows with classes times guards', () => {
  const classes = Array.from({ length: 300 }, (_, i) => `class-${i}`)
  const one = waysThroughAny(classes.map((each) => lacking(0, each)))
  const last = lacking(0, classes.at(-1) ?? '')
  const ways = waysThroughAll([...Array.from({ length: 30 }, () => one), last])
  expect(ways.byClass.size).toBe(1)
  expect(cheapest(ways)?.login?.acrValues).toEqual([classes.at(-1)])
})
