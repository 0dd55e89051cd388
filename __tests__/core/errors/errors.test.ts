import { inspect } from 'node:util'
import { ERROR_CODES } from '../../../lib/core/errors/error-codes.js'
import type { ErrorCode } from '../../../lib/core/errors/error-codes.js'
import {
  ConfigurationError,
  ForbiddenError,
  guarded,
  InternalError,
  InvalidRequestError,
  ResourceServerError,
  toResourceServerError,
  UnauthorizedError,
  UnavailableError,
} from '../../../lib/core/errors/errors.js'

test.each<[ResourceServerError, number, string | undefined, boolean]>([
  [new InvalidRequestError('ERR_CREDENTIALS_MALFORMED'), 400, 'invalid_request', true],
  [new UnauthorizedError('ERR_CREDENTIALS_MISSING'), 401, undefined, true],
  [new UnauthorizedError('ERR_TOKEN_EXPIRED'), 401, 'invalid_token', true],
  [new ForbiddenError('ERR_ROLE_INSUFFICIENT'), 403, 'access_denied', true],
  [new ForbiddenError('ERR_SCOPE_INSUFFICIENT', { requiredScopes: ['a'] }), 403, 'insufficient_scope', true],
  [new UnavailableError('ERR_KEYS_UNAVAILABLE'), 503, 'temporarily_unavailable', false],
  [new InternalError('ERR_INTERNAL'), 500, 'server_error', false],
  [new ConfigurationError('wrong'), 500, 'server_error', false],
])('%p has a status, a value of error and whether it may be shown', (refusal, status, error, expose) => {
  expect(refusal).toBeInstanceOf(ResourceServerError)
  expect(refusal).toBeInstanceOf(Error)
  expect({ status: refusal.status, error: refusal.error, expose: refusal.expose }).toEqual({
    status,
    error,
    expose,
  })
  expect(refusal.headers).toEqual({})
})

test.each([
  [InvalidRequestError, 'InvalidRequestError'],
  [UnauthorizedError, 'UnauthorizedError'],
  [ForbiddenError, 'ForbiddenError'],
  [UnavailableError, 'UnavailableError'],
  [InternalError, 'InternalError'],
])('%p is called by its name, and carries no stack frames', (Class, name) => {
  const error = new Class('ERR_INTERNAL')

  expect(error.name).toBe(name)
  expect(error.stack).toBe(`${name}: ${error.message}`)
})

test('a ConfigurationError keeps its stack, and starts it where it was made', () => {
  const error = new ConfigurationError('audience: is wrong', 'audience')

  expect(error).toMatchObject({
    code: 'ERR_CONFIGURATION',
    message: 'audience: is wrong',
    option: 'audience',
  })
  expect(error.stack).toContain('ConfigurationError: audience: is wrong')
  expect(error.stack?.split('\n')[1]).toContain('errors.test.ts')
})

test('wrong wiring has a code of its own and names no option', () => {
  expect(new ConfigurationError('no server in front')).toMatchObject({
    code: 'ERR_WIRING',
    option: undefined,
  })
})

test('stacks of other errors are as deep as before', () => {
  const limit = Error.stackTraceLimit
  new UnauthorizedError('ERR_TOKEN_EXPIRED')

  expect(Error.stackTraceLimit).toBe(limit)
})

// A failing test for errors.ts: the limit stays 0 for the whole process.
test('stacks of other errors are as deep as before, even after a code that does not exist', () => {
  const limit = Error.stackTraceLimit
  try {
    expect(() => new UnauthorizedError('ERR_TYPO' as ErrorCode)).toThrow(TypeError)
    expect(Error.stackTraceLimit).toBe(limit)
  } finally {
    Error.stackTraceLimit = limit
  }
})

test('a cause is kept, and there is no cause without one', () => {
  const cause = new Error('why')

  expect(new UnavailableError('ERR_KEYS_UNAVAILABLE', { cause }).cause).toBe(cause)
  expect(new UnavailableError('ERR_KEYS_UNAVAILABLE')).not.toHaveProperty('cause')
})

test.each([
  ['undefined', undefined],
  ['null', null],
  ['false', false],
  ["'route'", 'route'],
  ["'router'", 'router'],
  ['an Error', new Error('x')],
  ['an object that looks like ours', { status: 401, code: 'ERR_TOKEN_EXPIRED' }],
])('%s that was thrown becomes an InternalError with it as cause', (_, thrown) => {
  const error = toResourceServerError(thrown)

  expect(error).toBeInstanceOf(InternalError)
  expect(error.code).toBe('ERR_INTERNAL')
  expect(error.cause).toBe(thrown)
})

test('one of ours stays what it is', () => {
  const error = new ForbiddenError('ERR_ACCESS_DENIED')

  expect(toResourceServerError(error)).toBe(error)
  expect(() =>
    guarded(() => {
      throw error
    }),
  ).toThrow(error)
})

test('guarded gives what the code returns, and an InternalError for what it throws', () => {
  expect(guarded(() => 1)).toBe(1)
  expect(() => guarded(() => JSON.parse('{'))).toThrow(InternalError)
})

describe.each(Object.entries(ERROR_CODES))('%s', (code, { message, description }) => {
  test('has a message of printable ASCII', () => {
    expect(message).toMatch(/^[\x20-\x7e]+$/)
  })

  test('is described to clients without quotes, backslashes and name=', () => {
    expect(description ?? 'None').toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/)
    expect(description ?? 'None').not.toMatch(/\w=/)
  })

  test('stands in the text of an inspected error', () => {
    expect(inspect(new UnauthorizedError(code as ErrorCode))).toContain(code)
  })
})
