/** `routes` in a process of its own, on modules as users write them. */
import { runProcess } from './support/program.js'

test('lists the routes of an application that listens and keeps the process busy, and ends', async () => {
  const { code, stdout, stderr } = await runProcess(['routes', '__tests__/cli/apps/default.js'], {
    PORT: '0',
  })
  expect(stderr).toBe('')
  expect(stdout.split('\n').slice(1)).toEqual([
    '',
    'OPEN       GET  /health',
    'protected  GET  /orders  required  requireScopes(orders:read)',
    'OPEN       GET  /export',
    '',
    "2 of 3 routes open: put resourceServer(...) in front, or name it if everybody may use it: --public 'GET /health'",
    '',
  ])
  expect(code).toBe(1)
})

test('a route that is named is public, and a name without a route is noted', async () => {
  const named = ['GET /health', 'GET /export', 'GET /gone'].flatMap((name) => ['--public', name])
  const { code, stdout } = await runProcess(['routes', '__tests__/cli/apps/default.js', ...named])
  expect(stdout).toContain('public     GET  /health\n')
  expect(stdout).toContain("note: --public 'GET /gone' names no unprotected route\n")
  expect(stdout).toContain('Good: 3 routes, none open by mistake.\n')
  expect(code).toBe(0)
})

test('--json is one object', async () => {
  const { code, stdout } = await runProcess(['routes', '__tests__/cli/apps/named.js', '--json'])
  expect(JSON.parse(stdout)).toEqual({
    command: 'routes',
    version: expect.any(String),
    isGood: true,
    routes: [
      {
        method: 'GET',
        path: '/a',
        isProtected: true,
        scopes: [],
        guards: [],
        servers: ['required'],
        state: 'protected',
      },
    ],
    needlessPublic: [],
  })
  expect(code).toBe(0)
})

test.each(['common.cjs', 'compiled.cjs', 'later.js'])('finds the application of %s', async (file) => {
  const { code, stdout } = await runProcess(['routes', `__tests__/cli/apps/${file}`])
  expect(stdout).toContain('OPEN       GET  /a\n')
  expect(code).toBe(1)
})

test.each(['maker.js', 'maker-later.js', 'maker.cjs', 'maker-compiled.cjs'])(
  'finds the application that the function of %s makes',
  async (file) => {
    const { code, stdout, stderr } = await runProcess(['routes', `__tests__/cli/apps/${file}`])
    expect(stderr).toBe('')
    expect(stdout).toContain('protected  GET  /a  required')
    expect(code).toBe(0)
  },
)

test.each([
  ['none.js', 'exports no application of Express: export it as default or as app, or by module.exports'],
  [
    'maker-broken.js',
    'or export a function createApp(options) that makes it. Its function createApp throws if',
  ],
  ['broken.js', 'cannot be imported: DATABASE_URL is not set'],
  ['absent.js', 'cannot be imported: '],
])('says what is wrong with %s', async (file, message) => {
  const { code, stdout, stderr } = await runProcess(['routes', `__tests__/cli/apps/${file}`])
  expect(stderr).toContain(message)
  expect(stdout).toBe('')
  expect(code).toBe(2)
})
