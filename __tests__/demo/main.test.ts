import { spawnSync } from 'node:child_process'
import { send } from '../../demo/client.js'
import type { Child } from './support/child.js'
import { run } from './support/child.js'
import { listen } from './support/listen.js'

const FREE_PORTS = ['--port', '0', '--issuer-port', '0']

describe('the running demo', () => {
  let demo: Child
  let output: string
  let api: string
  let issuer: string

  function named(pattern: RegExp) {
    const [, value = ''] = pattern.exec(output) ?? []
    return value
  }

  beforeAll(async () => {
    demo = run('demo/main.ts', ...FREE_PORTS)
    output = (await demo.until(/Ctrl-C.*\n/)).input
    api = named(/^API {2,}(\S+)/)
    issuer = named(/^Authorization server +(\S+)/m)
  }, 20_000)

  afterAll(() => demo.interrupt())

  const shop = () => ({ headers: { Authorization: named(/^SHOP='Authorization: (.*)'$/m) } })
  const office = () => ({ headers: { Authorization: named(/^OFFICE='Authorization: (.*)'$/m) } })

  test('lets everyone read the public route', async () => {
    expect(await send(api)).toEqual({ status: 200, body: { audience: 'https://api.example.com', issuer } })
  })

  test('answers 401 with a bare challenge when there is no token', async () => {
    expect(await send(`${api}/me`)).toMatchObject({ status: 401, challenge: 'Bearer' })
  })

  test('says who has come with the token that it prints', async () => {
    expect(await send(`${api}/me`, shop())).toMatchObject({
      status: 200,
      body: { subject: 'shop', clientId: 'shop', scopes: ['orders:read', 'events:write'], roles: [] },
    })
  })

  test('answers 403 and names the scope that is missing', async () => {
    expect(await send(`${api}/orders`, { method: 'POST', ...shop() })).toMatchObject({
      status: 403,
      challenge: expect.stringContaining('scope="orders:write"'),
      body: { error: 'insufficient_scope' },
    })
  })

  test('admits the admin role alone', async () => {
    expect(await send(`${api}/admin`, shop())).toMatchObject({
      status: 403,
      body: { error: 'access_denied' },
    })
    expect(await send(`${api}/admin`, office())).toEqual({ status: 200, body: { welcome: 'office' } })
  })

  const hasCurl = spawnSync('curl', ['--version']).status === 0
  const itWithCurl = hasCurl ? test : test.skip
  itWithCurl('prints curl lines that do what their comment says', () => {
    const variables = output.match(/^(API|SHOP|OFFICE|JSON)=.*$/gm) ?? []
    const lines = output.match(/^curl -i .* # \d{3}/gm) ?? []
    const script = lines.map((line) => line.replace('-i', `-s -o /dev/null -w '%{http_code}\\n'`))

    const { stdout } = spawnSync('sh', ['-c', [...variables, ...script].join('\n')], { encoding: 'utf8' })

    expect(lines).toHaveLength(9)
    expect(stdout.trim().split('\n')).toEqual(lines.map((line) => line.slice(-3)))
  })

  test('is what the webhook story uses when it is given the ports', async () => {
    const ports = ['--port', new URL(api).port, '--issuer-port', new URL(issuer).port]

    const { code, stdout } = await run('demo/webhook.ts', ...ports).ended

    expect(stdout).toMatch(`The webhook is ${api}/webhooks/events, the authorization server ${issuer}.`)
    expect(code).toBe(0)
  }, 20_000)

  test('is missed by the webhook story when the API lets everyone in', async () => {
    const open = await listen((_req, res) => {
      res.end(JSON.stringify({ audience: 'https://api.example.com', issuer }))
    })

    const { code, stderr } = await run(
      'demo/webhook.ts',
      '--port',
      open.port,
      '--issuer-port',
      new URL(issuer).port,
    ).ended
    open.close()

    expect(stderr).toMatch('Not as expected: step 5, the event')
    expect(code).toBe(1)
  }, 20_000)
})

test('Ctrl-C ends the demo cleanly', async () => {
  const demo = run('demo/main.ts', ...FREE_PORTS)
  await demo.until(/Ctrl-C/)

  expect(await demo.interrupt()).toMatchObject({ code: 0, stderr: '' })
}, 20_000)

test.each(['--port', '--issuer-port'])(
  'a port in use (%s) is told in one line, and ends with 1',
  async (option) => {
    const occupant = await listen(() => {})

    const { code, stdout, stderr } = await run('demo/main.ts', ...FREE_PORTS, option, occupant.port).ended
    occupant.close()

    expect(stderr).toBe(`Port ${occupant.port} is in use. Choose others with --port and --issuer-port.\n`)
    expect(stdout).toBe('')
    expect(code).toBe(1)
  },
  20_000,
)
