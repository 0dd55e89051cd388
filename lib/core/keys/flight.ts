/**
 * One refresh, shared by all its waiters and independent of each: every waiter has its own
 * deadline.
 */
import type { UnavailableError } from '../errors/errors.js'
import { fetchJson } from '../net/fetch-json.js'
import { UpstreamError } from '../errors/upstream-error.js'
import type { JsonAnswer, Validators } from '../net/fetch-json.js'
import type { Transport } from '../net/transport.js'
import type { KeyLimits } from './limits.js'

/** Each holds a request open and is answered in one tick when the flight lands. */
const MAX_WAITERS = 10_000
const RETRY_MIN_MS = 100
const RETRY_SPREAD_MS = 200

/** Fetches one document within the rest of the flight's time. */
export type FetchDocument = (url: URL, validators: Validators | undefined) => Promise<JsonAnswer>

export interface FlightPlan {
  readonly limits: KeyLimits
  readonly transport: Transport
  /** By the clock of the key source. */
  readonly startedAtMs: number
  /** Started past the TTL by the first caller after a quiet time. */
  readonly isOverdue: boolean
  /**
   * Whether the server may answer 304. After a failure the validators themselves may be the cause.
   */
  readonly isConditional: boolean
  /** Whether caches on the way must ask the origin. */
  readonly bypassesCaches: boolean
  /** Makes a waiter's error: waiters must not share one, since answers add headers to it. */
  readonly unavailable: (cause: UpstreamError) => UnavailableError
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
    // A background refresh may have no waiter.
    this.#landed.catch(() => undefined)
  }

  /**
   * Settles with the flight. Rejects with ERR_KEYS_UNAVAILABLE, also at the deadline and above
   * 10,000 waiters.
   */
  async wait(timeoutMs: number): Promise<void> {
    const { unavailable } = this.#plan
    if (this.#waiters >= MAX_WAITERS) throw unavailable(new UpstreamError('too_many_waiters'))
    this.#waiters++
    let timer: NodeJS.Timeout | undefined
    const deadline = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new UpstreamError('timeout', { reason: 'timeout' }))
      }, timeoutMs)
    })
    try {
      await Promise.race([this.#landed, deadline])
    } catch (thrown) {
      throw thrown instanceof UpstreamError ? unavailable(thrown) : thrown
    } finally {
      clearTimeout(timer)
      this.#waiters--
    }
  }

  abort(): void {
    this.#abort.abort(new UpstreamError('network', { reason: 'aborted' }))
  }

  /**
   * Tries again after one transient failure per flight, unless the origin says when to come back.
   */
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
      validators: this.#plan.isConditional ? validators : undefined,
      bypassesCaches: this.#plan.bypassesCaches,
      timeoutMs: Math.min(limits.attemptTimeoutMs, leftMs),
      maxBytes: limits.maxBytes,
      transport,
      signal: this.#abort.signal,
    })
  }
}

/** Ends early if the flight does: the next attempt then fails by itself. */
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
