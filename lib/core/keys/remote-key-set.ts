/**
 * Keys that an issuer publishes. Traffic drives it, no timer does: what a request finds decides whether it is served,
 * whether it waits, and whether a refresh starts. RFC 7517 §5; RFC 8725 §3.10.
 */
import { UnavailableError } from '../errors.js'
import { UpstreamError } from '../fetch-json.js'
import { andThen } from '../maybe-promise.js'
import type { MaybePromise } from '../maybe-promise.js'
import { BackOff, retryAfterMs } from './back-off.js'
import { Flight } from './flight.js'
import type { FetchDocument } from './flight.js'
import type { KeyQuery, KeySet, KeySetHealth } from './key-set.js'
import { describeRecord, fetchKeyRecord, wasLoadedWithin } from './record.js'
import type { KeyRecord, RemoteKeySetConfig } from './record.js'
import { stateOf } from './state.js'
import type { KeyState } from './state.js'
import { RefreshBucket, UnknownKids } from './unknown-kids.js'
import type { VerificationKey } from './verification-key.js'

interface Refresh {
  readonly flight: Flight<void>
  readonly startedAtMs: number
  /** Started past the TTL by the first caller after a quiet time. */
  readonly isOverdue: boolean
}

/** How long a caller who finds the keys past their TTL waits for newer ones before it is served with the old. */
const OVERDUE_WAIT_MS = 1000
const FORCED_INTERVAL_MS = 5000

export class RemoteKeySet implements KeySet {
  readonly #config: RemoteKeySetConfig
  readonly #backOff = new BackOff()
  readonly #bucket: RefreshBucket
  readonly #unknownKids: UnknownKids
  #record: KeyRecord | undefined
  #generation = 0
  #refresh: Refresh | undefined
  #forced: { readonly atMs: number; readonly done: Promise<void> } | undefined
  #lastFailure: UpstreamError | undefined
  #closed = false

  constructor(config: RemoteKeySetConfig) {
    this.#config = config
    this.#bucket = new RefreshBucket(config.limits.cooldownMs, config.clocks.monotonicMs())
    this.#unknownKids = new UnknownKids(() => config.clocks.monotonicMs())
  }

  find(query: KeyQuery): MaybePromise<readonly VerificationKey[]> {
    if (this.#closed) throw new UnavailableError('ERR_CLOSED')
    const state = this.#state()
    if (state === 'COLD' || state === 'EXPIRED') return this.#load().then(() => this.#searchAgain(query))
    const overdueMs = this.#startWhenDue(state)
    if (overdueMs > 0) return this.#settled(overdueMs).then(() => this.#search(query))
    return this.#search(query)
  }

  touch(key: VerificationKey): boolean {
    const state = this.#state()
    if (this.#closed || state === 'COLD' || state === 'EXPIRED') return false
    return this.#startWhenDue(state) === 0 && this.#record?.index.keys.has(key) === true
  }

  async ready(timeoutMs: number): Promise<void> {
    const state = this.#state()
    if (state === 'COLD' || state === 'EXPIRED') await this.#load(timeoutMs)
  }

  /** Beside back-off and bucket, at most once in 5 s; who asks sooner gets the same outcome. */
  refresh(): Promise<void> {
    const now = this.#config.clocks.monotonicMs()
    if (this.#forced === undefined || now - this.#forced.atMs >= FORCED_INTERVAL_MS) {
      const { flight } = this.#refresh ?? this.#start(false)
      this.#forced = { atMs: now, done: flight.wait(this.#config.limits.flightTimeoutMs) }
    }
    return this.#forced.done
  }

  purge(): void {
    this.#record = undefined
    this.#backOff.reset()
    this.#forced = undefined
    this.#refresh?.flight.abort()
    this.#refresh = undefined
  }

  health(): KeySetHealth {
    return {
      state: this.#state(),
      ...describeRecord(this.#record, this.#config.clocks.monotonicMs()),
      consecutiveFailures: this.#backOff.failures,
      ...(this.#lastFailure && { lastFailure: this.#lastFailure.problem }),
    }
  }

  close(): void {
    this.#closed = true
    this.#refresh?.flight.abort()
  }

  #state(): KeyState {
    return stateOf(this.#record?.freshness, this.#config.clocks.now())
  }

  /** Starts a due refresh in the background; returns how long a caller waits for it, which is 0 but after a quiet time. */
  #startWhenDue(state: KeyState): number {
    if (state !== 'AHEAD' && state !== 'STALE') return 0
    const now = this.#config.clocks.monotonicMs()
    if (this.#refresh === undefined && this.#backOff.waitMs(now, true) === 0) {
      this.#start(state === 'STALE' && this.#backOff.failures === 0)
    }
    return this.#refresh?.isOverdue ? Math.max(0, OVERDUE_WAIT_MS - (now - this.#refresh.startedAtMs)) : 0
  }

  #search(query: KeyQuery): MaybePromise<readonly VerificationKey[]> {
    const found = this.#record?.index.candidates(query.alg, query.kid)
    return (
      found ?? andThen(this.#refreshForUnknownKid(query), (known) => (known ? this.#searchAgain(query) : []))
    )
  }

  /** After a refresh: what is not there now is not there. */
  #searchAgain({ alg, kid }: KeyQuery): readonly VerificationKey[] {
    const record = this.#record
    if (record === undefined) throw this.#unavailable()
    const found = record.index.candidates(alg, kid)
    if (found === undefined && kid !== undefined) this.#unknownKids.add(kid, record.generation)
    return found ?? []
  }

  /** False: the issuer is known not to publish this kid. Otherwise after a flight, or not at all (503). */
  #refreshForUnknownKid({ kid = '' }: KeyQuery): MaybePromise<boolean> {
    const now = this.#config.clocks.monotonicMs()
    if (this.#refresh === undefined) {
      if (this.#unknownKids.has(kid, this.#record?.generation ?? 0)) return false
      const mayStart = this.#backOff.waitMs(now, true) === 0 && this.#bucket.take(now)
      if (!mayStart) {
        if (wasLoadedWithin(this.#config.limits.cooldownMs, this.#record, now)) return false
        throw this.#unavailable()
      }
    }
    return this.#load().then(() => true)
  }

  /** Joins the flight under way, or starts one where back-off allows; rejects with ERR_KEYS_UNAVAILABLE. */
  async #load(timeoutMs: number = this.#config.limits.flightTimeoutMs): Promise<void> {
    if (this.#closed) throw new UnavailableError('ERR_CLOSED')
    if (this.#refresh === undefined && this.#waitMs() > 0) throw this.#unavailable()
    await (this.#refresh ?? this.#start(false)).flight.wait(timeoutMs)
  }

  async #settled(timeoutMs: number): Promise<void> {
    await this.#refresh?.flight.wait(timeoutMs).catch(() => undefined)
  }

  #start(isOverdue: boolean): Refresh {
    const { limits, transport, clocks } = this.#config
    const run = (fetchDocument: FetchDocument): Promise<void> => this.#run(fetchDocument, () => refresh)
    const flight = new Flight({ limits, transport, run })
    const refresh: Refresh = { flight, startedAtMs: clocks.monotonicMs(), isOverdue }
    this.#refresh = refresh
    return refresh
  }

  /** A flight that was purged meanwhile changes nothing: it may bring back the very keys that were dropped. */
  async #run(fetchDocument: FetchDocument, self: () => Refresh): Promise<void> {
    try {
      const record = await fetchKeyRecord(this.#config, this.#record, this.#generation + 1, fetchDocument)
      if (this.#refresh !== self()) throw new UpstreamError('network')
      this.#record = record
      this.#generation = record.generation
      this.#lastFailure = undefined
      this.#backOff.reset()
    } catch (thrown) {
      const failure =
        thrown instanceof UpstreamError ? thrown : new UpstreamError('network', { cause: thrown })
      if (this.#refresh === self()) this.#failed(failure)
      throw this.#unavailable(failure)
    } finally {
      if (this.#refresh === self()) this.#refresh = undefined
    }
  }

  #failed(failure: UpstreamError): void {
    const { epochMs, monotonicMs } = this.#config.clocks.now()
    this.#lastFailure = failure
    this.#backOff.failed(monotonicMs, retryAfterMs(failure.retryAfter, epochMs), Math.random())
  }

  #waitMs(): number {
    const state = this.#state()
    return this.#backOff.waitMs(this.#config.clocks.monotonicMs(), state !== 'COLD' && state !== 'EXPIRED')
  }

  #unavailable(cause: UpstreamError | undefined = this.#lastFailure): UnavailableError {
    return new UnavailableError('ERR_KEYS_UNAVAILABLE', { cause, retryAfterSeconds: this.#waitMs() / 1000 })
  }
}
