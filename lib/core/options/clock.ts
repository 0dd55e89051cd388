/** The `clock` option, which replaces the system's clocks in tests. */
import type { Clock } from '../base/clock.js'
import type { OptionReader } from './reader.js'

export function parseClock(top: OptionReader): Clock | undefined {
  const clock = top.value('clock')
  if (clock === undefined) return undefined
  const { epochMs, monotonicMs } = (typeof clock === 'object' ? (clock ?? {}) : {}) as Record<string, unknown>
  const isClock =
    typeof epochMs === 'function' && (monotonicMs === undefined || typeof monotonicMs === 'function')
  return isClock
    ? (clock as Clock)
    : top.fail('clock', 'must be an object with a function epochMs and, optionally, a function monotonicMs')
}
