/**
 * Keys that an issuer publishes. Traffic drives it, no timer does: what a request finds decides whether it is served,
 * whether it waits, and whether a refresh starts. RFC 7517 §5; RFC 8725 §3.10.
 */
import { andThen } from '../base/maybe-promise.js'
import type { MaybePromise } from '../base/maybe-promise.js'
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

/** How long a caller who finds the keys past their TTL waits for newer ones before it is served with the old. */
const OVERDUE_WAIT_MS = 1000
const FORCED_INTERVAL_MS = 5000

export class RemoteKeySet implements KeySource {
  readonly #config: RemoteKeySetConfig
  readonly #refresher: Refresher
  readonly #bucket: RefreshBucket
  readonly #unknownKids: UnknownKids
  #forced: { readonly atMs: number; readonly done: Promise<void> } | undefined

  constructor(config: RemoteKeySetConfig) {
    this.#config = config
    this.#refresher = new Refresher(config)
    this.#bucket = new RefreshBucket(config.limits.cooldownMs)
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

  touch(key: VerificationKey): boolean {
    const state = this.#refresher.state()
    if (isWithoutKeys(state)) return false
    return this.#startWhenDue(state) === 0 && this.#record?.index.keys.has(key) === true
  }

  async ready(timeoutMs: number): Promise<void> {
    if (isWithoutKeys(this.#refresher.state())) await this.#load(timeoutMs)
  }

  /** Beside back-off and bucket, at most once in 5 s; who asks sooner gets the same outcome. */
  refresh(): Promise<void> {
    const now = this.#config.clocks.monotonicMs()
    if (this.#forced === undefined || now - this.#forced.atMs >= FORCED_INTERVAL_MS) {
      const flight = this.#refresher.flight ?? this.#refresher.start()
      this.#forced = { atMs: now, done: flight.wait(this.#config.limits.flightTimeoutMs) }
    }
    return this.#forced.done
  }

  purge(): void {
    this.#forced = undefined
    this.#refresher.purge()
  }

  adopt(record: KeyRecord): void {
    this.#refresher.adopt(record)
  }

  health(): KeySetHealth {
    return healthOf(this.#refresher, this.#config.clocks.now())
  }

  snapshot(): Omit<IssuerSnapshot, 'issuer'> | undefined {
    const isTrusted = !isWithoutKeys(this.#refresher.state())
    return this.#record && isTrusted ? toSnapshot(this.#record, this.#config.clocks.now()) : undefined
  }

  close(): void {
    this.#refresher.abort()
  }

  /** Starts a due refresh in the background; returns how long a caller waits for it, which is 0 but after a quiet time. */
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

  #search(query: KeyQuery, state: KeyState): MaybePromise<readonly VerificationKey[]> {
    const found = this.#record?.index.candidates(query.alg, query.kid)
    if (found !== undefined) return found
    if (state === 'STALE') throw this.#refresher.unavailable()
    return andThen(this.#refreshForUnknownKid(query), (known) => (known ? this.#searchAgain(query) : []))
  }

  /** After a refresh: what is not there now is not there. */
  #searchAgain({ alg, kid }: KeyQuery): readonly VerificationKey[] {
    if (this.#record === undefined) throw this.#refresher.unavailable()
    const { index, generation } = this.#record
    const found = index.candidates(alg, kid)
    if (found === undefined && kid !== undefined) this.#unknownKids.add(kid, generation)
    return found ?? []
  }

  /** False: the issuer is known not to publish this kid. Otherwise after a flight, or not at all (503). */
  #refreshForUnknownKid({ kid = '' }: KeyQuery): MaybePromise<boolean> {
    const refresher = this.#refresher
    if (refresher.flight === undefined) {
      const now = this.#config.clocks.monotonicMs()
      if (this.#unknownKids.has(kid, this.#record?.generation ?? 0)) return false
      if (refresher.waitMs() > 0 || !this.#bucket.take(now)) {
        if (wasLoadedWithin(this.#config.limits.cooldownMs, this.#record, now)) return false
        throw refresher.unavailable(undefined, this.#bucket.waitMs(now))
      }
    }
    return this.#load().then(() => true)
  }

  /** Joins the flight under way, or starts one where back-off allows; rejects with ERR_KEYS_UNAVAILABLE. */
  async #load(timeoutMs: number = this.#config.limits.flightTimeoutMs): Promise<void> {
    const refresher = this.#refresher
    if (refresher.flight === undefined && refresher.waitMs() > 0) throw refresher.unavailable()
    await (refresher.flight ?? refresher.start()).wait(timeoutMs)
  }
}

function isWithoutKeys(state: KeyState): boolean {
  return state === 'COLD' || state === 'EXPIRED'
}
