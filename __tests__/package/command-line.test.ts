/** The program as it is installed: a process of its own. */
import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { resourceServer } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import type { TestIssuerServer } from 'express-resource-server/testing'

const root = path.resolve(__dirname, '../..')
const issuer = createTestIssuer()
let server: TestIssuerServer
beforeAll(async () => {
  server = await issuer.listen()
})
afterAll(() => server.close())

const start = (args: readonly string[]): ChildProcessWithoutNullStreams =>
  spawn(process.execPath, [path.join(root, 'dist/cli.js'), ...args], { cwd: '/' })

const run = async (
  args: readonly string[],
  stdin = '',
): Promise<{ code: number; stdout: string; stderr: string }> => {
  const child = start(args)
  child.stdin.end(stdin)
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number]>,
  ])
  return { code, stdout, stderr }
}

const APPLICATION = `
import express from 'express'
import { requireScopes, resourceServer } from 'express-resource-server'

export const app = express()
app.use('/orders', resourceServer({ issuer: 'https://issuer.test', audience: 'https://api.test' }))
app.get('/orders', requireScopes('orders:read'), (req, res) => res.json([]))
app.get('/export', (req, res) => res.json([]))
`

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

test('decode shows the claims, and says that nothing is verified', async () => {
  const { code, stdout, stderr } = await run(['decode'], await issuer.token({ sub: 'ada' }))
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(/^Header\n[^]*\n {2}sub +"ada"\n[^]*\nNothing is verified/)
})

test('serve gives tokens until it is interrupted', async () => {
  const child = start(['serve', '--port', '0', '--scope', 'orders:read', '--json'])
  const exit = once(child, 'close')
  try {
    let stdout = ''
    for await (const chunk of child.stdout.setEncoding('utf8')) {
      stdout += String(chunk)
      if (stdout.endsWith('}\n')) break
    }
    const { issuer: url, audience, token } = JSON.parse(stdout)
    const api = resourceServer({ issuer: url, audience })
    expect(await api.verify(token)).toMatchObject({ scopes: ['orders:read'] })
    api.close()
  } finally {
    child.kill('SIGINT')
  }
  expect(await exit).toEqual([0, null])
})

test('routes imports an application that has the package installed', async () => {
  await mkdir(path.join(root, '.cache'), { recursive: true })
  const folder = await mkdtemp(path.join(root, '.cache/app-'))
  const file = path.join(folder, 'app.mjs')
  try {
    await writeFile(file, APPLICATION)
    const { code, stdout, stderr } = await run(['routes', file])
    expect([code, stderr]).toEqual([1, ''])
    expect(stdout).toMatch(
      /\nprotected +GET +\/orders +required +requireScopes\(orders:read\)\nOPEN +GET +\/export\n/,
    )
    expect(await run(['routes', file, '--public', 'GET /export'])).toMatchObject({ code: 0 })
  } finally {
    await rm(folder, { recursive: true })
  }
})
