import { execFileSync } from 'node:child_process'
import { BackOff, retryAfterMs } from '../../../lib/core/keys/back-off.js'
import { childScript } from '../../support/child-scripts.js'

const HOUR_MS = 3_600_000

function failedTimes(failures: number, random: number, retryAfter?: number): BackOff {
  const backOff = new BackOff(HOUR_MS)
  for (let i = 0; i < failures; i++) backOff.failed(0, retryAfter, random)
  return backOff
}

describe('back-off', () => {
  test('before any failure is none', () => {
    expect(new BackOff(HOUR_MS).waitMs(0, true)).toBe(0)
  })

  test.each([
    [1, 1000, 1000],
    [2, 2000, 2000],
    [3, 4000, 4000],
    [4, 8000, 5000],
    [6, 32_000, 5000],
    [7, 60_000, 5000],
    [2000, 60_000, 5000],
  ])('after %d failures is up to %d ms while keys serve, %d ms without any', (failures, serving, without) => {
    const backOff = failedTimes(failures, 1)
    expect([backOff.waitMs(0, true), backOff.waitMs(0, false)]).toEqual([serving, without])
    expect(failedTimes(failures, 0.5).waitMs(0, true)).toBe(serving / 2)
    expect(failedTimes(failures, 0).waitMs(0, true)).toBe(0)
  })

  test.each([
    [3_600_000, 300_000, 30_000],
    [20_000, 20_000, 20_000],
    [0, 500, 500],
  ])('obeys Retry-After of %d ms as %d ms while keys serve, %d ms without any', (asked, serving, without) => {
    const backOff = failedTimes(1, 0.5, asked)
    expect([backOff.waitMs(0, true), backOff.waitMs(0, false)]).toEqual([serving, without])
  })

  test.each([
    [0, 5000],
    [30_000, 5000],
    [100_000, 10_000],
    [600_000, 60_000],
    [86_400_000, 60_000],
  ])('in a stale window of %d ms is at most %d ms', (staleMs, capMs) => {
    const backOff = new BackOff(staleMs)
    for (let i = 0; i < 20; i++) backOff.failed(0, undefined, 1)
    expect(backOff.waitMs(0, true)).toBe(capMs)
  })

  test('passes with time, and ends with a success', () => {
    const backOff = failedTimes(1, 1)
    expect([backOff.waitMs(400, true), backOff.waitMs(1000, true), backOff.waitMs(9000, true)]).toEqual([
      600, 0, 0,
    ])
    backOff.reset()
    expect([backOff.failures, backOff.waitMs(0, true)]).toEqual([0, 0])
  })
})

describe('Retry-After', () => {
  const now = Date.UTC(2030, 0, 1)
  test.each([
    ['7', 7000],
    ['0', 0],
    ['Tue, 01 Jan 2030 00:01:00 GMT', 60_000],
    ['Tue, 01 Jan 2019 00:00:00 GMT', 0],
    ['soon', undefined],
    ['-1', undefined],
    ['3600.5', undefined],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 0],
    ['Sun Nov  6 08:49:37 1994', 0],
    ['Tue, 01 Jan 2030 01:01:00 +01:00', 60_000],
    [undefined, undefined],
  ])('of %p is %p ms', (value, ms) => {
    expect(retryAfterMs(value, now)).toBe(ms)
  })

  test.each(['Tue Jan  1 00:01:00 2030', 'Tue, 01 Jan 2030 00:01:00', 'Tuesday, 01-Jan-30 00:01:00 GMT'])(
    'is in GMT, also where the clocks show another time: %s',
    (value) => {
      const script = childScript('support/retry-after-process.ts')
      for (const TZ of ['America/New_York', 'Asia/Tokyo']) {
        const env = { ...process.env, NODE_OPTIONS: '', TZ }
        expect(execFileSync(process.execPath, [script, value, String(now)], { env, encoding: 'utf8' })).toBe(
          '60000\n',
        )
      }
    },
  )
})
