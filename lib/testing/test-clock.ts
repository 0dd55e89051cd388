/** A clock that stands still until a test moves it. */
import type { Clock } from '../core/base/clock.js'
import { ConfigurationError } from '../core/errors/errors.js'

/** For the option `clock` of `createTestIssuer` and `resourceServer`. */
export interface TestClock extends Clock {
  /** Seconds since 1970, as in `exp`. */
  nowSeconds(): number
  /**
   * Lets time pass. A negative number turns the clock back.
   *
   * @throws {ConfigurationError} if `seconds` is not a finite number.
   */
  advance(seconds: number): void
}

/**
 * Makes a clock that stands still. `start` is a time as `Date.parse` reads it, or milliseconds since
 * 1970. Default 2030-01-01T00:00:00Z.
 *
 * @example
 * const clock = createTestClock()
 * const issuer = createTestIssuer({ clock })
 * clock.advance(306) // tokens of five minutes have expired
 *
 * @throws {ConfigurationError} if `start` is not a time.
 */
export function createTestClock(start: string | number = '2030-01-01T00:00:00Z'): TestClock {
  let epochMs = typeof start === 'number' ? start : Date.parse(start)
  if (!Number.isFinite(epochMs))
    throw new ConfigurationError('createTestClock: needs a time, such as 2030-01-01T00:00:00Z', 'start')
  return {
    epochMs: () => epochMs,
    nowSeconds: () => Math.floor(epochMs / 1000),
    advance(seconds) {
      const ms = Number.isFinite(seconds) ? epochMs + seconds * 1000 : NaN
      if (!Number.isFinite(ms))
        throw new ConfigurationError('advance: needs a number of seconds, such as 60', 'seconds')
      epochMs = ms
    },
  }
}
