/** One refresh, shared by all who wait for it and tied to none of them: each has a deadline of its own. */
import { UnavailableError } from '../errors/errors.js'
import { fetchJson } from '../net/fetch-json.js'
import { UpstreamError } from '../errors/upstream-error.js'
import type { JsonAnswer, Validators } from '../net/fetch-json.js'
import type { Transport } from '../net/transport.js'
import type { KeyLimits } from './limits.js'

const MAX_WAITERS = 1000
const RETRY_MIN_MS = 100
const RETRY_SPREAD_MS = 200

/** Fetches one document within what is left of the flight. */
export type FetchDocument = (url: URL, validators: Validators | undefined) => Promise<JsonAnswer>

export interface FlightPlan {
  readonly limits: KeyLimits
  readonly transport: Transport
  /** By the clock of the key source. */
  readonly startedAtMs: number
  /** Started past the TTL by the first caller after a quiet time. */
  readonly isOverdue: boolean
}

export class Flight {
  readonly startedAtMs: number
  readonly isOverdue: boolean
  readonly #plan: FlightPlan
  readonly #abort = new AbortController()
  readonly #deadlineMs: number
  #landed: Promise<void> = Promise.resolve()
  #retries = 1
  #waiters = 0

  constructor(plan: FlightPlan) {
    this.#plan = plan
    this.startedAtMs = plan.startedAtMs
    this.isOverdue = plan.isOverdue
    this.#deadlineMs = performance.now() + plan.limits.flightTimeoutMs
  }

  get waiters(): number {
    return this.#waiters
  }

  begin(work: (fetchDocument: FetchDocument) => Promise<void>): void {
    const timer = setTimeout(() => {
      this.#abort.abort(new UpstreamError('timeout'))
    }, this.#plan.limits.flightTimeoutMs)
    this.#landed = work((url, validators) => this.#fetch(url, validators)).finally(() => {
      clearTimeout(timer)
    })
    // Nobody may be waiting for a background refresh; who started it reads its outcome elsewhere.
    this.#landed.catch(() => undefined)
  }

  /** Settles with the flight, or rejects with ERR_KEYS_UNAVAILABLE at the deadline or when too many wait already. */
  async wait(timeoutMs: number): Promise<void> {
    if (this.#waiters >= MAX_WAITERS) throw new UnavailableError('ERR_KEYS_UNAVAILABLE')
    this.#waiters++
    let timer: NodeJS.Timeout | undefined
    const deadline = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new UnavailableError('ERR_KEYS_UNAVAILABLE', { cause: new UpstreamError('timeout') }))
      }, timeoutMs)
    })
    try {
      await Promise.race([this.#landed, deadline])
    } finally {
      clearTimeout(timer)
      this.#waiters--
    }
  }

  abort(): void {
    this.#abort.abort(new UpstreamError('network'))
  }

  /** One transient failure in a flight is tried again, after a moment, unless the origin names a time of its own. */
  async #fetch(url: URL, validators: Validators | undefined): Promise<JsonAnswer> {
    try {
      return await this.#attempt(url, validators)
    } catch (error) {
      const retryable = error instanceof UpstreamError && error.isTransient && error.retryAfter === undefined
      const { signal } = this.#abort
      if (!retryable || signal.aborted || this.#retries-- <= 0) throw error
      await pause(RETRY_MIN_MS + RETRY_SPREAD_MS * Math.random(), signal)
      return await this.#attempt(url, validators)
    }
  }

  #attempt(url: URL, validators: Validators | undefined): Promise<JsonAnswer> {
    const { limits, transport } = this.#plan
    const leftMs = Math.max(1, this.#deadlineMs - performance.now())
    return fetchJson({
      url,
      validators,
      timeoutMs: Math.min(limits.attemptTimeoutMs, leftMs),
      maxBytes: limits.maxBytes,
      transport,
      signal: this.#abort.signal,
    })
  }
}

/** Ends early when the flight does; the attempt that follows then fails by itself. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}
