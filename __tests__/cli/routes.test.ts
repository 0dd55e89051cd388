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

test.each([
  ['exits.js', 'exits.js ended the process, by process.exit(0) or an error that nothing catches'],
  ['exits-later.js', 'exits-later.js ended the process, by process.exit(0)'],
  ['throws-later.js', 'throws-later.js ended the process, by process.exit(1)'],
  ['waits.js', 'waits.js waits for something that never happens'],
])('a module without a list is wrong usage, never a success: %s', async (file, message) => {
  const { code, stdout, stderr } = await runProcess(['routes', `__tests__/cli/apps/${file}`])
  expect(stderr).toContain(message)
  expect([code, stdout]).toEqual([2, ''])
})

test('a module that ends the process after its import does not choose the exit code', async () => {
  const { code, stdout } = await runProcess(['routes', '__tests__/cli/apps/exits-after.js'])
  expect(stdout).toContain('OPEN       GET  /a\n')
  expect(code).toBe(1)
})

test('a module that waits until it listens goes on, and has its addresses', async () => {
  const { code, stdout, stderr } = await runProcess(['routes', '__tests__/cli/apps/awaits-listening.js'])
  expect(stderr).toBe('')
  expect(stdout).toContain('OPEN       GET  /127.0.0.1/3001\n')
  expect(stdout).toContain('OPEN       GET  /3002//run/a.sock\n')
  expect(code).toBe(1)
})

test('a callback of listen() that throws is noted, and the routes are listed', async () => {
  const { code, stdout, stderr } = await runProcess(['routes', '__tests__/cli/apps/callback-throws.js'])
  expect(stderr).toBe('note: what follows listen() throws here: no \\u001b[2Jdatabase\n')
  expect(stdout).toContain('OPEN       GET  /a\n')
  expect(code).toBe(1)
})

test('what a module prints goes to standard error, and standard output is one JSON object', async () => {
  const { code, stdout, stderr } = await runProcess(['routes', '__tests__/cli/apps/prints.js', '--json'])
  expect(JSON.parse(stdout)).toMatchObject({ command: 'routes', routes: [{ path: '/a' }] })
  expect(stderr).toBe('one\ntwo\nthree\nfour\n')
  expect(code).toBe(1)
})
