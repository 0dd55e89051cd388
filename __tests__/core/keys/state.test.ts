import { freshness, staleShare, stateOf } from '../../../lib/core/keys/state.js'

const START = { epochMs: 1_000_000, monotonicMs: 500 }
const at = (monotonicMs: number, wallMs: number = monotonicMs) => ({
  epochMs: START.epochMs + wallMs,
  monotonicMs: START.monotonicMs + monotonicMs,
})
const record = freshness(START, { ttlMs: 1000, staleMs: 4000 }, 0)

describe('the state of a key source', () => {
  test('that never loaded is COLD', () => {
    expect(stateOf(undefined, at(0))).toBe('COLD')
  })

  test.each([
    [0, 'FRESH'],
    [799, 'FRESH'],
    [800, 'AHEAD'],
    [999, 'AHEAD'],
    [1000, 'STALE'],
    [4999, 'STALE'],
    [5000, 'EXPIRED'],
  ])('after %d of 1000 + 4000 ms is %s', (ms, state) => {
    expect(stateOf(record, at(ms))).toBe(state)
  })

  test.each([
    [0, 800],
    [0.5, 750],
    [0.999_999, 700],
  ])('is AHEAD a little earlier by chance: %d gives %d ms', (random, ms) => {
    const jittered = freshness(START, { ttlMs: 1000, staleMs: 4000 }, random)
    expect(jittered.aheadMs).toBeCloseTo(ms, 2)
  })

  test('without a stale window goes from AHEAD to EXPIRED', () => {
    const strict = freshness(START, { ttlMs: 1000, staleMs: 0 }, 0)
    expect([999, 1000].map((ms) => stateOf(strict, at(ms)))).toEqual(['AHEAD', 'EXPIRED'])
  })

  test.each([
    ['an hour back', -3_600_000, 'FRESH'],
    ['a day ahead', 86_400_000, 'STALE'],
  ])('when the wall clock jumps %s is %3$s, not EXPIRED', (_title, wallMs, state) => {
    expect(stateOf(record, at(10, wallMs))).toBe(state)
  })

  test('after a sleep in which the monotonic clock slept too is STALE', () => {
    expect(stateOf(record, at(10, 100_000))).toBe('STALE')
  })

  test.each([
    [1000, 0],
    [3000, 0.5],
    [5000, 1],
    [9000, 1],
    [10, 0],
  ])('after %d ms has used %d of its stale window', (ms, share) => {
    expect(staleShare(record, at(ms))).toBe(share)
  })
})
