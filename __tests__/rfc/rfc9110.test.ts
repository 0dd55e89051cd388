/**
 * RFC 9110 §11, HTTP Authentication, with what it refers to in §5 and §15 and what §16.4.2 asks of
 * schemes: every MUST and SHOULD that concerns an origin server, by section.
 */
import express from 'express'
import { requireRoles, requireScopes, resourceServer } from 'express-resource-server'
import type { ResourceServerOptions } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import { start } from '../support/http.js'
import type { Running } from '../support/http.js'

const issuer = createTestIssuer()
const METADATA = 'https://api.test/.well-known/oauth-protected-resource'
let token: string

beforeAll(async () => {
  token = await issuer.token({ scope: 'read', roles: ['clerk'] })
})

const serve = (options: Partial<ResourceServerOptions> = {}): Promise<Running> => {
  const app = express()
  app.use(resourceServer({ ...issuer.options, ...options }))
  app.get('/scope', requireScopes('write'))
  app.get('/role', requireRoles('boss'))
  app.use((_req, res) => {
    res.json({})
  })
  return start(app)
}

const statusOf = async (authorization: string): Promise<number> =>
  (await (await serve()).ask({ headers: { authorization } })).status

const fieldOf = async (options: Partial<ResourceServerOptions>, asked = {}): Promise<string | undefined> =>
  (await (await serve(options)).ask(asked)).headers['www-authenticate']

describe('RFC 9110 §11.1: the authentication scheme', () => {
  test.each(['Bearer', 'bearer', 'BEARER', 'bEaReR'])(
    '§11.1 is a token compared without case: %s',
    async (scheme) => {
      expect(await statusOf(`${scheme} ${token}`)).toBe(200)
    },
  )

  test.each(['Bearer2', 'XBearer', 'Bear', 'Bearer-er'])(
    '§11.1 another token is another scheme: %s',
    async (scheme) => {
      expect(await statusOf(`${scheme} ${token}`)).toBe(401)
    },
  )
})

describe('RFC 9110 §11.2: authentication parameters', () => {
  test('§11.2 each name occurs once per challenge, in tokens and quoted-strings: the strict reader sees to it', async () => {
    const options = { realm: 'a', challengeScopes: ['a'], resourceMetadata: METADATA }
    const api = await serve(options)

    for (const asked of [
      {},
      { token: 'abc' },
      { token, path: '/scope' },
      { headers: { authorization: 'Bearer' } },
    ]) {
      const { challenge } = await api.ask(asked)

      expect(challenge?.parameters).toMatchObject({ realm: 'a', resource_metadata: METADATA })
    }
  })

  test('§11.2 credentials are a token68, not parameters', async () => {
    expect(await statusOf(`Bearer access_token="${token}"`)).toBe(400)
  })

  test.each(['token ="a"', 'token= "a"', 'token = a'])(
    '§11.2 and §5.6.3 bad white space around = is for parameters: here they are refused with and without it: %s',
    async (parameter) => {
      expect(await statusOf(`Bearer ${parameter}`)).toBe(400)
    },
  )
})

describe('RFC 9110 §11.3: challenge and response', () => {
  test('§11.3 a 401 has a challenge that applies to the resource', async () => {
    expect((await (await serve()).ask()).challenge?.scheme).toBe('Bearer')
  })

  test.each<[Partial<ResourceServerOptions>, string]>([
    [{ realm: 'a' }, 'Bearer realm="a"'],
    [{ challengeScopes: ['b', 'c'] }, 'Bearer scope="b c"'],
    [{ realm: 'a', challengeScopes: ['b', 'c'] }, 'Bearer realm="a", scope="b c"'],
    [{ realm: 'a', resourceMetadata: METADATA }, `Bearer realm="a", resource_metadata="${METADATA}"`],
  ])(
    '§11.3, §5.6.1.1 and §5.6.3 a challenge has no empty element, one space where there may be some, none around =: %j',
    async (options, field) => {
      expect(await fieldOf(options)).toBe(field)
    },
  )

  test('§11.3 a scheme may stand without parameters', async () => {
    expect(await fieldOf({})).toBe('Bearer')
  })
})

describe('RFC 9110 §11.4: credentials', () => {
  test.each<[string, (token: string) => string, number]>([
    ['one space', (t) => `Bearer ${t}`, 200],
    ['several spaces', (t) => `Bearer   ${t}`, 200],
    ['a tab: stricter: refused', (t) => `Bearer\t${t}`, 400],
  ])('§11.4 are a scheme and a token68 after one or more spaces: %s', async (_, value, status) => {
    expect(await statusOf(value(token))).toBe(status)
  })

  test.each<[string, object]>([
    ['that omits credentials', {}],
    ['with invalid credentials', { token: 'a.b.c' }],
    ['with credentials of a scheme that is not accepted', { headers: { authorization: 'Basic YTpi' } }],
  ])('§11.4 a request %s gets a 401 with a challenge', async (_, asked) => {
    const { status, challenge } = await (await serve()).ask(asked)

    expect({ status, scheme: challenge?.scheme }).toEqual({ status: 401, scheme: 'Bearer' })
  })

  test('§11.4 a request with partial credentials gets a challenge: with 400 in place of 401, as RFC 6750 §3.1 has it', async () => {
    const { status, challenge } = await (await serve()).ask({ headers: { authorization: 'Bearer' } })

    expect({ status, scheme: challenge?.scheme }).toEqual({ status: 400, scheme: 'Bearer' })
  })

  test('§11.4 not done: only another scheme gets 400 instead of 401: it may be a token without a scheme', async () => {
    expect([await statusOf('Negotiate'), await statusOf(token)]).toEqual([400, 400])
  })

  test.each(['/scope', '/role'])(
    '§11.4 valid credentials that are not adequate get a 403: %s',
    async (path) => {
      expect((await (await serve()).ask({ token, path })).status).toBe(403)
    },
  )

  test('§11.4 no number of refusals changes what valid credentials get', async () => {
    const api = await serve()
    for (let i = 0; i < 20; i++) await api.ask({ token: 'a.b.c' })

    expect((await api.ask({ token })).status).toBe(200)
  })
})

describe('RFC 9110 §11.5: the protection space', () => {
  test.each([
    ['orders', 'Bearer realm="orders"'],
    ['the orders', 'Bearer realm="the orders"'],
    ['a "b"', 'Bearer realm="a \\"b\\""'],
    ['a\\b', 'Bearer realm="a\\\\b"'],
    ["it's, too=", 'Bearer realm="it\'s, too="'],
  ])('§11.5 a realm is a quoted-string, never a token: %s', async (realm, field) => {
    expect(await fieldOf({ realm })).toBe(field)
  })

  test.each(['a\r\nb', 'a\nb', 'a\0b', 'a\tb', 'ä'])(
    '§11.5 and §5.5 a realm with CR, LF, NUL or what is not printable is refused at set-up: %j',
    (realm) => {
      expect(() => resourceServer({ ...issuer.options, realm })).toThrow('realm')
    },
  )

  test('§11.5 and §5.6.4 only quotes and backslashes are quoted-pairs', async () => {
    const printable = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i))
      .join('')
      .trim()
    const field = await fieldOf({ realm: printable })

    expect(field).toBe(`Bearer realm="${printable.replace(/["\\]/g, '\\$&')}"`)
  })

  test('§11.5 realms part one server into spaces: the same token may be good in one and not in another', async () => {
    const app = express()
    app.use('/one', resourceServer({ ...issuer.options, realm: 'one' }))
    app.use('/two', resourceServer({ ...issuer.options, realm: 'two', audience: 'https://two.test' }))
    app.use((_req, res) => {
      res.end()
    })
    const api = await start(app)
    const [one, two] = [await api.ask({ path: '/one', token }), await api.ask({ path: '/two', token })]

    expect([one.status, two.status, two.challenge?.parameters['realm']]).toEqual([200, 401, 'two'])
  })
})

describe('RFC 9110 §11.6: the fields', () => {
  test('§11.6.1 and §15.5.2 a 401 has WWW-Authenticate, whatever the method', async () => {
    const api = await serve({ realm: 'a' })

    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      const { status, challenge } = await api.ask({ method })

      expect({ method, status, challenge }).toEqual({
        method,
        status: 401,
        challenge: { scheme: 'Bearer', parameters: { realm: 'a' } },
      })
    }
  })

  test.each<[string, express.ErrorRequestHandler | undefined]>([
    ['Express’s own', undefined],
    ['the application’s', (error, _req, res, _next) => void res.status(error.status).send('no')],
  ])(
    '§11.6.1 and §15.5.2 a 401 has WWW-Authenticate, also by another error handler: %s',
    async (_, handler) => {
      const app = express()
      app.use(resourceServer({ ...issuer.options, realm: 'a', refusals: 'next' }))
      if (handler !== undefined) app.use(handler)
      const { status, headers } = await (await start(app)).ask({ token: 'a.b.c' })

      expect(status).toBe(401)
      expect(headers['www-authenticate']).toMatch(/^Bearer realm="a", error="invalid_token"/)
    },
  )

  test('§11.6.1 other answers may have it, where other credentials might help: 403 for a scope', async () => {
    expect((await (await serve()).ask({ token, path: '/scope' })).challenge?.parameters['scope']).toBe(
      'write',
    )
  })

  test('§11.6.1 there is one field with one challenge, so that no parser takes a parameter for a scheme', async () => {
    const api = await serve({ realm: 'a, Basic realm="b"', challengeScopes: ['Basic'] })
    const { challenge } = await api.ask()

    expect(challenge).toEqual({
      scheme: 'Bearer',
      parameters: { realm: 'a, Basic realm="b"', scope: 'Basic' },
    })
  })

  test('§11.6.1 proxies do not modify it: nor do we that of a handler behind', async () => {
    const app = express()
    app.use(resourceServer({ ...issuer.options, realm: 'a' }), (_req, res) => {
      res.status(401).set('www-authenticate', 'Digest realm="b", nonce="c"').end()
    })
    const { headers } = await (await start(app)).ask({ token })

    expect(headers['www-authenticate']).toBe('Digest realm="b", nonce="c"')
  })

  test('§11.6.1 it is kept from no client: nothing in a refusal forbids to read it', async () => {
    const { headers } = await (await serve()).ask({ headers: { origin: 'https://app.test' } })

    expect(headers).toHaveProperty('www-authenticate')
    expect(headers).not.toHaveProperty('access-control-expose-headers')
  })

  test('§11.6.2 and §5.5 white space around the value is no part of it', async () => {
    const { status } = await (
      await serve()
    ).raw(`GET / HTTP/1.1\r\nHost: a\r\nAuthorization: \t Bearer ${token} \t \r\nConnection: close\r\n\r\n`)

    expect(status).toBe(200)
  })

  test.each(['\0', '\r', '\x0b'])(
    '§11.6.2 and §5.5 a value with a control character is refused: %j',
    async (c) => {
      const { status } = await (
        await serve()
      ).raw(`GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${c}${token}\r\nConnection: close\r\n\r\n`)

      expect(status).toBe(400)
    },
  )

  test('§11.6.2 proxies do not modify it: nor do we, and a handler behind finds it as it came', async () => {
    const app = express()
    app.use(resourceServer(issuer.options), (req, res) => {
      res.json(req.headers.authorization)
    })

    expect((await (await start(app)).ask({ token })).body).toBe(`Bearer ${token}`)
  })

  test('§11.6.2 Authorization is one value: two fields are refused', async () => {
    const { status } = await (
      await serve()
    ).ask({ headers: { authorization: [`Bearer ${token}`, 'Basic YTpi'] } })

    expect(status).toBe(400)
  })

  test('§11.6.2 Authorization is one value: a list of two is refused', async () => {
    expect(await statusOf(`Bearer ${token}, Basic YTpi`)).toBe(400)
  })

  test('§11.6.2 an answer to authenticated requests is not made public: no directive is added to the handler’s own', async () => {
    expect((await (await serve()).ask({ token })).headers).not.toHaveProperty('cache-control')
  })

  test('§11.6.3 Authentication-Info is not sent: this scheme has nothing to say in it', async () => {
    expect((await (await serve()).ask({ token })).headers).not.toHaveProperty('authentication-info')
  })
})

describe('RFC 9110 §11.7: proxies', () => {
  test('§11.7.1 an origin server sends neither 407 nor Proxy-Authenticate', async () => {
    const { status, headers } = await (await serve()).ask()

    expect(status).toBe(401)
    expect(headers).not.toHaveProperty('proxy-authenticate')
  })

  test('§11.7.2 Proxy-Authorization is for proxies: it is not read', async () => {
    const headers = { 'proxy-authorization': `Bearer ${token}` }
    const api = await serve()

    expect((await api.ask({ headers })).status).toBe(401)
    expect((await api.ask({ headers, token })).status).toBe(200)
  })

  test('§11.7.3 Proxy-Authentication-Info is not sent', async () => {
    expect((await (await serve()).ask({ token })).headers).not.toHaveProperty('proxy-authentication-info')
  })
})

describe('RFC 9110 §16.4.2: what a scheme may ask', () => {
  test('§16.4.2 all that authenticates a request is in it: its connection remembers nothing', async () => {
    const app = express()
    app.use(resourceServer(issuer.options), (_req, res) => {
      res.end()
    })
    const first = `GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\n\r\n`
    const second = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
    const { status, text } = await (await start(app)).raw(`${first}${first}${second}`)

    expect([status, text.match(/HTTP\/1\.1 \d+/g)]).toEqual([200, ['HTTP/1.1 200', 'HTTP/1.1 401']])
  })

  test('§16.4.2 realm means nothing else: it does not change what a token opens', async () => {
    const [one, two] = [await serve({ realm: 'one' }), await serve({ realm: 'two' })]

    expect([(await one.ask({ token })).status, (await two.ask({ token })).status]).toEqual([200, 200])
  })
})
