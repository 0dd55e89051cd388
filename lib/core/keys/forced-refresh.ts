/** The refresh that an operator asks for: it ignores back-off and buckets, and joins no earlier fetch. */
import { throwCopy } from '../errors/copy.js'
import { UnavailableError } from '../errors/errors.js'
import type { RemoteKeySetConfig } from './record.js'
import type { Refresher } from './refresher.js'

const INTERVAL_MS = 5000

export class ForcedRefresh {
  readonly #config: RemoteKeySetConfig
  readonly #refresher: Refresher
  #last: { readonly atMs: number; readonly done: Promise<void> } | undefined
  #isClosed = false

  constructor(config: RemoteKeySetConfig, refresher: Refresher) {
    this.#config = config
    this.#refresher = refresher
  }

  /** Fetches at most once in 5 s: callers in this time get the same outcome. */
  run(): Promise<void> {
    const now = this.#config.clocks.monotonicMs()
    if (this.#last === undefined || now - this.#last.atMs >= INTERVAL_MS)
      this.#last = { atMs: now, done: this.#fetch() }
    return this.#last.done.catch(throwCopy)
  }

  /** The next caller fetches, whenever it comes. */
  forget(): void {
    this.#last = undefined
  }

  close(): void {
    this.#isClosed = true
  }

  /** Starts at once, except after a flight under way: what that one brings may be older than the call. */
  async #fetch(): Promise<void> {
    const { flightTimeoutMs } = this.#config.limits
    const earlier = this.#refresher.flight
    if (earlier !== undefined) await earlier.wait(flightTimeoutMs).catch(() => undefined)
    if (this.#isClosed) throw new UnavailableError('ERR_CLOSED')
    const flight = this.#refresher.flight ?? this.#refresher.start({ isForced: true })
    await flight.wait(flightTimeoutMs)
  }
}
