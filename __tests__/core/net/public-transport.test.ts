/** The transport for issuers of a resolver, in a world where 127.0.0.1 is public and 127.0.0.2 is not. */
import dns from 'node:dns'
import http from 'node:http'
import https from 'node:https'
import { connect } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { nodeTransport, publicTransport } from '../../../lib/core/net/node-transport.js'
import { selfSigned } from '../../support/tls.js'

jest.mock('../../../lib/core/net/addresses.js', () => ({
  ...jest.requireActual<object>('../../../lib/core/net/addresses.js'),
  isPublicAddress: (address: string) => address === '127.0.0.1',
}))

const { globalAgent, request } = http
const httpsAgent = https.globalAgent
const servers: http.Server[] = []
let hits = 0

beforeEach(() => {
  hits = 0
  detours = 0
  jest
    .spyOn(dns, 'lookup')
    .mockImplementation(((_host: string, _options: object, done: (...args: unknown[]) => void) =>
      done(null, [{ address: '127.0.0.1', family: 4 }])) as never)
})

afterEach(() => {
  jest.restoreAllMocks()
  http.globalAgent = globalAgent
  https.globalAgent = httpsAgent
  http.request = request
  for (const server of servers.splice(0)) server.close()
})

async function listen(server: http.Server): Promise<number> {
  servers.push(server.on('request', (_req, res: http.ServerResponse) => (hits++, res.end())))
  // Without a host, all of 127.0.0.0/8 leads here.
  await new Promise<void>((resolve) => server.listen(0, resolve))
  return (server.address() as AddressInfo).port
}

const fetched = (url: string): Promise<unknown> =>
  publicTransport(nodeTransport)(new URL(url), { headers: {} }, AbortSignal.timeout(10_000)).then(
    (answer) => {
      answer.discard()
      return answer.status
    },
    (error: unknown) => (error as NodeJS.ErrnoException).code,
  )

let detours = 0
function inward(options: http.ClientRequestArgs): Socket {
  detours++
  return connect(Number(options.port), '127.0.0.2')
}

class InwardAgent extends http.Agent {
  override createConnection = inward
}

class NeedyAgent extends http.Agent {
  constructor(options: http.AgentOptions) {
    super({ keepAlive: options.keepAlive ?? false })
  }
}

class NeedyHttpsAgent extends https.Agent {
  constructor(options: https.AgentOptions) {
    super({ keepAlive: options.keepAlive ?? false })
  }
}

describe('the transport to public addresses', () => {
  test.each([
    ['of Node', () => new http.Agent()],
    ['of a class that connects elsewhere', () => new InwardAgent()],
    ['of a class whose constructor needs options', () => new NeedyAgent({})],
  ])('does not care about a global agent %s', async (_title, make) => {
    http.globalAgent = make()
    expect(await fetched(`http://api.test:${await listen(http.createServer())}`)).toBe(200)
    expect(detours).toBe(0)
  })

  test('does not care about a global agent for https', async () => {
    https.globalAgent = new NeedyHttpsAgent({ rejectUnauthorized: false })
    const port = await listen(https.createServer(selfSigned))
    expect(await fetched(`https://api.test:${port}`)).toBe('DEPTH_ZERO_SELF_SIGNED_CERT')
  })

  test('sends nothing where a patched agent connects to an address that is not public', async () => {
    jest.spyOn(http.Agent.prototype, 'createConnection').mockImplementation(inward)
    expect(await fetched(`http://api.test:${await listen(http.createServer())}`)).toBe('ERR_ADDRESS_REFUSED')
    expect(hits).toBe(0)
  })

  test('sends nothing where a patched `http.request` has an agent of its own', async () => {
    const agent = new InwardAgent()
    http.request = ((url: URL, options: http.RequestOptions) => request(url, { ...options, agent })) as never
    expect(await fetched(`http://api.test:${await listen(http.createServer())}`)).toBe('ERR_ADDRESS_REFUSED')
    expect(hits).toBe(0)
  })
})
