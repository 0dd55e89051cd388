/** The output in docs/command-line.md is what the commands print. */
import { run } from '../cli/support/run.js'
import { KeyServer } from '../support/key-server.js'
import { readText } from './support/source.js'

const PAGE = 'docs/command-line.md'
const SHOWN = 'http://127.0.0.1:4400'

let issuer: KeyServer
beforeAll(async () => {
  issuer = await KeyServer.listen()
})
afterAll(() => issuer.close())

const blocks = [
  ...readText(PAGE).matchAll(/^```console\n\$ npx express-resource-server (.*)\n([^]*?)```$/gm),
].map(([, command = '', output = '']): [command: string, output: string] => [command, output])

test.each(blocks)('%s', async (command, output) => {
  const args = command
    .replaceAll(SHOWN, issuer.issuer)
    .replace(/ < token\.txt$/, '')
    .split(' ')
  const token = issuer.token(undefined, { claims: { aud: 'https://api.example.com', scope: 'orders:read' } })
  const { stdout } = await run(args, { stdin: token, surroundings: { version: '0.1.0' } })
  expect(stdout.replaceAll(issuer.issuer, SHOWN)).toBe(output)
})

test('each command has its example', () => {
  expect(new Set(blocks.map(([command]) => command.split(' ')[0]))).toEqual(new Set(['check', 'explain']))
})
