/**
 * RFC 6750 §3, challenges and error codes: every MUST and SHOULD that concerns a resource server.
 */
import express from 'express'
import { requireAnyScope, requireScopes, requireThat, resourceServer } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
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
import { closedPort, start } from '../support/http.js'
import type { Ask } from '../support/http.js'

const realm = 'example'
const now = Math.floor(Date.now() / 1000)
const optional: BearerRow[3] = { optional: true }
const form = { 'content-type': 'application/x-www-form-urlencoded' }
const noError = { ...bare, error: undefined, error_description: undefined }
let token: string

beforeAll(async () => {
  token = await issuer.token({ scope: 'read' })
})

describe('RFC 6750 §3: the WWW-Authenticate response header field', () => {
  bearerTable([
    ['§3 a request without credentials gets it', () => ({}), bare],
    [
      '§3 so does one that a guard behind an optional server stops',
      () => ({ path: '/write' }),
      bare,
      optional,
    ],
    ['§3 a token that does not enable access gets it: refused', () => ({ token: 'a.b.c' }), refused],
    [
      '§3 a token that does not enable access gets it: of too little scope',
      (t) => ({ token: t, path: '/write' }),
      { status: 403, scheme: 'Bearer' },
    ],
    ['§3 it may be there in other answers: 400', () => authorization('Bearer'), malformed],
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

  test('§3 not done: a token that a role, a claim or a predicate refuses gets none: no other token is asked for', async () => {
    const { status, challenge, body } = await (await serve()).ask({ token, path: '/denied' })

    expect({ status, challenge, error: body.error }).toEqual({
      status: 403,
      challenge: undefined,
      error: 'access_denied',
    })
  })

  test('§3 not done: a token that cannot be judged for want of keys gets none: it may be good', async () => {
    const jwksUri = `http://127.0.0.1:${await closedPort()}/jwks`
    const api = await serve({ issuer: { issuer: issuer.issuer, jwksUri } })
    const { status, challenge, headers } = await api.ask({ token })

    expect({ status, challenge }).toEqual({ status: 503, challenge: undefined })
    expect(headers).toHaveProperty('retry-after')
  })

  test('§3 not done: with neither realm nor scope nor metadata configured no auth-param follows the scheme', async () => {
    expect((await (await serve()).ask()).headers['www-authenticate']).toBe('Bearer')
  })

  test.each(['realm', 'scope', 'error', 'error_description'])(
    '§3 %s stands no more than once',
    async (name) => {
      const api = await serve({ realm: 'realm="a", scope="b", error=c, error_description="d"' })
      const field = String((await api.ask({ token, path: '/write' })).headers['www-authenticate'])
      const names = [...field.replace(/"(?:\\.|[^"\\])*"/g, '').matchAll(/\w+(?==)/g)].map(String)

      expect(names.filter((each) => each === name)).toEqual([name])
    },
  )

  test('§3 the attributes of all answers are those of this document and of RFC 9728', async () => {
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

  test.each(['', ' ', 'a b', 'a"', 'a\\', 'ä', 'a\n'])(
    '§3 a scope value of other characters is refused at set-up: %j',
    (scope) => {
      expect(() => resourceServer({ ...issuer.options, challengeScopes: [scope] })).toThrow('challengeScopes')
      expect(() => requireScopes(scope)).toThrow('requireScopes')
      expect(() => requireAnyScope(scope)).toThrow('requireAnyScope')
    },
  )

  test.each(['', ' ', 'a  b', 'a"', 'a\\', 'ä', 'a\n'])(
    '§3 so is a list of such values, or one not separated by single spaces: %j',
    (scope) => {
      expect(() => requireThat(() => true, { scope })).toThrow('requireThat')
    },
  )

  test.each([['a"'], ['a b'], ['a\n'], ['']])(
    '§3 a scope value that is computed for a request is never sent with other characters: %j',
    async (scope) => {
      const app = express()
      app.use(resourceServer({ ...issuer.options, realm }))
      app.use(requireScopes(() => [scope]))
      const { status, headers } = await (await start(app)).ask({ token })

      expect(status).toBe(500)
      expect(headers).not.toHaveProperty('www-authenticate')
    },
  )

  test('§3 error and error_description hold only %x20-21 / %x23-5B / %x5D-7E: there are three values', async () => {
    const api = await serve()
    const questions: Ask[] = [authorization('Bearer'), { token: 'a.b.c' }, { token, path: '/write' }]
    const answers = await Promise.all(questions.map((each) => api.ask(each)))

    expect(answers.map(({ challenge }) => challenge?.parameters['error'])).toEqual([
      'invalid_request',
      'invalid_token',
      'insufficient_scope',
    ])
    for (const { challenge } of answers)
      expect(challenge?.parameters['error_description']).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/)
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
    ['§3.1 invalid_request is 400: a missing value', () => ({ path: '/?access_token=' }), malformed, both],
    [
      '§3.1 invalid_request is 400: a repeated parameter',
      (t) => ({ path: `/?access_token=${t}&access_token=${t}` }),
      malformed,
      both,
    ],
    [
      '§3.1 invalid_request is 400: a repeated parameter of a form',
      (t) => ({ method: 'POST', headers: form, body: `access_token=${t}&access_token=${t}` }),
      malformed,
      { acceptTokenFrom: 'body' },
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
    [
      '§3.1 not done: another method, named only by its scheme, gets one: it may be a token without a scheme',
      () => authorization('Negotiate'),
      malformed,
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

  test('§3.1 invalid_token is 401: a revoked token: not done: it is believed until it expires or its key is withdrawn', async () => {
    const own = createTestIssuer()
    const revoked = await own.token()
    const before = await (await serve(own.options)).ask({ token: revoked })
    own.rotate()
    const after = await (await serve(own.options)).ask({ token: revoked })

    expect(before.status).toBe(200)
    expect(seen(after)).toMatchObject(refused)
  })

  test.each<[string, Ask]>([
    ['without authentication information', {}],
    ['that attempts another method', authorization('Basic YTpi')],
  ])('§3.1 a request %s gets no error information in the body either', async (_, asked) => {
    expect((await (await serve()).ask(asked)).body).toEqual({ message: expect.any(String) })
  })
})
