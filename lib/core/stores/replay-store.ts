/** The store of what must not be used twice. RFC 9449 §11.1. */
import type { MaybePromise } from '../base/maybe-promise.js'

/** How far the clocks of processes that share a store may differ, in seconds. */
export const MAX_CLOCK_DIFFERENCE_SECONDS = 2

/** What a store that can lose its keys says about one key. */
export interface ReplayAnswer {
  /** Whether the key was absent before. */
  readonly isNew: boolean
  /** Seconds since the store last lost keys, or was made. */
  readonly ageSeconds: number
  /**
   * Another text after each loss. Stores that lose their keys in parts have one for each part, and
   * divide them by the first two characters of the key, which belong to one client.
   */
  readonly birth: string
}

/** Remembers keys for a while. Share one between all processes that one client's requests may reach. */
export interface ReplayStore {
  /**
   * Adds a key for `ttlSeconds`, in one atomic step. Returns `true` if the key was absent before.
   * Throws or rejects if the store cannot tell. The request waits for the answer: give a store that
   * asks a server a time limit.
   */
  add(key: string, ttlSeconds: number): MaybePromise<boolean>
  /**
   * Optional, for a store that outlives processes but can lose its keys, as in a restart. It is
   * called in place of `add`, and does the same. From the age, the caller knows which keys the store
   * may have forgotten.
   */
  addWithAge?(key: string, ttlSeconds: number): MaybePromise<ReplayAnswer>
}
