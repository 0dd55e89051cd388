/** What stands in front of a route, by what a request meets on its way. */
import express5 from 'express5'
import express4 from 'express4'
import router22 from 'router22'
import {
  allOf,
  anyOf,
  requireAnyScope,
  requireAuthentication,
  requireClaim,
  requireRoles,
  requireScopes,
  requireThat,
} from 'express-resource-server'
import { requireTools } from 'express-resource-server/mcp'
import { routesOf } from 'express-resource-server/testing'
import type { ListedRoute } from 'express-resource-server/testing'
import { brandOf } from '../../lib/core/base/brand.js'
import { start } from '../support/http.js'
import { answer, api, issuer, optional, pass, reportOnly } from './support/apis.js'

type Framework = typeof express5
type Build = (app: express5.Express, express: Framework, wild: string) => void

const read = requireScopes('read')

/** `+` for a protected route, `-` for another. */
function shown(app: object): readonly string[] {
  return routesOf(app).map(({ isProtected, method, path }) => `${isProtected ? '+' : '-'} ${method} ${path}`)
}

const cases: readonly (readonly [string, Build, readonly string[]])[] = [
  ['an application without routes has none', () => undefined, []],
  ['a route without a server is public', (app) => app.get('/a', answer), ['- GET /a']],
  ['a server protects what follows', (app) => app.use(api).get('/a', answer), ['+ GET /a']],
  ['a server protects nothing before it', (app) => app.get('/a', answer).use(api), ['- GET /a']],
  ['a server of the route protects it', (app) => app.get('/a', pass, [api, read], answer), ['+ GET /a']],
  ['a server behind the last handler of a route does not', (app) => app.get('/a', answer, api), ['- GET /a']],
  [
    'a server at a path protects only what is below',
    (app) => app.use('/a', api).get('/a', answer).get('/a/b', answer).get('/ab', answer).get('/b/a', answer),
    ['+ GET /a', '+ GET /a/b', '- GET /ab', '- GET /b/a'],
  ],
  [
    'a server at several paths',
    (app) => app.use(['/a', '/b'], api).get(['/a', '/b/c', '/d'], answer),
    ['+ GET /a', '+ GET /b/c', '- GET /d'],
  ],
  [
    'a server at a longer path does not protect a parameter',
    (app) => app.use('/a/me', api).get('/a/:id', answer),
    ['- GET /a/:id'],
  ],
  [
    'a server at a parameter protects a longer path',
    (app) => app.use('/a/:id', api).get('/a/me', answer),
    ['+ GET /a/me'],
  ],
  [
    'one at a parameter does not protect the list',
    (app) => app.use('/a/:id', api).get('/a', answer),
    ['- GET /a'],
  ],
  [
    'methods of one route',
    (app) => app.route('/a').get(answer).all(api).post(read, answer).put(pass, answer),
    ['- GET /a', '+ POST /a', '+ PUT /a'],
  ],
  ['all methods', (app) => app.all('/a', answer), ['- ALL /a']],
  [
    'all() that only guards is no route',
    (app, _, wild) => app.all(`/a/${wild}`, api).get('/a/b', answer).get('/b', answer),
    ['+ GET /a/b', '- GET /b'],
  ],
  [
    'all() below a path does not protect the path',
    (app, _, wild) => app.all(`/a/${wild}`, api).get('/a', answer),
    ['- GET /a'],
  ],
  [
    'a server for one method does not protect others',
    (app) => app.get('/a', api).get('/a', answer).post('/a', answer),
    ['+ GET /a', '- POST /a'],
  ],
  [
    'a nested router, with a server in the middle',
    (app, express) => {
      const inner = express.Router().get('/before', answer).use(api).get('/after/:id', answer)
      app.use('/outer', express.Router().use('/inner', inner))
    },
    ['- GET /outer/inner/before', '+ GET /outer/inner/after/:id'],
  ],
  [
    'a router that is mounted twice, once behind a server',
    (app, express) => {
      const router = express.Router().get('/a', answer)
      app.use('/open', router).use('/closed', api, router)
    },
    ['- GET /open/a', '+ GET /closed/a'],
  ],
  [
    'a router of servers and guards protects what follows',
    (app, express) => app.use('/a', express.Router().use(api, read)).get('/a/b', answer).get('/c', answer),
    ['+ GET /a/b', '- GET /c'],
  ],
  [
    'but not if a handler may leave the router before',
    (app, express) => app.use(express.Router().use(pass, api)).get('/a', answer),
    ['- GET /a'],
  ],
  [
    'nor a route from which a handler may go on',
    (app) => app.all('/a', pass, api).get('/a', answer),
    ['- ALL /a', '- GET /a'],
  ],
  [
    'mounted applications, with routes and without, in one another',
    (app, express) => {
      const inner = express().use(api).get('/b/:id', answer)
      app.use('/none', express())
      app.use('/a', express().get('/open', answer).use('/inner', inner))
    },
    ['- GET /a/open', '+ GET /a/inner/b/:id'],
  ],
  [
    'a mounted application whose error handlers and parsers would run',
    (app, express) => {
      const mounted = express().use(pass, (_e: unknown, _q: unknown, _s: unknown, _n: unknown) => fail())
      mounted.set('query parser', () => fail())
      app.use('/m', mounted.get('/a', answer))
    },
    ['- GET /m/a'],
  ],
  [
    'a case-sensitive server before a router that is not',
    (app, express) => {
      app.set('case sensitive routing', true)
      app.use('/Admin', api)
      app.get('/Admin', answer)
      app.use(
        express.Router().get('/admin/a', answer),
        express.Router({ caseSensitive: true }).get('/Admin/a', answer),
      )
    },
    ['+ GET /Admin', '- GET /admin/a', '+ GET /Admin/a'],
  ],
  [
    'a strict all() does not see a slash at the end, and a strict route has none',
    (app, express) => {
      const strict = express.Router({ strict: true }).all('/a', api)
      app.use(strict, express.Router().get('/a', answer), express.Router({ strict: true }).get('/a', answer))
    },
    ['- GET /a', '+ GET /a'],
  ],
  [
    'regular expressions',
    (app) => {
      app.use('/items', api)
      app
        .get(/^\/items\/(\d+)$/, answer)
        .get(/^\/(items|things)\/x$/, answer)
        .get(/items/, answer)
    },
    [String.raw`+ GET /^\/items\/(\d+)$/`, String.raw`- GET /^\/(items|things)\/x$/`, '- GET /items/'],
  ],
  [
    'a server at a regular expression',
    (app) => {
      app
        .use(/^\/v\d+/i, api)
        .get('/v1/a', answer)
        .get('/va', answer)
        .get('/:version/a', answer)
      app
        .use(/^\/(?!public)[^/]+/, api)
        .get('/:section/b', answer)
        .get('/private/b', answer)
    },
    ['+ GET /v1/a', '- GET /va', '- GET /:version/a', '- GET /:section/b', '+ GET /private/b'],
  ],
  [
    'a server at a regular expression that sees only one case',
    (app) => app.use(/^\/admin/, api).get('/admin', answer),
    ['- GET /admin'],
  ],
  [
    'a router at a regular expression',
    (app, express) => app.use(/^\/v\d+/, express.Router().use(api).get('/a', answer)),
    [String.raw`+ GET /^\/v\d+/ + /a`],
  ],
  [
    'a guard at a parameter',
    (app, express) => {
      const router = express.Router().get('/open', answer).get('/:org/a', answer)
      router.param('org', requireScopes('org'))
      app.use(optional, router)
    },
    ['- GET /open', '+ GET /:org/a'],
  ],
  [
    'a guard at a parameter of another router',
    (app, express) => {
      app.param('org', read)
      app.use(optional).get('/x/:other', answer).use('/:org', express.Router().get('/a', answer))
    },
    ['- GET /x/:other', '+ GET /:org/a'],
  ],
  ['an optional server alone', (app) => app.use(optional).get('/a', answer), ['- GET /a']],
  [
    'an optional server and a guard',
    (app) => app.use(optional).get('/a', requireAuthentication(), answer),
    ['+ GET /a'],
  ],
  ['a guard before an optional server', (app) => app.get('/a', read, optional, answer), ['- GET /a']],
  ['a guard without a server', (app) => app.get('/a', read, answer), ['- GET /a']],
  ['a report-only server', (app) => app.use(reportOnly).get('/a', read, answer), ['- GET /a']],
  [
    'a report-only server behind an optional one',
    (app) => app.use(optional, reportOnly).get('/a', read, answer),
    ['+ GET /a'],
  ],
  [
    'a server inside another function is not seen',
    (app) => app.use((req, res, next) => api(req, res, next)).get('/a', answer),
    ['- GET /a'],
  ],
  [
    'an error handler is no route',
    (app) => app.use('/a', (_e: unknown, _q: unknown, _s: unknown, _n: unknown) => undefined),
    [],
  ],
  [
    'a handler given to use() at a path, unless it prepares requests for what is below',
    (app, express) => {
      app.use('/parsed', express.json()).use('/limited', pass, express.Router().get('/a', answer))
      app.post('/parsed', api, answer)
      app.use('/graphql', answer).use('/files', api, express.static('.')).use(answer)
    },
    ['- GET /limited/a', '+ POST /parsed', '- ALL /graphql/*', '+ ALL /files/*'],
  ],
]

describe.each([
  ['4', express4, '*'],
  ['5', express5, '*rest'],
] as const)('Express %s', (_, express, wild) => {
  test.each(cases)('%s', (_title, build, expected) => {
    const app = express()
    build(app, express, wild)
    expect(shown(app)).toEqual(expected)
  })

  test.each(cases)('what is called protected refuses requests without a token: %s', async (_title, build) => {
    const app = express()
    build(app, express, wild)
    const { ask } = await start(app)
    for (const { method, path, isProtected } of routesOf(app).filter((route) => !/[(:^]/.test(route.path))) {
      const used = method === 'ALL' ? 'GET' : method
      const { status } = await ask({ method: used, path: path.replace('/*', '/package.json') })
      if (isProtected) expect([path, status]).toEqual([path, 401])
    }
  })

  test.each([
    ['/a/:id', '/a/:id'],
    ['/', ''],
    ['/a/', '/a'],
    ['/a-b.c', '/a-b.c'],
  ])('a router at %s is shown as written', (path, expected) => {
    expect(routesOf(express().use(path, express.Router().get('/x', answer)))[0]?.path).toBe(`${expected}/x`)
  })

  test('the path of a router, and a route at its root', () => {
    const router = express.Router().get('/', answer)
    expect(shown(express().use('/a', router).use(router))).toEqual(['- GET /a', '- GET /'])
  })

  test('every guard is named, with its scopes', () => {
    const app = express()
    const guards = [
      read,
      requireScopes(() => ['computed']),
      requireAnyScope('a', 'b'),
      requireRoles('admin', 'auditor'),
      requireClaim({ path: ['tenant', 'id'] }, 'acme'),
      requireThat(() => true, { scope: 'c d' }),
      requireAuthentication({ acrValues: ['gold'], amr: ['mfa'], maxAgeSeconds: 300 }),
      allOf(read, anyOf(requireRoles('x'), requireScopes('e'))),
      requireTools({ tools: { add: ['math'], read: [] }, otherwise: ['other'] }),
    ]
    app.post('/a', optional, reportOnly, api, ...guards, answer)
    expect(routesOf(app)).toEqual<ListedRoute[]>([
      {
        method: 'POST',
        path: '/a',
        isProtected: true,
        servers: ['optional', 'report-only', 'required'],
        scopes: ['read', 'a', 'b', 'c', 'd', 'e', 'math', 'other'],
        guards: [
          'requireScopes(read)',
          'requireScopes(function)',
          'requireAnyScope(a, b)',
          'requireRoles(admin, auditor)',
          'requireClaim(tenant.id)',
          'requireThat(c, d)',
          'requireAuthentication(gold, mfa, 300 s)',
          'allOf(requireScopes(read), anyOf(requireRoles(x), requireScopes(e)))',
          'requireTools(add, read)',
        ],
      },
    ])
  })

  test('a router can be asked by itself', () => {
    expect(shown(express.Router().use(api).get('/a', answer))).toEqual(['+ GET /a'])
  })

  test('an application that answers meanwhile is not disturbed', async () => {
    const app = express().use(
      '/:org',
      api,
      express.Router({ mergeParams: true }).get('/a', (req, res) => res.json(req.params)),
    )
    const { ask } = await start(app)
    const asked = ask({ path: '/acme/a', token: await issuer.token() })
    routesOf(app)
    expect((await asked).body).toEqual({ org: 'acme' })
  })
})

test('in Express 4, a request with two slashes goes round a server inside a mount, in Express 5 it does not', async () => {
  const build = (express: Framework): express5.Express =>
    express().use('/a/b', api).use('/a', express.Router().get('/b', answer))
  const [four, five] = [build(express4), build(express5)]
  expect(shown(four)).toEqual(['- GET /a/b'])
  expect(shown(five)).toEqual(['+ GET /a/b'])
  const ask = async (app: express5.Express): Promise<number> =>
    (await (await start(app)).ask({ path: '/a//b' })).status
  expect([await ask(four), await ask(five)]).toEqual([200, 404])
  const cures = [
    express4().use(api, express4.Router().use('/a', express4.Router().get('/b', answer))),
    express4().use('/a', express4.Router().use('/b', api).get('/b', answer)),
    express4().use('/a', api, express4.Router().get('/b', answer)),
  ]
  expect(cures.map(shown)).toEqual(cures.map(() => ['+ GET /a/b']))
  expect(await Promise.all(cures.map(ask))).toEqual(cures.map(() => 401))
  const guarded = express4.Router().get('/b', requireScopes('x'), answer)
  expect(await ask(express4().use('/a/b', api).use('/a', guarded))).toBe(500)
})

describe('an Express 5 with an older router', () => {
  test.each([
    ['/a/:id', '+ GET /a/:id/x'],
    ['/a/:org/b/:id/', '+ GET /a/:org/b/:id/x'],
    ['/a/*rest/b', '+ GET /a/*/b/x'],
    ['/a{/b}', String.raw`+ GET /^(?:\/a\/b|\/a)(?:\/$)?(?=\/|$)/i + /x`],
  ])('the hidden path of a router at %s', (path, expected) => {
    const router = router22().use('/a', api).use(path, router22().get('/x', answer))
    expect(shown(router)).toEqual([expected])
    expect(RegExp.prototype.exec.name).toBe('exec')
    expect(/a(b)/.exec('ab')?.[1]).toBe('b')
  })

  test('a server at a hidden path protects only what is below', () => {
    const router = router22().use(['/a', '/b'], api).get('/b/c', answer).get('/c', answer)
    expect(shown(router)).toEqual(['+ GET /b/c', '- GET /c'])
  })
})

test('a path that cannot be known is shown as such, and only what is on its way protects it', () => {
  const mount = (handle: unknown): object => ({ handle, match: (path: string) => ({ path, params: {} }) })
  const stack = [
    mount(api),
    mount(router22().get('/x', answer)),
    mount(router22().use(api).get('/y', answer)),
  ]
  expect(shown({ stack })).toEqual(['- GET (unknown path) + /x', '+ GET (unknown path) + /y'])
})

test.each([[undefined], [null], [{}], [answer], ['app']])('%p is not an application', (value) => {
  expect(() => routesOf(value as unknown as object)).toThrow(
    'routesOf: needs an application or a router of Express, such as express() returns',
  )
})

test('handlers of another copy of the package are recognized, and only own properties count', () => {
  let other: typeof brandOf | undefined
  jest.isolateModules(() => {
    other = jest.requireActual<{ brandOf: typeof brandOf }>('../../lib/core/base/brand.js').brandOf
  })
  expect(other).not.toBe(brandOf)
  expect(other?.(api)).toEqual({ kind: 'server', isOptional: false, isReportOnly: false })
  expect(brandOf(Object.create(api) as object)).toBeUndefined()
})
