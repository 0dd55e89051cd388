/** `next` for callers that nobody can catch errors of, such as the continuation of a promise. */
import type { Next, ResourceResponse } from './request.js'

/**
 * Passes an error on at most once. If the error handlers throw in turn, the connection ends: an
 * unhandled rejection would end the process, and a stranger's token may have caused it. What the
 * next handlers of a good request throw is not caught.
 */
export function containedNext(next: Next, res: ResourceResponse): Next {
  return (error?: unknown) => {
    if (error === undefined) {
      next()
      return
    }
    try {
      next(error)
    } catch {
      res.destroy?.()
    }
  }
}
