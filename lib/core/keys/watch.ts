/** Tells those who listen what becomes of a key source. Traffic drives it: a state is noticed when someone asks. */
import type { Instant } from '../base/clock.js'
import { publishKeys } from './events.js'
import type { RefreshKind } from './events.js'
import type { UpstreamError } from '../errors/upstream-error.js'
import type { KeyRecord } from './record.js'
import { staleShare } from './state.js'
import type { Freshness, KeyState } from './state.js'

/** The shares of the stale window at which an outage is reported again. */
const MARKS = [0, 0.5, 0.75] as const

export class KeyWatch {
  readonly #source: string
  #state: KeyState = 'COLD'
  #marks = 0

  constructor(source: string) {
    this.#source = source
  }

  seen(state: KeyState, freshness: Freshness | undefined, now: Instant): void {
    if (state !== this.#state) {
      const from = this.#state
      this.#state = state
      this.#marks = 0
      publishKeys({ source: this.#source, type: 'state', from, to: state })
    }
    if (state === 'STALE' && freshness !== undefined) this.#staleFor(staleShare(freshness, now))
  }

  accepted({ index, generation }: KeyRecord, how: RefreshKind): void {
    const source = this.#source
    publishKeys({ source, type: 'refreshed', how, generation, keyCount: index.keys.size })
    if (how === 'not_modified') return
    for (const problem of index.dropped) publishKeys({ source, type: 'key_dropped', problem })
  }

  failed({ problem, status }: UpstreamError, consecutiveFailures: number): void {
    publishKeys({ source: this.#source, type: 'failed', problem, status, consecutiveFailures })
  }

  purged(): void {
    publishKeys({ source: this.#source, type: 'purged' })
  }

  #staleFor(share: number): void {
    for (let mark = MARKS[this.#marks]; mark !== undefined && share >= mark; mark = MARKS[this.#marks]) {
      this.#marks++
      publishKeys({ source: this.#source, type: 'stale', windowUsed: mark })
    }
  }
}
