/** Uses up proofs in the replay store: each is good once. RFC 9449 §11.1. */
import { adopt, andThen, orElse } from '../core/base/maybe-promise.js'
import type { MaybePromise } from '../core/base/maybe-promise.js'
import { isObject, isString } from '../core/base/own.js'
import { UnauthorizedError, UnavailableError } from '../core/errors/errors.js'
import type { ReplayAnswer, ReplayStore } from '../core/stores/replay-store.js'
import { assertRemembered } from './freshness.js'
import type { Freshness, FreshnessSettings } from './freshness.js'
import { MAX_AHEAD_SECONDS } from './nonce.js'

export interface BurningSettings extends FreshnessSettings {
  readonly acceptsOnStoreFailure: boolean
  readonly nowSeconds: () => number
}

/** What the store said about the proof of one request. Servers in front of one route may judge it by different rules. */
interface Used {
  readonly key: string
  readonly outcome: MaybePromise<Outcome>
}

type Outcome = ReplayAnswer | StoreFailure

class StoreFailure {
  readonly cause: unknown

  constructor(cause: unknown) {
    this.cause = cause
  }
}

/** What all methods with one store have in common. */
interface Shared {
  readonly usedBy: WeakMap<object, Used>
  /** For each rule of freshness, the seconds from now for which a proof can be accepted at most. */
  readonly lifetimes: Map<string, number>
}

const sharedIn = new WeakMap<ReplayStore, Shared>()

/** A store's clock need not run exactly as the one by which proofs end. */
const SPARE_SECONDS = 1
/** The next server may see the request a while later. */
const PASSING_SECONDS = 10

export class ProofBurner {
  readonly #replay: ReplayStore
  readonly #settings: BurningSettings
  readonly #rule: string
  readonly #shared: Shared

  constructor(replay: ReplayStore, settings: BurningSettings) {
    this.#replay = replay
    this.#settings = settings
    this.#shared = sharedIn.get(replay) ?? { usedBy: new WeakMap(), lifetimes: new Map() }
    sharedIn.set(replay, this.#shared)
    const { rule, seconds } = lifetimeOf(settings)
    this.#rule = rule
    this.#shared.lifetimes.set(rule, seconds)
  }

  /**
   * Throws or rejects with `invalid_dpop_proof` if another request used the proof, and with a 503 if
   * the store cannot tell. The store is asked once about one request, unless it failed: what a request
   * has added itself would look used to it. `identity` is the same object for all copies of a request.
   */
  burn(identity: object, key: string, freshness: Freshness): MaybePromise<undefined> {
    const used = this.#shared.usedBy.get(identity)
    if (used?.key !== key) return this.#use(identity, key, freshness)
    return andThen(used.outcome, (outcome) => {
      if (outcome instanceof StoreFailure && !this.#settings.acceptsOnStoreFailure)
        return this.#use(identity, key, freshness, outcome)
      this.#assertUnused(outcome, freshness)
      return undefined
    })
  }

  #use(identity: object, key: string, freshness: Freshness, failure?: StoreFailure): MaybePromise<undefined> {
    const nowSeconds = this.#settings.nowSeconds()
    const until = Math.max(freshness.until, nowSeconds + this.#secondsOfOthers())
    const ttlSeconds = Math.max(1, Math.ceil(until - nowSeconds)) + SPARE_SECONDS
    const added = orElse<Outcome>(
      () => addTo(this.#replay, key, ttlSeconds),
      (cause) => new StoreFailure(cause),
    )
    const outcome = failure === undefined ? added : andThen(added, (again) => afterFailure(again, failure))
    this.#shared.usedBy.set(identity, { key, outcome })
    return andThen(outcome, (answer) => {
      this.#assertUnused(answer, freshness)
      return undefined
    })
  }

  /** A proof is kept for as long as any server that has this store by now would accept it. */
  #secondsOfOthers(): number {
    const { lifetimes } = this.#shared
    if (lifetimes.size === 1) return 0
    const others = [...lifetimes].map(([rule, seconds]) => (rule === this.#rule ? 0 : seconds))
    return Math.max(...others) + PASSING_SECONDS
  }

  #assertUnused(outcome: Outcome, freshness: Freshness): void {
    const { acceptsOnStoreFailure, nonces, nowSeconds } = this.#settings
    if (outcome instanceof StoreFailure) {
      if (acceptsOnStoreFailure) return
      throw new UnavailableError('ERR_REPLAY_STORE_UNAVAILABLE', { cause: outcome.cause })
    }
    if (!outcome.isNew) throw new UnauthorizedError('ERR_PROOF_REPLAYED', { error: 'invalid_dpop_proof' })
    const acceptsForgotten = acceptsOnStoreFailure && nonces === undefined
    if (!acceptsForgotten) assertRemembered(freshness, outcome, this.#settings, nowSeconds())
  }
}

/** The store may have added the key although it failed to say so: then it cannot tell who did. */
function afterFailure(outcome: Outcome, failure: StoreFailure): Outcome {
  return outcome instanceof StoreFailure || outcome.isNew ? outcome : failure
}

function lifetimeOf(settings: FreshnessSettings): { readonly rule: string; readonly seconds: number } {
  const { proofMaxAgeSeconds, clockToleranceSeconds, nonces } = settings
  if (nonces !== undefined) {
    const { lifetimeSeconds } = nonces
    return { rule: `nonce ${String(lifetimeSeconds)}`, seconds: lifetimeSeconds + MAX_AHEAD_SECONDS }
  }
  return {
    rule: `age ${String(proofMaxAgeSeconds)} ${String(clockToleranceSeconds)}`,
    seconds: proofMaxAgeSeconds + 2 * clockToleranceSeconds,
  }
}

const NEW: ReplayAnswer = { isNew: true, ageSeconds: Infinity, birth: '' }
const USED: ReplayAnswer = { isNew: false, ageSeconds: Infinity, birth: '' }

/** A store without an age is taken for one that never lost a key. */
function addTo(replay: ReplayStore, key: string, ttlSeconds: number): MaybePromise<ReplayAnswer> {
  if (replay.addWithAge === undefined)
    return andThen(adopt<unknown>(replay.add(key, ttlSeconds)), (isNew) =>
      assertBoolean(isNew) ? NEW : USED,
    )
  return andThen(adopt<unknown>(replay.addWithAge(key, ttlSeconds)), (answer) => {
    const { isNew, ageSeconds, birth } = isObject(answer) ? answer : {}
    if (typeof ageSeconds !== 'number' || !(ageSeconds >= 0) || !isString(birth))
      throw new TypeError('addWithAge of a replay store must answer with { isNew, ageSeconds, birth }')
    return { isNew: assertBoolean(isNew), ageSeconds, birth }
  })
}

function assertBoolean(answer: unknown): boolean {
  if (typeof answer === 'boolean') return answer
  throw new TypeError('A replay store must answer with true or false')
}
