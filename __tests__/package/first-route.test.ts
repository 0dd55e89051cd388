/** The way of a newcomer in README.md, from an empty folder, with the files and commands shown there. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { freePort } from '../support/free-port.js'

const root = path.resolve(__dirname, '../..')
const readme = readFileSync(path.join(root, 'README.md'), 'utf8')
const section = /^## From nothing to a guarded route\n(.*?)^## /ms.exec(readme)?.[1] ?? ''
const blocks = (language: string): string[] =>
  [...section.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))].map(
    ([, block]) => block ?? '',
  )

let folder: string
const running: ChildProcess[] = []

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'first-route-'))
  const [app = '', server = '', test = ''] = blocks('js')
  const files = {
    'app.js': app,
    'server.js': server,
    'app.test.js': test,
    'package.json': '{"type":"module"}',
  }
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(folder, name), content)
  mkdirSync(path.join(folder, 'node_modules'))
  symlinkSync(path.join(root, 'node_modules/express'), path.join(folder, 'node_modules/express'))
  symlinkSync(root, path.join(folder, 'node_modules/express-resource-server'))
})

afterAll(async () => {
  for (const child of running) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill()
    await once(child, 'close')
  }
  rmSync(folder, { recursive: true })
})

function start(args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  const child = spawn(process.execPath, args, { cwd: folder, env: { ...process.env, ...env } })
  running.push(child)
  return child
}

/** `npx express-resource-server …` of a command in the README, with further arguments. */
function startProgram(name: string, ...further: string[]): ChildProcess {
  const line = blocks('sh')
    .join('')
    .match(new RegExp(`^npx express-resource-server (${name} .*)$`, 'm'))?.[1]
  return start([path.join(root, 'dist/cli.js'), ...(line?.split(' ') ?? []), ...further])
}

async function untilItAnswers(url: string): Promise<void> {
  for (;;) {
    try {
      await fetch(url)
      return
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

test('The API accepts the token that the local issuer prints, and says why it refuses another', async () => {
  const served = startProgram('serve', '--port', '0', '--json')
  const [printed] = (await once(served.stdout!, 'data')) as [Buffer]
  const { issuer, token } = JSON.parse(String(printed)) as { issuer: string; token: string }

  const PORT = String(await freePort())
  const AUDIENCE = /AUDIENCE=(\S+)/.exec(section)?.[1] ?? ''
  const api = start(['server.js'], { ISSUER: issuer, AUDIENCE, PORT, NODE_DEBUG: 'express-resource-server' })
  await untilItAnswers(`http://127.0.0.1:${PORT}/health`)
  const get = async (authorization: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${PORT}/orders`, { headers: { authorization } })

  const accepted = await get(`Bearer ${token}`)
  expect([accepted.status, await accepted.json()]).toEqual([200, { hello: 'user-1' }])
  const refused = await get(token)
  expect(refused.status).toBe(400)
  const [line] = (await once(api.stderr!, 'data')) as [Buffer]
  expect(String(line)).toContain('ERR_CREDENTIALS_MALFORMED')
})

test('The test of the README passes', async () => {
  const child = start(['--test'])
  const [output, [code]] = await Promise.all([text(child.stdout!), once(child, 'close') as Promise<[number]>])
  expect(output).toMatch(/^# pass 2$/m)
  expect(code).toBe(0)
})

test('A setting that is missing is named at the start', async () => {
  const child = start(['server.js'], { ISSUER: '', AUDIENCE: 'https://api.example.com' })
  const [output, [code]] = await Promise.all([text(child.stderr!), once(child, 'close') as Promise<[number]>])
  expect(output).toMatch(/ConfigurationError.*issuer/)
  expect(code).not.toBe(0)
})
