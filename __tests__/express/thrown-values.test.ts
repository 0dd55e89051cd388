/** Code given to the server may throw anything: `next` gets one error of this package, and the process lives. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import express from 'express'
import type { ErrorRequestHandler, RequestHandler } from 'express'
import { ForbiddenError, requireClaim, requireThat, resourceServer } from 'express-resource-server'
import { revocation } from 'express-resource-server/revocation'
import { createTestIssuer } from 'express-resource-server/testing'
import { start } from '../support/http.js'

const issuer = createTestIssuer()
const unhandled: unknown[] = []
const onUnhandled = (reason: unknown): void => void unhandled.push(reason)
const observe = (): void => undefined

beforeAll(() => {
  process.on('unhandledRejection', onUnhandled)
  subscribe('express-resource-server:refused', observe)
})
afterAll(() => {
  process.off('unhandledRejection', onUnhandled)
  unsubscribe('express-resource-server:refused', observe)
})
beforeEach(() => (unhandled.length = 0))

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const failing = (): never => {
  throw new Error('not to be looked at')
}
const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}
/** Fails at each look, whatever it is looked at by. */
const trapped = (target: object): object =>
  new Proxy(target, Object.fromEntries(Object.getOwnPropertyNames(Reflect).map((trap) => [trap, failing])))
/** Says that it is one of this package's errors. */
const impostor = (): object =>
  new Proxy(new ForbiddenError('ERR_ACCESS_DENIED'), {
    get: failing,
    ownKeys: failing,
    defineProperty: failing,
  })
const unreadable = (target: object, name: PropertyKey): object =>
  Object.defineProperty(target, name, { get: failing })

const VALUES: readonly (readonly [string, () => unknown])[] = [
  ['a revoked Proxy', revoked],
  ['a revoked function Proxy', () => revokedFunction()],
  ['a Proxy that fails at each look', () => trapped({})],
  ['a Proxy of an Error that fails at each look', () => trapped(new Error('inner'))],
  ['a Proxy of one of our errors', impostor],
  ...['then', 'status', 'message', 'stack', 'name', 'code', 'cause', 'constructor', 'toString'].map(
    (name) => [`an Error with unreadable ${name}`, () => unreadable(new Error('x'), name)] as const,
  ),
  ['an object with unreadable then', () => unreadable({}, 'then')],
  ['an object with unreadable toPrimitive', () => unreadable({}, Symbol.toPrimitive)],
  ['an object without prototype', () => Object.create(null) as object],
  ['an Error caused by a revoked Proxy', () => new Error('outer', { cause: revoked() })],
  ['a function', () => () => undefined],
  ['a class', () => Map],
  ['a symbol', () => Symbol('thrown')],
  ['a bigint', () => 1n],
  ['null', () => null],
  ['undefined', () => undefined],
  ["'route'", () => 'route'],
  ['an empty string', () => ''],
]

function revokedFunction(): object {
  const { proxy, revoke } = Proxy.revocable(() => undefined, {})
  revoke()
  return proxy
}

type Throw = () => never

const options = issuer.options
const schema = (validate: () => unknown) => ({ '~standard': { version: 1 as const, vendor: 'x', validate } })
const later = (fail: Throw) => async (): Promise<never> => {
  await turn()
  return fail()
}

/** What runs, and the code of the error that `next` gets: for a 503, which is answered, none. */
const PLACES: readonly (readonly [string, (fail: Throw) => RequestHandler[], number])[] = [
  ['a schema throws it', (fail) => [resourceServer({ ...options, claims: schema(fail) as never })], 500],
  [
    'a schema rejects with it',
    (fail) => [resourceServer({ ...options, claims: schema(later(fail)) as never })],
    500,
  ],
  ['a predicate throws it', (fail) => [resourceServer(options), requireThat(fail)], 500],
  ['a predicate rejects with it', (fail) => [resourceServer(options), requireThat(later(fail))], 500],
  [
    'a claim predicate rejects with it',
    (fail) => [resourceServer(options), requireClaim('sub', later(fail))],
    500,
  ],
  ['a token function throws it', (fail) => [resourceServer({ ...options, acceptTokenFrom: fail })], 500],
  ['a claim source throws it', (fail) => [resourceServer({ ...options, scopes: fail })], 500],
  ['a resolver throws it', (fail) => [resourceServer({ ...options, issuer: fail })], 503],
  ['a resolver rejects with it', (fail) => [resourceServer({ ...options, issuer: later(fail) })], 503],
  [
    'a store rejects with it',
    (fail) => [resourceServer({ ...options, revocation: revocation({ isRevoked: later(fail) }) })],
    503,
  ],
  [
    'setHeader throws it after an await',
    (fail) => [breaking(fail), resourceServer({ ...options, issuer: stranger })],
    500,
  ],
]

const stranger = async (): Promise<undefined> => {
  await turn()
}

const breaking =
  (fail: Throw): RequestHandler =>
  (_req, res, next) => {
    const setHeader = res.setHeader.bind(res)
    let isFirst = true
    res.setHeader = (name, value) => {
      if (!isFirst) return setHeader(name, value)
      isFirst = false
      return fail()
    }
    next()
  }

describe.each(PLACES)('%s', (_place, handlers, status) => {
  test.each(VALUES)('%s', async (_value, make) => {
    const errors: unknown[] = []
    const onError: ErrorRequestHandler = (error: unknown, _req, res, _next) => {
      errors.push(error)
      res.statusCode = 500
      res.end((error as Error).stack)
    }
    const fail = (): never => {
      throw make()
    }
    const app = express().use(...handlers(fail), onError)
    const { ask } = await start(app)
    const answer = await ask({ token: await issuer.token() })
    await turn()
    expect([answer.status, errors.length, unhandled.length]).toEqual([status, status === 500 ? 1 : 0, 0])
  })
})

test.each([
  ['a revoked Proxy', revoked],
  ['an Error caused by one', () => new Error('outer', { cause: revoked() })],
])('fetch rejects with it: %s', async (_value, make) => {
  const keys = { issuer: issuer.issuer, jwksUri: 'https://keys.test/jwks' }
  const fetch = later(() => {
    throw make() as Error
  })
  const { ask } = await start(express().use(resourceServer({ ...options, issuer: keys, fetch })))
  expect((await ask({ token: await issuer.token() })).status).toBe(503)
  expect(unhandled).toEqual([])
})
