/** A handler whose answer fails after somebody else has answered. */
import { answerBy } from '../../../lib/core/http/answering.js'

test.each([
  ['has ended', { headersSent: true, writableEnded: true }, 0],
  ['has begun', { headersSent: true, writableEnded: false }, 1],
  ['has not begun', { headersSent: false, writableEnded: false }, 1],
])('an answer that fails late, when the response %s', async (_, state, calls) => {
  const errors: unknown[] = []
  const failed = Promise.reject(new Error('boom'))
  answerBy(
    () => failed,
    state as never,
    (error) => errors.push(error),
  )
  await new Promise(setImmediate)
  expect(errors).toHaveLength(calls)
})
