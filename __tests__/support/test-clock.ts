/** Both clocks of a process, moved by hand. */
import type { Clock } from 'express-resource-server'

export class TestClock implements Clock {
  #epochMs = Date.UTC(2030, 0, 1)
  #monotonicMs = 5000

  epochMs(): number {
    return this.#epochMs
  }

  monotonicMs(): number {
    return this.#monotonicMs
  }

  /** Time passes. */
  advance(seconds: number): void {
    this.#epochMs += seconds * 1000
    this.#monotonicMs += seconds * 1000
  }

  /** Someone sets the wall clock. */
  jump(seconds: number): void {
    this.#epochMs += seconds * 1000
  }
}
