/** Answers a refusal or passes it on: exactly once, and only as one of this package's errors. */
import type { Exchange } from '../access/context.js'
import { toResourceServerError } from '../errors/errors.js'
import type { ResourceServerError } from '../errors/errors.js'
import type { Answers, RenderedAnswer } from '../http/answer.js'
import type { ResourceResponse } from '../http/request.js'
import { respond, setHeaders } from '../http/respond.js'
import { publishRefused } from './events.js'
import { schemeOf } from './refused-scheme.js'

export interface RefusalSettings {
  readonly answers: Answers
  readonly refusals: 'respond' | 'next'
  readonly isReportOnly: boolean
}

/**
 * `next` is called once, or the response is ended. Status 500 always goes to `next`: it is the
 * application's fault. Any other refusal that comes after somebody has ended the response is only an
 * event.
 */
export function refuse(thrown: unknown, { req, res, next }: Exchange, settings: RefusalSettings): void {
  const { isReportOnly } = settings
  let failure: unknown
  try {
    const error = toResourceServerError(thrown)
    publishRefused(error, req, isReportOnly)
    if (!isReportOnly) failure = write(error, res, settings)
  } catch (cause) {
    failure = toResourceServerError(cause)
  }
  if (isReportOnly) next()
  else if (failure !== undefined) next(failure)
}

/** Returns the error if `next` must have it. */
function write(
  error: ResourceServerError,
  res: ResourceResponse,
  { answers, refusals }: RefusalSettings,
): ResourceServerError | undefined {
  const answer = answerTo(error, answers)
  // Express would close the connection, on which the client may have sent its next request.
  if (res.writableEnded === true && error.status !== 500) return undefined
  if (res.headersSent === true) return error
  if (refusals === 'next' || error.status === 500) {
    setHeaders(answer.errorHeaders, res)
    return error
  }
  respond(answer, res)
  return undefined
}

/** Renders an error, and gives it the headers of its answer. */
export function answerTo(error: ResourceServerError, answers: Answers): RenderedAnswer {
  const answer = answers.of(error, schemeOf(error))
  // A copy, as applications add headers of their own. `Reflect.set` does not throw if the error is frozen.
  Reflect.set(error, 'headers', { ...answer.errorHeaders })
  return answer
}
