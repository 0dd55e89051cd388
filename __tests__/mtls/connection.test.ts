/** Client certificates on real TLS: RFC 8705 §3. Ids in brackets name the attacks that a test answers. */
import { createHash, createPublicKey, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import { once } from 'node:events'
import os from 'node:os'
import path from 'node:path'
import { resourceServer } from 'express-resource-server'
import { dpop } from 'express-resource-server/dpop'
import { mtls } from 'express-resource-server/mtls'
import { Client } from '../dpop/support/client.js'
import { certify } from './support/certificates.js'
import type { Certified } from './support/certificates.js'
import { appWith, askHttp2, boundTo, issuer, serveTls, summary } from './support/tls-api.js'
import type { TlsApi } from './support/tls-api.js'

let client: Certified
let other: Certified
let api: TlsApi

beforeAll(async () => {
  client = await certify()
  other = await certify()
  api = await serveTls({ confirmation: mtls() })
})

const REFUSED = [401, 'invalid_token']

describe('a token that is bound to a certificate', () => {
  test('is good on a connection with this certificate; the scheme stays Bearer [MTL-001] → 200', async () => {
    const answer = await api.ask({ token: await boundTo(client.thumbprint), client })
    expect([answer.status, answer.body]).toEqual([200, ['user-1', 'Bearer']])
  })

  test('is refused without a client certificate [MTL-002] → 401 invalid_token', async () => {
    expect(summary(await api.ask({ token: await boundTo(client.thumbprint) }))).toEqual(REFUSED)
  })

  test('is refused with another certificate', async () => {
    const token = await boundTo(client.thumbprint)
    expect(summary(await api.ask({ token, client: other }))).toEqual(REFUSED)
  })

  test('is refused with a new certificate of the same key [MTL-004] → 401 invalid_token', async () => {
    const renewed = await certify({ keys: client.keys })
    const token = await boundTo(client.thumbprint)
    expect(summary(await api.ask({ token, client: renewed }))).toEqual(REFUSED)
    expect((await api.ask({ token: await boundTo(renewed.thumbprint), client: renewed })).status).toBe(200)
  })

  test('is refused where mutual TLS is not configured [MTL-005] → 401 invalid_token', async () => {
    const without = await serveTls({})
    const token = await boundTo(client.thumbprint)
    expect(summary(await without.ask({ token, client }))).toEqual(REFUSED)
  })

  test('is checked on every request, also when it was verified before', async () => {
    const token = await boundTo(client.thumbprint)
    const statuses = []
    for (const by of [client, undefined, other, client])
      statuses.push((await api.ask({ token, client: by })).status)
    expect(statuses).toEqual([200, 401, 401, 200])
  })

  test.each<[string, (by: Certified) => unknown]>([
    ['the PEM text', ({ cert }) => sha256(cert).toString('base64url')],
    ['the PEM text without line ends', ({ cert }) => sha256(cert.trim()).toString('base64url')],
    ['the base64 text', ({ der }) => sha256(der.toString('base64')).toString('base64url')],
    [
      'the public key',
      ({ cert }) =>
        sha256(createPublicKey(cert).export({ type: 'spki', format: 'der' })).toString('base64url'),
    ],
    ['the DER bytes by SHA-1', ({ der }) => createHash('sha1').update(der).digest('base64url')],
    ['the DER bytes by SHA-512', ({ der }) => createHash('sha512').update(der).digest('base64url')],
    ['the DER bytes, in base64', ({ der }) => sha256(der).toString('base64')],
    ['the DER bytes, in hexadecimal', ({ der }) => sha256(der).toString('hex')],
    ['the DER bytes, without the last character', ({ thumbprint }) => thumbprint.slice(0, -1)],
    ['nothing', () => ''],
    ['a number', () => 5],
    ['an array', ({ thumbprint }) => [thumbprint]],
    ['null', () => null],
  ])('is refused if its hash is that of %s [MTL-015] → 401 invalid_token', async (_title, thumbprint) => {
    expect(summary(await api.ask({ token: await boundTo(thumbprint(client)), client }))).toEqual(REFUSED)
  })

  test('may hold further members of cnf', async () => {
    const cnf = { 'x5t#S256': client.thumbprint, x5t: 'x', kid: '1' }
    expect((await api.ask({ token: await boundTo('', { cnf }), client })).status).toBe(200)
  })

  test.each([{ x5t: 'x' }, {}, { jkt: 'x' }, { 'X5T#S256': 'x' }])(
    'is refused if cnf is %j, which no method confirms',
    async (cnf) => {
      expect(summary(await api.ask({ token: await boundTo('', { cnf }), client }))).toEqual(REFUSED)
    },
  )
})

const sha256 = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest()

describe('who signed the certificate', () => {
  test.each<[string, () => Promise<Certified>]>([
    ['is expired', () => certify({ days: -1 })],
    ['is of an unknown authority', async () => certify({ by: await certify({ isAuthority: true }) })],
  ])('does not matter to the binding: one that %s is good', async (_title, make) => {
    const by = await make()
    expect((await api.ask({ token: await boundTo(by.thumbprint), client: by })).status).toBe(200)
  })

  test('is asked by TLS, if you want that', async () => {
    const authority = await certify({ isAuthority: true, name: 'CN=authority' })
    const strict = await serveTls(
      { confirmation: mtls() },
      { ca: authority.cert, rejectUnauthorized: true, maxVersion: 'TLSv1.2' },
    )
    const signed = await certify({ by: authority })
    expect((await strict.ask({ token: await boundTo(signed.thumbprint), client: signed })).status).toBe(200)
    await expect(strict.ask({ token: await boundTo(client.thumbprint), client })).rejects.toThrow()
  })
})

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('a resumed session of %s', (version) => {
  test('still has the certificate of its first handshake [MTL-013] → 200', async () => {
    const resuming = await serveTls({ confirmation: mtls() }, { minVersion: version, maxVersion: version })
    const token = await boundTo(client.thumbprint)
    const session = await resuming.session({ token, client })
    const answer = await resuming.ask({ token, client, session })
    expect([answer.isResumed, answer.status]).toEqual([true, 200])

    const stolen = await boundTo(other.thumbprint)
    const refused = await resuming.ask({ token: stolen, client, session })
    expect([refused.isResumed, ...summary(refused)]).toEqual([true, ...REFUSED])
  })

  test('of a client without a certificate has none', async () => {
    const resuming = await serveTls({ confirmation: mtls() }, { minVersion: version, maxVersion: version })
    const token = await boundTo(client.thumbprint)
    const session = await resuming.session({ token })
    const answer = await resuming.ask({ token, session })
    expect([answer.isResumed, ...summary(answer)]).toEqual([true, ...REFUSED])
  })
})

describe('HTTP/2', () => {
  test('a request has the certificate of its session [MTL-001] → 200', async () => {
    const token = await boundTo(client.thumbprint)
    expect((await askHttp2({ confirmation: mtls() }, { token, client })).status).toBe(200)
  })

  test('another certificate, or none, is refused [MTL-017] → 401 invalid_token', async () => {
    const token = await boundTo(client.thumbprint)
    for (const by of [other, undefined])
      expect(summary(await askHttp2({ confirmation: mtls() }, { token, client: by }))).toEqual(REFUSED)
  })
})

describe('a connection that is not TLS', () => {
  test('has no certificate [MTL-017] → 401 invalid_token', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'mtls-'))
    try {
      for (const address of [{ port: 0, host: '127.0.0.1' }, { path: path.join(folder, 'socket') }]) {
        const server = http.createServer(appWith({ confirmation: mtls() })).listen(address)
        await once(server, 'listening')
        const bound = server.address()
        const to = typeof bound === 'string' ? { socketPath: bound } : { port: bound?.port }
        const authorization = `Bearer ${await boundTo(client.thumbprint)}`
        const request = http.get({ ...to, path: '/r', agent: false, headers: { authorization } })
        const [incoming] = (await once(request, 'response')) as [http.IncomingMessage]
        incoming.resume()
        expect([incoming.statusCode, incoming.headers['www-authenticate']]).toEqual([
          401,
          expect.stringContaining('invalid_token'),
        ])
        server.close().closeAllConnections()
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  const throwing = new Proxy(
    {},
    {
      get: () => {
        throw new Error('gone')
      },
    },
  )

  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a string', 'socket'],
    ['an object', {}],
    ['a proxy that throws', throwing],
    ['one with a certificate that is no function', { getPeerX509Certificate: 'x' }],
    [
      'one that throws when asked',
      {
        getPeerX509Certificate: () => {
          throw new Error('gone')
        },
      },
    ],
    ['one that returns a plain object', { getPeerX509Certificate: () => ({ raw: Buffer.from([0x30, 0]) }) }],
    ['one that returns nothing', { getPeerX509Certificate: () => undefined }],
  ])('may be odd: %s [MTL-017] → 401 invalid_token', async (_title, socket) => {
    const server = resourceServer({ ...issuer.options, confirmation: mtls() })
    const headers = { authorization: `Bearer ${await boundTo(client.thumbprint)}` }
    await expect(Promise.resolve(server.authenticate({ headers, socket }))).rejects.toMatchObject({
      status: 401,
      error: 'invalid_token',
      code: 'ERR_CERTIFICATE_MISSING',
    })
  })
})

describe('an unbound token', () => {
  test('is good as ever', async () => {
    const token = await issuer.token({ scope: 'read' })
    expect((await api.ask({ token, client })).status).toBe(200)
    expect((await api.ask({ token })).status).toBe(200)
  })

  test('is refused if bound ones are required; Bearer is still offered', async () => {
    const strict = await serveTls({ confirmation: mtls({ required: true }) })
    const refused = await strict.ask({ token: await issuer.token({ scope: 'read' }), client })
    expect(summary(refused)).toEqual(REFUSED)
    expect((await strict.ask({ token: await boundTo(client.thumbprint), client })).status).toBe(200)
    expect((await strict.ask({ token: '', headers: { authorization: 'Basic x' } })).challenge).toBe('Bearer')
  })

  test('without a request, nobody can show a certificate', async () => {
    const server = resourceServer({ ...issuer.options, confirmation: mtls() })
    await expect(server.verify(await boundTo(client.thumbprint))).rejects.toMatchObject({
      code: 'ERR_CONFIRMATION_UNSUPPORTED',
    })
  })
})

describe('the codes and hints', () => {
  const refusal = async (thumbprint: unknown, socket: unknown) => {
    const server = resourceServer({ ...issuer.options, confirmation: mtls() })
    const headers = { authorization: `Bearer ${await boundTo(thumbprint)}` }
    return Promise.resolve(server.authenticate({ headers, socket })).catch((error: unknown) => error)
  }
  const socket = () => ({ getPeerX509Certificate: () => new X509Certificate(client.der) })
  const hex = () => sha256(client.der).toString('hex')

  test.each<[string, () => unknown, string | undefined]>([
    ['hexadecimal', hex, 'thumbprint_hex'],
    ['hexadecimal in capitals', () => hex().toUpperCase(), 'thumbprint_hex'],
    ["OpenSSL's output", () => hex().replace(/..(?!$)/g, '$&:'), 'thumbprint_hex'],
    ['hexadecimal in base64url', () => Buffer.from(hex()).toString('base64url'), 'thumbprint_hex'],
    ['of another certificate', () => other.thumbprint, undefined],
    ['SHA-1 in hexadecimal', () => hex().slice(0, 40), undefined],
    ['a long text', () => 'a'.repeat(5000), undefined],
    ['a number', () => 5, undefined],
  ])('a hash that is %s', async (_title, thumbprint, hint) => {
    expect(await refusal(thumbprint(), socket())).toMatchObject({ code: 'ERR_CONFIRMATION_MISMATCH', hint })
  })
})

describe('DPoP and mutual TLS together', () => {
  const holder = new Client()
  const publicUrl = 'https://api.example'
  const ask = async (
    cnf: object,
    { by, proof = true }: { by?: Certified; proof?: boolean },
    methods = [dpop({ publicUrl }), mtls()],
  ) => {
    const server = await serveTls({ confirmation: methods })
    const token = await boundTo('', { cnf })
    const nowSeconds = Math.floor(Date.now() / 1000)
    const headers = proof
      ? {
          authorization: `DPoP ${token}`,
          dpop: holder.proof(token, 'GET', `${publicUrl}/r`, nowSeconds),
        }
      : {}
    return server.ask({ token, client: by, headers })
  }
  const both = () => ({ jkt: holder.thumbprint, 'x5t#S256': client.thumbprint })

  test('a token with both members needs both; the scheme is DPoP', async () => {
    const answer = await ask(both(), { by: client })
    expect([answer.status, answer.body]).toEqual([200, ['user-1', 'DPoP']])
    expect(summary(await ask(both(), { by: other }))).toEqual(REFUSED)
    expect(summary(await ask(both(), {}))).toEqual(REFUSED)
    expect(summary(await ask(both(), { by: client, proof: false }))).toEqual(REFUSED)
  })

  test('a token with one member needs that', async () => {
    expect((await ask({ jkt: holder.thumbprint }, {})).status).toBe(200)
    expect((await ask({ 'x5t#S256': client.thumbprint }, { by: client, proof: false })).status).toBe(200)
    expect(summary(await ask({ 'x5t#S256': client.thumbprint }, { by: client }))).toEqual(REFUSED)
  })

  test('a member that is null is refused as such, and ignored where nothing confirms it', async () => {
    for (const cnf of [
      { ...both(), 'x5t#S256': null },
      { ...both(), jkt: null },
    ])
      for (const proof of [true, false]) {
        const answer = await ask(cnf, { by: client, proof })
        expect(summary(answer)).toEqual(REFUSED)
        expect(answer.body).toMatchObject({ error_description: expect.stringContaining('wrong type') })
      }
    const cnf = { ...both(), 'x5t#S256': null }
    expect((await ask(cnf, {}, [dpop({ publicUrl })])).status).toBe(200)
  })

  test('where one is configured, that one is checked', async () => {
    expect((await ask(both(), { by: client, proof: false }, [mtls()])).status).toBe(200)
    expect((await ask(both(), {}, [dpop({ publicUrl })])).status).toBe(200)
    expect(summary(await ask(both(), { by: other, proof: false }, [mtls()]))).toEqual(REFUSED)
  })
})

describe('the example of RFC 8705, Appendix A', () => {
  const lines = [
    'MIIBBjCBrAIBAjAKBggqhkjOPQQDAjAPMQ0wCwYDVQQDDARtdGxzMB4XDTE4MTAx',
    'ODEyMzcwOVoXDTIyMDUwMjEyMzcwOVowDzENMAsGA1UEAwwEbXRsczBZMBMGByqG',
    'SM49AgEGCCqGSM49AwEHA0IABNcnyxwqV6hY8QnhxxzFQ03C7HKW9OylMbnQZjjJ',
    '/Au08/coZwxS7LfA4vOLS9WuneIXhbGGWvsDSb0tH6IxLm8wCgYIKoZIzj0EAwID',
    'SQAwRgIhAP0RC1E+vwJD/D1AGHGzuri+hlV/PpQEKTWUVeORWz83AiEA5x2eXZOV',
    'bUlJSGQgjwD5vaUaKlLR50Q2DmFfQj1L+SY=',
  ]
  const pem = ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----'].join('\n')

  test.each<[string, () => Buffer | X509Certificate | string]>([
    ['PEM', () => pem],
    ['an X509Certificate', () => new X509Certificate(pem)],
    ['bytes', () => Buffer.from(lines.join(''), 'base64')],
  ])('has the hash that it says, as %s, although it has expired [MTL-019] → 200', async (_title, make) => {
    const server = resourceServer({ ...issuer.options, confirmation: mtls({ certificate: make }) })
    const token = await boundTo('A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0')
    const passed = await server.authenticate({ headers: { authorization: `Bearer ${token}` } })
    expect(passed.principal.subject).toBe('user-1')
  })
})
