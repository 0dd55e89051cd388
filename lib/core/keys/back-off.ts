/**
 * When the next attempt may start after failures: exponential back-off with full jitter, and
 * `Retry-After` within bounds. RFC 9110 §10.2.3.
 */

const FIRST_DELAY_MS = 1000

interface Caps {
  readonly delayMs: number
  readonly retryAfterMs: number
}

const WHILE_SERVING: Caps = { delayMs: 60_000, retryAfterMs: 300_000 }
/** Without keys, a long pause would only prolong the outage. */
const WITHOUT_KEYS: Caps = { delayMs: 5000, retryAfterMs: 30_000 }
/** A short stale window needs several attempts, or keys expire although the issuer is back. */
const ATTEMPTS_IN_STALE_WINDOW = 10

export class BackOff {
  readonly #whileServing: Caps
  #failures = 0
  #failedAtMs = 0
  #jitter = 0
  #retryAfterMs = 0

  constructor(staleMs: number) {
    const delayMs = Math.min(WHILE_SERVING.delayMs, staleMs / ATTEMPTS_IN_STALE_WINDOW)
    this.#whileServing = { ...WHILE_SERVING, delayMs: Math.max(WITHOUT_KEYS.delayMs, delayMs) }
  }

  get failures(): number {
    return this.#failures
  }

  /** `random` in [0, 1). */
  failed(nowMs: number, retryAfterMs: number | undefined, random: number): void {
    this.#failures++
    this.#failedAtMs = nowMs
    this.#jitter = random
    this.#retryAfterMs = retryAfterMs ?? 0
  }

  reset(): void {
    this.#failures = 0
  }

  /** Milliseconds since the last failure; `undefined` without any since the last success. */
  failedForMs(nowMs: number): number | undefined {
    return this.#failures === 0 ? undefined : nowMs - this.#failedAtMs
  }

  /**
   * Milliseconds until the next attempt is allowed; 0 if it is now. `Retry-After` can only lengthen
   * the pause.
   */
  waitMs(nowMs: number, isServing: boolean): number {
    if (this.#failures === 0) return 0
    const caps = isServing ? this.#whileServing : WITHOUT_KEYS
    const delayMs = this.#jitter * Math.min(caps.delayMs, FIRST_DELAY_MS * 2 ** (this.#failures - 1))
    const pauseMs = Math.max(delayMs, Math.min(caps.retryAfterMs, this.#retryAfterMs))
    return Math.max(0, this.#failedAtMs + pauseMs - nowMs)
  }
}

const SECONDS = /^\d{1,10}$/
/**
 * All three forms of HTTP-date begin with a name (RFC 9110 §5.6.7). For other texts `Date.parse`
 * guesses.
 */
const NAMED = /^[A-Z][a-z]{2}/
/** As in asctime dates, which are in GMT: without a zone, `Date.parse` reads them as local time. */
const WITHOUT_ZONE = /(?: \d{4}|(?<![+-]\d\d):\d\d)$/

/** `Retry-After` in either form (RFC 9110 §10.2.3). */
export function retryAfterMs(value: string | undefined, epochMs: number): number | undefined {
  if (value === undefined) return undefined
  if (SECONDS.test(value)) return Number(value) * 1000
  if (!NAMED.test(value)) return undefined
  const date = Date.parse(WITHOUT_ZONE.test(value) ? `${value} GMT` : value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - epochMs)
}
