/** What a flood of invented key ids may cost: a bucket of refreshes, and a memory of the ids that no key has. */
import { LRUCache } from 'lru-cache'

const BUCKET_SIZE = 2
const MAX_REMEMBERED = 1000
const REMEMBERED_MS = 30_000

/** A bucket of two refreshes, refilled by one per cool-down from the moment that it is no longer full. */
export class RefreshBucket {
  readonly #refillMs: number
  #tokens = BUCKET_SIZE
  #refilledAtMs = 0

  constructor(refillMs: number) {
    this.#refillMs = refillMs
  }

  take(nowMs: number): boolean {
    this.#refill(nowMs)
    if (this.#tokens === 0) return false
    this.#tokens--
    return true
  }

  /** Milliseconds until a refresh may be taken; 0 when one can be. */
  waitMs(nowMs: number): number {
    this.#refill(nowMs)
    return this.#tokens > 0 ? 0 : this.#refilledAtMs + this.#refillMs - nowMs
  }

  #refill(nowMs: number): void {
    const refills = Math.floor((nowMs - this.#refilledAtMs) / this.#refillMs)
    this.#tokens = Math.min(BUCKET_SIZE, this.#tokens + Math.max(0, refills))
    if (this.#tokens === BUCKET_SIZE) this.#refilledAtMs = nowMs
    else if (refills > 0) this.#refilledAtMs += refills * this.#refillMs
  }
}

/** The key ids that were looked for in vain in the current generation. */
export class UnknownKids {
  readonly #kids: LRUCache<string, true>
  #generation = 0

  constructor(monotonicMs: () => number) {
    this.#kids = new LRUCache({
      max: MAX_REMEMBERED,
      ttl: REMEMBERED_MS,
      ttlResolution: 0,
      perf: { now: monotonicMs },
    })
  }

  has(kid: string, generation: number): boolean {
    return generation === this.#generation && this.#kids.has(kid)
  }

  add(kid: string, generation: number): void {
    if (generation !== this.#generation) this.#kids.clear()
    this.#generation = generation
    this.#kids.set(kid, true)
  }
}
