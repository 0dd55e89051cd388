/** The assertions about answers and guards: each passes for what it says, and fails for anything else. */
import { AssertionError } from 'node:assert'
import express from 'express'
import request from 'supertest'
import {
  ConfigurationError,
  allOf,
  anyOf,
  requireActor,
  requireAnyRole,
  requireAnyScope,
  requireAuthentication,
  requireAuthorizationDetails,
  requireClaim,
  requireRoles,
  requireScopes,
  requireThat,
  resourceServer,
} from 'express-resource-server'
import type { AsyncGuard, ErrorCode, Guard, ResourceRequest } from 'express-resource-server'
import { dpop } from 'express-resource-server/dpop'
import { requireTools } from 'express-resource-server/mcp'
import {
  assertAccepted,
  assertAllows,
  assertDenies,
  assertRefused,
  challengesOf,
  createTestClock,
  createTestIssuer,
} from 'express-resource-server/testing'
import type { TestTokenOptions } from 'express-resource-server/testing'
import { start } from '../support/http.js'

const clock = createTestClock()
const issuer = createTestIssuer({ clock })
const confirmation = dpop({ publicUrl: 'https://api.test' })
const api = resourceServer({ ...issuer.options, confirmation, realm: 'a "quoted" realm' })
const app = express()
  .use(api)
  .get('/', requireScopes('read', 'write'), (_req, res) => res.json({}))

describe('an answer', () => {
  test('read from fetch, supertest and node:http', async () => {
    const { url } = await start(app)
    const viaFetch = await fetch(url)
    const viaSupertest = await request(app).get('/')
    const expected = [
      { scheme: 'Bearer', parameters: { realm: 'a "quoted" realm' } },
      { scheme: 'DPoP', parameters: { algs: expect.stringContaining('ES256') } },
    ]
    expect(challengesOf(viaFetch)).toEqual(expected)
    expect(challengesOf(viaSupertest)).toEqual(expected)
    expect(challengesOf({ statusCode: 401, headers: { 'www-authenticate': ['A x=1, y', 'B'] } })).toEqual([
      { scheme: 'A', parameters: { x: '1' } },
      { scheme: 'y', parameters: {} },
      { scheme: 'B', parameters: {} },
    ])
    expect(challengesOf({ status: 200, headers: {} })).toEqual([])
    assertRefused(viaFetch, 401, { scheme: 'Bearer', error: undefined })
    assertRefused(viaSupertest, 401, { scheme: 'DPoP' })
    const token = await issuer.token({ scope: 'read' })
    assertRefused(await request(app).get('/').auth(token, { type: 'bearer' }), 403, {
      error: 'insufficient_scope',
      scope: 'read write',
    })
    assertAccepted(
      await fetch(url, {
        headers: { authorization: `Bearer ${await issuer.token({ scope: 'read write' })}` },
      }),
    )
  })

  test.each([
    ['another status', 403, {}],
    ['another error', 401, { error: 'invalid_token' }],
    ['another scheme', 401, { scheme: 'Basic' }],
    ['a parameter that must be missing', 401, { scheme: 'Bearer', realm: undefined }],
  ])('%s fails', async (_, status, challenge) => {
    const answer = await request(app).get('/')
    expect(() => assertRefused(answer, status, challenge)).toThrow(AssertionError)
    expect(() => assertRefused(answer, status, challenge)).toThrow(
      /but the answer is 401 with Bearer .* and DPoP/,
    )
  })

  test('a 401 without a challenge, and an accepted request, are no refusals', () => {
    expect(() => assertRefused({ status: 401, headers: {} }, 401)).toThrow(/401 with no challenge/)
    expect(() => assertRefused({ status: 200, headers: {} }, 401)).toThrow(AssertionError)
    assertRefused({ status: 403, headers: {} }, 403)
    expect(() => assertAccepted({ status: 403, headers: {} })).toThrow(/accepted request, but it is 403/)
    expect(() => assertAccepted({ headers: {} })).toThrow(AssertionError)
  })
})

describe('what is no answer', () => {
  test.each([undefined, null, 401, 'text', {}, { status: 401 }, { headers: null }])(
    '%p is named as such',
    (answer) => {
      const message = (name: string): string =>
        `${name}: needs the answer to a request first, as fetch or supertest gives it`
      expect(() => assertAccepted(answer as never)).toThrow(new TypeError(message('assertAccepted')))
      expect(() => assertRefused(answer as never, 401)).toThrow(new TypeError(message('assertRefused')))
    },
  )

  test.each(['401', undefined, {}])('%p is no status', (status) => {
    expect(() => assertRefused({ status: 401, headers: {} }, status as never)).toThrow(
      new TypeError('assertRefused: needs the status as a number, such as 401, after the answer'),
    )
  })
})

describe('what is no guard or no principal', () => {
  const asserts = [assertAllows, assertDenies] as const

  test.each([requireScopes, () => undefined, undefined, {}])('%p is no guard', async (guard) => {
    const principal = await api.verify(await issuer.token())
    for (const each of asserts)
      await expect(each(guard as never, principal)).rejects.toThrow(
        new TypeError(`${each.name}: needs a guard first, such as requireScopes('orders:read')`),
      )
  })

  test('a token, nothing, or a promise is no principal', async () => {
    const token = await issuer.token()
    for (const each of asserts) {
      for (const principal of [token, undefined])
        await expect(each(requireScopes('a'), principal as never)).rejects.toThrow(
          new TypeError(`${each.name}: needs a principal, such as await api.verify(token)`),
        )
      await expect(each(requireScopes('a'), api.verify(token) as never)).rejects.toThrow(
        new TypeError(
          `${each.name}: needs a principal, and not a promise of it. Write await in front of api.verify(token)`,
        ),
      )
    }
  })
})

const call = (name: string): any => ({
  headers: { 'content-type': 'application/json' },
  method: 'POST',
  body: { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name } },
})
const details = (amount: number): TestTokenOptions => ({
  authorization_details: [{ type: 'payment', amount }],
})

type Row = [AnyGuard, TestTokenOptions, TestTokenOptions, ErrorCode, ResourceRequest | undefined]
type AnyGuard = Guard | AsyncGuard

describe('every guard', () => {
  test.each([
    [requireScopes('a', 'b'), { scope: 'a b' }, { scope: 'a' }, 'ERR_SCOPE_INSUFFICIENT'],
    [requireAnyScope('a', 'b'), { scope: 'b' }, {}, 'ERR_SCOPE_INSUFFICIENT'],
    [requireRoles('x', 'y'), { roles: ['x', 'y'] }, { roles: ['x'] }, 'ERR_ROLE_INSUFFICIENT'],
    [requireAnyRole('x', 'y'), { roles: ['y'] }, {}, 'ERR_ROLE_INSUFFICIENT'],
    [requireClaim('tenant', 'acme'), { tenant: 'acme' }, { tenant: 'other' }, 'ERR_CLAIM_INSUFFICIENT'],
    [requireThat(({ subject }) => subject === 'ada'), { sub: 'ada' }, {}, 'ERR_ACCESS_DENIED'],
    [requireThat(async ({ subject }) => subject === 'ada'), { sub: 'ada' }, {}, 'ERR_ACCESS_DENIED'],
    [
      allOf(requireScopes('a'), requireRoles('x')),
      { scope: 'a', roles: ['x'] },
      { scope: 'a' },
      'ERR_ROLE_INSUFFICIENT',
    ],
    [anyOf(requireScopes('a'), requireRoles('x')), { roles: ['x'] }, {}, 'ERR_SCOPE_INSUFFICIENT'],
    [requireActor({ clientId: 'desk' }), { act: { client_id: 'desk' } }, {}, 'ERR_ACTOR_INSUFFICIENT'],
    [
      requireAuthentication({ maxAgeSeconds: 60 }),
      { auth_time: clock.nowSeconds() },
      { auth_time: clock.nowSeconds() - 600 },
      'ERR_AUTHENTICATION_INSUFFICIENT',
    ],
    [
      requireAuthorizationDetails('payment', ({ amount }: { type: string; amount: number }) => amount > 5),
      details(6),
      details(5),
      'ERR_AUTHORIZATION_DETAILS_INSUFFICIENT',
    ],
    [
      requireTools({ tools: { add: ['math'] }, otherwise: 'deny' }),
      { scope: 'math' },
      {},
      'ERR_SCOPE_INSUFFICIENT',
      call('add'),
    ],
  ] as const)('%p passes and refuses', async (...row) => {
    const [guard, good, bad, code, asked] = row as unknown as Row
    const [accepted, refused] = [
      await api.verify(await issuer.token(good)),
      await api.verify(await issuer.token(bad)),
    ]
    await assertAllows(guard, accepted, asked)
    await assertDenies(guard, refused, code, asked)
    await assertDenies(guard, refused, undefined, asked)
    await expect(assertAllows(guard, refused, asked)).rejects.toThrow(
      `${guard.name} to let the principal pass, but it refuses with ${code}`,
    )
    await expect(assertDenies(guard, accepted, code, asked)).rejects.toThrow(
      `refuse with ${code}, but it lets the principal pass`,
    )
    await expect(assertDenies(guard, refused, 'ERR_TOKEN_EXPIRED', asked)).rejects.toThrow(AssertionError)
  })

  test('that throws is neither: its error is thrown on', async () => {
    const failing = requireThat(() => { throw new Error('database') }) // prettier-ignore
    const principal = await api.verify(await issuer.token())
    await expect(assertDenies(failing, principal)).rejects.toMatchObject({
      status: 500,
      code: 'ERR_INTERNAL',
    })
    await expect(assertAllows(failing, principal)).rejects.toMatchObject({ status: 500 })
  })
})

describe('a clock', () => {
  test('stands still until it is moved', async () => {
    const still = createTestClock('2031-05-01T00:00:00Z')
    const other = createTestIssuer({ clock: still })
    const { verify } = resourceServer(other.options)
    const token = await other.token()
    expect((await verify(token)).expiresAt).toBe(Date.UTC(2031, 4, 1) / 1000 + 300)
    still.advance(306)
    expect(still.nowSeconds()).toBe(Date.UTC(2031, 4, 1) / 1000 + 306)
    await expect(verify(token)).rejects.toMatchObject({ code: 'ERR_TOKEN_EXPIRED' })
  })

  test('needs a time', () => {
    expect(createTestClock(5000).epochMs()).toBe(5000)
    expect(() => createTestClock('soon')).toThrow(
      'createTestClock: needs a time, such as 2030-01-01T00:00:00Z',
    )
    expect(() => createTestClock(Number.NaN)).toThrow('createTestClock: needs a time')
  })

  test.each([NaN, undefined, null, '5', {}, Infinity, 1e306, 5n])(
    'is not moved by %p, which is no number of seconds',
    (seconds) => {
      const still = createTestClock(5000)
      expect(() => {
        still.advance(seconds as number)
      }).toThrow(new ConfigurationError('advance: needs a number of seconds, such as 60', 'seconds'))
      still.advance(-2)
      expect(still.epochMs()).toBe(3000)
    },
  )
})
