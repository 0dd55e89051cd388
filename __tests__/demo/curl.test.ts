import { spawnSync } from 'node:child_process'
import type { Child } from './support/child.js'
import { run } from './support/child.js'

let demo: Child
let script: string

beforeAll(async () => {
  demo = run('demo/curl.ts', '--port', '0', '--issuer-port', '0')
  script = (await demo.until(/\$ISSUER\/device\/auth.*\n/)).input
})

afterAll(() => demo.interrupt())

/** Prints only the status of each request, to compare it with the promised one. */
function onlyStatuses(text: string) {
  return text.replaceAll(String.raw`-iw '\n'`, String.raw`-s -o /dev/null -w '%{http_code}\n'`)
}

const hasCurl = spawnSync('curl', ['--version']).status === 0
const itWithCurl = hasCurl ? test : test.skip
itWithCurl('each printed request gets the status that stands behind it', () => {
  const promised = [...script.matchAll(/^(?:curl|ask) -iw .*# (\d{3})/gm)].map(([, status]) => status)

  const { stdout, stderr } = spawnSync('sh', ['-c', onlyStatuses(script)], { encoding: 'utf8' })

  expect(stderr).toBe('')
  const [header, claims, ...statuses] = stdout.trim().split('\n')
  expect(JSON.parse(header ?? '')).toMatchObject({ alg: 'ES256', typ: 'at+jwt' })
  expect(JSON.parse(claims ?? '')).toMatchObject({ sub: 'shop', scope: 'orders:read events:write' })
  expect(promised).toHaveLength(17)
  expect(statuses).toEqual(promised)
})

test('uses the demo that runs on the given ports', async () => {
  const [, port = '', issuerPort = ''] = /API=\S+:(\d+)\nISSUER=\S+:(\d+)/.exec(script) ?? []

  const { code, stdout } = await run('demo/curl.ts', '--port', port, '--issuer-port', issuerPort).ended

  expect(code).toBe(0)
  expect(script).toContain(stdout)
})
