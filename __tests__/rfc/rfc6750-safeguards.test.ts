/** RFC 6750 §5, threats and safeguards: every MUST and SHOULD that concerns a resource server. */
import express from 'express'
import { resourceServer } from 'express-resource-server'
import { bearerTable, bare, issuer, passed, refused, seen, serve } from '../support/bearer-table.js'
import type { BearerRow } from '../support/bearer-table.js'
import { start } from '../support/http.js'

const now = Math.floor(Date.now() / 1000)
const anywhere: BearerRow[3] = { acceptTokenFrom: ['header', 'body', 'query'] }
let token: string

beforeAll(async () => {
  token = await issuer.token({ scope: 'read' })
})

describe('RFC 6750 §5.2: threat mitigation', () => {
  bearerTable([
    [
      '§5.2 references are hard to guess: not done: a token without contents is refused, whatever it refers to',
      () => ({ token: 'mF9B5f41JqM' }),
      refused,
    ],
    [
      '§5.2 a token that its client must not read is encrypted: not done: an encrypted one is refused',
      () => ({ token: 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwidHlwIjoiYXQrand0In0..AAAA.AAAA.AAAA' }),
      refused,
    ],
    [
      '§5.2 TLS towards the client: not done: it may end at a front-end server, so plain HTTP is answered',
      (t) => ({ token: t }),
      passed,
    ],
    [
      '§5.2 confidentiality behind a front-end server: not done: what it says of the scheme is not asked for',
      (t) => ({ token: t, headers: { 'x-forwarded-proto': 'http', forwarded: 'proto=http' } }),
      passed,
    ],
  ])

  test('§5.2 the integrity of a token is verified', async () => {
    const [header, , signature] = token.split('.')
    const [, payload] = (await issuer.token({ scope: 'write' })).split('.')
    const forged = [header, payload, signature].join('.')

    expect(seen(await (await serve()).ask({ token: forged }))).toMatchObject(refused)
  })

  test('§5.2 token redirect: a server without an audience is refused at set-up, and so is a token without one', async () => {
    const aimless = await issuer.token({ aud: undefined })

    expect(() => resourceServer({ ...issuer.options, audience: undefined })).toThrow('audience: is required')
    expect(seen(await (await serve()).ask({ token: aimless }))).toMatchObject(refused)
  })

  test('§5.2 TLS towards the authorization server: metadata and keys come only over https, except on loopback', () => {
    for (const url of ['http://a.test', 'ftp://a.test', 'http://127.0.0.1.a.test']) {
      expect(() => resourceServer({ ...issuer.options, issuer: url })).toThrow('https')
      expect(() => resourceServer({ ...issuer.options, issuer: { issuer: 'a', jwksUri: url } })).toThrow(
        'https',
      )
    }
  })

  test('§5.2 the lifetime of a token is limited: one without exp is refused', async () => {
    const immortal = await issuer.token({ exp: undefined })

    expect(seen(await (await serve()).ask({ token: immortal }))).toMatchObject(refused)
  })
})

describe('RFC 6750 §5.3: the recommendations', () => {
  bearerTable([
    [
      '§5.3 a token is not passed in a page URL: one that is there is not read, unless that is asked for',
      (t) => ({ path: `/?access_token=${t}` }),
      bare,
    ],
    ['§5.3 it is passed in a header instead', (t) => ({ token: t }), passed],
  ])

  test('§5.2 and §5.3 no token is stored in a cookie, and none is read from one: nothing to forge across sites', async () => {
    const api = await serve(anywhere)
    const good = await api.ask({ token })
    const cookie = await api.ask({
      headers: { cookie: `access_token=${token}; authorization=Bearer%20${token}` },
    })

    expect(good.headers).not.toHaveProperty('set-cookie')
    expect(cookie.status).toBe(401)
  })

  test('§5.3 a token leaks to nobody: no answer repeats it', async () => {
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

  test('§5.3 a token leaks to nobody: a principal that is sent or logged does not hold it', async () => {
    const app = express()
    app.use(resourceServer(issuer.options), (req, res) => {
      res.json(req.auth)
    })
    const { text } = await (await start(app)).ask({ token })

    expect(text).toContain('user-1')
    expect(text).not.toContain(token.split('.')[2])
  })

  test('§5.3 tokens are short-lived: for the issuer to see to; not done here unless maxTokenAgeSeconds is set', async () => {
    const old = await issuer.token({ iat: now - 7200, exp: now + 7200 })

    expect(seen(await (await serve()).ask({ token: old }))).toMatchObject(passed)
    expect(seen(await (await serve({ maxTokenAgeSeconds: 3600 })).ask({ token: old }))).toMatchObject(refused)
  })

  test('§5.3 tokens have an audience: one for other resources is refused', async () => {
    const foreign = await issuer.token({ aud: ['https://b.test', 'https://c.test'] })

    expect(seen(await (await serve()).ask({ token: foreign }))).toMatchObject(refused)
  })
})
