/** A replay store in the memory of one process. RFC 9449 §11.1. */
import { channel } from 'node:diagnostics_channel'
import type { Channel } from 'node:diagnostics_channel'
import type { ReplayStore } from './replay-store.js'

/** Published on `express-resource-server:replay` when a full store refuses to add a key. */
export interface ReplayStoreFullEvent {
  readonly type: 'full'
  readonly maxEntries: number
}

const replay: Channel = channel('express-resource-server:replay')

/** Never forgets a live key to make room: when full, `add` throws. Expired keys cost one visit each. */
export class MemoryReplayStore implements ReplayStore {
  readonly #maxEntries: number
  readonly #monotonicMs: () => number
  readonly #keys = new Set<string>()
  /** The keys that expire in each second. */
  readonly #bySecond = new Map<number, string[]>()
  #sweptSecond = -Infinity

  constructor(maxEntries: number, monotonicMs: () => number = () => performance.now()) {
    this.#maxEntries = maxEntries
    this.#monotonicMs = monotonicMs
  }

  /** How many keys are held. */
  get size(): number {
    return this.#keys.size
  }

  add(key: string, ttlSeconds: number): boolean {
    const nowMs = this.#monotonicMs()
    this.#sweep(Math.floor(nowMs / 1000))
    const { size } = this.#keys
    if (size >= this.#maxEntries) return this.#keys.has(key) ? false : this.#refuse()
    // One look-up instead of two, in what is mostly not in the processor's cache.
    if (this.#keys.add(key).size === size) return false
    // Rounded up: a key may live up to a second too long, never too short.
    const second = Math.ceil(nowMs / 1000 + ttlSeconds)
    const sameSecond = this.#bySecond.get(second)
    if (sameSecond) sameSecond.push(key)
    else this.#bySecond.set(second, [key])
    return true
  }

  /** Once a second at most, as only whole seconds expire. */
  #sweep(second: number): void {
    if (second <= this.#sweptSecond) return
    this.#sweptSecond = second
    for (const [expiry, keys] of this.#bySecond) {
      if (expiry >= second) continue
      this.#bySecond.delete(expiry)
      for (const key of keys) this.#keys.delete(key)
    }
  }

  #refuse(): never {
    if (replay.hasSubscribers)
      replay.publish({ type: 'full', maxEntries: this.#maxEntries } satisfies ReplayStoreFullEvent)
    throw new Error('The replay store is full')
  }
}
