/** One refresh, shared by all who wait for it and tied to none of them: each has a deadline of its own. */
import { setTimeout as delay } from 'node:timers/promises'
import { UnavailableError } from '../errors.js'
import { UpstreamError, fetchJson } from '../fetch-json.js'
import type { JsonAnswer, Validators } from '../fetch-json.js'
import type { Transport } from '../transport.js'
import type { KeyLimits } from './limits.js'

const MAX_WAITERS = 1000
const RETRY_MIN_MS = 100
const RETRY_SPREAD_MS = 200

/** Fetches one document within what is left of the flight. */
export type FetchDocument = (url: URL, validators: Validators | undefined) => Promise<JsonAnswer>

export interface FlightPlan<T> {
  readonly limits: KeyLimits
  readonly transport: Transport
  readonly run: (fetchDocument: FetchDocument) => Promise<T>
}

export class Flight<T> {
  readonly #result: Promise<T>
  readonly #abort = new AbortController()
  readonly #deadlineMs: number
  readonly #plan: FlightPlan<T>
  #retries = 1
  #waiters = 0

  constructor(plan: FlightPlan<T>) {
    this.#plan = plan
    this.#deadlineMs = performance.now() + plan.limits.flightTimeoutMs
    this.#result = plan.run((url, validators) => this.#fetch(url, validators))
    // Nobody may be waiting for a background refresh; who started it reads its outcome elsewhere.
    this.#result.catch(() => undefined)
  }

  get waiters(): number {
    return this.#waiters
  }

  /** Settles with the flight, or rejects with ERR_KEYS_UNAVAILABLE at the deadline or when too many wait already. */
  async wait(timeoutMs: number): Promise<T> {
    if (this.#waiters >= MAX_WAITERS) throw new UnavailableError('ERR_KEYS_UNAVAILABLE')
    this.#waiters++
    let timer: NodeJS.Timeout | undefined
    const deadline = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new UnavailableError('ERR_KEYS_UNAVAILABLE'))
      }, timeoutMs)
    })
    try {
      return await Promise.race([this.#result, deadline])
    } finally {
      clearTimeout(timer)
      this.#waiters--
    }
  }

  abort(): void {
    this.#abort.abort(new UpstreamError('network'))
  }

  /** One transient failure in a flight is tried again, after a moment. */
  async #fetch(url: URL, validators: Validators | undefined): Promise<JsonAnswer> {
    try {
      return await this.#attempt(url, validators)
    } catch (error) {
      const retryable = error instanceof UpstreamError && error.isTransient && error.retryAfter === undefined
      if (!retryable || this.#abort.signal.aborted || this.#retries-- <= 0) throw error
      await delay(RETRY_MIN_MS + RETRY_SPREAD_MS * Math.random(), undefined, { signal: this.#abort.signal })
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
