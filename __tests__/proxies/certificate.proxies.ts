/** nginx, Apache and HAProxy in front of an API, configured as docs/mtls.md says. RFC 8705 §3. */
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import https from 'node:https'
import type { TLSSocket } from 'node:tls'
import express from 'express'
import { resourceServer } from 'express-resource-server'
import { mtls } from 'express-resource-server/mtls'
import type { CertificateFormat } from 'express-resource-server/mtls'
import { plain, rowsOf, sectionOf } from '../docs/support/markdown.js'
import { certify } from '../mtls/support/certificates.js'
import type { Certified } from '../mtls/support/certificates.js'
import { boundTo, issuer } from '../mtls/support/tls-api.js'
import { start } from '../support/http.js'
import { blockOf, startProxy } from './support/proxy.js'
import type { Proxy, ProxyFiles, ProxyName } from './support/proxy.js'

let files: ProxyFiles
let client: Certified
let expired: Certified
let foreign: Certified
let selfSigned: Certified

beforeAll(async () => {
  const authority = await certify({ name: 'CN=authority', isAuthority: true })
  files = { authority, server: await certify({ name: 'CN=localhost' }) }
  client = await certify({ by: authority })
  expired = await certify({ by: authority, days: -1 })
  const stranger = await certify({ name: 'CN=stranger', isAuthority: true })
  foreign = await certify({ by: stranger })
  selfSigned = await certify()
})

interface Header {
  readonly name: string
  readonly format: CertificateFormat
  readonly from: readonly string[]
}

/** The options that the page gives for this proxy. */
function headerOf(proxy: ProxyName): Header {
  const [, name = '', format = '', from = ''] =
    /name: '([^']+)', format: '([^']+)', from: \[([^\]]+)\]/.exec(blockOf('ts', proxy)) ?? []
  return {
    name,
    format: format as CertificateFormat,
    from: from.split(', ').map((each) => each.replaceAll("'", '')),
  }
}

/** An application that also shows the header that it gets. Returns its port. */
async function serve(header: Header): Promise<number> {
  const app = express()
  app.get('/header', (req, res) => void res.json(req.headers[header.name.toLowerCase()] ?? null))
  app.use(resourceServer({ ...issuer.options, confirmation: mtls({ header }) }))
  app.get('/', (req, res) => void res.json(req.auth?.subject))
  return (await start(app)).port
}

interface Ask {
  readonly path?: string
  readonly by?: Certified | undefined
  readonly token?: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly session?: Buffer
}

interface Answer {
  readonly status: number
  readonly body: string
  readonly isResumed: boolean
  readonly session: Buffer | undefined
}

async function ask(proxy: Proxy, { path = '/', by, token, headers = {}, session }: Ask): Promise<Answer> {
  const request = https.get({
    port: proxy.port,
    host: '127.0.0.1',
    path,
    agent: false,
    ca: files.server.cert,
    headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...headers },
    ...(by && { key: by.key, cert: by.cert }),
    ...(session && { session }),
  })
  let latest: Buffer | undefined
  request.on('socket', (socket) => socket.on('session', (bytes: Buffer) => (latest = bytes)))
  const [incoming] = (await once(request, 'response')) as [IncomingMessage]
  const isResumed = (incoming.socket as unknown as TLSSocket).isSessionReused()
  let body = ''
  for await (const chunk of incoming) body += String(chunk)
  return { status: incoming.statusCode ?? 0, body, isResumed, session: latest }
}

/** What becomes of a request with this certificate: the status with its own token, or the error of TLS. */
async function outcome(proxy: Proxy, by: Certified): Promise<number | 'no connection'> {
  const token = await boundTo(by.thumbprint)
  return ask(proxy, { by, token }).then(
    ({ status }) => status,
    () => 'no connection',
  )
}

const PROXIES: readonly ProxyName[] = ['nginx', 'apache', 'haproxy']

describe.each(PROXIES)('behind %s', (name) => {
  let proxy: Proxy
  let header: Header

  beforeAll(async () => {
    header = headerOf(name)
    proxy = await startProxy(name, files, await serve(header))
  })

  test('a token is good with its certificate', async () => {
    const { status, body } = await ask(proxy, { by: client, token: await boundTo(client.thumbprint) })
    expect([status, body]).toEqual([200, '"user-1"'])
  })

  test('a token is refused with another certificate, and without one', async () => {
    const token = await boundTo(client.thumbprint)
    for (const by of [selfSigned, foreign, undefined])
      expect((await ask(proxy, { by, token })).status).toBe(401)
  })

  test('a request without a certificate has none', async () => {
    const { body } = await ask(proxy, { path: '/header' })
    expect([null, '', '(null)']).toContain(JSON.parse(body))
    expect((await ask(proxy, { token: await issuer.token() })).status).toBe(200)
  })

  test('a resumed session has the certificate of its first handshake', async () => {
    const token = await boundTo(client.thumbprint)
    const { session } = await ask(proxy, { by: client, token })
    const answer = await ask(proxy, { by: client, token, session: session! })
    expect([answer.isResumed, answer.status]).toEqual([true, 200])
  })

  test("a client's own header does not reach the application", async () => {
    const victim = await boundTo(client.thumbprint)
    const { body } = await ask(proxy, { path: '/header', by: client })
    const value = JSON.parse(body) as string
    const names = [header.name, header.name.toLowerCase(), header.name.replaceAll('-', '_')]
    for (const each of names) {
      for (const sent of [value, [value, value]]) {
        for (const by of [undefined, selfSigned]) {
          const { status } = await ask(proxy, { token: victim, by, headers: { [each]: sent } })
          expect(status).toBe(401)
        }
      }
    }
    const { status } = await ask(proxy, {
      token: victim,
      headers: { [header.name]: value, connection: header.name },
    })
    expect(status).toBe(401)
  })
})

const OUTCOMES: Readonly<Record<string, number | string>> = {
  'header filled': 200,
  'response 400': 400,
  'no connection': 'no connection',
}

const documented = rowsOf(sectionOf('docs/mtls.md', 'Certificates that failed verification'))
const measured = documented.filter(({ proxy = '' }) => PROXIES.includes(proxy.toLowerCase() as ProxyName))

/** The configuration of the page, with an authority and this setting. */
function withSetting(name: ProxyName, text: string, setting: string): string {
  if (name === 'nginx')
    return text.replace(/ssl_verify_client .*;/, `ssl_client_certificate /etc/tls/clients.pem; ${setting};`)
  if (name === 'apache')
    return text.replace(/SSLVerifyClient .*/, `SSLCACertificateFile /etc/tls/clients.pem\n${setting}`)
  return text.replace(/verify .*/, setting)
}

test('the page says it for three settings of each', () => {
  expect(measured.map(({ proxy = '' }) => proxy)).toEqual(
    ['nginx', 'Apache', 'HAProxy'].flatMap((name) => [name, name, name]),
  )
})

test.each(measured.map((row) => [row['proxy'] ?? '', plain(row['setting'] ?? ''), row] as const))(
  'a certificate that failed verification has the outcome that the page says: %s, %s',
  async (title, setting, row) => {
    const name = title.toLowerCase() as ProxyName
    const proxy = await startProxy(name, files, await serve(headerOf(name)), (text) =>
      withSetting(name, text, setting),
    )
    const unknown = OUTCOMES[row['self-signed, or of another authority'] ?? '']
    expect(await outcome(proxy, client)).toBe(200)
    expect(await outcome(proxy, selfSigned)).toBe(unknown)
    expect(await outcome(proxy, foreign)).toBe(unknown)
    expect(await outcome(proxy, expired)).toBe(OUTCOMES[row['expired'] ?? ''])
  },
)
