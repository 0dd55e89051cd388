/** Certificates in a header of a proxy: RFC 8705 §3, RFC 9440 §2 and §4. Ids in brackets name the attacks that a test answers. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { resourceServer } from 'express-resource-server'
import { mtls } from 'express-resource-server/mtls'
import type { CertificateFormat, MtlsOptions } from 'express-resource-server/mtls'
import { start } from '../support/http.js'
import type { Running } from '../support/http.js'
import { certify } from './support/certificates.js'
import type { Certified } from './support/certificates.js'
import { appWith, askHttp2, boundTo, issuer, summary } from './support/tls-api.js'

let client: Certified
let victim: Certified
let token: string

beforeAll(async () => {
  client = await certify()
  victim = await certify({ name: 'CN=victim' })
  token = await boundTo(client.thumbprint)
})

const LOOPBACK = ['127.0.0.1', '::1']
const through = (format: CertificateFormat, from: readonly string[] = LOOPBACK, name = 'X-Client-Cert') =>
  mtls({ header: { name, format, from } })

const base64 = ({ der }: Certified): string => der.toString('base64')
const inSpaces = ({ cert }: Certified): string => cert.trim().replaceAll('\n', ' ')
const byNginx = ({ cert }: Certified): string => encodeURIComponent(cert)
/** As AWS documents it: `+`, `=` and `/` stay. */
const byAws = ({ cert }: Certified): string =>
  encodeURIComponent(cert).replace(/%2B|%3D|%2F/g, (escape) => decodeURIComponent(escape))

const servers = new Map<string, Promise<Running>>()

function serverFor(format: CertificateFormat, from: readonly string[] = LOOPBACK): Promise<Running> {
  const key = `${format} ${from.join(' ')}`
  const server = servers.get(key) ?? start(appWith({ confirmation: through(format, from) }))
  servers.set(key, server)
  return server
}

/** The status, with the error if there is one. */
async function send(
  format: CertificateFormat,
  value: string | readonly string[],
  bound: string = token,
  from?: readonly string[],
): Promise<unknown> {
  const server = await serverFor(format, from)
  const answer = await server.ask({ path: '/r', token: bound, headers: { 'x-client-cert': value } })
  return answer.status === 200 ? 200 : [answer.status, answer.challenge?.parameters['error']]
}

const REFUSED = [401, 'invalid_token']
const envoy = (by: Certified, key = 'Cert'): string => `${key}="${byNginx(by)}"`

const GOOD: readonly [CertificateFormat, string, (by: Certified) => string][] = [
  ['rfc9440', 'a byte sequence', (by) => `:${base64(by)}:`],
  ['rfc9440', 'without padding', (by) => `:${base64(by).replace(/=+$/, '')}:`],
  [
    'rfc9440',
    'with a blank and a tab in it',
    (by) => `:${base64(by).replace(/^(.{64})(.{64})/, '$1 $2\t')}:`,
  ],
  ['pem-urlencoded', 'by nginx', byNginx],
  ['pem-urlencoded', 'by AWS', byAws],
  [
    'pem-urlencoded',
    'with escapes in lower case',
    (by) => byNginx(by).replace(/%../g, (s) => s.toLowerCase()),
  ],
  ['pem-urlencoded', 'with carriage returns', (by) => encodeURIComponent(by.cert.replaceAll('\n', '\r\n'))],
  ['xfcc', 'a certificate', envoy],
  ['xfcc', 'a certificate, its key in lower case', (by) => envoy(by, 'cert')],
  ['xfcc', 'without quotes', (by) => `Cert=${byNginx(by)}`],
  ['xfcc', 'a chain of one', (by) => envoy(by, 'Chain')],
  ['xfcc', 'a certificate and its chain', (by) => `${envoy(by)};${envoy(by, 'Chain')}`],
  [
    'xfcc',
    'all pairs that Envoy writes',
    (by) =>
      `By=spiffe://a/b;Hash=${'0'.repeat(64)};${envoy(by)};Subject="CN=a\\, b;c,d=\\"e\\"\\\\";URI=spiffe://c/d;DNS=a.test;DNS=b.test`,
  ],
  [
    'xfcc',
    'the last of several hops',
    (by) => `By=a;Hash=b;${envoy(victim)};Subject="x,y",By=c;${envoy(by)}`,
  ],
  ['xfcc', 'with blanks around separators', (by) => `By=a , By=b ; ${envoy(by)} ; DNS=c`],
  ['base64-der', 'by HAProxy, Azure and Cloudflare', base64],
  ['pem', 'in spaces, by Apache', (by) => `${inSpaces(by)} `],
  ['pem', 'in tabs', (by) => inSpaces(by).replaceAll(' ', '\t')],
  ['pem', 'with several blanks', (by) => inSpaces(by).replaceAll(' ', ' \t ')],
  ['pem-body', 'by Traefik', base64],
  ['pem-body', 'a chain, by Traefik', (by) => `${base64(by)},${base64(victim)}`],
]

describe.each(GOOD)('%s, %s', (format, _title, write) => {
  test('is good with the certificate of the token [MTL-001] → 200', async () => {
    expect(await send(format, write(client))).toBe(200)
  })

  test('is refused with another certificate', async () => {
    expect(await send(format, write(victim), token)).toEqual(REFUSED)
  })

  test('from an address that is not trusted, is ignored [MTL-006] → 401 invalid_token', async () => {
    expect(await send(format, write(client), token, ['10.0.0.0/8', '2001:db8::/32'])).toEqual(REFUSED)
  })
})

const FORMATS: readonly CertificateFormat[] = [
  'rfc9440',
  'pem-urlencoded',
  'xfcc',
  'base64-der',
  'pem',
  'pem-body',
]

const GARBAGE: readonly [string, (by: Certified) => string][] = [
  ['bad base64', (by) => `:${base64(by).replace(/./, '*')}:`],
  ['base64url', (by) => by.der.toString('base64url').replace(/$/, '-_')],
  ['base64 with bits left over', () => 'MAB='],
  ['truncated DER', (by) => base64({ ...by, der: by.der.subarray(0, -30) })],
  ['DER with bytes behind it', (by) => base64({ ...by, der: Buffer.concat([by.der, by.der]) })],
  [
    'DER of indefinite length',
    (by) => base64({ ...by, der: Buffer.concat([Buffer.from([0x30, 0x80]), by.der]) }),
  ],
  ['DER of a huge length', () => Buffer.from([0x30, 0x84, 0xff, 0xff, 0xff, 0xff]).toString('base64')],
  ['a byte', () => 'MA=='],
  ['two certificates in one PEM', (by) => `${inSpaces(by)} ${inSpaces(victim)}`],
  ['two certificates in one encoded PEM', (by) => encodeURIComponent(by.cert + victim.cert)],
  ['a list of PEM', (by) => `${inSpaces(by)},${inSpaces(victim)}`],
  ['a list of byte sequences', (by) => `:${base64(by)}:, :${base64(victim)}:`],
  ['a byte sequence with a parameter', (by) => `:${base64(by)}:;a=1`],
  ['a joined list', (by) => `${base64(by)}, ${base64(victim)}`],
  ['one colon', () => ':'],
  ['PEM without its end', (by) => inSpaces(by).replace(/-----END.*/, '')],
  ['PEM of another kind', (by) => inSpaces(by).replaceAll('CERTIFICATE', 'PUBLIC KEY')],
  ['a private key', (by) => by.key.trim().replaceAll('\n', ' ')],
  ['text around PEM', (by) => `x ${inSpaces(by)}`],
  ['only the lines around', () => '-----BEGIN CERTIFICATE----------END CERTIFICATE-----'],
  ['lines around that overlap', () => '-----BEGIN CERTIFICATE-----END CERTIFICATE-----'],
  ['malformed escapes', (by) => byNginx(by).replace('%0A', '%zz')],
  ['an escape that ends early', (by) => `${byNginx(by)}%`],
  ['bytes that are no UTF-8', () => '%ff%fe'],
  ['plus signs as spaces', (by) => byNginx(by).replaceAll('%20', '+')],
  ['text', () => 'certificate'],
  ['JSON', () => '{"a":1}'],
  ['quotes that do not end', (by) => `Cert="${byNginx(by)}`],
  ['a quote in a value', (by) => `URI=a"b;${envoy(by)}`],
  ['text behind quotes', (by) => `${envoy(by)}x`],
  ['an escape at the end of quotes', () => 'Cert="\\'],
  ['two certificates in one element', (by) => `${envoy(by)};${envoy(victim)}`],
  ['a certificate twice', (by) => `${envoy(by)};${envoy(by)}`],
  ['a certificate and the chain of another', (by) => `${envoy(by)};${envoy(victim, 'Chain')}`],
  ['two certificates as Cert', (by) => `Cert="${encodeURIComponent(by.cert + victim.cert)}"`],
  ['a chain with text in it', (by) => `Chain="${encodeURIComponent(`${by.cert}x${victim.cert}`)}"`],
  ['a pair without a value', (by) => `Cert;${envoy(by)}`],
  ['an empty certificate', () => 'Cert=""'],
]

describe.each(GARBAGE)('%s', (_title, write) => {
  test.each(FORMATS)('is refused as %s [MTL-010] → 401 invalid_token', async (format) => {
    for (const by of [client, victim]) expect(await send(format, write(by))).toEqual(REFUSED)
  })
})

describe('a chain', () => {
  test('of Envoy starts with the leaf, and the rest does not count [MTL-010]', async () => {
    const chain = (...all: Certified[]) =>
      `Chain="${encodeURIComponent(all.map(({ cert }) => cert).join(''))}"`
    expect(await send('xfcc', chain(client, victim))).toBe(200)
    expect(await send('xfcc', chain(victim, client))).toEqual(REFUSED)
    expect(await send('xfcc', `${envoy(client)};${chain(client, victim)}`)).toBe(200)
  })

  test('of Traefik starts with the leaf [MTL-010]', async () => {
    expect(await send('pem-body', `${base64(victim)},${base64(client)}`)).toEqual(REFUSED)
  })
})

describe('an element of Envoy', () => {
  test('that is not the last one does not count', async () => {
    for (const last of [envoy(victim), 'By=a;Hash=b', '', 'Hash=b;Cert="x"'])
      expect(await send('xfcc', `${envoy(client)},${last}`)).toEqual(REFUSED)
  })

  test('is not ended by what stands in quotes', async () => {
    const subject = `Subject="a\\",${envoy(victim).replaceAll('"', '\\"')},b"`
    expect(await send('xfcc', `${envoy(client)};${subject}`)).toBe(200)
    expect(await send('xfcc', `${subject};${envoy(client)}`)).toBe(200)
  })

  test('with a certificate that a name smuggles in is refused', async () => {
    const name = `URI=spiffe://a;${envoy(victim)}`
    const bound = await boundTo(victim.thumbprint)
    expect(await send('xfcc', `${envoy(client)};${name}`, bound)).toEqual(REFUSED)
    expect(await send('xfcc', `${envoy(client, 'Chain')};${name}`, bound)).toEqual(REFUSED)
  })
})

describe('a header', () => {
  test('of 1 MB is refused [MTL-010] → 401 invalid_token', async () => {
    const server = http.createServer({ maxHeaderSize: 4_000_000 }, appWith({ confirmation: through('pem') }))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const headers = { authorization: `Bearer ${token}`, 'x-client-cert': 'a'.repeat(1_000_000) }
    const request = http.get({ port, host: '127.0.0.1', path: '/r', agent: false, headers })
    const [incoming] = (await once(request, 'response')) as [http.IncomingMessage]
    incoming.resume()
    expect(incoming.statusCode).toBe(401)
    server.close().closeAllConnections()
  })

  test.each(FORMATS)('of 65,537 characters is not read as %s', async (format) => {
    const api = resourceServer({ ...issuer.options, confirmation: through(format) })
    const [, , write] = GOOD.find(([each]) => each === format)!
    const value = `${write(client)}${' '.repeat(65_537)}`.slice(0, 65_537)
    const headers = { authorization: `Bearer ${token}`, 'x-client-cert': value }
    const socket = { remoteAddress: '127.0.0.1' }
    const refusal = Promise.resolve(api.authenticate({ headers, socket }))
    await expect(refusal).rejects.toMatchObject({ code: 'ERR_CERTIFICATE_INVALID' })
    const shorter = { ...headers, 'x-client-cert': value.slice(0, 65_536) }
    expect(await api.authenticate({ headers: shorter, socket })).toBeDefined()
  })

  test.each(FORMATS)('that is sent twice is refused as %s', async (format) => {
    const [, , write] = GOOD.find(([each]) => each === format)!
    expect(await send(format, [write(client), write(client)])).toEqual(REFUSED)
    expect(await send(format, [write(victim), write(client)])).toEqual(REFUSED)
  })

  test.each(['', '""', '::', '(null)', ' ', '\t""\t'])(
    'of %j means that there is no certificate',
    async (value) => {
      for (const format of FORMATS) {
        expect(await send(format, value)).toEqual(REFUSED)
        expect(await send(format, value, await issuer.token({ scope: 'read' }))).toBe(200)
      }
    },
  )

  test('that is missing means that there is no certificate [MTL-002] → 401 invalid_token', async () => {
    const answer = await (await serverFor('pem')).ask({ path: '/r', token })
    expect([answer.status, answer.challenge?.parameters['error']]).toEqual(REFUSED)
  })

  test('is the only source: the certificate of a direct connection does not count', async () => {
    const confirmation = through('pem')
    expect(summary(await askHttp2({ confirmation }, { token, client }))).toEqual(REFUSED)
  })

  test('counts on HTTP/2 too, where its name is in lower case [MTL-008]', async () => {
    const good = { 'x-client-cert': inSpaces(client) }
    const trusted = { confirmation: through('pem', ['127.0.0.0/8', '::1']) }
    expect((await askHttp2(trusted, { token, headers: good })).status).toBe(200)
    const untrusted = { confirmation: through('pem', ['10.0.0.1']) }
    expect(summary(await askHttp2(untrusted, { token, headers: good }))).toEqual(REFUSED)
  })
})

describe('another name', () => {
  test.each([
    'X_Client_Cert',
    'X-Client_Cert',
    'X-Client-Certificate',
    'X-SSL-Cert',
    'Client-Cert',
    'X-Forwarded-Client-Cert',
    'X-Amzn-Mtls-Clientcert',
  ])(
    '%s is another header, even of a trusted proxy [MTL-006] [MTL-008] → 401 invalid_token',
    async (name) => {
      const server = await serverFor('pem')
      const answer = await server.ask({ path: '/r', token, headers: { [name]: inSpaces(client) } })
      expect([answer.status, answer.challenge?.parameters['error']]).toEqual(REFUSED)
    },
  )

  test('with a blank behind it is refused by Node itself [MTL-008]', async () => {
    const server = await serverFor('pem')
    const line = `X-Client-Cert : ${inSpaces(client)}`
    const bytes = `GET /r HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer ${token}\r\n${line}\r\n\r\n`
    expect((await server.raw(bytes)).status).toBe(400)
  })

  test('no header counts where none is configured [MTL-006] → 401 invalid_token', async () => {
    const server = await start(appWith({ confirmation: mtls() }))
    const names = [
      'X-Client-Cert',
      'X-SSL-Cert',
      'Client-Cert',
      'X-Forwarded-Client-Cert',
      'X-Amzn-Mtls-Clientcert',
    ]
    for (const name of names) {
      for (const [, , write] of GOOD) {
        const answer = await server.ask({ path: '/r', token, headers: { [name]: write(client) } })
        expect([answer.status, answer.challenge?.parameters['error']]).toEqual(REFUSED)
      }
    }
  })
})

describe('trust', () => {
  const judge = async (from: string | readonly string[], remoteAddress: unknown, extra: object = {}) => {
    const api = resourceServer({
      ...issuer.options,
      confirmation: mtls({ header: { name: 'x-client-cert', format: 'pem', from } }),
    })
    const headers = { authorization: `Bearer ${token}`, 'x-client-cert': inSpaces(client), ...extra }
    return Promise.resolve(api.authenticate({ headers, socket: { remoteAddress } })).then(
      () => 'good',
      (error: unknown) => {
        const { code, hint } = error as { code: string; hint?: string }
        return `${code} ${hint}`
      },
    )
  }
  const IGNORED = 'ERR_CERTIFICATE_MISSING proxy_not_trusted'

  test.each<[string | readonly string[], unknown, boolean]>([
    ['10.0.0.5', '10.0.0.5', true],
    ['10.0.0.5', '10.0.0.50', false],
    ['10.0.0.5', '::ffff:10.0.0.5', true],
    ['10.0.0.5', '::ffff:a00:5', true],
    ['::ffff:10.0.0.5', '10.0.0.5', true],
    ['::ffff:10.0.0.0/104', '10.1.2.3', true],
    ['10.0.0.0/8', '10.255.255.255', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['10.0.0.0/8', '::10.1.2.3', false],
    ['10.1.2.3/8', '10.9.9.9', true],
    ['10.0.0.5/32', '10.0.0.5', true],
    ['10.0.0.5/32', '10.0.0.4', false],
    ['2001:db8::/32', '2001:db8:ffff::1', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['2001:DB8:0:0::1', '2001:db8::1', true],
    ['::1', '::1', true],
    ['::1', '127.0.0.1', false],
    ['fe80::/10', 'fe80::1%eth0', true],
    ['fe80::1', 'fe80::1%eth0', true],
    ['fe80::1', 'fe80::2%eth0', false],
    [['192.0.2.1', '10.0.0.0/8'], '10.0.0.1', true],
    ['10.0.0.0/8', undefined, false],
    ['10.0.0.0/8', null, false],
    ['10.0.0.0/8', '', false],
    ['10.0.0.0/8', 'localhost', false],
    ['10.0.0.0/8', '10.0.0.1, 10.0.0.2', false],
    ['10.0.0.0/8', '10.0.0.1%', true],
    ['10.0.0.0/8', 167772161, false],
    ['10.0.0.0/8', ['10.0.0.1'], false],
  ])('from %j, the peer %j: %s', async (from, address, isTrusted) => {
    expect(await judge(from, address)).toBe(isTrusted ? 'good' : IGNORED)
  })

  test('does not come from headers', async () => {
    const extra = { 'x-forwarded-for': '10.0.0.5', forwarded: 'for=10.0.0.5', 'x-real-ip': '10.0.0.5' }
    expect(await judge('10.0.0.5', '203.0.113.9', extra)).toBe(IGNORED)
  })

  test('with required, an unbound token with a header of a stranger is refused', async () => {
    const options: MtlsOptions = { header: { name: 'x-client-cert', format: 'pem', from: '10.0.0.1' } }
    for (const [required, expected] of [
      [false, 200],
      [true, 401],
    ] as const) {
      const server = await start(appWith({ confirmation: mtls({ ...options, required }) }))
      const unbound = await issuer.token({ scope: 'read' })
      const headers = { 'x-client-cert': inSpaces(client) }
      expect((await server.ask({ path: '/r', token: unbound, headers })).status).toBe(expected)
      expect((await server.ask({ path: '/r', token, headers })).status).toBe(401)
    }
  })

  test('a Unix socket has no address, so that its header is ignored', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'mtls-'))
    const socketPath = path.join(folder, 'socket')
    const server = http.createServer(appWith({ confirmation: through('pem', ['127.0.0.1', '::1']) }))
    try {
      await once(server.listen(socketPath), 'listening')
      const headers = { authorization: `Bearer ${token}`, 'x-client-cert': inSpaces(client) }
      const request = http.get({ socketPath, path: '/r', agent: false, headers })
      const [incoming] = (await once(request, 'response')) as [http.IncomingMessage]
      incoming.resume()
      expect(incoming.statusCode).toBe(401)
    } finally {
      server.close().closeAllConnections()
      rmSync(folder, { recursive: true })
    }
  })
})
