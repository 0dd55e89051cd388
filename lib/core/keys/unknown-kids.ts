/** What a flood of invented key ids may cost: a bucket of refreshes, and a memory of the ids that no key has. */
import { LRUCache } from 'lru-cache'

const BUCKET_SIZE = 2
const MAX_REMEMBERED = 1000
const REMEMBERED_MS = 30_000

/** A bucket of two refreshes, refilled by one per cool-down. */
export class RefreshBucket {
  readonly #refillMs: number
  #tokens = BUCKET_SIZE
  #refilledAtMs: number

  constructor(refillMs: number, nowMs: number) {
    this.#refillMs = refillMs
    this.#refilledAtMs = nowMs
  }

  take(nowMs: number): boolean {
    const refills = Math.floor((nowMs - this.#refilledAtMs) / this.#refillMs)
    if (refills > 0) {
      this.#tokens = Math.min(BUCKET_SIZE, this.#tokens + refills)
      this.#refilledAtMs += refills * this.#refillMs
    }
    if (this.#tokens === 0) return false
    this.#tokens--
    return true
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
