/** Tells Redis again what it may have forgotten. */

/** Enough to keep a distant Redis busy, and few enough that requests do not wait behind them. */
const AT_ONCE = 32

export class WriteBack {
  readonly #write: (key: string) => Promise<void>
  #left: string[] = []
  #isWriting = false

  /** `write` rejects unless Redis has what is known under the key. */
  constructor(write: (key: string) => Promise<void>) {
    this.#write = write
  }

  /** After a loss, all begins anew: what was written back before it may be lost too. The last keys come first. */
  start(keys: string[]): void {
    this.#left = keys
    this.goOn()
  }

  /** To be called from time to time, because a failure stops it. */
  goOn(): void {
    if (this.#isWriting || this.#left.length === 0) return
    this.#isWriting = true
    void this.#writeAll().finally(() => (this.#isWriting = false))
  }

  async #writeAll(): Promise<void> {
    while (this.#left.length > 0) {
      const left = this.#left
      const keys = left.splice(-AT_ONCE)
      const results = await Promise.allSettled(keys.map((key) => this.#write(key)))
      const failed = keys.filter((_, index) => results[index]?.status === 'rejected')
      left.push(...failed)
      if (failed.length > 0) return
    }
  }
}
