/** A wall clock and a monotonic clock that tests move. */
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

  /** Lets time pass: moves both clocks. */
  advance(seconds: number): void {
    this.#epochMs += seconds * 1000
    this.#monotonicMs += seconds * 1000
  }

  /** Sets the wall clock only. */
  jump(seconds: number): void {
    this.#epochMs += seconds * 1000
  }
}
