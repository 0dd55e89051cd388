/** Guards as handlers, in a real application and without Express. */
import express from 'express'
import type { ServerResponse } from 'node:http'
import type { Request } from 'express'
import {
  allOf,
  anyOf,
  requireAnyRole,
  requireAnyScope,
  requireClaim,
  requireRoles,
  requireScopes,
  requireThat,
  resourceServer,
  UnauthorizedError,
  UnavailableError,
} from 'express-resource-server'
import type { AsyncGuard, Guard, Handler } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import { start } from '../support/http.js'
import type { Answer, Running } from '../support/http.js'

const issuer = createTestIssuer()
const api = resourceServer({ ...issuer.options, realm: 'orders', scopeHierarchy: { a: ['implied'] } })
let token: string

beforeAll(async () => {
  token = await issuer.token({ scope: 'a b', roles: ['clerk'], tenant: 't1' })
})

/** Returns what reached the application's error handler. */
const answerError = (error: any, res: ServerResponse): void => {
  res.statusCode = error.status ?? 500
  res.setHeader('content-type', 'application/json').end(JSON.stringify({ code: error.code ?? String(error) }))
}

const inExpress = (...handlers: Handler[]): Promise<Running> => {
  const app = express()
  app.get(['/', '/:kind/:id'], ...handlers, (_req, res) => {
    res.json({ passed: true })
  })
  app.use(((error, _req, res, _next) => answerError(error, res)) as express.ErrorRequestHandler)
  return start(app)
}

/** Connect's rules: `next(undefined)` continues, anything else goes to the error handler. */
const inConnect = (...handlers: Handler[]): Promise<Running> =>
  start((req, res) => {
    const run = ([first, ...others]: readonly Handler[]): void => {
      if (first === undefined) {
        res.setHeader('content-type', 'application/json').end('{"passed":true}')
        return
      }
      first(req, res, (error) => {
        if (!error) run(others)
        else answerError(error, res)
      })
    }
    run(handlers)
  })

const runners: [string, (...handlers: Handler[]) => Promise<Running>][] = [
  ['Express', inExpress],
  ['a runner like Connect', inConnect],
]

const seen = ({ status, challenge, body }: Answer) => [
  status,
  challenge?.parameters['scope'],
  body.error ?? body.code,
]
const passed = [200, undefined, undefined]
const denied = [403, undefined, 'access_denied']
const lacks = (scope: string) => [403, scope, 'insufficient_scope']

test.each<[string, Guard | AsyncGuard, unknown]>([
  ['requireScopes, held', requireScopes('a', 'b'), passed],
  ['requireScopes, implied', requireScopes('implied'), passed],
  ['requireScopes, missing', requireScopes('a', 'c'), lacks('a c')],
  [
    'requireScopes of a function',
    requireScopes((req: Request) => [String(req.params['kind'])]),
    lacks('orders'),
  ],
  ['requireAnyScope, held', requireAnyScope('c', 'b'), passed],
  ['requireAnyScope, missing', requireAnyScope('c', 'd'), lacks('c')],
  ['requireRoles, held', requireRoles('clerk'), passed],
  ['requireRoles, missing', requireRoles('clerk', 'boss'), denied],
  ['requireAnyRole, held', requireAnyRole('boss', 'clerk'), passed],
  ['requireAnyRole, missing', requireAnyRole('boss'), denied],
  ['requireClaim, equal', requireClaim('tenant', 't1'), passed],
  ['requireClaim, unequal', requireClaim('tenant', 't2'), denied],
  ['requireClaim, asked later', requireClaim('tenant', async (value) => value === 't1'), passed],
  ['requireThat, true', requireThat((principal) => principal.hasScope('implied')), passed],
  ['requireThat, false', requireThat(() => false), denied],
  ['requireThat, false later', requireThat(async () => false), denied],
  ['requireThat, with a scope', requireThat(async () => false, { scope: 'x y' }), lacks('x y')],
  ['requireThat of the route', requireThat((_, req: Request) => req.params['id'] === '7'), passed],
  ['allOf', allOf(requireScopes('a'), requireRoles('clerk')), passed],
  [
    'allOf, one challenge for all',
    allOf(
      requireScopes('a', 'c'),
      requireThat(async () => true),
      requireScopes('d'),
    ),
    lacks('a c d'),
  ],
  ['allOf, a role outweighs scopes', allOf(requireScopes('c'), requireRoles('boss')), denied],
  ['anyOf', anyOf(requireRoles('boss'), requireScopes('a')), passed],
  [
    'anyOf, the nearest',
    anyOf(requireScopes('c', 'd'), requireRoles('boss'), requireScopes('e')),
    lacks('e'),
  ],
])('%s', async (_, guard, expected) => {
  const running = await inExpress(api, guard)

  expect(seen(await running.ask({ token, path: '/orders/7' }))).toEqual(expected)
})

test.each([
  ['an UnauthorizedError', new UnauthorizedError('ERR_TOKEN_TOO_OLD'), 401, 'invalid_token'],
  ['an UnavailableError', new UnavailableError('ERR_KEYS_UNAVAILABLE'), 503, 'temporarily_unavailable'],
  ['an error of its own', new Error('x'), 500, 'ERR_INTERNAL'],
])('only 403s compose: %s goes through allOf and anyOf', async (_, error, status, expected) => {
  const failing = requireThat(async () => {
    throw error
  })
  for (const guard of [
    allOf(requireScopes('missing'), failing),
    anyOf(requireScopes('missing'), failing, requireScopes('a')),
  ]) {
    const answer = await (await inExpress(api, guard)).ask({ token })

    expect([answer.status, answer.body.error ?? answer.body.code]).toEqual([status, expected])
  }
})

describe.each(runners)('in %s', (_, run) => {
  test.each<[string, () => unknown]>([
    ['1', () => 1],
    ['an object', () => ({})],
    ['a promise of 1', async () => 1],
    ['a promise of undefined', async () => undefined],
    ['a thenable of 1', () => ({ then: (resolve: (value: unknown) => void) => resolve(1) })],
  ])('a predicate that returns %s does not pass', async (_name, predicate) => {
    const running = await run(api, requireThat(predicate as () => boolean))

    expect(seen(await running.ask({ token }))).toEqual(denied)
  })

  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['an empty string', ''],
    ["'route'", 'route'],
    ["'router'", 'router'],
    ['an Error', new Error('x')],
  ])('a predicate that throws %s is a 500, at once or later', async (_name, value) => {
    const throwing = () => {
      throw value
    }
    const rejecting = async () => throwing()
    const guards = [
      requireThat(throwing),
      requireThat(rejecting),
      requireClaim('sub', throwing),
      requireClaim('sub', rejecting),
      requireScopes(throwing),
    ]
    for (const guard of guards) {
      const { status, body } = await (await run(api, guard)).ask({ token })

      expect({ status, code: body.code }).toEqual({ status: 500, code: 'ERR_INTERNAL' })
    }
  })

  test('a guard that passes goes on', async () => {
    const running = await run(
      api,
      requireScopes('a'),
      requireThat(async () => true),
    )

    expect((await running.ask({ token })).body).toEqual({ passed: true })
  })

  test('a guard without a server in front is a 500 that says so', async () => {
    const { status, body } = await (await run(requireScopes('a'))).ask({ token })

    expect({ status, code: body.code }).toEqual({ status: 500, code: 'ERR_WIRING' })
  })

  test('a handler that writes req.auth by itself does not get past a guard', async () => {
    const forge: Handler = (req, _res, next) => {
      const auth = { subject: 'user-1', scopes: ['a'], roles: [], claims: {}, hasScope: () => true }
      Object.assign(req, { auth })
      next()
    }
    const optional = resourceServer({ ...issuer.options, optional: true })

    expect((await (await run(forge, requireScopes('a'))).ask()).status).toBe(500)
    expect((await (await run(optional, forge, requireScopes('a'))).ask()).status).toBe(401)
    expect((await (await run(api, forge, requireScopes('c'))).ask({ token })).status).toBe(403)
  })
})

test('what a handler throws is not a guard’s: it reaches the error handler as it is', async () => {
  const boom: Handler = () => {
    throw Object.assign(new Error('boom'), { status: 409, code: 'BOOM' })
  }
  for (const guard of [requireScopes('a'), requireThat(async () => true)]) {
    const { status, body } = await (await inExpress(api, guard, boom)).ask({ token })

    expect({ status, code: body.code }).toEqual({ status: 409, code: 'BOOM' })
  }
})

test('what next() throws at once goes through middleware and guard to the caller', async () => {
  const boom = new Error('boom')
  const req = { method: 'GET', url: '/', headers: { authorization: `Bearer ${token}` }, rawHeaders: [] }
  const throwing = (): never => {
    throw boom
  }
  expect(() => api(req as never, {} as never, throwing)).toThrow(boom)
  expect(() => requireScopes('a')(req as never, {} as never, throwing)).toThrow(boom)
})

test('middleware and guards return undefined, so that no router waits for them', async () => {
  const req = { method: 'GET', url: '/', headers: { authorization: `Bearer ${token}` }, rawHeaders: [] }

  expect(api(req as never, {} as never, () => undefined)).toBeUndefined()
  expect(requireThat(async () => true)(req as never, {} as never, () => undefined)).toBeUndefined()
})
