/**
 * `acceptTokenFrom`: places of a token other than the Authorization header. RFC 6750 §2.2 and §2.3.
 */
import { createHmac } from 'node:crypto'
import cookieParser from 'cookie-parser'
import express from 'express'
import { resourceServer } from 'express-resource-server'
import type { ResourceServerOptions } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import { start } from '../support/http.js'
import type { Answer, Ask, Running } from '../support/http.js'

type Places = ResourceServerOptions['acceptTokenFrom']

const issuer = createTestIssuer()
const form = { 'content-type': 'application/x-www-form-urlencoded' }
let token: string

beforeAll(async () => {
  token = await issuer.token()
})

/** Of the cookies. */
const SECRET = 'a secret of this test'

const parsers: Record<string, express.RequestHandler[]> = {
  simple: [express.urlencoded({ extended: false })],
  extended: [express.urlencoded({ extended: true })],
  none: [],
  raw: [express.raw({ type: '*/*' })],
  text: [express.text({ type: '*/*' })],
  json: [express.json({ type: '*/*', strict: false })],
  cookies: [cookieParser(SECRET)],
}

const serve = (acceptTokenFrom: Places, parser: keyof typeof parsers = 'simple'): Promise<Running> => {
  const app = express()
  app.set('query parser', 'extended')
  app.use(...parsers[parser]!, (_req, _res, next) => next())
  app.use(resourceServer({ ...issuer.options, acceptTokenFrom }))
  app.use((req, res) => {
    res.json({ subject: req.auth?.subject })
  })
  app.use(((error, _req, res, _next) => {
    res.status(error.status).json({ code: error.code, cause: String(error.cause) })
  }) as express.ErrorRequestHandler)
  return start(app)
}

/** The status, and the error code if there is one. */
const outcome = ({ status, challenge }: Answer): unknown =>
  challenge?.parameters['error'] === undefined ? status : [status, challenge.parameters['error']]

const ask = async (places: Places, question: (token: string) => Ask, parser?: string): Promise<unknown> =>
  outcome(await (await serve(places, parser)).ask(question(token)))

const inForm = (t: string): Ask => ({ method: 'POST', headers: form, body: `a=b&access_token=${t}` })
const inQuery = (t: string): Ask => ({ path: `/orders?a=b&access_token=${t}` })
const BAD_REQUEST = [400, 'invalid_request']

describe('by default', () => {
  test.each<[string, (t: string) => Ask]>([
    ['a form', inForm],
    ['the query', inQuery],
    ['a header of another name', (t) => ({ headers: { 'x-access-token': t } })],
    ['a cookie', (t) => ({ headers: { cookie: `access_token=${t}` } })],
    ['Proxy-Authorization', (t) => ({ headers: { 'proxy-authorization': `Bearer ${t}` } })],
  ])('a token in %s is ignored', async (_, question) => {
    expect(await ask(undefined, question)).toBe(401)
  })

  test.each<[string, (t: string) => Ask]>([
    ['a form', (t) => ({ ...inForm('bad'), token: t })],
    ['the query, as an array', (t) => ({ path: '/?access_token=a&access_token=b', token: t })],
  ])('a second token in %s changes nothing', async (_, question) => {
    expect(await ask('header', question)).toBe(200)
  })
})

describe('a form', () => {
  test.each(['simple', 'extended'])('is read by the %s parser', async (parser) => {
    expect(await ask('body', inForm, parser)).toBe(200)
  })

  test.each<[string, (t: string) => Ask]>([
    ['with PUT', (t) => ({ ...inForm(t), method: 'PUT' })],
    ['with PATCH', (t) => ({ ...inForm(t), method: 'PATCH' })],
    [
      'with a charset',
      (t) => ({ ...inForm(t), headers: { 'content-type': `${form['content-type']}; charset=utf-8` } }),
    ],
  ])('is read %s', async (_, question) => {
    expect(await ask('body', question)).toBe(200)
  })

  test.each<[string, (t: string) => Ask]>([
    ['GET', (t) => ({ ...inForm(t), method: 'GET' })],
    ['HEAD', (t) => ({ ...inForm(t), method: 'HEAD' })],
    ['DELETE', (t) => ({ ...inForm(t), method: 'DELETE' })],
    [
      'GET that would like to be POST',
      (t) => ({
        ...inForm(t),
        method: 'GET',
        headers: {
          ...form,
          'x-http-method-override': 'POST',
          'x-http-method': 'POST',
          'x-method-override': 'POST',
        },
      }),
    ],
    ['GET with _method', (t) => ({ ...inForm(t), method: 'GET', path: '/?_method=POST' })],
  ])('is ignored with %s', async (_, question) => {
    expect(await ask('body', question)).toBe(401)
  })

  test.each<[string, string, string, (t: string) => string]>([
    ['JSON', 'json', 'application/json', (t) => JSON.stringify({ access_token: t })],
    ['plain text', 'text', 'text/plain', (t) => `access_token=${t}`],
    ['a multipart form', 'raw', 'multipart/form-data; boundary=x', (t) => `--x\r\n\r\n${t}\r\n--x--`],
    [
      'JSON read although it is no form',
      'json',
      'application/json-patch+json',
      (t) => JSON.stringify({ access_token: t }),
    ],
  ])('is not %s', async (_, parser, contentType, bodyWith) => {
    const question = (t: string): Ask => ({
      method: 'POST',
      headers: { 'content-type': contentType },
      body: bodyWith(t),
    })

    expect(await ask('body', question, parser)).toBe(401)
  })

  test.each([
    ['no body parser', 'none', (t: string) => `access_token=${t}`],
    ['a Buffer as body', 'raw', (t: string) => `access_token=${t}`],
    ['a string as body', 'text', (t: string) => `access_token=${t}`],
    ['null as body', 'json', () => 'null'],
    ['an array as body', 'json', (t: string) => `["access_token", "${t}"]`],
  ])('cannot be read from %s, and nothing breaks', async (_, parser, bodyWith) => {
    expect(await ask('body', (t) => ({ ...inForm(t), body: bodyWith(t) }), parser)).toBe(401)
  })

  test.each<[string, (t: string) => string]>([
    ['a token twice', (t) => `access_token=${t}&access_token=${t}`],
    ['an empty token', () => 'access_token='],
    ['a token array', (t) => `access_token[]=${t}`],
    ['a token object', (t) => `access_token[toString]=${t}`],
    ['a token with a scheme', (t) => `access_token=Bearer+${t}`],
  ])('with %s is malformed', async (_, bodyWith) => {
    expect(await ask('body', (t) => ({ ...inForm(t), body: bodyWith(t) }), 'extended')).toEqual(BAD_REQUEST)
  })

  test('without a token is a request without credentials', async () => {
    expect(await ask('body', (t) => ({ ...inForm(t), body: 'a=b' }))).toBe(401)
  })
})

describe('the query', () => {
  test.each<[string, (t: string) => string]>([
    ['alone', (t) => `/?access_token=${t}`],
    ['among others', (t) => `/orders?a=b&access_token=${t}&c=d`],
    ['behind a mount path', (t) => `/a/b/c?access_token=${t}`],
  ])('is read %s', async (_, pathWith) => {
    expect(await ask('query', (t) => ({ path: pathWith(t) }))).toBe(200)
  })

  test.each<[string, (t: string) => string]>([
    ['twice', (t) => `/?access_token=${t}&access_token=${t}`],
    ['a bad one first', (t) => `/?access_token=bad&access_token=${t}`],
    ['twice, once in percent-encoding', (t) => `/?access_token=${t}&%61ccess_token=${t}`],
    ['empty', () => '/?access_token='],
    ['without a value', () => '/?access_token'],
    ['with a scheme', (t) => `/?access_token=Bearer%20${t}`],
  ])('is malformed: %s', async (_, pathWith) => {
    expect(await ask('query', (t) => ({ path: pathWith(t) }))).toEqual(BAD_REQUEST)
  })

  test.each<[string, (t: string) => string]>([
    ['as an array of one', (t) => `/?access_token[]=${t}`],
    ['as an object', (t) => `/?access_token[a]=${t}`],
    ['in capitals', (t) => `/?ACCESS_TOKEN=${t}`],
    ['separated by a semicolon', (t) => `/?a=b;access_token=${t}`],
  ])('holds none: %s, whatever the query parser makes of it', async (_, pathWith) => {
    expect(await ask('query', (t) => ({ path: pathWith(t) }))).toBe(401)
  })

  test('makes a good answer private, also where it was not to be stored at all', async () => {
    const app = express()
    app.use((_req, res, next) => {
      res.set('cache-control', 'no-store')
      next()
    })
    app.use(resourceServer({ ...issuer.options, acceptTokenFrom: ['query', 'header'] }), (_req, res) => {
      res.end()
    })
    const api = await start(app)
    const directives = async (question: Ask) =>
      (await api.ask(question)).headers['cache-control']?.split(', ')

    expect(await directives({ path: `/?access_token=${token}` })).toEqual(['no-store', 'private'])
    expect(await directives({ token })).toEqual(['no-store'])
  })
})

describe('a header of another name', () => {
  test('is read, in any case', async () => {
    expect(await ask({ header: 'X-Access-Token' }, (t) => ({ headers: { 'x-access-TOKEN': t } }))).toBe(200)
  })

  test.each<[string, (t: string) => string | string[]]>([
    ['twice', (t) => [t, t]],
    ['a scheme twice', (t) => `Bearer Bearer ${t}`],
    ['a scheme alone', () => 'Bearer'],
  ])('is malformed: %s', async (_, valueWith) => {
    expect(
      await ask({ header: 'x-access-token' }, (t) => ({ headers: { 'x-access-token': valueWith(t) } })),
    ).toEqual(BAD_REQUEST)
  })

  test.each(['Bearer', 'bearer'])('may hold a copy of the Authorization header, with %s', async (scheme) => {
    const place = { header: 'X-Forwarded-Authorization' }
    const copy = (value: string) => ({ headers: { 'x-forwarded-authorization': value } })
    expect(await ask(place, (t) => copy(`${scheme} ${t}`))).toBe(200)
    expect(await ask(place, () => copy('Basic dXNlcjpwYXNz'))).toBe(401)
    expect(await ask(['header', place], (t) => ({ ...copy(`${scheme} ${t}`), token: t }))).toEqual(
      BAD_REQUEST,
    )
  })

  test('that is empty is none', async () => {
    const place = { header: 'X-Forwarded-Authorization' }
    const empty = { 'x-forwarded-authorization': '' }
    expect(await ask(place, () => ({ headers: empty }))).toBe(401)
    expect(await ask(['header', place], (t) => ({ token: t, headers: empty }))).toBe(200)
    expect(
      await ask(['header', place], (t) => ({
        headers: { authorization: '', 'x-forwarded-authorization': `Bearer ${t}` },
      })),
    ).toBe(200)
    expect(await ask(['header', place], () => ({ headers: { ...empty, authorization: '' } }))).toEqual(
      BAD_REQUEST,
    )
  })

  test('replaces the Authorization header, unless that is named too', async () => {
    expect(await ask({ header: 'x-access-token' }, (t) => ({ token: t }))).toBe(401)
    expect(await ask(['header', { header: 'x-access-token' }], (t) => ({ token: t }))).toBe(200)
  })

  test('may be Authorization itself, with its scheme', async () => {
    expect(await ask({ header: 'Authorization' }, (t) => ({ token: t }))).toBe(200)
    expect(await ask({ header: 'Authorization' }, (t) => ({ headers: { authorization: t } }))).toEqual(
      BAD_REQUEST,
    )
  })
})

describe('a function', () => {
  const cookie: Places = (request) => /(?:^|; )at=([^;]*)/.exec(String(request.headers['cookie']))?.[1]

  test.each<[string, (t: string) => Ask, unknown]>([
    ['its token', (t) => ({ headers: { cookie: `a=b; at=${t}` } }), 200],
    ['undefined', () => ({ headers: { cookie: 'a=b' } }), 401],
    ['garbage', () => ({ headers: { cookie: 'at=%20' } }), BAD_REQUEST],
    ['an empty string', () => ({ headers: { cookie: 'at=' } }), BAD_REQUEST],
  ])('finds %s', async (_, question, expected) => {
    expect(await ask(cookie, question)).toEqual(expected)
  })

  test.each<[string, () => unknown]>([
    ['undefined', () => undefined],
    ['null', () => null],
    ["'route'", () => 'route'],
    ["'router'", () => 'router'],
    ['an Error', () => new Error('x')],
  ])('that throws %s is a 500, and lets nothing pass', async (_, value) => {
    const throwing: Places = () => {
      throw value()
    }
    const { status, body } = await (await serve(throwing)).ask({ token })

    expect({ status, body }).toEqual({ status: 500, body: { code: 'ERR_INTERNAL', cause: String(value()) } })
  })

  test('that returns null has found no token', async () => {
    expect(
      await ask(
        () => null,
        (t) => ({ token: t }),
      ),
    ).toBe(401)
  })

  test.each<[string, unknown]>([['a promise', Promise.resolve('abc')]])(
    'that returns %s is a 500: the fault is not the client’s',
    async (_, value) => {
      expect(await ask((() => value) as unknown as Places, (t) => ({ token: t }))).toBe(500)
    },
  )
})

describe('a function that reads what Express and cookie-parser parsed', () => {
  const signed: Places = ['header', (request: express.Request) => request.signedCookies['token']]
  const plain: Places = ['header', (request: express.Request) => request.cookies.token]
  const query: Places = ['header', (request: express.Request) => request.query['t'] as string]
  const signedCookie = (value: string): Ask => {
    const signature = createHmac('sha256', SECRET).update(value).digest('base64').replace(/=+$/, '')
    return { headers: { cookie: `token=${encodeURIComponent(`s:${value}.${signature}`)}` } }
  }

  test.each<[string, Places, (t: string) => Ask, unknown]>([
    ['a signed cookie', signed, signedCookie, 200],
    ['no cookie', signed, () => ({}), 401],
    ['a cookie with a wrong signature', signed, (t) => ({ headers: { cookie: `token=s:${t}.abc` } }), 401],
    ['the same, and a header', signed, (t) => ({ token: t, headers: { cookie: 'token=s:a.abc' } }), 200],
    ['a signed cookie with JSON', signed, () => signedCookie('j:{"a":1}'), BAD_REQUEST],
    ['a cookie with a JSON object', plain, () => ({ headers: { cookie: 'token=j:{}' } }), BAD_REQUEST],
    ['a cookie with a JSON list', plain, () => ({ headers: { cookie: 'token=j:[1]' } }), BAD_REQUEST],
    ['a cookie with a JSON number', plain, () => ({ headers: { cookie: 'token=j:1' } }), BAD_REQUEST],
    ['a cookie with JSON false', plain, () => ({ headers: { cookie: 'token=j:false' } }), BAD_REQUEST],
    ['one parameter', query, (t) => ({ path: `/?t=${t}` }), 200],
    ['a repeated parameter', query, (t) => ({ path: `/?t=${t}&t=${t}` }), BAD_REQUEST],
    ['a parameter that is an object', query, (t) => ({ path: `/?t[a]=${t}` }), BAD_REQUEST],
  ])('answers %s as the client deserves', async (_, places, question, expected) => {
    expect(await ask(places, question, 'cookies')).toEqual(expected)
  })
})

describe('two places', () => {
  test.each<[string, Places, (t: string) => Ask]>([
    ['header and query', ['header', 'query'], (t) => ({ ...inQuery(t), token: t })],
    ['header and an empty query parameter', ['header', 'query'], (t) => ({ ...inQuery(''), token: t })],
    ['header and form', ['header', 'body'], (t) => ({ ...inForm(t), token: t })],
    ['form and query', ['body', 'query'], (t) => ({ ...inForm(t), ...inQuery(t) })],
    [
      'header and a function',
      ['header', (request) => String(request.headers['x'])],
      (t) => ({ token: t, headers: { x: t } }),
    ],
  ])('with a token each are refused: %s', async (_, places, question) => {
    expect(await ask(places, question)).toEqual(BAD_REQUEST)
  })

  test('of which one is used are fine', async () => {
    const places: Places = ['header', 'body', 'query', { header: 'x-access-token' }]
    const questions = [(t: string): Ask => ({ token: t }), inForm, inQuery]

    for (const question of questions) expect(await ask(places, question)).toBe(200)
  })
})
