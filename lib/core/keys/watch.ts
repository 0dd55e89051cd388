/**
 * Publishes the changes of a key source. Traffic drives it: a change of state is noticed when
 * someone asks.
 */
import type { Instant } from '../base/clock.js'
import { publishKeys } from './events.js'
import type { RefreshKind } from './events.js'
import type { JwkProblem, UpstreamError } from '../errors/upstream-error.js'
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
    this.#dropped(index.dropped)
  }

  failed({ problem, status, reason, dropped }: UpstreamError, consecutiveFailures: number): void {
    const source = this.#source
    this.#dropped(dropped)
    const why = { problem, status, reason, ...(dropped.length > 0 && { dropped }) }
    publishKeys({ source, type: 'failed', ...why, consecutiveFailures })
  }

  purged(): void {
    publishKeys({ source: this.#source, type: 'purged' })
  }

  #dropped(problems: readonly JwkProblem[]): void {
    for (const problem of problems) publishKeys({ source: this.#source, type: 'key_dropped', problem })
  }

  #staleFor(share: number): void {
    for (let mark = MARKS[this.#marks]; mark !== undefined && share >= mark; mark = MARKS[this.#marks]) {
      this.#marks++
      publishKeys({ source: this.#source, type: 'stale', windowUsed: mark })
    }
  }
}
