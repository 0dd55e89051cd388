/** The two clocks: wall-clock time for claims, and monotonic time for the age of keys. */

/** Replaces the system's clocks, for tests. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z, as from `Date.now()`. */
  epochMs(): number
  /** Milliseconds on a clock that never jumps, as from `performance.now()`. Default: `epochMs()`. */
  monotonicMs?(): number
}

/** One reading of both clocks, in milliseconds. */
export interface Instant {
  readonly epochMs: number
  readonly monotonicMs: number
}

const systemClock: Clock = { epochMs: () => Date.now(), monotonicMs: () => performance.now() }

/**
 * The border to a clock from the options. A comparison with what is not a number is always false,
 * which would accept expired tokens, so every reading is checked, and a wrong one throws a TypeError.
 */
export class Clocks {
  readonly #clock: Clock

  constructor(clock: Clock = systemClock) {
    this.#clock = clock
  }

  /** Whether both read the same clock. */
  isSame(other: Clocks): boolean {
    return this.#clock === other.#clock
  }

  /** NumericDate of now (RFC 7519 §2), with its fraction. */
  nowSeconds(): number {
    return this.#epochMs() / 1000
  }

  monotonicMs(): number {
    const clock = this.#clock
    if (clock.monotonicMs === undefined) return this.#epochMs()
    const ms = clock.monotonicMs()
    return Number.isFinite(ms) ? ms : refuse('monotonicMs', ms)
  }

  now(): Instant {
    return { epochMs: this.#epochMs(), monotonicMs: this.monotonicMs() }
  }

  #epochMs(): number {
    const ms = this.#clock.epochMs()
    return Number.isFinite(ms) ? ms : refuse('epochMs', ms)
  }
}

function refuse(name: keyof Clock, reading: unknown): never {
  const shown =
    typeof reading === 'number' || reading === null ? String(reading) : `a value of type ${typeof reading}`
  throw new TypeError(`clock.${name}() must return milliseconds as a finite number, but returned ${shown}`)
}
