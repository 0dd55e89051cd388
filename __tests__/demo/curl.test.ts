import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { PATIENCE_MS, run } from './support/child.js'

jest.setTimeout(PATIENCE_MS)

let folder: string
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'demo-curl-'))))
afterAll(() => rmSync(folder, { recursive: true }))

/** Runs what a reader would type, and keeps a copy of the script. */
async function pipeIntoShell() {
  const copy = join(folder, 'script.sh')
  const command = `npm run --silent demo:curl -- --port 0 --issuer-port 0 | tee '${copy}' | sh`
  const shell = spawn('sh', ['-c', command], { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(shell, 'close')
  const [stdout, stderr] = await Promise.all([text(shell.stdout), text(shell.stderr)])
  const [code] = (await ended) as [number | null]
  return { code, stdout, stderr, script: readFileSync(copy, 'utf8') }
}

const hasCurl = spawnSync('curl', ['--version']).status === 0
const testWithCurl = hasCurl ? test : test.skip

testWithCurl(
  'a shell runs the output: each request gets the promised status, and the demo ends',
  async () => {
    const { code, stdout, stderr, script } = await pipeIntoShell()

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const promised = [...script.matchAll(/^(?:curl -isw|ask -iw) .*# (\d{3})/gm)].map(([, status]) => status)
    const statuses = [...stdout.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => status)
    expect(promised).toHaveLength(20)
    expect(statuses).toEqual(promised)
    const [header = '', claims = ''] = stdout.split('\n')
    expect(JSON.parse(header)).toMatchObject({ alg: 'ES256', typ: 'at+jwt' })
    expect(JSON.parse(claims)).toMatchObject({ sub: 'shop', scope: 'orders:read events:write' })
  },
)

test('uses the demo that runs on the given ports, and leaves it running', async () => {
  const demo = run('demo/main.ts', '--port', '0', '--issuer-port', '0', '--page-port', '0')
  const { input } = await demo.until(/Ctrl-C.*\n/)
  const [, api = '', issuer = ''] = input.match(/http:\/\/127\.0\.0\.1:\d+/g) ?? []
  const ports = ['--port', new URL(api).port, '--issuer-port', new URL(issuer).port]

  const { code, stdout } = await run('demo/curl.ts', ...ports).ended
  await demo.interrupt()

  expect(code).toBe(0)
  expect(stdout).toContain(`API=${api}\nISSUER=${issuer}\n`)
  expect(stdout).not.toMatch(/^kill /m)
})
