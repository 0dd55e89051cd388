/** The user's own source of certificates, and wrong options. */
import { X509Certificate } from 'node:crypto'
import { inspect } from 'node:util'
import express from 'express'
import request from 'supertest'
import { resourceServer } from 'express-resource-server'
import { mtls } from 'express-resource-server/mtls'
import type { CertificateFunction, MtlsOptions } from 'express-resource-server/mtls'
import { certify } from './support/certificates.js'
import type { Certified } from './support/certificates.js'
import { boundTo, issuer } from './support/tls-api.js'

let client: Certified
let token: string

beforeAll(async () => {
  client = await certify()
  token = await boundTo(client.thumbprint)
})

/** `good`, or the code of the refusal. */
async function judge(certificate: unknown): Promise<unknown> {
  const api = resourceServer({
    ...issuer.options,
    confirmation: mtls({ certificate: certificate as CertificateFunction }),
  })
  const headers = { authorization: `Bearer ${token}` }
  return Promise.resolve()
    .then(() => api.authenticate({ headers }))
    .then(
      () => 'good',
      (error: unknown) => {
        const { code, status } = error as { code: string; status: number }
        return `${status} ${code}`
      },
    )
}

const MISSING = '401 ERR_CERTIFICATE_MISSING'
const INVALID = '401 ERR_CERTIFICATE_INVALID'
const INTERNAL = '500 ERR_INTERNAL'

describe('a function may return', () => {
  test.each<[string, () => unknown, string]>([
    ['a Buffer', () => client.der, 'good'],
    ['a Uint8Array', () => new Uint8Array(client.der), 'good'],
    ['an X509Certificate', () => new X509Certificate(client.cert), 'good'],
    ['PEM', () => client.cert, 'good'],
    ['PEM with carriage returns', () => client.cert.replaceAll('\n', '\r\n'), 'good'],
    ['PEM in one line', () => client.cert.replaceAll('\n', ' '), 'good'],
    ['nothing', () => undefined, MISSING],
    ['null', () => null, MISSING],
    ['an empty text', () => '', MISSING],
    ['(null)', () => '(null)', MISSING],
    ['a certificate that is cut off', () => client.der.subarray(1), INVALID],
    ['PEM in bytes', () => Buffer.from(client.cert), INVALID],
    ['no bytes', () => Buffer.alloc(0), INVALID],
    ['two certificates', () => client.cert + client.cert, INVALID],
    ['base64', () => client.der.toString('base64'), INVALID],
    ['a text', () => 'certificate', INVALID],
    ['a promise', () => Promise.resolve(client.der), INTERNAL],
    ['a promise that fails', () => Promise.reject(new Error('x')), INTERNAL],
    ['a number', () => 5, INTERNAL],
    ['false', () => false, INTERNAL],
    ['an object', () => ({ raw: client.der }), INTERNAL],
    ['an ArrayBuffer', () => new ArrayBuffer(2), INTERNAL],
  ])('%s', async (_title, certificate, expected) => {
    expect(await judge(certificate)).toBe(expected)
  })

  test('nothing at all, but throw', async () => {
    const fail = () => {
      throw new Error('x')
    }
    expect(await judge(fail)).toBe(INTERNAL)
  })
})

test('a function may be declared for a request of Express, and is asked for bound tokens only', async () => {
  let calls = 0
  const app = express()
  const certificate = (req: express.Request): string | undefined => {
    calls++
    return req.get('x-pem')
  }
  app.use(resourceServer({ ...issuer.options, confirmation: mtls({ certificate }) }))
  app.get('/', (req, res) => void res.json(req.auth?.scheme))
  const pem = client.cert.replaceAll('\n', ' ')
  await request(app)
    .get('/')
    .set({ authorization: `Bearer ${token}`, 'x-pem': pem })
    .expect(200, '"Bearer"')
  const unbound = await issuer.token()
  await request(app)
    .get('/')
    .set({ authorization: `Bearer ${unbound}` })
    .expect(200)
  expect(calls).toBe(1)
})

describe('wrong options', () => {
  const header = { name: 'x-cert', format: 'pem', from: '10.0.0.1' } as const
  const withFrom = (from: unknown): object => ({ header: { ...header, from } })

  test.each<[string, unknown, string]>([
    ['a misspelt option', { headers: header }, 'mtls.headers'],
    ['a text', 'header', 'mtls'],
    ['a name', { header: 'x-cert' }, 'mtls.header'],
    ['no name', { header: { ...header, name: undefined } }, 'mtls.header.name'],
    ['an empty name', { header: { ...header, name: '' } }, 'mtls.header.name'],
    ['a name with a colon', { header: { ...header, name: 'x-cert:' } }, 'mtls.header.name'],
    ['no format', { header: { ...header, format: undefined } }, 'mtls.header.format'],
    ['an unknown format', { header: { ...header, format: 'PEM' } }, 'mtls.header.format'],
    ['a format of the prototype', { header: { ...header, format: 'toString' } }, 'mtls.header.format'],
    ['a misspelt option of the header', { header: { ...header, trusted: 1 } }, 'mtls.header.trusted'],
    ['no address', withFrom(undefined), 'mtls.header.from'],
    ['no addresses', withFrom([]), 'mtls.header.from'],
    ['a host name', withFrom('localhost'), 'mtls.header.from'],
    ['a star', withFrom('*'), 'mtls.header.from'],
    ['a name of a range', withFrom('loopback'), 'mtls.header.from'],
    ['every IPv4 address', withFrom('0.0.0.0/0'), 'mtls.header.from'],
    ['every IPv6 address', withFrom('::/0'), 'mtls.header.from'],
    ['every IPv4 address in IPv6 form', withFrom('::ffff:0:0/96'), 'mtls.header.from'],
    ['a wide range around these', withFrom('::/64'), 'mtls.header.from'],
    ['both halves of IPv4', withFrom(['0.0.0.0/1', '128.0.0.0/1']), 'mtls.header.from'],
    ['halves in two forms', withFrom(['0.0.0.0/1', '::ffff:128.0.0.0/97']), 'mtls.header.from'],
    [
      'all of IPv4 in pieces',
      withFrom(['10.0.0.1', '0.0.0.0/2', '192.0.0.0/2', '128.0.0.0/2', '64.0.0.0/3', '96.0.0.0/3']),
      'mtls.header.from',
    ],
    ['both halves of IPv6', withFrom(['::/1', '8000::/1']), 'mtls.header.from'],
    ['all that IPv6 uses', withFrom(['3000::/4', '2000::/4']), 'mtls.header.from'],
    ['33 bits', withFrom('10.0.0.0/33'), 'mtls.header.from'],
    ['129 bits', withFrom('::1/129'), 'mtls.header.from'],
    ['a mask', withFrom('10.0.0.0/255.0.0.0'), 'mtls.header.from'],
    ['no bits', withFrom('10.0.0.0/'), 'mtls.header.from'],
    ['two slashes', withFrom('10.0.0.0/8/8'), 'mtls.header.from'],
    ['bits with a sign', withFrom('10.0.0.0/+8'), 'mtls.header.from'],
    ['a short address', withFrom('10.0/8'), 'mtls.header.from'],
    ['an interface', withFrom('fe80::1%eth0'), 'mtls.header.from'],
    ['a wrong one among good ones', withFrom(['10.0.0.1', 'x']), 'mtls.header.from'],
    ['a certificate', { certificate: 'x' }, 'mtls.certificate'],
    ['a header and a function', { header, certificate: () => undefined }, 'mtls.certificate'],
    ['required as a text', { required: 'yes' }, 'mtls.required'],
  ])('%s', (_title, options, option) => {
    expect(() => mtls(options as MtlsOptions)).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIGURATION', option }),
    )
  })

  test('undefined means the same as leaving an option out', () => {
    expect(mtls({ header: undefined, certificate: undefined, required: undefined }).isRequired).toBe(false)
    expect(mtls(undefined).member).toBe('x5t#S256')
  })

  test('two methods of mutual TLS on one server', () => {
    expect(() => resourceServer({ ...issuer.options, confirmation: [mtls(), mtls()] })).toThrow(
      expect.objectContaining({ option: 'confirmation' }),
    )
  })

  test('a method shows nothing when it is printed', () => {
    expect(inspect(mtls({ header }), { depth: 9 })).not.toContain('10.0.0.1')
  })
})
