/** A value that may be at hand already: the answer to a request then needs no tick of the event loop. */

export type MaybePromise<T> = T | Promise<T>

/** Continues with `next`, in the same tick when the value is at hand. A rejection passes through. */
export function andThen<T, U>(value: MaybePromise<T>, next: (value: T) => MaybePromise<U>): MaybePromise<U> {
  return value instanceof Promise ? value.then(next) : next(value)
}

/** Adopts what user code returned: a thenable of any make becomes a Promise, so that `andThen` sees it. */
export function adopt<T>(value: T | PromiseLike<T>): MaybePromise<T> {
  return isThenable(value) ? Promise.resolve(value) : value
}

/**
 * For user code that has to answer at once. A promise in place of the answer is an error, and one that rejects is caught here:
 * unhandled, it would end the process.
 */
export function atHand<T>(answer: T): T {
  if (!isThenable(answer)) return answer
  Promise.resolve(answer).catch(() => undefined)
  throw new TypeError('A function that has to answer at once returned a promise')
}

function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return (
    (typeof value === 'object' || typeof value === 'function') &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function'
  )
}
