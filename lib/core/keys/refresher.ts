/**
 * Keeps the record of a key source up to date: one flight at a time, and a pause after each failed
 * one.
 */
import type { Instant } from '../base/clock.js'
import { isA } from '../base/thrown.js'
import { copyOf } from '../errors/copy.js'
import { UnavailableError } from '../errors/errors.js'
import { traceFlight } from './events.js'
import type { RefreshKind } from './events.js'
import { UpstreamError } from '../errors/upstream-error.js'
import { discoveryHint } from '../errors/hints.js'
import { BackOff, retryAfterMs } from './back-off.js'
import { Flight } from './flight.js'
import type { FetchDocument } from './flight.js'
import { fetchKeyRecord } from './record.js'
import type { KeyRecord, RemoteKeySetConfig } from './record.js'
import { purgeSerial, wasPurgedSince } from './purges.js'
import { stateOf } from './state.js'
import type { KeyState } from './state.js'
import { KeyWatch } from './watch.js'

interface StartOptions {
  readonly isOverdue?: boolean
  /** Ignores the pause after a failure to fetch metadata. */
  readonly isForced?: boolean
}

export class Refresher {
  readonly #config: RemoteKeySetConfig
  readonly #backOff: BackOff
  readonly #watch: KeyWatch
  #record: KeyRecord | undefined
  #flight: Flight | undefined
  #generation = 0
  #flightSerial = 0
  #lastFailure: UpstreamError | undefined

  constructor(config: RemoteKeySetConfig) {
    this.#config = config
    this.#backOff = new BackOff(config.limits.staleMs)
    this.#watch = new KeyWatch(config.place)
  }

  get record(): KeyRecord | undefined {
    return this.#record
  }

  /** The refresh under way. */
  get flight(): Flight | undefined {
    return this.#flight
  }

  /** Whether it has, or is fetching, what is from before a purge that this source was not told of. */
  holdsPurged(names: readonly string[]): boolean {
    const record = this.#record
    const isOld = record !== undefined && wasPurgedSince(record.fetchedSerial, [...names, record.url])
    return isOld || (this.#flight !== undefined && wasPurgedSince(this.#flightSerial, names))
  }

  get consecutiveFailures(): number {
    return this.#backOff.failures
  }

  get lastFailure(): UpstreamError | undefined {
    return this.#lastFailure
  }

  state(now: Instant = this.#config.clocks.now()): KeyState {
    const state = stateOf(this.#record?.freshness, now)
    this.#watch.seen(state, this.#record?.freshness, now)
    return state
  }

  /**
   * Whether there was no attempt since the last success, or for a whole TTL, because nobody asked.
   */
  isIdle(): boolean {
    const failedForMs = this.#backOff.failedForMs(this.#config.clocks.monotonicMs())
    return failedForMs === undefined || failedForMs >= (this.#record?.freshness.ttlMs ?? 0)
  }

  /** Milliseconds until back-off allows the next flight; 0 if it does now. */
  waitMs(): number {
    const now = this.#config.clocks.now()
    const state = stateOf(this.#record?.freshness, now)
    return this.#backOff.waitMs(now.monotonicMs, state !== 'COLD' && state !== 'EXPIRED')
  }

  /** Starts a flight. The caller has checked that none is under way. */
  start({ isOverdue = false, isForced = false }: StartOptions = {}): Flight {
    const { limits, transport, clocks } = this.#config
    const flight = new Flight({
      limits,
      transport,
      isOverdue,
      bypassesCaches: isForced || this.#startsAfterPurge(),
      isConditional: this.#backOff.failures === 0,
      startedAtMs: clocks.monotonicMs(),
      unavailable: (cause) => this.unavailable(cause),
    })
    this.#flight = flight
    this.#flightSerial = purgeSerial()
    const trace = { source: this.#config.place, isOverdue }
    flight.begin((fetchDocument) => traceFlight(trace, () => this.#fly(flight, isForced, fetchDocument)))
    return flight
  }

  /** Accepts a record from a snapshot. */
  adopt(record: KeyRecord): void {
    this.#accept(record, 'imported')
  }

  /** Drops the record, and the flight that could bring the dropped keys back. */
  purge(): void {
    this.#record = undefined
    this.#generation++
    this.#backOff.reset()
    this.#lastFailure = undefined
    this.abort()
    this.#watch.purged()
    this.state()
  }

  abort(): void {
    this.#flight?.abort()
    this.#flight = undefined
  }

  unavailable(cause: UpstreamError | undefined = this.#lastFailure, waitMs = 0): UnavailableError {
    const retryAfterSeconds = Math.max(this.waitMs(), waitMs) / 1000
    const hint = discoveryHint(cause?.problem)
    const { source } = this.#config
    const detail = { cause: copyOf(cause), hint, retryAfterSeconds, source }
    return new UnavailableError('ERR_KEYS_UNAVAILABLE', detail)
  }

  #startsAfterPurge(): boolean {
    return this.#record === undefined && wasPurgedSince(0, this.#config.names)
  }

  /** An aborted flight changes nothing. Rejects with an UpstreamError. */
  async #fly(flight: Flight, isForced: boolean, fetchDocument: FetchDocument): Promise<void> {
    const renewal = { known: this.#record, nextGeneration: this.#generation + 1, isForced }
    try {
      const record = await fetchKeyRecord(this.#config, renewal, fetchDocument)
      if (this.#flight !== flight) throw new UpstreamError('network', { reason: 'aborted' })
      this.#flight = undefined
      this.#accept(record, record.generation === this.#generation ? 'not_modified' : 'fetched')
    } catch (thrown) {
      const failure = isA(thrown, UpstreamError)
        ? thrown
        : new UpstreamError('network', { reason: 'other', cause: thrown })
      if (this.#flight === flight) this.#failed(failure)
      throw failure
    }
  }

  #accept(record: KeyRecord, how: RefreshKind): void {
    this.#record = record
    this.#generation = record.generation
    this.#lastFailure = undefined
    this.#backOff.reset()
    this.#watch.accepted(record, how)
    this.state()
  }

  #failed(failure: UpstreamError): void {
    // Before the clock is read, which may throw.
    this.#flight = undefined
    this.#lastFailure = failure
    const { epochMs, monotonicMs } = this.#config.clocks.now()
    this.#backOff.failed(monotonicMs, retryAfterMs(failure.retryAfter, epochMs), Math.random())
    this.#watch.failed(failure, this.#backOff.failures)
  }
}
