/** The program as it is installed: a process of its own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { createTestIssuer } from 'express-resource-server/testing'
import type { TestIssuerServer } from 'express-resource-server/testing'

const root = path.resolve(__dirname, '../..')
const issuer = createTestIssuer()
let server: TestIssuerServer
beforeAll(async () => {
  server = await issuer.listen()
})
afterAll(() => server.close())

const run = async (
  args: readonly string[],
  stdin = '',
): Promise<{ code: number; stdout: string; stderr: string }> => {
  const child = spawn(process.execPath, [path.join(root, 'dist/cli.js'), ...args], { cwd: '/' })
  child.stdin.end(stdin)
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number]>,
  ])
  return { code, stdout, stderr }
}

test('it prints the version of the package', async () => {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
  expect(await run(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
})

test('check finds a good issuer good, and ends', async () => {
  const { code, stdout, stderr } = await run(['check', '--issuer', server.issuer])
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(/Good: this issuer can be used\.\n$/)
})

test('explain finds its documentation in the package, and the cause', async () => {
  const args = ['explain', '-', '--issuer', server.issuer, '--audience', `${issuer.audience}/`]
  const { code, stdout, stderr } = await run(args, await issuer.token())
  expect([code, stderr]).toEqual([1, ''])
  expect(stdout).toMatch(/ERR_AUDIENCE_MISMATCH \(audience_trailing_slash\)/)
  expect(stdout).toMatch(/Probably: The option and `aud` differ only in a trailing slash\./)
})

test('explain accepts a good token', async () => {
  const args = ['explain', '--issuer', server.issuer, '--audience', issuer.audience, '--json']
  const { code, stdout } = await run(args, await issuer.token())
  expect([code, JSON.parse(stdout).isAccepted]).toEqual([0, true])
})

test('wrong usage ends with 2', async () => {
  expect(await run(['explain', await issuer.token()])).toMatchObject({ code: 2, stdout: '' })
})
