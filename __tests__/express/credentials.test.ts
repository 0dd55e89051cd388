/** The Authorization header as it arrives over HTTP: RFC 6750 §2.1. */
import express from 'express'
import { requireScopes, resourceServer } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import { start } from '../support/http.js'
import type { Answer, Running } from '../support/http.js'

const issuer = createTestIssuer()
let api: Running
let token: string

beforeAll(async () => {
  token = await issuer.token({ scope: 'read' })
  const app = express()
  app.use(resourceServer(issuer.options))
  app.all('/', requireScopes('read'), (req, res) => {
    res.json({ subject: req.auth?.subject })
  })
  api = await start(app)
})

/** Every refusal leaves the server able to serve the next good token. */
afterEach(async () => {
  expect((await api.ask({ token })).status).toBe(200)
})

const summary = ({ status, challenge, body }: Answer) => ({
  status,
  error: challenge?.parameters['error'],
  body,
})

const passed = { status: 200, error: undefined, body: { subject: 'user-1' } }
const noCredentials = {
  status: 401,
  error: undefined,
  body: { message: expect.stringContaining('access token') },
}
const malformed = {
  status: 400,
  error: 'invalid_request',
  body: { error: 'invalid_request', error_description: 'The credentials are malformed' },
}
const repeated = {
  status: 400,
  error: 'invalid_request',
  body: { error: 'invalid_request', error_description: 'The request has more than one access token' },
}
const untrusted = {
  status: 401,
  error: 'invalid_token',
  body: {
    error: 'invalid_token',
    error_description: 'The access token is malformed, expired or not from a trusted issuer',
  },
}

const raw = (...fields: string[]): Promise<Answer> =>
  api.raw(['GET / HTTP/1.1', 'Host: api.test', 'Connection: close', ...fields, '', ''].join('\r\n'))

test.each<[string, (token: string) => string, object]>([
  ['Bearer and a token', (t) => `Bearer ${t}`, passed],
  ['the scheme in lower case', (t) => `bearer ${t}`, passed],
  ['the scheme in capitals', (t) => `BEARER ${t}`, passed],
  ['the scheme in mixed case', (t) => `bEaReR ${t}`, passed],
  ['several spaces', (t) => `Bearer    ${t}`, passed],
  ['white space around the value, which is no part of it', (t) => ` \tBearer ${t} \t`, passed],
  ['a tab after the scheme', (t) => `Bearer\t${t}`, malformed],
  ['a space and a tab', (t) => `Bearer \t${t}`, malformed],
  ['only the scheme', () => 'Bearer', malformed],
  ['the scheme and a space', () => 'Bearer ', malformed],
  ['an empty value', () => '', malformed],
  ['only the token', (t) => t, malformed],
  ['a token glued to the scheme', (t) => `Bearer${t}`, malformed],
  ['a colon after the scheme', (t) => `Bearer:${t}`, malformed],
  ['a colon and a space', (t) => `Bearer: ${t}`, malformed],
  ['an equals sign after the scheme', (t) => `Bearer=${t}`, malformed],
  ['a word after the token', (t) => `Bearer ${t} foo`, malformed],
  ['a word before the token', (t) => `Bearer foo ${t}`, malformed],
  ['a token in quotes', (t) => `Bearer "${t}"`, malformed],
  ['a token as a parameter', (t) => `Bearer token=${t}`, malformed],
  ['two tokens joined by a comma', (t) => `Bearer ${t}, Bearer ${t}`, malformed],
  ['another scheme joined by a comma', (t) => `Bearer ${t}, Basic dXNlcjpwYXNz`, malformed],
  ['a comma at the end', (t) => `Bearer ${t},`, malformed],
  ['a percent sign', (t) => `Bearer %20${t}`, malformed],
  ['a letter beyond ASCII', (t) => `Bearer \xe4${t}`, malformed],
  ['another scheme', () => 'Basic dXNlcjpwYXNz', noCredentials],
  ['another scheme with parameters', () => 'Digest username="a", realm="b"', noCredentials],
  ['another scheme before a token', (t) => `Basic dXNlcjpwYXNz, Bearer ${t}`, noCredentials],
  ['DPoP, while no proofs are supported', (t) => `DPoP ${t}`, noCredentials],
  ['a scheme that begins like ours', (t) => `Bearers ${t}`, noCredentials],
  ['a token of 14 KB', () => `Bearer ${'a'.repeat(14_000)}`, untrusted],
  ['8000 spaces', () => `Bearer ${' '.repeat(8000)}!`, malformed],
  ['4000 words', () => `Bearer ${'a '.repeat(4000)}!`, malformed],
])('the header holds %s', async (_, valueWith, expected) => {
  expect(summary(await raw(`Authorization: ${valueWith(token)}`))).toEqual(expected)
})

test('there is no header', async () => {
  expect(summary(await raw())).toEqual(noCredentials)
})

test.each(['authorization', 'AUTHORIZATION', 'AuThOrIzAtIoN'])('the header is called %s', async (name) => {
  expect(summary(await raw(`${name}: Bearer ${token}`))).toEqual(passed)
})

test.each<[string, (token: string) => [string, string]]>([
  ['the same value', (t) => [`Bearer ${t}`, `Bearer ${t}`]],
  ['a bad token second', (t) => [`Bearer ${t}`, 'Bearer bad']],
  ['a bad token first', (t) => ['Bearer bad', `Bearer ${t}`]],
  ['another scheme second', (t) => [`Bearer ${t}`, 'Basic dXNlcjpwYXNz']],
  ['another scheme first', (t) => ['Basic dXNlcjpwYXNz', `Bearer ${t}`]],
  ['an empty value second', (t) => [`Bearer ${t}`, '']],
])('there are two headers: %s', async (_, valuesWith) => {
  const [first, second] = valuesWith(token)

  expect(summary(await raw(`Authorization: ${first}`, 'X: y', `aUTHORIZATION: ${second}`))).toEqual(repeated)
})

test.each(['\0', '\x01', '\x7f', '\n'])(
  'a control character in the token never passes: %j',
  async (character) => {
    const { status } = await raw(`Authorization: Bearer ${token}${character}b`)

    expect([400, 401]).toContain(status)
  },
)

test('a folded line never passes as two', async () => {
  expect((await raw(`Authorization: Bearer ${token}`, ` b`)).status).toBe(400)
})

test('a header of 100 KB is refused by Node before anything of ours runs', async () => {
  const { status, challenge } = await raw(`Authorization: Bearer ${'a'.repeat(100_000)}`)

  expect({ status, challenge }).toEqual({ status: 431, challenge: undefined })
})

test('a token beyond maxTokenBytes is refused as one of the untrusted, wherever Node draws its line', async () => {
  const app = express()
  app.use(resourceServer({ ...issuer.options, maxTokenBytes: 256 }))
  const small = await start(app)

  expect(token.length).toBeGreaterThan(256)
  expect(summary(await small.ask({ token }))).toEqual(untrusted)
})

test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('%s needs credentials too', async (method) => {
  expect((await api.ask({ method })).status).toBe(401)
  expect((await api.ask({ method, token })).status).toBe(200)
})

test('a preflight gets no special treatment: cors() stands in front', async () => {
  const headers = { origin: 'https://app.test', 'access-control-request-method': 'GET' }

  expect(summary(await api.ask({ method: 'OPTIONS', headers }))).toEqual(noCredentials)
})

test('a request target in absolute form is served', async () => {
  const { status } = await api.raw(
    `GET http://other.test/ HTTP/1.1\r\nHost: api.test\r\nConnection: close\r\nAuthorization: Bearer ${token}\r\n\r\n`,
  )

  expect(status).toBe(200)
})

test('credentials in the trailers of a request are ignored', async () => {
  const { status } = await api.raw(
    `POST / HTTP/1.1\r\nHost: api.test\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nTrailer: Authorization\r\n\r\n0\r\nAuthorization: Bearer ${token}\r\n\r\n`,
  )

  expect(status).toBe(401)
})

/** Positions in header, payload and signature, and the last character. */
const PLACES = [0, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 1]

test.each<[string, () => Promise<string>]>([
  ['accepted', () => issuer.token()],
  ['remembered', () => Promise.resolve(token)],
  ['expired', () => issuer.token({ exp: 1 })],
  ["a stranger's", () => issuer.token({ iss: 'https://stranger.test' })],
  ['of an algorithm that is not allowed', () => issuer.token({ header: { alg: 'none' } })],
  ['critical in its header', () => issuer.token({ header: { crit: ['x'] } })],
  ['no JWS', () => Promise.resolve('opaque-token-of-some-length')],
])(
  'a foreign character anywhere makes credentials malformed, also where the token would be %s',
  async (_, make) => {
    const whole = await make()
    for (const foreign of [' ', '!', '"', ',', ':', '=.', '\u00e4']) {
      for (const place of PLACES) {
        const at = Math.round(place * whole.length)
        const authorization = `Bearer ${whole.slice(0, at)}${foreign}${whole.slice(at)}`
        // Leading spaces follow the scheme, and trailing ones are ignored.
        if (foreign === ' ' && (at === 0 || at === whole.length)) continue
        expect(summary(await api.ask({ headers: { authorization } }))).toEqual(malformed)
      }
    }
  },
)

test('a foreign character makes them malformed also where the token would be too large', async () => {
  const app = express()
  app.use(resourceServer({ ...issuer.options, maxTokenBytes: 300 }))
  const { ask } = await start(app)
  expect(summary(await ask({ token }))).toEqual(untrusted)
  expect(summary(await ask({ token: `${token}!` }))).toEqual(malformed)
})

test('a header that somebody changes while the issuer is resolved is not read again', async () => {
  const resolved = resourceServer({
    issuer: async (iss) => Promise.resolve({ issuer: iss, jwks: issuer.jwks, algorithms: ['ES256'] }),
    audience: issuer.options.audience,
  })
  const app = express()
  app.use((req, res, next) => {
    resolved(req, res, next)
    Object.assign(req.headers, { authorization: ['Bearer a', 'Bearer b'] })
  })
  const { ask } = await start(app)
  expect(summary(await ask({ token }))).toEqual(untrusted)
})
