/** The requests that wait for introspection, of which there are only so many. */
import { throwCopy } from '../core/errors/copy.js'
import { UnavailableError } from '../core/errors/errors.js'

/** Each holds a request open. */
const MAX_WAITERS = 10_000

export class Waiters {
  #count = 0

  /** Every waiter has an error of its own. Rejects with ERR_OVERLOADED if there are too many. */
  async wait<T>(call: Promise<T>): Promise<T> {
    if (this.#count >= MAX_WAITERS) {
      call.catch(() => undefined)
      throw new UnavailableError('ERR_OVERLOADED')
    }
    this.#count++
    try {
      return await call
    } catch (thrown) {
      throwCopy(thrown)
    } finally {
      this.#count--
    }
  }
}
