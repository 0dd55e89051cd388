/** Predicates that throw, reject and return what they should not: none of them lets a request pass. */
import {
  allOf,
  anyOf,
  ForbiddenError,
  InternalError,
  requireClaim,
  requireScopes,
  requireThat,
  resourceServer,
  UnauthorizedError,
  UnavailableError,
} from 'express-resource-server'
import type { AsyncGuard, Guard, Principal, ResourceRequest } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'

const issuer = createTestIssuer()
const get: ResourceRequest = { method: 'GET', url: '/', headers: {}, rawHeaders: [] }
let principal: Principal

beforeAll(async () => {
  principal = await resourceServer(issuer.options).verify(await issuer.token({ scope: 'a' }))
})

type Predicate = () => unknown

const guards: [string, (predicate: Predicate) => Guard | AsyncGuard][] = [
  ['requireThat', (predicate) => requireThat(predicate as () => boolean)],
  ['requireThat with a scope', (predicate) => requireThat(predicate as () => boolean, { scope: 'a' })],
  ['requireClaim', (predicate) => requireClaim('sub', predicate as () => boolean)],
  ['allOf', (predicate) => allOf(requireScopes('a'), requireThat(predicate as () => boolean))],
  [
    'anyOf',
    (predicate) => anyOf(requireScopes('x'), requireThat(predicate as () => boolean), requireScopes('y')),
  ],
]

/** What is thrown or what it rejects with, at once or later. */
const errorOf = async (ask: () => unknown): Promise<unknown> => {
  try {
    await ask()
  } catch (error) {
    return error
  }
  throw new Error('It let the request pass')
}

const truthy: [string, unknown][] = [
  ['1', 1],
  ["'true'", 'true'],
  ['an object', {}],
  ['a function', () => true],
  ['a boxed true', new Boolean(true)],
  ['undefined', undefined],
  ['null', null],
  ['a Response', new Response()],
]

const thrown: [string, unknown][] = [
  ['undefined', undefined],
  ['null', null],
  ['false', false],
  ["'route'", 'route'],
  ["'router'", 'router'],
  ['an Error', new Error('x')],
  ['an object with a status', { status: 200 }],
]

describe.each(guards)('%s', (_, guardWith) => {
  test.each(truthy)('does not pass when the predicate returns %s', async (_name, value) => {
    for (const predicate of [
      () => value,
      async () => value,
      () => ({ then: (f: (v: unknown) => void) => f(value) }),
    ]) {
      const guard = guardWith(predicate)

      expect(await errorOf(() => guard.check(principal, get))).toBeInstanceOf(ForbiddenError)
      expect(await guard.allows(principal, get)).toBe(false)
    }
  })

  test('passes on true alone, at once or promised', async () => {
    for (const predicate of [() => true, async () => true]) {
      expect(await guardWith(predicate).allows(principal, get)).toBe(true)
    }
  })

  test.each(thrown)('fails when the predicate throws %s', async (_name, value) => {
    const predicates = [
      () => {
        throw value
      },
      async () => {
        throw value
      },
      () => ({ then: (_resolve: unknown, reject: (reason: unknown) => void) => reject(value) }),
      () => ({
        get then() {
          throw value
        },
      }),
    ]
    for (const predicate of predicates) {
      const guard = guardWith(predicate)
      for (const ask of [() => guard.check(principal, get), () => guard.allows(principal, get)]) {
        const error = await errorOf(ask)

        expect(error).toBeInstanceOf(InternalError)
        expect(error).toMatchObject({ status: 500, code: 'ERR_INTERNAL' })
        expect((error as Error).cause).toBe(value)
      }
    }
  })

  test.each([
    ['a ForbiddenError', new ForbiddenError('ERR_ACCESS_DENIED')],
    ['an UnauthorizedError', new UnauthorizedError('ERR_TOKEN_TOO_OLD')],
    ['an UnavailableError', new UnavailableError('ERR_KEYS_UNAVAILABLE')],
  ])('hands on %s of ours that the predicate throws', async (_name, error) => {
    const predicates = [
      () => {
        throw error
      },
      async () => {
        throw error
      },
    ]
    for (const predicate of predicates) {
      expect(await errorOf(() => guardWith(predicate).check(principal, get))).toBe(error)
    }
  })
})

test.each(thrown)('requireScopes fails when its function throws %s', async (_, value) => {
  const guard = requireScopes(() => {
    throw value
  })
  const error = await errorOf(() => guard.check(principal, get))

  expect(error).toBeInstanceOf(InternalError)
  expect((error as Error).cause).toBe(value)
})

test('anyOf does not ask those after one that threw', async () => {
  let isAsked = false
  const failing = requireThat(() => {
    throw new Error('x')
  })
  const last = requireThat(() => (isAsked = true))

  expect(await errorOf(() => anyOf(failing, last).check(principal, get))).toBeInstanceOf(InternalError)
  expect(isAsked).toBe(false)
})

test('anyOf passes by one that stands before the one that would throw', () => {
  const failing = requireThat(() => {
    throw new Error('x')
  })

  expect(anyOf(requireScopes('a'), failing).allows(principal, get)).toBe(true)
})

test('a predicate cannot change what the next request will be judged by', async () => {
  const token = await issuer.token({ groups: ['g1'], realm_access: { roles: ['clerk'] } })
  const api = resourceServer(issuer.options)
  const meddle = requireClaim('groups', (value) => {
    ;(value as string[]).push('admin')
    return true
  })

  expect(await errorOf(async () => meddle.check(await api.verify(token), get))).toMatchObject({
    cause: expect.any(TypeError),
  })
  expect(requireClaim('groups', 'admin').allows(await api.verify(token), get)).toBe(false)
})

test('nor by way of the claims as signed, when a schema makes others of them', async () => {
  const token = await issuer.token({ groups: ['g1'] })
  const claims = { '~standard': { version: 1, vendor: 'test', validate: () => ({ value: {} }) } } as const
  const api = resourceServer({ ...issuer.options, claims })
  const meddle = requireClaim('groups', (value) => (value as string[]).push('admin') > 0)

  expect(await errorOf(async () => meddle.check(await api.verify(token), get))).toBeInstanceOf(InternalError)
  expect(requireClaim('groups', 'admin').allows(await api.verify(token), get)).toBe(false)
})
