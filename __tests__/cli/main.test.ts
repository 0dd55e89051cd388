/** The frame of all commands: help, exit codes, colors, and where a token may come from. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import * as util from 'node:util'
import { createTestIssuer } from 'express-resource-server/testing'
import type { TestIssuerServer } from 'express-resource-server/testing'
import { run } from './support/run.js'

const issuer = createTestIssuer()
let server: TestIssuerServer
let token: string
let common: readonly string[]

beforeAll(async () => {
  server = await issuer.listen()
  token = await issuer.token()
  common = ['--issuer', server.issuer, '--audience', issuer.audience]
})
afterAll(() => server.close())

const wrong: readonly (readonly [args: readonly string[], message: RegExp])[] = [
  [['chekc'], /There is no command chekc; did you mean check\?/],
  [['frobnicate'], /the commands are check, explain/],
  [['check', '--isuer', 'x'], /no option --isuer; did you mean --issuer\?\nFor help: .* check --help/],
  [['check', '--issuer'], /--issuer needs a value/],
  [['check', '--issuer', '--json'], /--issuer needs a value/],
  [['check', '--issuer', 'a', '--issuer', 'b'], /--issuer is given twice/],
  [['check', '--json=yes'], /--json takes no value/],
  [['check'], /--issuer is missing/],
  [['check', 'https://a.example'], /takes options only/],
  [['check', '--issuer', 'https://a.example', '--timeout-ms', 'soon'], /--timeout-ms must be a number/],
  [['explain', '--issuer', 'https://a.example'], /--audience is missing/],
  [['explain', '--token', 'abc'], /no option --token; did you mean --token-file\?/],
  [
    ['explain', 'v1.opaque', '--issuer', 'https://a', '--audience', 'a'],
    /read from standard input, not from an argument/,
  ],
  [['explain', '--issuer', 'https://a', '--audience', 'a', '--roles-from', '["a"'], /begins like JSON/],
  [['explain', '--issuer', 'https://a', '--audience', 'a', '--token-file', 'none'], /cannot be read/],
]

test.each(wrong)('%j is wrong usage: 2, and a message on standard error', async (args, message) => {
  const { code, stdout, stderr } = await run(args)
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toMatch(message)
})

test.each([
  ['as an argument', (jwt: string) => ['explain', jwt]],
  ['behind an option', (jwt: string) => ['explain', `--token=${jwt}`]],
  ['as the value of an option', (jwt: string) => ['check', '--issuer', jwt]],
  ['in place of a command', (jwt: string) => [jwt]],
])('a token %s is refused with the reason, and not repeated', async (_title, args) => {
  const { code, stdout, stderr } = await run(args(token))
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toMatch(/shell histories/)
  expect(stderr).not.toContain(token.slice(0, 20))
})

test('help and version are printed', async () => {
  expect((await run(['--version'])).stdout).toBe('1.2.3\n')
  expect((await run(['--help'])).stdout).toMatch(/^Usage: [^]*check[^]*explain[^]*Exit codes/)
  expect((await run([])).code).toBe(2)
  for (const command of ['check', 'explain']) {
    const { code, stdout } = await run([command, '--help'])
    expect(code).toBe(0)
    expect(stdout).toMatch(new RegExp(`^Usage: npx express-resource-server ${command} `))
  }
})

test('a token may come from a file', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'token-'))
  writeFileSync(path.join(folder, 'token.txt'), `${token}\n`)
  const { code } = await run(['explain', ...common, '--token-file', 'token.txt'], { cwd: folder })
  rmSync(folder, { recursive: true })
  expect(code).toBe(0)
})

test('a token may be typed into a prompt that does not show it', async () => {
  const raw: boolean[] = []
  const stdin = Object.assign(Readable.from([token.slice(0, 9), token.slice(9), '\r']), {
    isTTY: true,
    setRawMode: (isRaw: boolean) => raw.push(isRaw),
  })
  const { code, stderr } = await run(['explain', ...common], { surroundings: { stdin } })
  expect(code).toBe(0)
  expect(raw).toEqual([true, false])
  expect(stderr).toBe('Paste the token (it is not shown), then press Enter: \n')
})

test.each([
  ['Ctrl-C', '\x03', 130, ''],
  ['Ctrl-D', '\x04', 2, 'No token was given\n'],
])('%s at the prompt ends it', async (_title, character, code, message) => {
  for (const args of [['decode'], ['explain', ...common]]) {
    const stdin = Object.assign(Readable.from([character]), { isTTY: true, setRawMode: () => undefined })
    const ended = await run(args, { surroundings: { stdin } })
    expect(ended).toMatchObject({
      code,
      stdout: '',
      stderr: expect.stringMatching(new RegExp(`: \\n${message}$`)),
    })
  }
})

describe('colors', () => {
  const args = (): readonly string[] => ['check', '--issuer', server.issuer]

  test('are for terminals that show them', async () => {
    const { stdout } = await run(args(), { terminal: { colors: true } })
    // Node.js before 20.12 has no styleText.
    expect(stdout.includes('\x1b[32m')).toBe('styleText' in util)
  })

  test('are left out where NO_COLOR says so, and elsewhere than in terminals', async () => {
    expect((await run(args(), { terminal: { colors: false } })).stdout).not.toContain('\x1b')
    expect((await run(args())).stdout).not.toContain('\x1b')
  })

  test('are never in JSON', async () => {
    const { stdout } = await run([...args(), '--json'], { terminal: { colors: true } })
    expect(stdout).not.toContain('\x1b')
    expect(JSON.parse(stdout)).toMatchObject({ command: 'check', version: '1.2.3' })
  })
})
