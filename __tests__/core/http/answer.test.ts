import { Answers } from '../../../lib/core/http/answer.js'
import type { ChallengeConfig, RenderedAnswer } from '../../../lib/core/http/answer.js'
import { ERROR_CODES } from '../../../lib/core/errors/error-codes.js'
import type { ErrorCode } from '../../../lib/core/errors/error-codes.js'
import type { ChallengeDetail } from '../../../lib/core/errors/error-detail.js'
import {
  ConfigurationError,
  ForbiddenError,
  InternalError,
  InvalidRequestError,
  UnauthorizedError,
  UnavailableError,
} from '../../../lib/core/errors/errors.js'
import type { ResourceServerError } from '../../../lib/core/errors/errors.js'
import { parseChallenges } from '../../support/challenges.js'

const NOTHING: ChallengeConfig = { realm: undefined, scopes: [], resourceMetadata: undefined }
const EVERYTHING: ChallengeConfig = {
  realm: 'orders',
  scopes: ['orders:read', 'orders:write'],
  resourceMetadata: 'https://api.test/.well-known/oauth-protected-resource',
}

const refusal = (error: ResourceServerError, config = NOTHING): RenderedAnswer =>
  new Answers(config).of(error)

const header = (error: ResourceServerError, config = NOTHING): string | undefined => {
  const field = refusal(error, config).headers['www-authenticate']
  if (field !== undefined) expect(parseChallenges(field)).toHaveLength(1)
  return field
}

const missing = new UnauthorizedError('ERR_CREDENTIALS_MISSING')
const malformed = new InvalidRequestError('ERR_CREDENTIALS_MALFORMED')
const tooOld = new UnauthorizedError('ERR_TOKEN_TOO_OLD')
const noScope = new ForbiddenError('ERR_SCOPE_INSUFFICIENT', { requiredScopes: ['a', 'b'] })

test.each([
  ['no credentials', missing, 'Bearer'],
  [
    'malformed credentials',
    malformed,
    'Bearer error="invalid_request", error_description="The credentials are malformed"',
  ],
  [
    'a refused token',
    tooOld,
    'Bearer error="invalid_token", error_description="The access token was issued too long ago"',
  ],
  [
    'a missing scope',
    noScope,
    'Bearer error="insufficient_scope", error_description="The access token lacks a required scope", scope="a b"',
  ],
])('with nothing configured the challenge for %s says only what happened', (_, error, expected) => {
  expect(header(error)).toBe(expected)
})

test.each([
  [
    'no credentials',
    missing,
    'Bearer realm="orders", scope="orders:read orders:write", resource_metadata="https://api.test/.well-known/oauth-protected-resource"',
  ],
  [
    'malformed credentials',
    malformed,
    'Bearer realm="orders", error="invalid_request", error_description="The credentials are malformed", scope="orders:read orders:write", resource_metadata="https://api.test/.well-known/oauth-protected-resource"',
  ],
  [
    'a missing scope, which is named in place of the configured ones',
    noScope,
    'Bearer realm="orders", error="insufficient_scope", error_description="The access token lacks a required scope", scope="a b", resource_metadata="https://api.test/.well-known/oauth-protected-resource"',
  ],
])('with everything configured the challenge for %s carries all of it', (_, error, expected) => {
  expect(header(error, EVERYTHING)).toBe(expected)
})

test.each<[string, ResourceServerError]>([
  ['a role', new ForbiddenError('ERR_ROLE_INSUFFICIENT')],
  ['keys that cannot be had', new UnavailableError('ERR_KEYS_UNAVAILABLE')],
  ['a predicate that threw', new InternalError('ERR_INTERNAL')],
  ['wrong wiring', new ConfigurationError('x')],
])('there is no challenge for %s, since no other token would help', (_, error) => {
  expect(header(error, EVERYTHING)).toBeUndefined()
})

test.each<[ResourceServerError, number, string]>([
  [
    missing,
    401,
    '{"message":"This request needs an access token, usually in the header \\"Authorization: Bearer <token>\\""}',
  ],
  [malformed, 400, '{"error":"invalid_request","error_description":"The credentials are malformed"}'],
  [tooOld, 401, '{"error":"invalid_token","error_description":"The access token was issued too long ago"}'],
  [
    noScope,
    403,
    '{"error":"insufficient_scope","error_description":"The access token lacks a required scope"}',
  ],
  [
    new ForbiddenError('ERR_ROLE_INSUFFICIENT'),
    403,
    '{"error":"access_denied","error_description":"A required role is missing"}',
  ],
  [
    new UnavailableError('ERR_KEYS_UNAVAILABLE'),
    503,
    '{"error":"temporarily_unavailable","error_description":"The access token cannot be verified right now"}',
  ],
  [new InternalError('ERR_INTERNAL', { cause: 'secret' }), 500, '{"error":"server_error"}'],
  [new ConfigurationError('secret'), 500, '{"error":"server_error"}'],
])('status and body of %p', (error, status, body) => {
  expect(refusal(error)).toMatchObject({ status, body, headers: { 'cache-control': 'no-store' } })
})

test.each([
  [undefined, '1'],
  [0, '1'],
  [0.2, '1'],
  [4.1, '5'],
  [30, '30'],
])('Retry-After is in whole seconds, at least one: %p', (retryAfterSeconds, expected) => {
  const detail = retryAfterSeconds === undefined ? {} : { retryAfterSeconds }

  expect(refusal(new UnavailableError('ERR_KEYS_UNAVAILABLE', detail)).headers['retry-after']).toBe(expected)
})

test('a Retry-After is that of its own outage', () => {
  const answers = new Answers(NOTHING)
  const both = [5, 9].map((retryAfterSeconds) =>
    answers.of(new UnavailableError('ERR_KEYS_UNAVAILABLE', { retryAfterSeconds })),
  )

  expect(both.map(({ headers }) => headers['retry-after'])).toEqual(['5', '9'])
})

test('an answer that is kept for its code is not given to another class of error with that code', () => {
  const answers = new Answers(NOTHING)
  const first = answers.of(new UnauthorizedError('ERR_CREDENTIALS_MALFORMED'))

  expect([first.status, answers.of(malformed).status]).toEqual([401, 400])
})

test('an answer is made once for each code, since a flood of refusals is cheap to answer then', () => {
  const answers = new Answers(EVERYTHING)

  expect(answers.of(new UnauthorizedError('ERR_TOKEN_TOO_OLD'))).toBe(answers.of(tooOld))
})

describe('with a second scheme', () => {
  const DPOP = { scheme: 'DPoP', parameters: { algs: 'ES256' } }
  const metadata = 'https://api.test/.well-known/oauth-protected-resource'
  const challengesOf = (error: ResourceServerError, offersBearer?: boolean) => {
    const answers = new Answers({
      ...EVERYTHING,
      schemes: [DPOP],
      ...(offersBearer !== undefined && { offersBearer }),
    })
    return parseChallenges(answers.of(error).headers['www-authenticate']!)
  }

  test('both have the metadata, and only Bearer has realm and scope', () => {
    expect(challengesOf(missing)).toEqual([
      {
        scheme: 'Bearer',
        parameters: { realm: 'orders', scope: 'orders:read orders:write', resource_metadata: metadata },
      },
      { scheme: 'DPoP', parameters: { resource_metadata: metadata, algs: 'ES256' } },
    ])
  })

  test('that is the only one, it has everything', () => {
    const parameters = { realm: 'orders', scope: 'orders:read orders:write', resource_metadata: metadata }
    expect(challengesOf(missing, false)).toEqual([
      { scheme: 'DPoP', parameters: { ...parameters, algs: 'ES256' } },
    ])
  })

  test.each<[string, ChallengeDetail, (string | undefined)[]]>([
    [
      'of the used scheme',
      { schemes: ['DPoP'], parameters: { scope: 'orders:any' } },
      ['orders:any', 'orders:any'],
    ],
    ['of Bearer', { schemes: ['Bearer'], parameters: { scope: 'orders:any' } }, ['orders:any', undefined]],
    [
      'of a first token',
      { schemes: ['DPoP'], parameters: { acr_values: '2' } },
      ['orders:read orders:write', undefined],
    ],
  ])('no challenge asks for other scopes than the error: those %s', (_, challenge, expected) => {
    const error = new UnauthorizedError('ERR_AUTHENTICATION_INSUFFICIENT', { challenge })
    expect(challengesOf(error).map(({ parameters }) => parameters['scope'])).toEqual(expected)
  })

  test('the error stands with the schemes that were used and are offered', () => {
    const error = new InvalidRequestError('ERR_CREDENTIALS_REPEATED', {
      challenge: { schemes: ['Bearer', 'Basic'] },
    })
    expect(challengesOf(error).map(({ parameters }) => parameters['error'])).toEqual([
      'invalid_request',
      undefined,
    ])
  })
})

test('quotes and backslashes are escaped', () => {
  const field = header(missing, { ...NOTHING, realm: 'the "a\\b" realm' })

  expect(field).toBe('Bearer realm="the \\"a\\\\b\\" realm"')
  expect(parseChallenges(field!)[0]?.parameters).toEqual({ realm: 'the "a\\b" realm' })
})

test('what no header may hold is left out: a challenge cannot be injected', () => {
  const requiredScopes = ['a\r\nSet-Cookie: b=c', 'd\0e', 'fä\u{1f600}']
  const error = new ForbiddenError('ERR_SCOPE_INSUFFICIENT', { requiredScopes })

  expect(header(error)).toMatch(/^Bearer [\x20-\x7e]+ scope="aSet-Cookie: b=c de f"$/)
  expect(() => new Headers(refusal(error).headers)).not.toThrow()
})

test.each(Object.keys(ERROR_CODES) as ErrorCode[])('the text of %s fits a challenge', (code) => {
  for (const error of [new UnauthorizedError(code), new InvalidRequestError(code)]) {
    const [challenge] = parseChallenges(header(error)!)

    expect(challenge?.scheme).toBe('Bearer')
  }
})

test('one fixed sentence stands for all refusals up to the signature', () => {
  const upToTheSignature: ErrorCode[] = [
    'ERR_TOKEN_TOO_LARGE',
    'ERR_TOKEN_MALFORMED',
    'ERR_TOKEN_TYPE',
    'ERR_ALGORITHM_NOT_ALLOWED',
    'ERR_CRITICAL_HEADER',
    'ERR_ISSUER_UNKNOWN',
    'ERR_KEY_UNKNOWN',
    'ERR_SIGNATURE_INVALID',
    'ERR_TOKEN_EXPIRED',
  ]
  const answers = upToTheSignature.map((code) => refusal(new UnauthorizedError(code)))

  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
})

describe('the answer to an error of the application, with the code of another', () => {
  const stepUp = new UnauthorizedError('ERR_TOKEN_EXPIRED', { error: 'insufficient_user_authentication' })
  const scoped = new ForbiddenError('ERR_ACCESS_DENIED', { requiredScopes: ['x'], challenge: undefined })

  test.each<[string, ResourceServerError, ResourceServerError]>([
    ['another error', stepUp, new UnauthorizedError('ERR_TOKEN_EXPIRED')],
    ['scopes', scoped, new ForbiddenError('ERR_ACCESS_DENIED')],
    ['another status', new InvalidRequestError('ERR_ACCESS_DENIED'), new ForbiddenError('ERR_ACCESS_DENIED')],
  ])('leaves the others alone: %s', (_, own, usual) => {
    for (const order of [
      [own, usual, own],
      [usual, own, usual],
    ]) {
      const answers = new Answers(NOTHING)
      expect(order.map((each) => answers.of(each))).toEqual(order.map((each) => refusal(each)))
    }
  })

  test('names the scopes that it requires', () => {
    expect(header(scoped)).toBe(
      'Bearer error="insufficient_scope", error_description="Access is denied", scope="x"',
    )
  })
})
