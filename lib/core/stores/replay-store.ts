/** The store of what must not be used twice. RFC 9449 §11.1. */
import type { MaybePromise } from '../base/maybe-promise.js'

/** Remembers keys for a while. Share one between all processes that one client's requests may reach. */
export interface ReplayStore {
  /**
   * Adds a key for `ttlSeconds`, in one atomic step. Returns `true` if the key was absent before.
   * Throws or rejects if the store cannot tell.
   */
  add(key: string, ttlSeconds: number): MaybePromise<boolean>
}
