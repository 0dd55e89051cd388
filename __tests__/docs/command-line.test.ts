/** The output in docs/command-line.md is what the commands print. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { runProcess } from '../cli/support/program.js'
import { run } from '../cli/support/run.js'
import { KeyServer } from '../support/key-server.js'
import { readText, ROOT } from './support/source.js'

const PAGE = 'docs/command-line.md'
const SHOWN = 'http://127.0.0.1:4400'
const version = '0.1.0'

let issuer: KeyServer
beforeAll(async () => {
  issuer = await KeyServer.listen()
})
afterAll(() => issuer.close())
afterEach(() => jest.restoreAllMocks())

const blocks = [
  ...readText(PAGE).matchAll(/^```console\n\$ npx express-resource-server (\S+)(.*)\n([^]*?)```$/gm),
].map(([, command = '', args = '', output = '']) => ({ command, args, output }))
const application = /^```ts\n([^]*?)^```$/m.exec(readText(PAGE))?.[1] ?? ''

type Example = (args: readonly string[]) => Promise<string>

const examples: Readonly<Record<string, Example>> = {
  check: judged,
  explain: judged,
  async decode(args) {
    jest.spyOn(Date, 'now').mockReturnValue(Date.parse('2030-01-01T12:00:00Z'))
    const claims = {
      aud: 'https://api.example.com',
      scope: 'orders:read',
      iat: Date.parse('2030-01-01T11:50:00Z') / 1000,
      exp: Date.parse('2030-01-01T11:55:00Z') / 1000,
    }
    const { stdout } = await run(args, { stdin: issuer.token(undefined, { claims }) })
    return stdout.replaceAll(issuer.issuer, SHOWN)
  },
  async serve(args) {
    const anyPort = args.map((arg) => (arg === '4400' ? '0' : arg))
    const { stdout } = await run(anyPort, { surroundings: { signal: AbortSignal.abort() } })
    return stdout.replace(/http:\/\/127\.0\.0\.1:\d+/g, SHOWN).replace(/Bearer [\w.-]+/, 'Bearer eyJhbGci…')
  },
  async routes(args) {
    await mkdir(path.join(ROOT, '.cache'), { recursive: true })
    const folder = await mkdtemp(path.join(ROOT, '.cache/app-'))
    const file = path.join(folder, 'app.js')
    try {
      await writeFile(file, application)
      const { stdout } = await runProcess(args.map((arg) => (arg === './app.js' ? file : arg)))
      return stdout.replace(/(?<=^express-resource-server )\S+/, version)
    } finally {
      await rm(folder, { recursive: true })
    }
  },
}

async function judged(args: readonly string[]): Promise<string> {
  const token = issuer.token(undefined, { claims: { aud: 'https://api.example.com', scope: 'orders:read' } })
  const inTest = args.map((arg) => arg.replace(SHOWN, issuer.issuer))
  const { stdout } = await run(inTest, { stdin: token, surroundings: { version } })
  return stdout.replaceAll(issuer.issuer, SHOWN)
}

test.each(blocks)('$command$args', async ({ command, args, output }) => {
  const words = [...args.replace(/ < token\.txt$/, '').matchAll(/'([^']*)'|(\S+)/g)]
  const example = examples[command] ?? judged
  expect(await example([command, ...words.map(([, quoted, bare = '']) => quoted ?? bare)])).toBe(output)
})

test('each command has its example', () => {
  expect(new Set(blocks.map(({ command }) => command))).toEqual(new Set(Object.keys(examples)))
})
