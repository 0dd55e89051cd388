/** Trust in a key may end while a verification is pending, in the thread pool or in a schema. */
import type { MaybePromise } from '../base/maybe-promise.js'
import { UnavailableError } from '../errors/errors.js'

const MAX_ATTEMPTS = 3

/**
 * Verifies, and again if the result is no longer trusted when it arrives. A result that is available
 * at once needs no second question. Rejects with ERR_KEYS_UNAVAILABLE after three attempts.
 */
export function whileTrusted<T>(
  verify: () => MaybePromise<T>,
  isTrusted: (result: T) => boolean,
  attempts: number = MAX_ATTEMPTS,
): MaybePromise<T> {
  const result = verify()
  if (!(result instanceof Promise)) return result
  return result.then((verified) => {
    if (isTrusted(verified)) return verified
    if (attempts === 1) throw new UnavailableError('ERR_KEYS_UNAVAILABLE')
    return whileTrusted(verify, isTrusted, attempts - 1)
  })
}
