import { spawn } from 'node:child_process'
import http from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Harness, outcome, until } from '../../support/key-harness.js'
import { childScript } from '../../support/child-scripts.js'

const harness = new Harness()
const { globalAgent } = http
const proxies: http.Server[] = []

afterEach(async () => {
  http.globalAgent = globalAgent
  await harness.close()
  for (const proxy of proxies.splice(0)) proxy.close()
})

/** An agent whose connections all lead to one port, as behind a proxy. */
class DetourAgent extends http.Agent {
  readonly asked: string[] = []
  readonly #port: number

  constructor(port: number, options: http.AgentOptions = {}) {
    super(options)
    this.#port = port
  }

  override createConnection(options: http.ClientRequestArgs): ReturnType<typeof connect> {
    this.asked.push(String(options.host))
    return connect(this.#port, '127.0.0.1')
  }
}

/** The place of a server under a name that nobody can resolve, and an agent that leads there all the same. */
async function detour(options?: http.AgentOptions) {
  const server = await harness.keyServer()
  const agent = new DetourAgent(Number(new URL(server.issuer).port), options)
  const place = { issuer: server.issuer, jwksUri: 'http://behind-proxy.invalid/jwks' }
  return { server, agent, place }
}

const INSECURE = { dangerouslyAllowInsecureHttp: true }

describe("the built-in transport uses Node's global agent", () => {
  test('as it is at the time of the request, so that an application may set it later', async () => {
    const { server, agent, place } = await detour()
    const api = harness.api(place, {}, INSECURE)
    http.globalAgent = agent
    expect(await outcome(api.verify(server.token()))).toEqual({ status: 200 })
    expect(agent.asked).toEqual(['behind-proxy.invalid'])
  })

  test('and keeps no connection open, although the agent would', async () => {
    const { server, agent, place } = await detour({ keepAlive: true })
    http.globalAgent = agent
    await harness.api(place, {}, INSECURE).ready()
    await until(() => server.connections === 0)
    expect(server.log[0]?.headers.connection).toBe('close')
  })

  test('but for issuers of a resolver, whose addresses must be checked', async () => {
    const { server, agent, place } = await detour()
    http.globalAgent = agent
    const api = harness.api(place, {}, { ...INSECURE, issuer: () => place })
    expect(await outcome(api.verify(server.token()))).toMatchObject({ status: 503 })
    expect(agent.asked).toEqual([])
  })
})

describe('NODE_USE_ENV_PROXY', () => {
  /** A forward proxy on loopback that answers everything from one server. */
  async function forwardProxy(port: number) {
    const asked: string[] = []
    const proxy = http.createServer((req, res) => {
      asked.push(req.url ?? '')
      const { pathname: path } = new URL(req.url ?? '')
      http.get({ port, host: '127.0.0.1', path, agent: new http.Agent() }, (answer) => answer.pipe(res))
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    proxies.push(proxy)
    return { asked, url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` }
  }

  test('is heeded where Node knows it, and the process ends by itself', async () => {
    const server = await harness.keyServer()
    const proxy = await forwardProxy(Number(new URL(server.issuer).port))
    const script = childScript('support/proxied-process.ts')
    const node = process.env['PROXY_NODE'] ?? process.execPath
    const child = spawn(node, ['--no-warnings', script, server.issuer, server.token()], {
      cwd: join(__dirname, '../../..'),
      env: {
        ...process.env,
        NODE_USE_ENV_PROXY: '1',
        HTTP_PROXY: proxy.url,
        NO_PROXY: '',
        NODE_NO_WARNINGS: '1',
      },
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text: Buffer) => (output += text.toString()))
    const code = await new Promise((resolve) => child.on('close', resolve))
    const { knows, status } = JSON.parse(output) as { knows: boolean; status: number }
    expect({ code, status, asked: proxy.asked }).toEqual({
      code: 0,
      status: knows ? 200 : 503,
      asked: knows ? ['http://behind-proxy.invalid/jwks'] : [],
    })
  })
})
