/** Names that users see in logs and stacks: the same as in lib/, even after a user's minifier. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const root = path.resolve(__dirname, '../..')
const dist = path.join(root, 'dist/index.js')
const folder = mkdtempSync(path.join(tmpdir(), 'names-'))
const minified = path.join(folder, 'minified.mjs')

const run = (args: readonly string[]): string => {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return stdout
}

/** Loads a bundle in its own process, and prints the names of its errors and classes. */
const script = (file: string): string => `
  const api = await import(${JSON.stringify(pathToFileURL(file).href)})
  const thrown = async (run) => { try { await run() } catch (error) { return error } }
  const wrong = await thrown(() => api.resourceServer({}))
  const server = api.resourceServer({ issuer: 'http://127.0.0.1:1', audience: 'a' })
  const unavailable = await thrown(() => server.ready())
  const malformed = await thrown(() => server.verify('a'))
  const { UnauthorizedError } = api
  class OwnError extends UnauthorizedError {}
  const functions = Object.entries(api).filter(([, value]) => typeof value === 'function')
  console.log(JSON.stringify({
    classes: functions.filter(([, value]) => value.prototype instanceof Error).map(([name, { name: own }]) => [name, own]),
    functions: functions.filter(([, value]) => !(value.prototype instanceof Error)).map(([name, { name: own }]) => [name, own]),
    handler: server.name,
    errors: [wrong, unavailable, unavailable.cause, malformed, new api.ClaimsSchemaError([]), new OwnError('ERR_INTERNAL')].map(
      (error) => [error.name, error.constructor.name, error.stack.split(/[: ]/)[0]]
    ),
  }))`

const namesIn = (file: string) => JSON.parse(run(['--input-type=module', '--eval', script(file)]))

beforeAll(() => {
  const options = ['--bundle', '--minify', '--platform=node', '--format=esm', `--outfile=${minified}`]
  run(['node_modules/esbuild/bin/esbuild', dist, '--log-level=error', ...options])
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe.each([
  ['dist/', dist],
  ['a minified bundle', minified],
])('in %s', (_, file) => {
  let names: ReturnType<typeof namesIn>
  beforeAll(() => {
    names = namesIn(file)
  })

  test('each exported error class has the name by which it is exported', () => {
    expect(names.classes).toHaveLength(8)
    for (const [exported, own] of names.classes) expect(own).toBe(exported)
  })

  test('errors, their constructors and their stacks have these names', () => {
    expect(names.errors).toEqual(
      [
        'ConfigurationError',
        'UnavailableError',
        'UpstreamError',
        'UnauthorizedError',
        'ClaimsSchemaError',
        'OwnError',
      ].map((name) => [name, name, name]),
    )
  })
})

test('the handler and each exported function have their names in dist/', () => {
  const { functions, handler } = namesIn(dist)
  expect(handler).toBe('resourceServer')
  expect(functions.length).toBeGreaterThan(5)
  for (const [exported, own] of functions) expect(own).toBe(exported)
})
