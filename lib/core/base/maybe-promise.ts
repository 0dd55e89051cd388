/** A value or a promise of one: a value that is available now is used in the same tick. */

export type MaybePromise<T> = T | Promise<T>

/** Continues with `next`, in the same tick if the value is available. Rejections pass through. */
export function andThen<T, U>(value: MaybePromise<T>, next: (value: T) => MaybePromise<U>): MaybePromise<U> {
  return value instanceof Promise ? value.then(next) : next(value)
}

/** Runs `next` on what `run` throws or rejects with, in the same tick if it throws. */
export function orElse<T>(
  run: () => MaybePromise<T>,
  next: (thrown: unknown) => MaybePromise<T>,
): MaybePromise<T> {
  try {
    const value = run()
    return value instanceof Promise ? value.catch(next) : value
  } catch (thrown) {
    return next(thrown)
  }
}

/** Converts what user code returned: any thenable becomes a Promise, so that `andThen` recognises it. */
export function adopt<T>(value: T | PromiseLike<T>): MaybePromise<T> {
  return isThenable(value) ? Promise.resolve(value) : value
}

/**
 * For user code that must be synchronous. Throws a TypeError for a promise, and handles its
 * rejection: an unhandled one would end the process.
 */
export function atHand<T>(answer: T): T {
  if (!isThenable(answer)) return answer
  Promise.resolve(answer).catch(() => undefined)
  throw new TypeError('A function that must be synchronous returned a promise')
}

function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return (
    (typeof value === 'object' || typeof value === 'function') &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function'
  )
}
