/**
 * Limits what a flood of invented key ids costs: a bucket of refreshes, and a memory of ids that no
 * key has.
 */
import { LRUCache } from 'lru-cache'
import type { KeyQuery } from './key-finder.js'

const MAX_REMEMBERED = 1000
const REMEMBERED_MS = 30_000

/**
 * A bucket of refreshes. Each cool-down adds one, counted from the moment that the bucket is no
 * longer full.
 */
export class RefreshBucket {
  readonly #refillMs: number
  readonly #size: number
  #tokens: number
  #refilledAtMs = 0

  constructor(refillMs: number, size: number) {
    this.#refillMs = refillMs
    this.#size = size
    this.#tokens = size
  }

  take(nowMs: number): boolean {
    this.#refill(nowMs)
    if (this.#tokens === 0) return false
    this.#tokens--
    return true
  }

  /** Milliseconds until a refresh may be taken; 0 if one may be taken now. */
  waitMs(nowMs: number): number {
    this.#refill(nowMs)
    return this.#tokens > 0 ? 0 : this.#refilledAtMs + this.#refillMs - nowMs
  }

  #refill(nowMs: number): void {
    const refills = Math.floor((nowMs - this.#refilledAtMs) / this.#refillMs)
    this.#tokens = Math.min(this.#size, this.#tokens + Math.max(0, refills))
    if (this.#tokens === this.#size) this.#refilledAtMs = nowMs
    else if (refills > 0) this.#refilledAtMs += refills * this.#refillMs
  }
}

/** The pairs of key id and algorithm that the current generation of keys does not have. */
export class UnknownKids {
  readonly #monotonicMs: () => number
  /** Made with the first unknown kid: most issuers never need it. */
  #kids: LRUCache<string, true> | undefined
  #generation = 0

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs
  }

  has(query: KeyQuery, generation: number): boolean {
    return generation === this.#generation && this.#kids?.has(nameOf(query)) === true
  }

  /** Ignores queries without kid: their answer is not the same for two tokens. */
  add(query: KeyQuery, generation: number): void {
    if (query.kid === undefined) return
    if (generation !== this.#generation) this.#kids = undefined
    this.#generation = generation
    this.#kids ??= emptyMemory(this.#monotonicMs)
    this.#kids.set(nameOf(query), true)
  }
}

function emptyMemory(monotonicMs: () => number): LRUCache<string, true> {
  const perf = { now: monotonicMs }
  return new LRUCache({ max: MAX_REMEMBERED, ttl: REMEMBERED_MS, ttlResolution: 0, perf })
}

/** A kid holds no line feed. */
function nameOf({ alg, kid = '' }: KeyQuery): string {
  return `${alg}\n${kid}`
}
