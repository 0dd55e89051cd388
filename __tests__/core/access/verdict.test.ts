import fc from 'fast-check'
import { meetAll, meetAny, MET } from '../../../lib/core/access/verdict.js'
import type { Verdict } from '../../../lib/core/access/verdict.js'

const met = (...scopes: string[]): Verdict => ({ denied: undefined, scopes, missing: 0 })
const lacks = (missing: number, ...scopes: string[]): Verdict => ({
  denied: 'ERR_SCOPE_INSUFFICIENT',
  scopes,
  missing,
})
const hopeless: Verdict = { denied: 'ERR_ROLE_INSUFFICIENT', scopes: [], missing: 0 }
const denied: Verdict = { denied: 'ERR_ACCESS_DENIED', scopes: [], missing: 0 }

test.each([
  ['nothing', [], MET],
  ['met ones', [met('a'), MET, met('b')], met('a', 'b')],
  ['one that lacks a scope', [MET, lacks(1, 'a')], lacks(1, 'a')],
  ['two that lack scopes', [lacks(1, 'a'), lacks(2, 'b', 'c')], lacks(3, 'a', 'b', 'c')],
  ['one met and one not, whose scopes stand together', [met('a'), lacks(1, 'b')], lacks(1, 'a', 'b')],
  ['scopes that are asked for twice', [lacks(1, 'a'), lacks(1, 'a', 'b')], lacks(2, 'a', 'b')],
  ['a role after a scope, which no scope can lift', [lacks(1, 'a'), hopeless], hopeless],
  ['two that no scope can lift', [denied, hopeless], denied],
])('all of %s', (_, verdicts, expected) => {
  expect(meetAll(verdicts)).toEqual(expected)
})

test.each([
  ['one met', [met('a')], met('a')],
  ['one met beside a refusal', [lacks(1, 'a'), met('b')], met('b')],
  ['one met beside what no scope can lift', [hopeless, MET], MET],
  [
    'refusals, of which the fewest scopes would lift the second',
    [lacks(2, 'a', 'b'), lacks(1, 'c')],
    lacks(1, 'c'),
  ],
  ['equals', [lacks(1, 'a'), lacks(1, 'b')], lacks(1, 'a')],
  ['what no scope can lift, and what one can', [hopeless, lacks(9, 'a')], lacks(9, 'a')],
  ['two that no scope can lift', [denied, hopeless], denied],
])('any of %s', (_, verdicts, expected) => {
  expect(meetAny(verdicts)).toEqual(expected)
})

const anyVerdict = fc.constantFrom(
  MET,
  met('a'),
  met('b', 'c'),
  lacks(1, 'a'),
  lacks(2, 'b', 'c'),
  hopeless,
  denied,
)

test('all are met exactly when each is', () => {
  fc.assert(
    fc.property(fc.array(anyVerdict), (verdicts) => {
      expect(meetAll(verdicts).denied === undefined).toBe(verdicts.every((each) => each.denied === undefined))
    }),
  )
})

test('any is met exactly when one is', () => {
  fc.assert(
    fc.property(fc.array(anyVerdict, { minLength: 1 }), (verdicts) => {
      expect(meetAny(verdicts).denied === undefined).toBe(verdicts.some((each) => each.denied === undefined))
    }),
  )
})
