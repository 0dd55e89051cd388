/** RFC 6750 §3 to §5, challenges, error codes and safeguards: every MUST and SHOULD that concerns a resource server. */
import { requireScopes, resourceServer } from 'express-resource-server'
import {
  authorization,
  bare,
  bearerTable,
  issuer,
  malformed,
  passed,
  refused,
  seen,
  serve,
} from '../support/bearer-table.js'
import type { BearerRow } from '../support/bearer-table.js'

const realm = 'example'
const now = Math.floor(Date.now() / 1000)
const anywhere: BearerRow[3] = { acceptTokenFrom: ['header', 'body', 'query'] }
const noError = { ...bare, error: undefined, error_description: undefined }
let token: string

beforeAll(async () => {
  token = await issuer.token({ scope: 'read' })
})

describe('RFC 6750 §3: the WWW-Authenticate response header field', () => {
  bearerTable([
    ['§3 a request without credentials gets it', () => ({}), bare],
    ['§3 a token that does not enable access gets it', () => ({ token: 'a.b.c' }), refused],
    ['§3 it may be there in other answers: 400', () => authorization('Bearer'), malformed],
    [
      '§3 it may be there in other answers: 403',
      (t) => ({ token: t, path: '/write' }),
      { status: 403, scheme: 'Bearer' },
    ],
    ['§3 it is not in a successful answer', (t) => ({ token: t }), passed],
    ['§3 the auth-scheme is Bearer, whatever the client wrote', () => authorization('bearer a.b.c'), refused],
    [
      '§3 one or more auth-params follow it, where there is something to say',
      () => ({}),
      { ...bare, realm },
      { realm },
    ],
    ['§3 realm may be there, as configured', () => ({ token: 'a.b.c' }), { ...refused, realm }, { realm }],
    [
      '§3 scope may be there, space-delimited',
      () => ({}),
      { ...bare, scope: 'a b' },
      { challengeScopes: ['a', 'b'] },
    ],
    ['§3 scope keeps its case', () => ({}), { ...bare, scope: 'Read' }, { challengeScopes: ['Read'] }],
    [
      '§3 scope may hold %x21 / %x23-5B / %x5D-7E',
      (t) => ({ token: t, path: '/write' }),
      { status: 403, scope: 'write https://a.test/b!~' },
    ],
    [
      '§3 a refused token gets an error attribute',
      () => ({ token: 'a.b.c' }),
      { ...refused, error_description: expect.any(String) },
    ],
    ['§3 error_uri is not sent', () => ({ token: 'a.b.c' }), { ...refused, error_uri: undefined }],
  ])

  test('§3 not done: with neither realm nor scope nor metadata configured no auth-param follows the scheme', async () => {
    expect((await (await serve()).ask()).headers['www-authenticate']).toBe('Bearer')
  })

  test.each(['', ' ', 'a b', 'a"', 'a\\', 'ä', 'a\n'])(
    '§3 a scope value of other characters is refused at set-up: %j',
    (scope) => {
      expect(() => resourceServer({ ...issuer.options, challengeScopes: [scope] })).toThrow('challengeScopes')
      expect(() => requireScopes(scope)).toThrow('requireScopes')
    },
  )

  test('§3 each attribute stands once, in its characters: the strict reader sees to it', async () => {
    const api = await serve({
      realm: 'a "b" \\c',
      challengeScopes: ['a', 'b'],
      resourceMetadata: 'https://a.test/m',
    })
    const { challenge } = await api.ask({ token: 'a.b.c' })

    expect(Object.keys(challenge!.parameters)).toEqual([
      'realm',
      'error',
      'error_description',
      'scope',
      'resource_metadata',
    ])
  })
})

describe('RFC 6750 §3.1: error codes', () => {
  const both: BearerRow[3] = { acceptTokenFrom: ['header', 'query'] }

  bearerTable([
    [
      '§3.1 invalid_request is 400: an otherwise malformed request',
      () => authorization('Bearer a b'),
      malformed,
    ],
    [
      '§3.1 invalid_request is 400: a repeated parameter',
      (t) => ({ path: `/?access_token=${t}&access_token=${t}` }),
      malformed,
      both,
    ],
    [
      '§3.1 invalid_request is 400: a repeated header',
      (t) => authorization([`Bearer ${t}`, `Bearer ${t}`]),
      malformed,
    ],
    [
      '§3.1 invalid_request is 400: more than one method',
      (t) => ({ token: t, path: `/?access_token=${t}` }),
      malformed,
      both,
    ],
    [
      '§3.1 invalid_request is 400: an unsupported value',
      () => ({ path: '/?access_token=%20' }),
      malformed,
      both,
    ],
    ['§3.1 invalid_token is 401: a malformed token', () => ({ token: 'abc' }), refused],
    [
      '§3.1 insufficient_scope is 403, and names the scope that is needed',
      (t) => ({ token: t, path: '/write' }),
      { status: 403, scheme: 'Bearer', error: 'insufficient_scope', scope: expect.stringMatching(/^write /) },
    ],
    ['§3.1 a request without authentication information gets no error code', () => ({}), noError],
    [
      '§3.1 a request that attempts another method gets no error code',
      () => authorization('Basic YTpi'),
      noError,
    ],
  ])

  test.each<[string, object]>([
    ['expired', { iat: now - 900, exp: now - 600 }],
    ['not yet valid', { nbf: now + 600 }],
    ['of another issuer', { iss: 'https://other.test' }],
    ['for another resource', { aud: 'https://other.test' }],
    ['invalid for other reasons', { sub: 7 }],
  ])('§3.1 invalid_token is 401: a token that is %s', async (_, claims) => {
    expect(seen(await (await serve()).ask({ token: await issuer.token({ ...claims }) }))).toMatchObject(
      refused,
    )
  })

  test('§3.1 a request without authentication information gets no error information in the body either', async () => {
    expect((await (await serve()).ask()).text).toBe('{}')
  })

  test('§3.1 not done: what no scope grants is 403 without a challenge, for no error code fits', async () => {
    const { status, challenge, body } = await (await serve()).ask({ token, path: '/denied' })

    expect({ status, challenge, error: body.error }).toEqual({
      status: 403,
      challenge: undefined,
      error: 'access_denied',
    })
  })
})

describe('RFC 6750 §5: security considerations', () => {
  test('§5.2 the integrity of a token is verified', async () => {
    const [header, , signature] = token.split('.')
    const [, payload] = (await issuer.token({ scope: 'write' })).split('.')
    const forged = [header, payload, signature].join('.')

    expect(seen(await (await serve()).ask({ token: forged }))).toMatchObject(refused)
  })

  test('§5.2 the lifetime of a token is limited: one without exp is refused', async () => {
    const immortal = await issuer.token({ exp: undefined })

    expect(seen(await (await serve()).ask({ token: immortal }))).toMatchObject(refused)
  })

  test('§5.2 token redirect: a server without an audience is refused at set-up, and so is a token without one', async () => {
    const aimless = await issuer.token({ aud: undefined })

    expect(() => resourceServer({ ...issuer.options, audience: undefined })).toThrow('audience: is required')
    expect(seen(await (await serve()).ask({ token: aimless }))).toMatchObject(refused)
  })

  test('§5.3 keys that tokens are verified by are fetched over TLS alone, but for loopback', () => {
    for (const url of ['http://a.test', 'ftp://a.test', 'http://127.0.0.1.a.test']) {
      expect(() => resourceServer({ ...issuer.options, issuer: url })).toThrow('https')
      expect(() => resourceServer({ ...issuer.options, issuer: { issuer: 'a', jwksUri: url } })).toThrow(
        'https',
      )
    }
  })

  test('§5.3 no token is stored in a cookie, and none is read from one', async () => {
    const api = await serve(anywhere)
    const good = await api.ask({ token })
    const cookie = await api.ask({
      headers: { cookie: `access_token=${token}; authorization=Bearer%20${token}` },
    })

    expect(good.headers).not.toHaveProperty('set-cookie')
    expect(cookie.status).toBe(401)
  })

  test('§5.3 no answer repeats the token', async () => {
    const api = await serve(anywhere)
    for (const asked of [
      { token: `${token}x` },
      { path: `/write?access_token=${token}` },
      { token: `${token} x` },
    ]) {
      const { headers, text } = await api.ask(asked)

      expect(JSON.stringify(headers) + text).not.toContain(token.split('.')[1])
    }
  })
})
