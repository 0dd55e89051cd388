/**
 * The verifications in progress. `purge()` starts them again and `close()` ends them, so that none
 * that began earlier lets a token pass afterwards.
 */
import type { Clocks } from '../base/clock.js'
import type { MaybePromise } from '../base/maybe-promise.js'
import { UnavailableError } from '../errors/errors.js'
import type { VerifiedToken } from '../token/verifier.js'

type Verify = (token: string) => MaybePromise<VerifiedToken>

/** Ends the wait for a verification, with the outcome of `instead`. */
type End = (instead: () => MaybePromise<VerifiedToken>) => void

/** Slow verifications may lose their trust more than once. */
const MAX_ATTEMPTS = 5

export class Verifications {
  readonly #verify: Verify
  readonly #clocks: Clocks
  readonly #pending = new Map<End, () => MaybePromise<VerifiedToken>>()

  constructor(verify: Verify, clocks: Clocks) {
    this.#verify = verify
    this.#clocks = clocks
  }

  /** Checks a result that took time once more: trust in issuer and key may have ended meanwhile. */
  verify(token: string): MaybePromise<VerifiedToken> {
    return this.#attempt(token, MAX_ATTEMPTS)
  }

  /** Starts all verifications in progress again, with the keys of now. */
  restart(): void {
    for (const [end, again] of [...this.#pending]) end(again)
  }

  /** Ends all verifications in progress with ERR_CLOSED. */
  close(): void {
    for (const end of [...this.#pending.keys()]) end(closed)
  }

  #attempt(token: string, attempts: number): MaybePromise<VerifiedToken> {
    if (attempts === 0) throw new UnavailableError('ERR_KEYS_UNAVAILABLE')
    const result = this.#verify(token)
    if (!(result instanceof Promise)) return result
    const again = (): MaybePromise<VerifiedToken> => this.#attempt(token, attempts - 1)
    return new Promise((resolve) => {
      const end: End = (instead) => {
        if (this.#pending.delete(end)) resolve(Promise.resolve().then(instead))
      }
      this.#pending.set(end, again)
      result.then(
        (verified) => {
          end(() => (verified.recheck(this.#clocks.nowSeconds()) === 'good' ? verified : again()))
        },
        (error: unknown) => {
          end(() => {
            throw error
          })
        },
      )
    })
  }
}

function closed(): never {
  throw new UnavailableError('ERR_CLOSED')
}
