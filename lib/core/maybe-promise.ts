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

function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return (
    (typeof value === 'object' || typeof value === 'function') &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function'
  )
}
