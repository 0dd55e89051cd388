/** Which tokens were active when they were last asked about. It outlives their answers, and purges. */
import { LRUCache } from 'lru-cache'

/** More than there are answers in the memory. Entries are hashes, so that all take some megabytes. */
const MAX_KNOWN = 50_000

export class KnownTokens {
  /** Made with the first entry, as it allocates room for all. */
  #keys: LRUCache<string, true> | undefined

  has(key: string): boolean {
    return this.#keys?.has(key) === true
  }

  add(key: string): void {
    this.#keys ??= new LRUCache({ max: MAX_KNOWN })
    this.#keys.set(key, true)
  }

  delete(key: string): void {
    this.#keys?.delete(key)
  }
}
