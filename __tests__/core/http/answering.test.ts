/** A handler whose answer fails after somebody else has answered. */
import { UnavailableError } from 'express-resource-server'
import { answerBy } from '../../../lib/core/http/answering.js'

const fault = new Error('boom')
const unavailable = new UnavailableError('ERR_KEYS_UNAVAILABLE')
const ended = { headersSent: true, writableEnded: true }
const begun = { headersSent: true, writableEnded: false }
const open = { headersSent: false, writableEnded: false }

test.each([
  ['has ended', ended, unavailable, 0],
  ['has begun', begun, unavailable, 1],
  ['has not begun', open, unavailable, 1],
  ['has ended, by a fault of the application', ended, fault, 1],
  ['has begun, by a fault of the application', begun, fault, 1],
])('an answer that fails late, when the response %s', async (_, state, thrown, calls) => {
  const errors: unknown[] = []
  const failed = Promise.reject(thrown)
  answerBy(
    () => failed,
    state as never,
    (error) => errors.push(error),
  )
  await new Promise(setImmediate)
  expect(errors).toHaveLength(calls)
})
