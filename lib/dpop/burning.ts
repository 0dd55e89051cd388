/** Uses up proofs in the replay store: each is good once. RFC 9449 §11.1. */
import { adopt, andThen } from '../core/base/maybe-promise.js'
import type { MaybePromise } from '../core/base/maybe-promise.js'
import { UnauthorizedError, UnavailableError } from '../core/errors/errors.js'
import type { ResponseHeaders } from '../core/http/request.js'
import type { ReplayStore } from '../core/stores/replay-store.js'

type Answer = MaybePromise<ResponseHeaders | undefined>

/** The key of the proof that each request has used up. */
type UsedBy = WeakMap<object, string>

/** By store: two servers in front of one route, such as one that only reports, may judge one request. */
const usedIn = new WeakMap<ReplayStore, UsedBy>()

/** A store's clock need not run exactly as the one by which proofs end. */
const SPARE_SECONDS = 1

export class ProofBurner {
  readonly #replay: ReplayStore
  readonly #acceptsOnStoreFailure: boolean
  readonly #usedBy: UsedBy

  constructor(replay: ReplayStore, { acceptsOnStoreFailure }: { readonly acceptsOnStoreFailure: boolean }) {
    this.#replay = replay
    this.#acceptsOnStoreFailure = acceptsOnStoreFailure
    this.#usedBy = usedIn.get(replay) ?? new WeakMap()
    usedIn.set(replay, this.#usedBy)
  }

  /**
   * Throws or rejects with `invalid_dpop_proof` if another request used the proof, and with a 503 if
   * the store cannot tell.
   */
  burn(request: object, key: string, ttlSeconds: number): Answer {
    if (this.#usedBy.get(request) === key) return undefined
    return andThen(this.#add(key, Math.max(1, Math.ceil(ttlSeconds)) + SPARE_SECONDS), (mayPass) => {
      if (!mayPass) throw new UnauthorizedError('ERR_PROOF_REPLAYED', { error: 'invalid_dpop_proof' })
      this.#usedBy.set(request, key)
      return undefined
    })
  }

  /** Whether the proof may pass. */
  #add(key: string, ttlSeconds: number): MaybePromise<boolean> {
    const fail = (cause: unknown): boolean => {
      if (this.#acceptsOnStoreFailure) return true
      throw new UnavailableError('ERR_REPLAY_STORE_UNAVAILABLE', { cause })
    }
    const judge = (isNew: unknown): boolean =>
      typeof isNew === 'boolean'
        ? isNew
        : fail(new TypeError('A replay store must answer with true or false'))
    let added: MaybePromise<unknown>
    try {
      added = adopt<unknown>(this.#replay.add(key, ttlSeconds))
    } catch (cause) {
      return fail(cause)
    }
    return added instanceof Promise ? added.then(judge, fail) : judge(added)
  }
}
