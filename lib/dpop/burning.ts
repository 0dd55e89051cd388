/** Uses up proofs in the replay store: each is good once. RFC 9449 §11.1. */
import { adopt, andThen, orElse } from '../core/base/maybe-promise.js'
import type { MaybePromise } from '../core/base/maybe-promise.js'
import { isObject, isString } from '../core/base/own.js'
import { UnauthorizedError, UnavailableError } from '../core/errors/errors.js'
import type { ResponseHeaders } from '../core/http/request.js'
import type { ReplayAnswer, ReplayStore } from '../core/stores/replay-store.js'
import { assertRemembered } from './freshness.js'
import type { Freshness, FreshnessSettings } from './freshness.js'

export interface BurningSettings extends FreshnessSettings {
  readonly acceptsOnStoreFailure: boolean
  readonly nowSeconds: () => number
}

/** The key of the proof that each request has used up. */
type UsedBy = WeakMap<object, string>

/** By store: two servers in front of one route, such as one that only reports, may judge one request. */
const usedIn = new WeakMap<ReplayStore, UsedBy>()

/** A store's clock need not run exactly as the one by which proofs end. */
const SPARE_SECONDS = 1

export class ProofBurner {
  readonly #replay: ReplayStore
  readonly #settings: BurningSettings
  readonly #usedBy: UsedBy

  constructor(replay: ReplayStore, settings: BurningSettings) {
    this.#replay = replay
    this.#settings = settings
    this.#usedBy = usedIn.get(replay) ?? new WeakMap()
    usedIn.set(replay, this.#usedBy)
  }

  /**
   * Throws or rejects with `invalid_dpop_proof` if another request used the proof, and with a 503 if
   * the store cannot tell.
   */
  burn(request: object, key: string, freshness: Freshness): MaybePromise<ResponseHeaders | undefined> {
    if (this.#usedBy.get(request) === key) return undefined
    return andThen(this.#add(key, freshness.until), (known) => {
      if (known !== undefined) this.#assertUnused(known, freshness)
      this.#usedBy.set(request, key)
      return undefined
    })
  }

  /** `undefined`: the store failed, and such proofs are accepted. */
  #add(key: string, until: number): MaybePromise<ReplayAnswer | undefined> {
    const ttlSeconds = Math.max(1, Math.ceil(until - this.#settings.nowSeconds())) + SPARE_SECONDS
    return orElse<ReplayAnswer | undefined>(
      () => addTo(this.#replay, key, ttlSeconds),
      (cause) => {
        if (this.#settings.acceptsOnStoreFailure) return undefined
        throw new UnavailableError('ERR_REPLAY_STORE_UNAVAILABLE', { cause })
      },
    )
  }

  #assertUnused(known: ReplayAnswer, freshness: Freshness): void {
    const { acceptsOnStoreFailure, nonces, nowSeconds } = this.#settings
    if (!known.isNew) throw new UnauthorizedError('ERR_PROOF_REPLAYED', { error: 'invalid_dpop_proof' })
    const acceptsForgotten = acceptsOnStoreFailure && nonces === undefined
    if (!acceptsForgotten) assertRemembered(freshness, known, this.#settings, nowSeconds())
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
