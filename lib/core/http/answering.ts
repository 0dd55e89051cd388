/** For handlers that answer by themselves: whatever fails reaches `next`, exactly once. */
import type { ServerResponse } from 'node:http'
import type { MaybePromise } from '../base/maybe-promise.js'
import { toResourceServerError } from '../errors/errors.js'
import type { Answer } from './answer.js'
import { containedNext } from './contained-next.js'
import type { Next } from './request.js'
import { respond } from './respond.js'

/**
 * Sends the answer of `make`. Does nothing if somebody else has answered while `make` waited, such
 * as a middleware with a time limit. If `make` fails then, an error of the application still reaches
 * `next`, and others unless the response has ended: Express would close the connection, and the
 * client's next request with it.
 */
export function answerBy(make: () => MaybePromise<Answer>, res: ServerResponse, next: Next): void {
  let answer: MaybePromise<Answer>
  try {
    answer = make()
  } catch (thrown) {
    next(toResourceServerError(thrown))
    return
  }
  if (!(answer instanceof Promise)) {
    send(answer, res, next)
    return
  }
  const contained = containedNext(next, res)
  answer.then(
    (made) => {
      if (!res.headersSent && !res.destroyed) send(made, res, contained)
    },
    (thrown: unknown) => {
      const error = toResourceServerError(thrown)
      if (!res.writableEnded || error.status === 500) contained(error)
    },
  )
}

/** Calls `next` outside the `try`: errors of its handlers are not this one's. */
function send(answer: Answer, res: ServerResponse, next: Next): void {
  let failure: unknown
  try {
    respond(answer, res)
  } catch (thrown) {
    failure = toResourceServerError(thrown)
  }
  if (failure !== undefined) next(failure)
}
