import { assertB64token, credentialSource, readCredentials } from '../../../lib/core/http/credentials.js'
import type { CredentialSource } from '../../../lib/core/http/credentials.js'
import { InternalError } from '../../../lib/core/errors/errors.js'
import type { InvalidRequestError } from '../../../lib/core/errors/errors.js'
import type { ResourceRequest } from '../../../lib/core/http/request.js'

const authorizationHeader = credentialSource({ kind: 'header', name: 'authorization' })
const formBody = credentialSource({ kind: 'body' })
const queryParameter = credentialSource({ kind: 'query' })
const customHeader = (name: string) => credentialSource({ kind: 'header', name })
const computed = (read: () => unknown) => credentialSource({ kind: 'function', read })
const PRIVATE = { 'cache-control': 'private' }

const requestOf = (parts: Partial<ResourceRequest>): ResourceRequest => ({
  method: 'GET',
  headers: {},
  rawHeaders: [],
  ...parts,
})

/** The token, the code of the refusal, or `undefined` for no credentials. */
const outcome = (parts: Partial<ResourceRequest>, ...sources: CredentialSource[]): string | undefined => {
  try {
    const token = readCredentials(requestOf(parts), sources)?.token
    if (token !== undefined) assertB64token(token)
    return token
  } catch (error) {
    return (error as { code: string }).code
  }
}

const form = (body: unknown, method = 'POST', contentType = 'application/x-www-form-urlencoded') =>
  outcome({ method, body, headers: { 'content-type': contentType } }, formBody)

describe('the Authorization header of a request object', () => {
  test.each([
    ['Bearer abc', 'abc'],
    ['bearer abc', 'abc'],
    ['BEARER abc', 'abc'],
    ['Bearer     abc', 'abc'],
    ['Bearer AZaz09-._~+/==', 'AZaz09-._~+/=='],
    ['Bearer', 'ERR_CREDENTIALS_MALFORMED'],
    ['Bearer ', 'ERR_CREDENTIALS_MALFORMED'],
    ['Bearer =', 'ERR_CREDENTIALS_MALFORMED'],
    ['Bearer a=b', 'ERR_CREDENTIALS_MALFORMED'],
    ['Bearer\tabc', 'ERR_CREDENTIALS_MALFORMED'],
    ['Bearer \tabc', 'ERR_CREDENTIALS_MALFORMED'],
    ['Bearer abc ', 'ERR_CREDENTIALS_MALFORMED'],
    ['Bearer abc\n', 'ERR_CREDENTIALS_MALFORMED'],
    ['Bearer abc def', 'ERR_CREDENTIALS_MALFORMED'],
    ['Bearer abc, Bearer def', 'ERR_CREDENTIALS_MALFORMED'],
    ['Bearer abc,Basic def', 'ERR_CREDENTIALS_MALFORMED'],
    ['Bearer "abc"', 'ERR_CREDENTIALS_MALFORMED'],
    ['Bearer äbc', 'ERR_CREDENTIALS_MALFORMED'],
    ['Bearer a\0c', 'ERR_CREDENTIALS_MALFORMED'],
    ['Bearer token=abc', 'ERR_CREDENTIALS_MALFORMED'],
    [' Bearer abc', 'ERR_CREDENTIALS_MALFORMED'],
    ['Bearer:abc', 'ERR_CREDENTIALS_MALFORMED'],
    ['Bearer=abc', 'ERR_CREDENTIALS_MALFORMED'],
    ['Bearerabc', 'ERR_CREDENTIALS_MALFORMED'],
    ['abc.def.ghi', 'ERR_CREDENTIALS_MALFORMED'],
    ['', 'ERR_CREDENTIALS_MALFORMED'],
    [' \t', 'ERR_CREDENTIALS_MALFORMED'],
    ['Basic dXNlcjpwYXNz', undefined],
    ['Digest username="a", realm="b"', undefined],
    ['DPoP abc', undefined],
    ['Bearers abc', undefined],
    ['NotBearer abc', undefined],
    ['"Bearer abc', 'ERR_CREDENTIALS_MALFORMED'],
    ['(x Bearer abc', 'ERR_CREDENTIALS_MALFORMED'],
  ])('%j', (authorization, expected) => {
    expect(outcome({ headers: { authorization } }, authorizationHeader)).toBe(expected)
  })

  test.each([[[]], [undefined]])(
    'is read where a serverless adapter gives raw headers of %j',
    (rawHeaders) => {
      expect(outcome({ headers: { authorization: 'Bearer abc' }, rawHeaders }, authorizationHeader)).toBe(
        'abc',
      )
    },
  )

  test.each([
    ['twice the same', ['Authorization', 'Bearer abc', 'Authorization', 'Bearer abc']],
    ['in another case', ['authorization', 'Bearer abc', 'AUTHORIZATION', 'Bearer def']],
    ['of another scheme', ['Authorization', 'Bearer abc', 'X', 'y', 'Authorization', 'Basic def']],
  ])('counts as received: %s', (_, rawHeaders) => {
    const headers = { authorization: 'Bearer abc' }

    expect(outcome({ headers, rawHeaders }, authorizationHeader)).toBe('ERR_CREDENTIALS_REPEATED')
  })

  test('does not count a value that is spelt like its name', () => {
    const rawHeaders = ['Authorization', 'Bearer abc', 'X-Name', 'authorization']

    expect(outcome({ headers: { authorization: 'Bearer abc' }, rawHeaders }, authorizationHeader)).toBe('abc')
  })

  test('does not count a header whose name is as long', () => {
    const rawHeaders = ['Authorization', 'Bearer abc', 'If-None-Match', '"x"']

    expect(outcome({ headers: { authorization: 'Bearer abc' }, rawHeaders }, authorizationHeader)).toBe('abc')
  })

  test('is repeated when an adapter gives an array', () => {
    expect(outcome({ headers: { authorization: ['Bearer a', 'Bearer b'] } }, authorizationHeader)).toBe(
      'ERR_CREDENTIALS_REPEATED',
    )
  })

  test('is what a middleware in front has made of it', () => {
    const rawHeaders = ['Authorization', 'Bearer abc']

    expect(outcome({ headers: {}, rawHeaders }, authorizationHeader)).toBeUndefined()
  })

  test('is not inherited from a polluted prototype', () => {
    const headers = Object.create({ authorization: 'Bearer abc' }) as Record<string, string>

    expect(outcome({ headers }, authorizationHeader)).toBeUndefined()
  })

  test('of the worst length is judged in linear time', () => {
    for (const text of [' '.repeat(100_000) + '!', 'a '.repeat(50_000), 'a'.repeat(100_000) + '=!'])
      expect(outcome({ headers: { authorization: `Bearer ${text}` } }, authorizationHeader)).toBe(
        'ERR_CREDENTIALS_MALFORMED',
      )
  })
})

describe('a scheme', () => {
  const schemeOf = (authorization: string): string | undefined => {
    const source = credentialSource({ kind: 'header', name: 'authorization' }, ['DPoP'])
    return readCredentials(requestOf({ headers: { authorization } }), [source])?.scheme
  }

  test.each([
    ['Bearer abc', 'Bearer'],
    ['bEARER abc', 'Bearer'],
    ['DPoP abc', 'DPoP'],
    ['dpop  abc', 'DPoP'],
    ['Basic abc', undefined],
    ['Bearer, abc', undefined],
  ])('of %j is %j', (authorization, expected) => {
    const outcomeOf = () => schemeOf(authorization)
    if (authorization === 'Bearer, abc')
      expect(outcomeOf).toThrow(expect.objectContaining({ code: 'ERR_CREDENTIALS_MALFORMED' }))
    else expect(outcomeOf()).toBe(expected)
  })
})

describe('the error of unreadable credentials', () => {
  const source = credentialSource({ kind: 'header', name: 'authorization' }, ['DPoP'])
  const errorOf = (parts: Partial<ResourceRequest>, ...sources: CredentialSource[]) => {
    try {
      assertB64token(readCredentials(requestOf(parts), sources)?.token ?? '')
    } catch (error) {
      return error as InvalidRequestError
    }
    throw new Error('These credentials are readable')
  }
  const twice = (one: string, other: string): Partial<ResourceRequest> => ({
    headers: { authorization: one },
    rawHeaders: ['Authorization', one, 'Authorization', other],
  })

  // Undefined stands for Bearer alone.
  test.each<[string, Partial<ResourceRequest>, readonly string[] | undefined]>([
    ['a bare Bearer', { headers: { authorization: 'bearer' } }, undefined],
    ['a bare DPoP', { headers: { authorization: 'dpOP' } }, ['DPoP']],
    ['no scheme at all', { headers: { authorization: 'abc.def' } }, undefined],
    ['Bearer twice', twice('Bearer abc', 'BEARER abc'), undefined],
    ['DPoP twice', twice('DPoP abc', 'dpop def'), ['DPoP', 'DPoP']],
    ['Bearer and DPoP', twice('Bearer abc', 'DPoP abc'), ['Bearer', 'DPoP']],
    ['DPoP and what is not used here', twice('DPoP abc', 'Basic def'), ['DPoP']],
    ['DPoP and nothing', twice('DPoP abc', ''), ['DPoP']],
    ['DPoP and its bare name', twice('DPoP abc', 'DPoP'), ['DPoP', 'DPoP']],
  ])('stands in the challenge of each scheme that was used: %s', (_, parts, schemes) => {
    expect(errorOf(parts, source).challenge?.schemes).toEqual(schemes)
  })

  test('stands in the challenges of both places', () => {
    const parts = { headers: { authorization: 'DPoP abc' }, url: '/?access_token=abc' }

    expect(errorOf(parts, source, queryParameter).challenge?.schemes).toEqual(['DPoP', 'Bearer'])
  })

  test.each([
    ['Bearer: abc', 'scheme_colon'],
    ['Bearer', 'token_placeholder'],
    ['eyJhbGciOiJSUzI1NiJ9.e30.c2ln', 'scheme_missing'],
    ['eyJhbGciOiJSUzI1NiJ9.e30.c2ln,eyJhbGciOiJSUzI1NiJ9.e30.c2ln', undefined],
    ['eyJ2aWV3cyI6MX0.e30.c2ln', undefined],
    ['Bearer "abc"', 'token_quoted'],
    ['Bearer Bearer abc', 'scheme_repeated'],
    ['Bearer a=b', undefined],
  ])('has a hint: %j', (authorization, hint) => {
    expect(errorOf({ headers: { authorization } }, source).hint).toBe(hint)
  })
})

describe('a form', () => {
  test.each(['POST', 'PUT', 'PATCH', 'QUERY'])('is read with %s', (method) => {
    expect(form({ access_token: 'abc' }, method)).toBe('abc')
  })

  test.each(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT', undefined])(
    'is ignored with %s, whose content has no meaning',
    (method) => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }

      expect(outcome({ method, headers, body: { access_token: 'abc' } }, formBody)).toBeUndefined()
    },
  )

  test.each(['application/x-www-form-urlencoded; charset=UTF-8', 'Application/X-WWW-Form-Urlencoded ;a=b'])(
    'is known by %s',
    (contentType) => {
      expect(form({ access_token: 'abc' }, 'POST', contentType)).toBe('abc')
    },
  )

  test.each([
    'application/json',
    'multipart/form-data; boundary=x',
    'text/plain',
    'application/x-www-form-urlencoded2',
    'application/json; application/x-www-form-urlencoded',
    '',
  ])('is not a body of type %j', (contentType) => {
    expect(form({ access_token: 'abc' }, 'POST', contentType)).toBeUndefined()
  })

  test('without a content type is none', () => {
    expect(outcome({ method: 'POST', body: { access_token: 'abc' } }, formBody)).toBeUndefined()
  })

  test.each([
    ['no body parser', undefined],
    ['null', null],
    ['a Buffer', Buffer.from('access_token=abc')],
    ['a string', 'access_token=abc'],
    ['an array', ['access_token']],
    ['an inherited member', Object.create({ access_token: 'abc' })],
    ['another member', { token: 'abc' }],
  ])('holds no token: %s', (_, body) => {
    expect(form(body)).toBeUndefined()
  })

  test.each([
    ['an array', ['abc', 'def']],
    ['an array of one', ['abc']],
    ['an object', { toString: () => 'abc' }],
    ['an empty string', ''],
    ['a space', 'a b'],
    ['a number', 1],
    ['undefined', undefined],
  ])('with a token that is %s is malformed', (_, access_token) => {
    expect(form({ access_token })).toBe('ERR_CREDENTIALS_MALFORMED')
  })

  test('of a null-prototype object is read', () => {
    expect(form(Object.assign(Object.create(null), { access_token: 'abc' }))).toBe('abc')
  })
})

describe('the query', () => {
  test.each([
    ['/?access_token=abc', 'abc'],
    ['/a?b=c&access_token=abc&d', 'abc'],
    ['/?access_token=a%2Bb', 'a+b'],
    ['https://other.example/?access_token=abc', 'abc'],
    ['/?access_token=', 'ERR_CREDENTIALS_MALFORMED'],
    ['/?access_token', 'ERR_CREDENTIALS_MALFORMED'],
    ['/?access_token=a+b', 'ERR_CREDENTIALS_MALFORMED'],
    ['/?access_token=abc&access_token=abc', 'ERR_CREDENTIALS_REPEATED'],
    ['/?access_token=abc&access%5Ftoken=def', 'ERR_CREDENTIALS_REPEATED'],
    ['/?access_token[]=abc', undefined],
    ['/?access_token[a]=abc', undefined],
    ['/?ACCESS_TOKEN=abc', undefined],
    ['/?xaccess_token=abc', undefined],
    ['/access_token=abc', undefined],
    ['/a&access_token=abc', undefined],
    ['/', undefined],
    ['', undefined],
  ])('%s', (url, expected) => {
    expect(outcome({ url }, queryParameter)).toBe(expected)
  })

  test('is that of the original request target', () => {
    expect(outcome({ url: '/', originalUrl: '/?access_token=abc' }, queryParameter)).toBe('abc')
  })

  test('of a request without a target has no token', () => {
    expect(outcome({}, queryParameter)).toBeUndefined()
  })
})

describe('a header of another name', () => {
  const source = customHeader('x-forwarded-access-token')

  test.each([
    ['abc', 'abc'],
    ['Bearer abc', 'abc'],
    ['bearer   abc', 'abc'],
    ['Bearer', 'ERR_CREDENTIALS_MALFORMED'],
    ['BEARER ', 'ERR_CREDENTIALS_MALFORMED'],
    ['Bearer abc def', 'ERR_CREDENTIALS_MALFORMED'],
    ['Basic dXNlcjpwYXNz', undefined],
    ['abc, def', 'ERR_CREDENTIALS_MALFORMED'],
    ['abc, Bearer def', 'ERR_CREDENTIALS_MALFORMED'],
    ['', undefined],
    [' ', undefined],
    [' \t ', undefined],
    [undefined, undefined],
  ])('%j', (value, expected) => {
    expect(outcome({ headers: { 'x-forwarded-access-token': value } }, source)).toBe(expected)
  })

  test('keeps the scheme of a bound token, and tells caches in any case', () => {
    const forwarded = credentialSource({ kind: 'header', name: 'x-forwarded-authorization' }, ['DPoP'])
    const read = (value: string) =>
      readCredentials(requestOf({ headers: { 'x-forwarded-authorization': value } }), [forwarded])
    const responseHeaders = { 'cache-control': 'private' }
    expect(read('dpop abc')).toEqual({ scheme: 'DPoP', token: 'abc', responseHeaders })
    expect(read('Bearer abc')).toEqual({ scheme: 'Bearer', token: 'abc', responseHeaders })
    expect(read('abc')).toEqual({ scheme: 'Bearer', token: 'abc', responseHeaders })
  })

  test('counts as received', () => {
    const headers = { 'x-forwarded-access-token': 'abc' }
    const rawHeaders = ['X-Forwarded-Access-Token', 'abc', 'x-forwarded-access-token', 'def']

    expect(outcome({ headers, rawHeaders }, source)).toBe('ERR_CREDENTIALS_REPEATED')
  })

  test.each(['constructor', '__proto__', 'toString'])('may be called %s without meaning a method', (name) => {
    expect(outcome({}, customHeader(name))).toBeUndefined()
  })
})

describe("the user's own function", () => {
  test.each([
    ['abc', 'abc'],
    ['Bearer abc', 'ERR_CREDENTIALS_MALFORMED'],
    ['', 'ERR_CREDENTIALS_MALFORMED'],
    [undefined, undefined],
  ])('that returns %j', (value, expected) => {
    expect(
      outcome(
        {},
        computed(() => value),
      ),
    ).toBe(expected)
  })

  test.each([[null], [false]])('that returns %j has found no token', (value) => {
    expect(
      outcome(
        {},
        computed(() => value),
      ),
    ).toBeUndefined()
  })

  test.each([
    ['a number', 1],
    ['true', true],
    ['an array', ['abc']],
    ['an object', {}],
    ['an object with a text', { toString: () => 'abc' }],
  ])('that returns %s has found a malformed token', (_, value) => {
    expect(
      outcome(
        {},
        computed(() => value),
      ),
    ).toBe('ERR_CREDENTIALS_MALFORMED')
  })

  test('that returns a promise is at fault, not the client', () => {
    const read = () => readCredentials(requestOf({}), [computed(() => Promise.resolve('abc'))])

    expect(read).toThrow(InternalError)
    expect(read).toThrow(expect.objectContaining({ status: 500, cause: expect.any(TypeError) }))
  })
})

describe('several places', () => {
  const everywhere = [
    authorizationHeader,
    formBody,
    queryParameter,
    customHeader('x-token'),
    computed(() => 'abc'),
  ]

  test.each([
    [0, 1],
    [0, 2],
    [1, 2],
    [2, 3],
    [3, 4],
  ])('a token in each of places %d and %d is one too many', (one, other) => {
    const request = {
      method: 'POST',
      url: '/?access_token=abc',
      headers: {
        authorization: 'Bearer abc',
        'content-type': 'application/x-www-form-urlencoded',
        'x-token': 'abc',
      },
      body: { access_token: 'abc' },
    }

    expect(outcome(request, everywhere[one]!, everywhere[other]!)).toBe('ERR_CREDENTIALS_REPEATED')
  })

  test('a place that is not enabled is not looked at', () => {
    const headers = { authorization: 'Bearer abc' }

    expect(outcome({ headers, url: '/?access_token=a&access_token=b' }, authorizationHeader)).toBe('abc')
  })

  test('credentials of another scheme beside a token are not a second token', () => {
    const headers = { authorization: 'Basic dXNlcjpwYXNz' }

    expect(outcome({ headers, url: '/?access_token=abc' }, authorizationHeader, queryParameter)).toBe('abc')
  })

  const forwarded = customHeader('x-forwarded-authorization')

  test.each<[string, Partial<ResourceRequest>, string | undefined]>([
    [
      'an empty forwarded header is no second token',
      { headers: { authorization: 'Bearer abc', 'x-forwarded-authorization': '' } },
      'abc',
    ],
    [
      'an empty Authorization header is no second token',
      { headers: { authorization: ' ', 'x-forwarded-authorization': 'Bearer abc' } },
      'abc',
    ],
    [
      'an empty Authorization header beside a bad token leaves that malformed',
      { headers: { authorization: '', 'x-forwarded-authorization': 'Bearer a=b' } },
      'ERR_CREDENTIALS_MALFORMED',
    ],
    [
      'two empty headers are an empty Authorization header',
      { headers: { authorization: '', 'x-forwarded-authorization': '' } },
      'ERR_CREDENTIALS_MALFORMED',
    ],
    ['an empty forwarded header is no token', { headers: { 'x-forwarded-authorization': '' } }, undefined],
    [
      'a scheme without a token is one too many',
      { headers: { authorization: 'Bearer abc', 'x-forwarded-authorization': 'Bearer ' } },
      'ERR_CREDENTIALS_REPEATED',
    ],
    [
      'a second forwarded header is one too many, although it is empty',
      {
        headers: { authorization: '', 'x-forwarded-authorization': 'abc' },
        rawHeaders: ['x-forwarded-authorization', 'abc', 'X-Forwarded-Authorization', ''],
      },
      'ERR_CREDENTIALS_REPEATED',
    ],
  ])('%s, in either order', (_title, request, expected) => {
    expect(outcome(request, authorizationHeader, forwarded)).toBe(expected)
    expect(outcome(request, forwarded, authorizationHeader)).toBe(expected)
  })

  test('two tokens beside an empty Authorization header are one too many', () => {
    const request = { url: '/?access_token=abc', headers: { authorization: '', 'x-token': 'abc' } }

    expect(outcome(request, queryParameter, authorizationHeader, customHeader('x-token'))).toBe(
      'ERR_CREDENTIALS_REPEATED',
    )
  })

  test('a malformed second token is one too many', () => {
    const headers = { authorization: 'Bearer abc' }

    expect(outcome({ headers, url: '/?access_token=' }, authorizationHeader, queryParameter)).toBe(
      'ERR_CREDENTIALS_REPEATED',
    )
  })
})

describe('headers of the answer', () => {
  const formRequest = {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: { access_token: 'abc' },
  }

  test.each<[string, Partial<ResourceRequest>, CredentialSource, object]>([
    [
      'none where caches know the place',
      { headers: { authorization: 'Bearer abc' } },
      authorizationHeader,
      {},
    ],
    ['private for the query', { url: '/?access_token=abc' }, queryParameter, PRIVATE],
    ['private for a form', formRequest, formBody, PRIVATE],
    ['private for another header', { headers: { 'x-token': 'abc' } }, customHeader('x-token'), PRIVATE],
    ['private for a function', {}, computed(() => 'abc'), PRIVATE],
  ])('%s', (_title, request, source, expected) => {
    expect(readCredentials(requestOf(request), [source])?.responseHeaders).toEqual(expected)
  })
})
