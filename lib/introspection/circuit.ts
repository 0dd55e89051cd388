/**
 * Whether the endpoint may be called: after three failures in a row, or one with `Retry-After`, one
 * call at a time finds out, with pauses.
 */
import type { Clocks } from '../core/base/clock.js'
import { isA } from '../core/base/thrown.js'
import { UnauthorizedError } from '../core/errors/errors.js'
import { UpstreamError } from '../core/errors/upstream-error.js'
import type { UpstreamSource } from '../core/errors/upstream-error.js'
import { BackOff, retryAfterMs } from '../core/keys/back-off.js'
import { isOfOneToken } from './one-token.js'
import { unavailable } from './unavailable.js'

const FAILURES_BEFORE_PAUSE = 3
/** What clients are told to wait while one call finds out. */
const PROBE_MS = 1000

/** `undefined`: the endpoint works. `'unknown'`: the call told nothing about the endpoint. */
export type Outcome = UpstreamError | 'unknown' | undefined

/** How the last calls of the endpoint ended. */
export interface Trouble {
  /** In a row. */
  readonly failures: number
  /** Whether calls wait for one that finds out. */
  readonly isOpen: boolean
  readonly lastFailure: UpstreamError | undefined
}

export class Circuit implements Trouble {
  readonly #clocks: Clocks
  readonly #source: UpstreamSource
  readonly #backOff = new BackOff(0)
  #failures = 0
  #isProbing = false
  #lastFailure: UpstreamError | undefined

  constructor(clocks: Clocks, source: UpstreamSource) {
    this.#clocks = clocks
    this.#source = source
  }

  get failures(): number {
    return this.#failures
  }

  get isOpen(): boolean {
    return this.#failures >= FAILURES_BEFORE_PAUSE
  }

  get lastFailure(): UpstreamError | undefined {
    return this.#lastFailure
  }

  get #isPausing(): boolean {
    return this.#backOff.failures > 0
  }

  /** Returns the function to call with the outcome. Throws an UnavailableError while there is a pause. */
  admit(): (outcome: Outcome) => void {
    const isProbe = this.#isPausing
    if (isProbe) {
      const waitMs = this.#isProbing ? PROBE_MS : this.#waitMs()
      if (waitMs > 0) throw unavailable(this.#lastFailure, waitMs, this.#source)
      this.#isProbing = true
    }
    return (outcome) => {
      if (isProbe) this.#isProbing = false
      if (outcome === undefined) this.#reset()
      else if (outcome !== 'unknown') this.#failed(outcome)
    }
  }

  /** The error of a call that failed. */
  unavailable(cause: UpstreamError): ReturnType<typeof unavailable> {
    return unavailable(cause, this.#waitMs(), this.#source)
  }

  #waitMs(): number {
    return this.#backOff.waitMs(this.#clocks.monotonicMs(), false)
  }

  #reset(): void {
    this.#failures = 0
    this.#lastFailure = undefined
    this.#backOff.reset()
  }

  #failed(failure: UpstreamError): void {
    this.#failures++
    this.#lastFailure = failure
    const { epochMs, monotonicMs } = this.#clocks.now()
    const askedMs = retryAfterMs(failure.retryAfter, epochMs)
    if (this.isOpen || askedMs !== undefined) this.#backOff.failed(monotonicMs, askedMs, Math.random())
  }
}

/** What a call that failed tells about the endpoint. */
export function outcomeOf(thrown: unknown): Outcome {
  if (isA(thrown, UnauthorizedError)) return undefined
  return isA(thrown, UpstreamError) && !isOfOneToken(thrown) ? thrown : 'unknown'
}
