/**
 * The keys that an issuer publishes. Traffic drives it, without a timer: each request is served,
 * waits or starts a refresh, depending on the state that it finds. RFC 7517 §5, RFC 8725 §3.10.
 */
import { andThen } from '../base/maybe-promise.js'
import type { MaybePromise } from '../base/maybe-promise.js'
import { ForcedRefresh } from './forced-refresh.js'
import { healthOf } from './health.js'
import type { KeySetHealth } from './health.js'
import type { KeyQuery } from './key-finder.js'
import type { KeySource } from './key-source.js'
import { wasLoadedWithin } from './record.js'
import type { KeyRecord, RemoteKeySetConfig } from './record.js'
import { Refresher } from './refresher.js'
import { toSnapshot } from './snapshot.js'
import type { IssuerSnapshot } from './snapshot.js'
import type { KeyState } from './state.js'
import { RefreshBucket, UnknownKids } from './unknown-kids.js'
import type { VerificationKey } from '../jws/verification-key.js'

/** How long a caller waits for newer keys if it finds keys past their TTL. */
const OVERDUE_WAIT_MS = 1000
const UNKNOWN_KID_REFRESHES = 2
const KIDLESS_REFRESHES = 1

const NONE: readonly VerificationKey[] = []

export class RemoteKeySet implements KeySource {
  readonly #config: RemoteKeySetConfig
  readonly #refresher: Refresher
  readonly #bucket: RefreshBucket
  /** Apart, so that forged tokens without kid cannot use up the refreshes for genuine new kids. */
  readonly #kidlessBucket: RefreshBucket
  readonly #unknownKids: UnknownKids
  /** Results for which the caller waited for a flight: there is nothing newer. */
  readonly #newest = new WeakSet<readonly VerificationKey[]>()
  readonly #forced: ForcedRefresh

  constructor(config: RemoteKeySetConfig) {
    this.#config = config
    this.#refresher = new Refresher(config)
    this.#forced = new ForcedRefresh(config, this.#refresher)
    this.#bucket = new RefreshBucket(config.limits.cooldownMs, UNKNOWN_KID_REFRESHES)
    this.#kidlessBucket = new RefreshBucket(config.limits.cooldownMs, KIDLESS_REFRESHES)
    this.#unknownKids = new UnknownKids(() => config.clocks.monotonicMs())
  }

  get #record(): KeyRecord | undefined {
    return this.#refresher.record
  }

  find(query: KeyQuery): MaybePromise<readonly VerificationKey[]> {
    const state = this.#refresher.state()
    if (isWithoutKeys(state)) return this.#load().then(() => this.#searchAgain(query))
    const overdueMs = this.#startWhenDue(state)
    if (overdueMs > 0) return this.#findAfter(overdueMs, query)
    return this.#search(query, state)
  }

  findNewer(query: KeyQuery, tried: readonly VerificationKey[]): MaybePromise<readonly VerificationKey[]> {
    if (this.#newest.has(tried)) return NONE
    const state = this.#refresher.state()
    if (isWithoutKeys(state)) return this.#load().then(() => this.#searchAgain(query, tried))
    return this.#search(query, state, tried)
  }

  touch(key: VerificationKey): boolean {
    const state = this.#refresher.state()
    if (isWithoutKeys(state)) return false
    return this.#startWhenDue(state) === 0 && this.#record?.index.keys.has(key) === true
  }

  trusts(key: VerificationKey): boolean {
    return !isWithoutKeys(this.#refresher.state()) && this.#record?.index.keys.has(key) === true
  }

  async ready(timeoutMs: number): Promise<void> {
    if (isWithoutKeys(this.#refresher.state())) await this.#load(timeoutMs)
  }

  /**
   * Ignores back-off and buckets. The fetch begins after the call. There is one in 5 s at most, whose
   * outcome all callers in this time get.
   */
  refresh(): Promise<void> {
    return this.#forced.run()
  }

  purge(): void {
    this.#forced.forget()
    this.#refresher.purge()
  }

  get refresher(): Refresher {
    return this.#refresher
  }

  health(): KeySetHealth {
    return healthOf(this.#refresher, this.#config.clocks.now())
  }

  isAwaited(): boolean {
    return (this.#refresher.flight?.waiters ?? 0) > 0
  }

  snapshot(): Omit<IssuerSnapshot, 'issuer'> | undefined {
    const isTrusted = !isWithoutKeys(this.#refresher.state())
    return this.#record && isTrusted ? toSnapshot(this.#record, this.#config) : undefined
  }

  close(): void {
    this.#forced.close()
    this.#refresher.abort()
  }

  /**
   * Starts a due refresh in the background. Returns how long to wait for it: 0, except after a
   * quiet time.
   */
  #startWhenDue(state: KeyState): number {
    if (state !== 'AHEAD' && state !== 'STALE') return 0
    const refresher = this.#refresher
    if (refresher.flight === undefined && refresher.waitMs() === 0) {
      refresher.start({ isOverdue: state === 'STALE' && refresher.isIdle() })
    }
    if (refresher.flight?.isOverdue !== true) return 0
    const waitedMs = this.#config.clocks.monotonicMs() - refresher.flight.startedAtMs
    return Math.max(0, OVERDUE_WAIT_MS - waitedMs)
  }

  async #findAfter(timeoutMs: number, query: KeyQuery): Promise<readonly VerificationKey[]> {
    await this.#refresher.flight?.wait(timeoutMs).catch(() => undefined)
    const state = this.#refresher.state()
    if (isWithoutKeys(state)) throw this.#refresher.unavailable()
    return state === 'STALE' ? this.#search(query, state) : this.#searchAgain(query)
  }

  #search(
    query: KeyQuery,
    state: KeyState,
    tried: readonly VerificationKey[] = NONE,
  ): MaybePromise<readonly VerificationKey[]> {
    const found = this.#candidates(query, tried)
    if (found.length > 0) return found
    if (state === 'STALE') throw this.#refresher.unavailable()
    return andThen(this.#refreshForUnknown(query), (isRefreshed) =>
      isRefreshed ? this.#searchAgain(query, tried) : NONE,
    )
  }

  #candidates({ alg, kid }: KeyQuery, tried: readonly VerificationKey[]): readonly VerificationKey[] {
    const found = this.#record?.index.candidates(alg, kid) ?? NONE
    return tried.length === 0 ? found : found.filter((key) => !tried.includes(key))
  }

  /** After a refresh, a key that is not found does not exist. */
  #searchAgain(query: KeyQuery, tried: readonly VerificationKey[] = NONE): readonly VerificationKey[] {
    if (this.#record === undefined) throw this.#refresher.unavailable()
    const found = [...this.#candidates(query, tried)]
    if (found.length === 0) this.#unknownKids.add(query, this.#record.generation)
    this.#newest.add(found)
    return found
  }

  /**
   * Resolves to true after a flight, and to false if the issuer is known to have no such key.
   * Otherwise 503.
   */
  #refreshForUnknown(query: KeyQuery): MaybePromise<boolean> {
    const refresher = this.#refresher
    if (refresher.flight === undefined) {
      const now = this.#config.clocks.monotonicMs()
      if (this.#unknownKids.has(query, this.#record?.generation ?? 0)) return false
      const bucket = query.kid === undefined ? this.#kidlessBucket : this.#bucket
      if (refresher.waitMs() > 0 || !bucket.take(now)) {
        if (wasLoadedWithin(this.#config.limits.cooldownMs, this.#record, now)) return false
        throw refresher.unavailable(undefined, bucket.waitMs(now))
      }
    }
    return this.#load().then(() => true)
  }

  /**
   * Joins the flight under way, or starts one if back-off allows it. Rejects with
   * ERR_KEYS_UNAVAILABLE.
   */
  async #load(timeoutMs: number = this.#config.limits.flightTimeoutMs): Promise<void> {
    const refresher = this.#refresher
    if (refresher.flight === undefined && refresher.waitMs() > 0) throw refresher.unavailable()
    await (refresher.flight ?? refresher.start()).wait(timeoutMs)
  }
}

function isWithoutKeys(state: KeyState): boolean {
  return state === 'COLD' || state === 'EXPIRED'
}
