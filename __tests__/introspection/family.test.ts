/** Attacks on introspection, and what real servers answer. RFC 7662, RFC 9701. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { gzipSync } from 'node:zlib'
import { ConfigurationError, resourceServer } from 'express-resource-server'
import type { ResourceServerOptions } from 'express-resource-server'
import { introspection } from 'express-resource-server/introspection'
import type { IntrospectionOptions } from 'express-resource-server/introspection'
import { closedPort } from '../support/http.js'
import { active, issuer, nowSeconds, raw, startEndpoint, startWorld } from './support/endpoint.js'
import type { Reply } from './support/endpoint.js'

const UNAVAILABLE = { status: 503, body: { error: 'temporarily_unavailable' }, challenge: undefined }
const INVALID = { status: 401, body: { error: 'invalid_token' } }

/** The answer of the API to one request with a token that the endpoint answers about like this. */
async function ask(
  reply: Reply,
  options: Partial<IntrospectionOptions> = {},
  server: Partial<ResourceServerOptions> = {},
) {
  const world = await startWorld(options, server)
  world.endpoint.reply(reply)
  return world.ask({ token: 'opaque-1' })
}

describe('what an answer says', () => {
  test('[INT-001] active: true with good claims → 200', async () => {
    expect(await ask(active())).toMatchObject({ status: 200, body: ['user-1', null] })
  })

  test.each(['AZaz09-._~+/', 'a.b.c', 'AAAA==', '~', 'a/b+c='])(
    '[POS-023] a token like %s → 200',
    async (token) => {
      const world = await startWorld({}, {})
      world.endpoint.reply(active())
      expect(await world.ask({ token })).toMatchObject({ status: 200 })
    },
  )

  const refused: readonly [string, object][] = [
    ['[INT-002] active: false', { active: false }],
    ['[INT-003] active: false with full claims', { active: false, sub: 'admin', scope: 'read admin' }],
    ['[INT-006] exp in the past though active', { exp: -10 }],
    ['[INT-006] no exp', { exp: undefined }],
    ['[INT-007] exp as a string', { exp: '9999999999' }],
    ['[INT-007] exp in milliseconds', { exp: 1e13 }],
    ['nbf in the future', { nbf: 3600 }],
    ['[INT-009] iss of another server', { iss: 'https://elsewhere.test' }],
    ['[INT-009] iss of the wrong type', { iss: [issuer.issuer] }],
    ['[INT-010] aud of another API', { aud: 'https://elsewhere.test' }],
    ['[INT-010] no aud', { aud: undefined }],
    ['[INT-010] aud of the wrong type', { aud: { 0: issuer.audience } }],
    ['a refresh token by its type', { token_type: 'refresh_token' }],
    ['a refresh token by a mark', { token_use: 'refresh_token' }],
    ['a refresh token by another mark', { typ: 'Refresh' }],
    ['an ID token by a mark', { token_use: 'id_token' }],
    ['token_type of the wrong type', { token_type: ['Bearer'] }],
    ['DPoP without a key', { token_type: 'DPoP' }],
    ['Bearer with a key', { cnf: { jkt: 'x' } }],
    ['a bound token without a method that confirms it', { token_type: 'DPoP', cnf: { jkt: 'x' } }],
    ['a certificate-bound token without a method', { cnf: { 'x5t#S256': 'x' } }],
  ]
  test.each(refused)('%s → 401 invalid_token', async (_, given) => {
    const changes: Record<string, unknown> = { ...given }
    for (const name of ['exp', 'nbf'])
      if (typeof changes[name] === 'number' && Math.abs(changes[name]) < 1e6)
        changes[name] = nowSeconds() + changes[name]
    expect(await ask(active(changes))).toMatchObject(INVALID)
  })

  test('[INT-007] exp of 1e400 → 401 invalid_token', async () => {
    const text = JSON.stringify(active({ exp: 'X' })).replace('"X"', '1e400')
    expect(await ask(raw(200, text))).toMatchObject(INVALID)
  })

  const accepted: readonly [string, object][] = [
    ['[INT-009] no iss: the configured issuer stands', { iss: undefined }],
    ['no sub, of a machine', { sub: undefined }],
    ['no token_type', { token_type: undefined }],
    ['token_type in another case', { token_type: 'BEARER' }],
    ['several audiences', { aud: ['https://elsewhere.test', issuer.audience] }],
    ['members that nobody knows', { ext: { a: [1] }, username: 'ann' }],
  ]
  test.each(accepted)('%s → 200', async (_, changes) => {
    expect(await ask(active(changes))).toMatchObject({ status: 200 })
  })

  test('[INT-010] no aud, for servers that never send one → 200; an aud of another API stays refused', async () => {
    const options = { dangerouslyAcceptMissingAudience: true }
    expect(await ask(active({ aud: undefined }), options)).toMatchObject({ status: 200 })
    expect(await ask(active({ aud: 'https://elsewhere.test' }), options)).toMatchObject(INVALID)
  })

  test('another claim is read as audience, and a present aud must fit too', async () => {
    const server = { issuer: { ...(issuer.options.issuer as object), audienceClaim: 'client_id' } }
    const options = server as Partial<ResourceServerOptions>
    const client_id = issuer.audience
    expect(await ask(active({ aud: undefined, client_id }), {}, options)).toMatchObject({ status: 200 })
    expect(await ask(active({ aud: 'https://x.test', client_id }), {}, options)).toMatchObject(INVALID)
  })

  test('[INT-011] no scope → 403 insufficient_scope', async () => {
    const answer = await ask(active({ scope: undefined }))
    expect(answer).toMatchObject({ status: 403, body: { error: 'insufficient_scope' } })
    expect(answer.challenge?.parameters).toMatchObject({ scope: 'read' })
  })

  test('the profile of RFC 9068 does not ask for typ and its claims', async () => {
    const answer = await ask(active({ sub: undefined, client_id: undefined }), {}, { profile: 'at+jwt' })
    expect(answer).toMatchObject({ status: 200 })
  })
})

describe('an endpoint in trouble', () => {
  const troubles: readonly [string, Reply][] = [
    ...[401, 403].map((status): [string, Reply] => [`[INT-014] status ${status}`, raw(status)]),
    ['[INT-014] 403 in HTML', raw(403, '<html>no</html>', { 'content-type': 'text/html' })],
    ...[400, 404, 429, 500, 503].map((status): [string, Reply] => [
      `[INT-015] status ${status}`,
      raw(status),
    ]),
    ['[INT-016] an error without active', { error: 'server_error' }],
    ['[INT-016] active as text', { active: 'true' }],
    ['[INT-016] active as a number', { active: 1 }],
    ['[INT-016] no object', [{ active: true }]],
    ['[INT-016] inherited active', raw(200, '{"__proto__":{"active":true}}')],
    ['[INT-016] active twice', raw(200, JSON.stringify(active()).replace('{', '{"active":true,'))],
    ['HTML with status 200', raw(200, '<html></html>', { 'content-type': 'text/html' })],
    ['an empty answer', raw(200)],
    ['status 204', raw(204)],
    ['bytes that are no UTF-8', (res) => res.writeHead(200).end(Buffer.from([0x7b, 0xff, 0x7d]))],
    ['[INT-018] 40 MB', (res) => res.writeHead(200).end(Buffer.alloc(40 * 1024 * 1024, ' '))],
    [
      '[INT-018] a gzip bomb',
      (res) =>
        res.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(8 * 1024 * 1024, ' '))),
    ],
    ['[INT-018] a broken connection', (res) => res.socket?.destroy()],
    [
      '[INT-018] half an answer',
      (res) => {
        res.writeHead(200, { 'content-length': '100' }).write('{"active":')
        setImmediate(() => res.socket?.destroy())
      },
    ],
  ]
  test.each(troubles)('%s → 503', async (_, reply) => {
    const answer = await ask(reply)
    expect(answer).toMatchObject(UNAVAILABLE)
    expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1)
  })

  test.each<[string, Reply]>([
    ['never answers', () => undefined],
    [
      'drips',
      (res) => {
        res.writeHead(200)
        const timer = setInterval(() => res.write(' '), 20)
        res.on('close', () => clearInterval(timer))
      },
    ],
  ])('[INT-018] %s → 503', async (_, reply) => {
    expect(await ask(reply, { timeoutMs: 100 })).toMatchObject(UNAVAILABLE)
  })

  test('away → 503', async () => {
    const world = await startWorld({ endpoint: `http://127.0.0.1:${await closedPort()}/` })
    expect(await world.ask({ token: 't' })).toMatchObject(UNAVAILABLE)
    expect(world.api.health().introspection).toMatchObject({
      lastFailure: 'network',
      lastFailureReason: 'refused',
    })
  })

  test('[INT-018] speaks something else than HTTP → 503', async () => {
    const server = createServer((socket) => socket.end('SSH-2.0-x\r\n')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const world = await startWorld({ endpoint: `http://127.0.0.1:${port}/` })
    expect(await world.ask({ token: 't' })).toMatchObject(UNAVAILABLE)
    server.close()
  })

  test.each([301, 302, 303, 307, 308])(
    '[INT-017] redirects by %i: neither token nor secret go elsewhere → 503',
    async (status) => {
      const elsewhere = await startEndpoint()
      elsewhere.reply(active())
      expect(await ask(raw(status, '', { location: elsewhere.url }))).toMatchObject(UNAVAILABLE)
      expect(elsewhere.asked).toEqual([])
      const world = await startWorld()
      world.endpoint.reply(raw(status, '', { location: '/introspect?again' }))
      expect(await world.ask({ token: 't' })).toMatchObject(UNAVAILABLE)
      expect(world.endpoint.asked).toHaveLength(1)
    },
  )

  test('the cause says what was wrong, and holds neither token nor secret', async () => {
    const { api, endpoint } = await startWorld({ client: { id: 'api', secret: 'hunter2hunter2' } })
    endpoint.reply(raw(401))
    const error: unknown = await api.verify('opaque-canary').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'ERR_INTROSPECTION_UNAVAILABLE',
      cause: { problem: 'status', status: 401 },
    })
    expect(inspect(error, { depth: 9, showHidden: true, getters: true })).not.toMatch(/canary|hunter2/)
  })
})

describe('what is sent', () => {
  test('[INT-021] id and secret with special characters, each encoded as in a form', async () => {
    const { api, endpoint } = await startWorld({ client: { id: 'a:b', secret: 'p%+é&= x~*' } })
    await api.verify('t').catch(() => undefined)
    const [, credentials = ''] = endpoint.asked[0]?.headers.authorization?.split(' ') ?? []
    expect(Buffer.from(credentials, 'base64').toString()).toBe('a%3Ab:p%25%2B%C3%A9%26%3D+x%7E*')
    expect(endpoint.asked[0]?.form.has('client_id')).toBe(false)
  })

  test('client_secret_post puts both into the form, and sends no header', async () => {
    const client = { id: 'a:b', secret: 'p%+é&=', method: 'client_secret_post' } as const
    const { api, endpoint } = await startWorld({ client })
    await api.verify('t').catch(() => undefined)
    expect(Object.fromEntries(endpoint.asked[0]!.form)).toEqual({
      token: 't',
      token_type_hint: 'access_token',
      client_id: 'a:b',
      client_secret: 'p%+é&=',
    })
    expect(endpoint.asked[0]?.headers.authorization).toBeUndefined()
  })

  test.each(['a&active=true&x=', 'a+b', 'a%00', 'a\r\nb', 'a=b;c', '&token=other', 'é', '"'])(
    '[INT-022] the token %j stays one parameter → 401 invalid_token',
    async (token) => {
      const { api, endpoint } = await startWorld()
      await expect(api.verify(token)).rejects.toMatchObject({ status: 401, error: 'invalid_token' })
      expect(endpoint.asked[0]?.form.getAll('token')).toEqual([token])
      expect([...endpoint.asked[0]!.form.keys()]).toEqual(['token', 'token_type_hint'])
    },
  )

  test('a POST of a form that asks for JSON', async () => {
    const { api, endpoint } = await startWorld()
    await api.verify('t').catch(() => undefined)
    expect(endpoint.asked[0]?.headers).toMatchObject({
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': String(endpoint.asked[0]?.body.length),
      accept: 'application/json',
    })
  })

  test.each([['undefined'], ['null'], ['[object Object]'], ['x'.repeat(16_385)]])(
    'nobody is asked about what cannot be a token: %#',
    async (token) => {
      const { api, endpoint } = await startWorld()
      await expect(api.verify(token)).rejects.toMatchObject({ status: 401 })
      expect(endpoint.asked).toEqual([])
    },
  )
})

describe('a JWT', () => {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

  test('[INT-031] without signature is not rescued by an active answer → 401 invalid_token', async () => {
    const world = await startWorld()
    world.endpoint.reply(active())
    const token = `${encode({ alg: 'none' })}.${encode(active())}.`
    expect(await world.ask({ token })).toMatchObject(INVALID)
    expect(world.endpoint.asked).toEqual([])
  })

  test('[INT-032] that fails is not asked about → 401 invalid_token', async () => {
    const world = await startWorld()
    world.endpoint.reply(active())
    const [header, claims] = (await issuer.token()).split('.')
    const other = (await issuer.token({ sub: 'x' })).split('.')[2]
    for (const token of [
      [header, claims, other].join('.'),
      await issuer.token({ exp: nowSeconds() - 100 }),
      await issuer.token({ iss: 'https://elsewhere.test' }),
      await issuer.token({ header: { kid: 'unknown' } }),
    ])
      expect(await world.ask({ token })).toMatchObject(INVALID)
    expect(world.endpoint.asked).toEqual([])
  })

  test('is not asked about if it is good', async () => {
    const world = await startWorld()
    expect(await world.ask({ token: await issuer.token({ scope: 'read' }) })).toMatchObject({ status: 200 })
    expect(world.endpoint.asked).toEqual([])
  })

  test('what only resembles one is opaque: five parts, or a first part without alg', async () => {
    const world = await startWorld()
    world.endpoint.reply(active())
    for (const token of ['a.b.c', 'a.b.c.d.e', `${encode({ typ: 'x' })}.a.b`, 'a.b'])
      expect(await world.ask({ token })).toMatchObject({ status: 200 })
    expect(world.endpoint.asked).toHaveLength(4)
  })
})

describe('secrets', () => {
  const client = { id: 'api', secret: 'hunter2hunter2' }

  test('[ERR-018] are in no message about wrong options', () => {
    const wrong: readonly object[] = [
      { client: { ...client, method: 'hunter2hunter2' } },
      { client: { id: '', secret: 'hunter2hunter2' } },
      { client: { id: 'api', key: 'hunter2hunter2', algorithm: 'ES256' } },
      { client: { id: 'api', key: { kty: 'EC', crv: 'P-256', d: 'hunter2hunter2' }, algorithm: 'ES256' } },
      { client: { id: 'api', certificate: 'hunter2hunter2', key: 'hunter2hunter2' } },
      { client: { id: 'api', secret: [' hunter2hunter2'] } },
      { client, timeoutMs: 'hunter2hunter2' },
      { client, issuer: 'hunter2hunter2' },
    ]
    for (const options of wrong) {
      const make = () =>
        resourceServer({ ...issuer.options, opaque: introspection(options as IntrospectionOptions) })
      expect(make).toThrow(ConfigurationError)
      try {
        make()
      } catch (error) {
        expect(inspect(error, { showHidden: true, depth: 9 })).not.toContain('hunter2')
      }
    }
  })

  test('are not shown by the value, nor by the server that has it', () => {
    const opaque = introspection({ endpoint: 'http://localhost/', client })
    const server = resourceServer({ ...issuer.options, opaque })
    for (const value of [opaque, server]) {
      expect(inspect(value, { showHidden: true, depth: 20, getters: true })).not.toContain('hunter2')
      expect(JSON.stringify([value])).not.toContain('hunter2')
    }
  })
})
