/** RFC 9110 §11, HTTP Authentication: every MUST and SHOULD that concerns an origin server, by section. */
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

  test('§11.2 white space is neither bad nor good around what is no parameter: stricter: refused', async () => {
    expect(await statusOf(`Bearer ${token} = `)).toBe(400)
  })
})

describe('RFC 9110 §11.3: challenge and response', () => {
  test('§11.3 a 401 has a challenge that applies to the resource', async () => {
    expect((await (await serve()).ask()).challenge?.scheme).toBe('Bearer')
  })

  test('§11.3 a challenge is a scheme with parameters after one space, separated by comma and space', async () => {
    expect(await fieldOf({ realm: 'a', challengeScopes: ['b', 'c'] })).toBe('Bearer realm="a", scope="b c"')
  })

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

  test('§11.4 a request with partial credentials gets a challenge: RFC 6750 §3.1 has 400 in place of 401', async () => {
    const { status, challenge } = await (await serve()).ask({ headers: { authorization: 'Bearer' } })

    expect({ status, scheme: challenge?.scheme }).toEqual({ status: 400, scheme: 'Bearer' })
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
  test('§11.6.1 a 401 has WWW-Authenticate, also for HEAD', async () => {
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

  test('§11.6.1 it is kept from no client: nothing in a refusal forbids to read it', async () => {
    const { headers } = await (await serve()).ask({ headers: { origin: 'https://app.test' } })

    expect(headers).toHaveProperty('www-authenticate')
    expect(headers).not.toHaveProperty('access-control-expose-headers')
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
  test('§11.7 an origin server sends neither 407 nor Proxy-Authenticate, and reads no Proxy-Authorization', async () => {
    const { status, headers } = await (
      await serve()
    ).ask({ headers: { 'proxy-authorization': `Bearer ${token}` } })

    expect(status).toBe(401)
    expect(headers).not.toHaveProperty('proxy-authenticate')
  })
})
