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
    return this.#clock.epochMs() / 1000
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs === undefined ? this.#clock.epochMs() : this.#clock.monotonicMs()
  }

  now(): Instant {
    return { epochMs: this.#clock.epochMs(), monotonicMs: this.monotonicMs() }
  }
}
