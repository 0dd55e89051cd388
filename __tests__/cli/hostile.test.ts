/** What strangers publish, what is piped in by mistake, and readers who leave first. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, openSync } from 'node:fs'
import path from 'node:path'
import { Readable } from 'node:stream'
import type { Output } from '../../lib/cli/command.js'
import { printable } from '../../lib/cli/printable.js'
import { faults, KeyServer } from '../support/key-server.js'
import { start } from '../support/http.js'
import { run } from './support/run.js'

/** A title for the window, a cleared screen, the same in 8 bits, and text from right to left. */
const ESCAPES = '\x1b]0;owned\x07\x1b[2J\x9b2J\u202e\u{e0041}'
const ACTIVE = /[^\n\P{Cc}]|[\p{Cf}\u2028\u2029]/u

let issuer: KeyServer
beforeEach(async () => {
  issuer = await KeyServer.listen()
})
afterEach(() => issuer.close())

const hostile: readonly (readonly [title: string, arrange: () => void])[] = [
  ['the name of the issuer', () => document({ issuer: `https://a.example/${ESCAPES}` })],
  ['the place of the keys', () => document({ jwks_uri: `${issuer.jwksUri}${ESCAPES}` })],
  ['a place of the keys that is refused', () => document({ jwks_uri: `ftp://a.example/${ESCAPES}` })],
  ['a place of the keys that is no URL', () => document({ jwks_uri: ESCAPES })],
  [
    'a redirect',
    () => void (issuer.metadata = faults.status(302, { location: '//a.example/\x9b2J;javascript:' })),
  ],
  [
    'members of keys',
    () =>
      void (issuer.answer = faults.json({
        keys: [
          { ...issuer.keys[0]!.jwk, kid: ESCAPES },
          { kty: ESCAPES, alg: ESCAPES },
        ],
      })),
  ],
  [
    'the caching header',
    () => void (issuer.answer = faults.json(issuer.jwks, { 'cache-control': '\x9b2J' })),
  ],
  ['the page in place of a document', () => void (issuer.metadata = faults.json(ESCAPES))],
]

function document(members: object): void {
  issuer.metadata = (res) => issuer.json(res, { ...issuer.metadataDocument, ...members })
}

test.each(hostile)('escape sequences in %s do not reach the terminal', async (_title, arrange) => {
  arrange()
  const given = ['--issuer', issuer.issuer]
  const stdin = issuer.token(undefined, { header: { kid: 'gone' } })
  for (const args of [
    ['check', ...given],
    ['explain', ...given, '--audience', 'a'],
  ])
    for (const more of [[], ['--json']]) {
      const { stdout, stderr } = await run([...args, ...more], { stdin })
      expect(stdout).not.toMatch(ACTIVE)
      expect(stderr).toBe('')
    }
})

test.each([
  ['a sequence', '\x1b[2J', String.raw`\u001b[2J`],
  ['one of 8 bits', '\x9b2J', String.raw`\u009b2J`],
  ['two units', '\u{e0041}', String.raw`\udb40\udc41`],
  ['half a character', '\ud800', String.raw`\ud800`],
  ['what people read', 'Zoë 漢字 …', 'Zoë 漢字 …'],
])('%s is written such that it is seen', (_title, text, seen) => {
  expect(printable(text)).toBe(seen)
})

test('values of an argument that are active or long are shown as they are safe', async () => {
  const long = `http://127.0.0.1:1/${'a'.repeat(100_000)}`
  const { stdout } = await run(['check', '--issuer', long])
  expect(stdout.length).toBeLessThan(10_000)
  const { stdout: text } = await run(['explain', '--issuer', issuer.issuer, '--audience', ESCAPES], {
    stdin: issuer.token(),
  })
  expect(text).toContain(String.raw`\u001b[2J`)
  expect(text).not.toMatch(ACTIVE)
})

test('a redirect to another address is not followed, nor a link from https to it', async () => {
  let hits = 0
  const inside = await start((_req, res) => {
    hits++
    res.end('{}')
  })
  for (const url of [inside.url, inside.url.replace('127.0.0.1', 'localhost')]) {
    issuer.metadata = faults.status(302, { location: url })
    issuer.answer = faults.status(307, { location: url })
    expect((await run(['check', '--issuer', issuer.issuer])).code).toBe(1)
    const known = ['check', '--issuer', 'https://a.example', '--jwks-uri', issuer.jwksUri]
    expect((await run(known)).stdout).toMatch(/PROBLEM +keys .* redirects to http/)
  }
  expect(hits).toBe(0)
})

const inputs: readonly (readonly [title: string, input: () => Readable, code: number, says: RegExp])[] = [
  ['nothing', () => Readable.from([]), 1, /No token was given/],
  ['bytes that are no text', () => Readable.from([Buffer.from([0, 255, 254, 1, 128])]), 1, /is no token/],
  ['text in another alphabet', () => Readable.from([Buffer.from('токен')]), 1, /is no token/],
  [
    'characters cut in two',
    () => Readable.from([Buffer.from([0xc3]), Buffer.from([0xab])]),
    1,
    /is no token/,
  ],
  ['no end', () => Readable.from(endless()), 2, /larger than 1 MiB/],
]

function* endless(): Generator<Buffer> {
  for (;;) yield Buffer.alloc(65_536, 'a')
}

test.each(inputs)('decode is given %s', async (_title, input, code, says) => {
  const ran = await run(['decode'], { surroundings: { stdin: input() } })
  expect(ran.code).toBe(code)
  expect(ran.stdout + ran.stderr).toMatch(says)
})

const onLinux = existsSync('/dev/zero') && existsSync('/dev/full') ? test : test.skip

onLinux('a file without an end is not read to its end', async () => {
  const { code, stderr } = await run(['decode', '--token-file', '/dev/zero'])
  expect([code, stderr]).toEqual([2, 'The file of --token-file is larger than 1 MiB\n'])
})

test('a folder in place of a file is wrong usage', async () => {
  const { code, stderr } = await run(['decode', '--token-file', '.'])
  expect(code).toBe(2)
  expect(stderr).toBe('--token-file cannot be read: it is a folder\n')
})

test('a signal ends a command that waits', async () => {
  const stopped = new AbortController()
  const quiet: Output = { write: () => undefined }
  const stdin = new Readable({ read: () => undefined })
  const surroundings = { signal: stopped.signal, stdout: quiet, stdin }
  const ended = run(['decode'], { surroundings })
  stopped.abort()
  expect(await ended).toMatchObject({ code: 130 })
})

describe('in a process of its own', () => {
  const program = path.resolve(__dirname, '../../lib/cli/index.ts')
  const spawned = (args: readonly string[], stdout: 'pipe' | number) => {
    const child = spawn(process.execPath, ['--import', 'tsx', program, ...args], {
      stdio: ['pipe', stdout, 'pipe'],
      env: { ...process.env, NODE_OPTIONS: '' },
    })
    const written = { stderr: '' }
    child.stderr!.on('data', (chunk) => (written.stderr += String(chunk)))
    return { child, written }
  }

  test('a reader that leaves first is no error', async () => {
    const { child, written } = spawned(['decode'], 'pipe')
    child.stdout!.destroy()
    child.stdin!.end('a.b.c')
    await once(child, 'close')
    expect(written.stderr).toBe('')
  })

  onLinux('a full disk is no success', async () => {
    const { child, written } = spawned(['--help'], openSync('/dev/full', 'w'))
    const [code] = await once(child, 'close')
    expect([code, written.stderr]).toEqual([2, 'The output cannot be written: ENOSPC\n'])
  })

  test('Ctrl-C ends a check that waits for its issuer', async () => {
    const asked = new Promise<void>((resolve) => {
      issuer.metadata = () => resolve()
    })
    const { child } = spawned(['check', '--issuer', issuer.issuer, '--timeout-ms', '60000'], 'pipe')
    await asked
    child.kill('SIGINT')
    const [code] = await once(child, 'close')
    expect(code).toBe(130)
  })
})
