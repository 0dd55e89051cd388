/** What the client sees: status, headers and body of each refusal, exactly. */
import express from 'express'
import {
  requireRoles,
  requireScopes,
  requireThat,
  resourceServer,
  UnavailableError,
} from 'express-resource-server'
import type { ResourceServerOptions } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import { closedPort, start } from '../support/http.js'
import type { Answer, Ask, Running } from '../support/http.js'

const issuer = createTestIssuer()
const METADATA = 'https://api.test/.well-known/oauth-protected-resource'
const configurations: [string, Partial<ResourceServerOptions>, Record<string, string>][] = [
  ['nothing configured', {}, {}],
  [
    'realm, scopes and metadata configured',
    {
      realm: 'the "orders" API',
      challengeScopes: ['orders:read', 'orders:write'],
      resourceMetadata: METADATA,
    },
    { realm: 'the "orders" API', scope: 'orders:read orders:write', resource_metadata: METADATA },
  ],
]

const serve = (options: ResourceServerOptions): Promise<Running> => {
  const app = express()
  app.use(resourceServer(options))
  app.all('/scope', requireScopes('orders:write', 'orders:pay'))
  app.all('/role', requireRoles('clerk'))
  app.all(
    '/predicate',
    requireThat(() => false),
  )
  app.all(
    '/predicate-with-scope',
    requireThat(() => false, { scope: 'orders:all' }),
  )
  app.all(
    '/outage',
    requireThat(() => {
      throw new UnavailableError('ERR_KEYS_UNAVAILABLE', { retryAfterSeconds: 7 })
    }),
  )
  app.use((_req, res) => {
    res.json({})
  })
  return start(app)
}

/** The headers that this package sets. */
const seen = ({ status, headers, challenge, text }: Answer) => ({
  status,
  challenge,
  retryAfter: headers['retry-after'],
  body: text,
  contentType: headers['content-type'],
  cacheControl: headers['cache-control'],
  contentLength: Number(headers['content-length']),
})

const NO_CREDENTIALS = {
  message: 'This request needs an access token, usually in the header "Authorization: Bearer <token>"',
}

const answer = (status: number, parameters: object | undefined, body: object, retryAfter?: string) => {
  const text = JSON.stringify(body)
  return {
    status,
    challenge: parameters && { scheme: 'Bearer', parameters },
    retryAfter,
    body: text,
    contentType: 'application/json',
    cacheControl: 'no-store',
    contentLength: text.length,
  }
}

describe.each(configurations)('with %s', (_, options, configured) => {
  const { realm, resource_metadata } = configured
  const known = {
    ...(realm !== undefined && { realm }),
    ...(resource_metadata !== undefined && { resource_metadata }),
  }
  let api: Running

  beforeAll(async () => {
    api = await serve({ ...issuer.options, ...options })
  })

  const rows: [string, (token: string) => Ask, number, object | undefined, object, object?][] = [
    ['no credentials', () => ({}), 401, configured, {}, NO_CREDENTIALS],
    [
      'another scheme',
      () => ({ headers: { authorization: 'Basic YTpi' } }),
      401,
      configured,
      {},
      NO_CREDENTIALS,
    ],
    [
      'malformed credentials',
      () => ({ headers: { authorization: 'Bearer' } }),
      400,
      configured,
      { error: 'invalid_request', error_description: 'The credentials are malformed' },
    ],
    [
      'repeated credentials',
      (t) => ({ headers: { authorization: [`Bearer ${t}`, `Bearer ${t}`] } }),
      400,
      configured,
      { error: 'invalid_request', error_description: 'The request has more than one access token' },
    ],
    [
      'a refused token',
      () => ({ token: 'a.b.c' }),
      401,
      configured,
      {
        error: 'invalid_token',
        error_description: 'The access token is malformed, expired or not from a trusted issuer',
      },
    ],
    [
      'a missing scope',
      (token) => ({ token, path: '/scope' }),
      403,
      { ...known, scope: 'orders:write orders:pay' },
      { error: 'insufficient_scope', error_description: 'The access token lacks a required scope' },
    ],
    [
      'a missing role',
      (token) => ({ token, path: '/role' }),
      403,
      undefined,
      { error: 'access_denied', error_description: 'A required role is missing' },
    ],
    [
      'a predicate that says no',
      (token) => ({ token, path: '/predicate' }),
      403,
      undefined,
      { error: 'access_denied', error_description: 'Access is denied' },
    ],
    [
      'a predicate that says no, with a scope that would help',
      (token) => ({ token, path: '/predicate-with-scope' }),
      403,
      { ...known, scope: 'orders:all' },
      { error: 'insufficient_scope', error_description: 'Access is denied' },
    ],
  ]

  test.each(rows)('%s', async (_row, question, status, parameters, error, body = error) => {
    const given = await api.ask(question(await issuer.token({ scope: 'orders:read' })))

    expect(seen(given)).toEqual(answer(status, parameters && { ...parameters, ...error }, body))
  })

  test('an outage that a guard met has Retry-After and no challenge', async () => {
    const body = {
      error: 'temporarily_unavailable',
      error_description: 'The access token cannot be verified right now',
    }
    const given = await api.ask({ token: await issuer.token(), path: '/outage' })

    expect(seen(given)).toEqual(answer(503, undefined, body, '7'))
  })

  test('unavailable keys are 503 with Retry-After and no challenge', async () => {
    const jwksUri = `http://127.0.0.1:${await closedPort()}/jwks`
    const away = await serve({ ...issuer.options, ...options, issuer: { issuer: issuer.issuer, jwksUri } })
    const { status, headers, challenge, body } = await away.ask({ token: await issuer.token() })

    expect({ status, challenge, error: body.error }).toEqual({
      status: 503,
      challenge: undefined,
      error: 'temporarily_unavailable',
    })
    expect(headers['retry-after']).toMatch(/^[1-9]\d*$/)
  })

  test.each(rows)('%s, asked for with HEAD, has the same headers and no body', async (_row, question) => {
    const asked = question(await issuer.token({ scope: 'orders:read' }))
    const [get, head] = [await api.ask(asked), await api.ask({ ...asked, method: 'HEAD' })]

    expect(head.text).toBe('')
    expect(seen(head)).toEqual({ ...seen(get), body: '' })
  })
})

describe('the challenge for no credentials, as a field', () => {
  test.each<[Partial<ResourceServerOptions>, string]>([
    [{}, 'Bearer'],
    [{ realm: 'orders' }, 'Bearer realm="orders"'],
    [{ challengeScopes: ['a', 'b'] }, 'Bearer scope="a b"'],
    [{ challengeScopes: ['a', 'b', 'a'] }, 'Bearer scope="a b"'],
    [{ resourceMetadata: METADATA }, `Bearer resource_metadata="${METADATA}"`],
    [
      { realm: 'a "b" \\c', challengeScopes: ['a'], resourceMetadata: METADATA },
      `Bearer realm="a \\"b\\" \\\\c", scope="a", resource_metadata="${METADATA}"`,
    ],
  ])('%p', async (options, field) => {
    const api = await serve({ ...issuer.options, ...options })

    expect((await api.ask()).headers['www-authenticate']).toBe(field)
  })
})

test.each(['text/html', 'application/json', '*/*', 'image/png;q=0'])(
  'a body is JSON whatever the client accepts, here %s',
  async (accept) => {
    const { headers, body } = await (
      await serve(issuer.options)
    ).ask({ token: '<script>', headers: { accept } })

    expect(headers['content-type']).toBe('application/json')
    expect(body.error).toBe('invalid_request')
  },
)

test('a refusal takes nothing from the request: no line, no header, no word', async () => {
  const api = await serve(issuer.options)
  const evil = 'evil\r\nSet-Cookie: a=b\r\n\r\n<script>"\\'
  const tokens = await Promise.all([
    issuer.token({ iss: evil }),
    issuer.token({ aud: evil }),
    issuer.token({ header: { kid: evil } }),
    issuer.token({ header: { typ: evil } }),
    issuer.token({ header: { alg: evil } }),
    issuer.token({ exp: evil }),
  ])

  for (const token of [...tokens, await issuer.token({ scope: evil })]) {
    const { status, headers, text } = await api.ask({ token, path: '/scope' })

    expect(status === 401 || status === 403).toBe(true)
    expect(headers).not.toHaveProperty('set-cookie')
    expect(JSON.stringify(headers) + text).not.toMatch(/evil|<script/)
  }
})

test('all refusals up to the signature look alike', async () => {
  const api = await serve(issuer.options)
  const good = await issuer.token()
  const [header, payload, signature] = good.split('.') as [string, string, string]
  const now = Math.floor(Date.now() / 1000)
  const tokens = [
    'opaque',
    'a.b.c',
    good.slice(0, -4),
    `${header}.${payload}.${signature.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))}`,
    await issuer.token({ iss: 'https://other.test' }),
    await issuer.token({ header: { kid: 'unknown' } }),
    await issuer.token({ header: { alg: 'none' } }),
    await issuer.token({ header: { typ: 'secevent+jwt' } }),
    await issuer.token({ header: { crit: ['exp'] } }),
    await issuer.token({ iat: now - 900, exp: now - 600 }),
    await createTestIssuer().token(),
  ]
  const answers = await Promise.all(tokens.map((token) => api.ask({ token })))

  expect(new Set(answers.map((each) => JSON.stringify(seen(each)))).size).toBe(1)
  expect(answers[0]?.status).toBe(401)
})
