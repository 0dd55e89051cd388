/** What a conventional error handler shows: `err.message` if `err.expose`, and `err.stack` in the log. */
import { inspect } from 'node:util'
import express from 'express'
import { requireThat, resourceServer } from 'express-resource-server'
import type { Handler, ResourceServerError } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import { ERROR_CODES } from '../../../lib/core/errors/error-codes.js'
import type { ErrorCode } from '../../../lib/core/errors/error-codes.js'
import { ConfigurationError, InternalError, UnauthorizedError } from '../../../lib/core/errors/errors.js'
import { start } from '../../support/http.js'

const issuer = createTestIssuer()
const nowSeconds = Math.floor(Date.now() / 1000)

/** Answers as most applications do, and keeps what it would log. */
async function ask(token: string, guard: Handler = requireThat(() => true)) {
  const logged: ResourceServerError[] = []
  const app = express()
  app.use(resourceServer({ ...issuer.options, refusals: 'next' }), guard)
  app.use(((error, _req, res, _next) => {
    logged.push(error)
    res.status(error.statusCode).json({ message: error.expose ? error.message : 'Internal error' })
  }) as express.ErrorRequestHandler)
  const answer = await (await start(app)).ask({ token })
  return { answer, error: logged[0]! }
}

/** The token with another part in place of the one at `index`. */
async function broken(index: number, part: string): Promise<string> {
  return (await issuer.token()).split('.').with(index, part).join('.')
}

const UP_TO_THE_SIGNATURE: readonly (readonly [ErrorCode, () => Promise<string>])[] = [
  ['ERR_TOKEN_MALFORMED', async () => 'opaque'],
  ['ERR_TOKEN_TYPE', () => issuer.token({ header: { typ: 'logout+jwt' } })],
  ['ERR_ALGORITHM_NOT_ALLOWED', () => issuer.token({ header: { alg: 'none' } })],
  ['ERR_CRITICAL_HEADER', () => issuer.token({ header: { crit: ['exp'] } })],
  ['ERR_ISSUER_UNKNOWN', () => issuer.token({ iss: 'https://elsewhere.test' })],
  ['ERR_KEY_UNKNOWN', () => issuer.token({ header: { kid: 'unknown' } })],
  ['ERR_SIGNATURE_INVALID', () => broken(2, 'AAAA')],
  ['ERR_TOKEN_EXPIRED', () => issuer.token({ exp: nowSeconds - 3600 })],
]

describe('A handler that sends err.message', () => {
  test.each(UP_TO_THE_SIGNATURE)('does not tell the client of %s', async (code, token) => {
    const { answer, error } = await ask(await token())

    expect(error).toMatchObject({ code, detail: ERROR_CODES[code].detail })
    expect(answer.body).toEqual({
      message: 'The access token is malformed, expired or not from a trusted issuer',
    })
    expect(String(error.stack)).not.toContain(error.detail)
  })

  test('gets the same sentence for every code that shares it', () => {
    const shown = UP_TO_THE_SIGNATURE.map(([code]) => new UnauthorizedError(code).message)
    expect(new Set(shown).size).toBe(1)
  })
})

/** They are answered with 503, whose message error handlers do not send. */
const NOT_EXPOSED: readonly string[] = [
  'ERR_KEYS_UNAVAILABLE',
  'ERR_INTROSPECTION_UNAVAILABLE',
  'ERR_ISSUER_UNRESOLVED',
  'ERR_OVERLOADED',
  'ERR_REPLAY_STORE_UNAVAILABLE',
  'ERR_REVOCATION_STORE_UNAVAILABLE',
  'ERR_CLOSED',
]

test.each(
  Object.entries(ERROR_CODES).filter(([code, text]) => text.description && !NOT_EXPOSED.includes(code)),
)('the message of %s is what the client may read', (_code, { message, description }) => {
  expect(message).toBe(description)
})

test('the operator sees the detail when the error is printed', () => {
  expect(inspect(new UnauthorizedError('ERR_SIGNATURE_INVALID'))).toContain('The signature is invalid')
})

test('the detail of a configuration error is its message', () => {
  expect(new ConfigurationError('audience: is wrong', 'audience')).toMatchObject({
    message: 'audience: is wrong',
    detail: 'audience: is wrong',
    description: undefined,
  })
})

describe('The stack of a 500', () => {
  test.each<[string, () => Promise<boolean>, RegExp]>([
    ['throws an error', () => Promise.reject(new TypeError('no database')), /TypeError: no database\n +at /],
    [
      'throws an error that has a cause',
      () => Promise.reject(new Error('outer', { cause: new RangeError('inner') })),
      /Error: outer[^]*RangeError: inner/,
    ],
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
    ['throws text', () => Promise.reject('just text'), /just text/],
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
    ['throws an object', () => Promise.reject({ reason: 'an object' }), /an object/],
  ])('names the cause when a predicate %s', async (_, predicate, cause) => {
    const { error, answer } = await ask(await issuer.token(), requireThat(predicate))

    expect(error.stack).toMatch(/^InternalError: Code given to the resource server failed\n\[cause\]: /)
    expect(error.stack).toMatch(cause)
    expect(answer.text).not.toMatch(cause)
  })

  test('is made even if the cause cannot be shown', () => {
    const cause = {
      [inspect.custom]() {
        throw new Error('hostile')
      },
    }
    expect(new InternalError('ERR_INTERNAL', { cause }).stack).toContain('could not be shown')
  })

  test('can be replaced, as some loggers do', () => {
    const error = new InternalError('ERR_INTERNAL', { cause: new Error('why') })
    error.stack = 'short'
    expect(error.stack).toBe('short')
  })

  test('has no cause without one', () => {
    const { message, stack } = new InternalError('ERR_INTERNAL')
    expect(stack).toBe(`InternalError: ${message}`)
  })
})
