/**
 * Failures that one token causes. Users put text of their own into answers, such as a display name,
 * and must not be able to have the endpoint taken for broken, which would refuse everybody.
 */
import { parseJson } from '../core/base/strict-json.js'
import { isObject, own } from '../core/base/own.js'
import { UnauthorizedError } from '../core/errors/errors.js'
import { UpstreamError } from '../core/errors/upstream-error.js'
import type { UpstreamProblem } from '../core/errors/upstream-error.js'

/** Of no class of its own, so that each request gets a copy of it. */
const ofOneToken = new WeakSet<UpstreamError>()

/** For an answer that cannot be used, by which nobody can say whether the token is good. */
export function oneTokenError(problem: UpstreamProblem): UpstreamError {
  const error = new UpstreamError(problem)
  ofOneToken.add(error)
  return error
}

/** How servers refuse one request for what it holds: RFC 9110 §15.5.1, §15.5.14 and §15.5.21. */
const STATUSES: ReadonlySet<number | undefined> = new Set([400, 413, 422])

export function isOfOneToken(failure: UpstreamError): boolean {
  return ofOneToken.has(failure) || STATUSES.has(failure.status)
}

const START_BYTES = 1024
/** A larger body with faults is not parsed: what strict JSON refuses may take V8 10 ms for each 64 KiB. */
const MAX_PARSED_BYTES = 64 * 1024

/** Whether a body is an attempt at an answer, and no page of HTML. No user chooses how a body begins. */
export function beginsAsObject(body: Buffer): boolean {
  return /^[ \t\r\n]*\{/.test(body.toString('latin1', 0, START_BYTES))
}

const SECOND_ACTIVE = /"active"[ \t\r\n]*:[^]*"active"[ \t\r\n]*:/
const RULES = 'introspection: an answer without repeated names, half surrogate pairs and too many values'

/**
 * The error for a body that is no object by the rules of strict JSON. `answerIn` finds the answer in
 * what an ordinary parser reads. A token with an answer is refused as malformed, active or not.
 * Parsers read two members `active` in different ways, so that such a body is no answer.
 */
export function malformedAnswer(
  body: Buffer,
  answerIn: (value: unknown) => unknown = (value) => value,
): UnauthorizedError | UpstreamError {
  if (!beginsAsObject(body)) return new UpstreamError('not_json')
  if (body.byteLength > MAX_PARSED_BYTES) return oneTokenError('too_large')
  const text = body.toString('utf8')
  const answer = answerIn(parseJson(text))
  const isAnswer = isObject(answer) && typeof own(answer, 'active') === 'boolean' && !SECOND_ACTIVE.test(text)
  return isAnswer
    ? new UnauthorizedError('ERR_TOKEN_MALFORMED', { expected: [RULES] })
    : oneTokenError('not_json')
}
