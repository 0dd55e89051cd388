/** Public keys as they come out of files, variables and consoles, in place of a shared secret. */
import { randomBytes, X509Certificate } from 'node:crypto'
import { ConfigurationError, resourceServer } from 'express-resource-server'
import type { IssuerOptions } from 'express-resource-server'
import fc from 'fast-check'
import { isEncodedKey } from '../../../lib/core/jws/key-encodings.js'
import { selfSigned } from '../../support/tls.js'
import { keyPair, publicJwk } from '../../support/tokens.js'
import { generatePair } from '../../support/key-pairs.js'

const start = (secret: unknown) => () =>
  resourceServer({
    issuer: { issuer: 'https://issuer.test', secret } as IssuerOptions,
    audience: 'a',
  })
const { publicKey: p521 } = generatePair('ec', { namedCurve: 'P-521' })
const spki = { type: 'spki', format: 'der' } as const
const certificate = new X509Certificate(selfSigned.cert).raw
const ders: [string, Buffer][] = [
  ['RSA', keyPair('RS256').publicKey.export(spki)],
  ['RSA in PKCS #1', keyPair('RS256').publicKey.export({ type: 'pkcs1', format: 'der' })],
  ['EC', keyPair('ES256').publicKey.export(spki)],
  ['P-521', p521.export(spki)],
  ['Ed25519', keyPair('Ed25519').publicKey.export(spki)],
  ['certificate', certificate],
]
const pemOf = (der: Buffer): string =>
  `-----BEGIN PUBLIC KEY-----\n${der.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END PUBLIC KEY-----\n`
const swapped = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16()
const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** Of a text that has the key, PEM or JWK. */
const texts: [string, (text: string) => string | Uint8Array][] = [
  ['in UTF-16', (text) => Buffer.from(text, 'utf16le')],
  ['in UTF-16 with a byte order mark', (text) => Buffer.from(`\ufeff${text}`, 'utf16le')],
  ['in big-endian UTF-16', swapped],
  ['in UTF-16, read as UTF-8', (text) => Buffer.from(`\ufeff${text}`, 'utf16le').toString('utf8')],
  ['in UTF-16, in base64', (text) => Buffer.from(text, 'utf16le').toString('base64')],
  ['with a byte order mark', (text) => `\ufeff${text}`],
  ['in single quotes', (text) => `'${text}'`],
  ['in double quotes', (text) => `"${text}"`],
  ['as JSON', (text) => JSON.stringify(text)],
  ['as JSON twice', (text) => JSON.stringify(JSON.stringify(text))],
  ['in JSON by kid', (text) => JSON.stringify({ k1: text })],
  ['percent-encoded', encodeURIComponent],
  ['percent-encoded twice', (text) => encodeURIComponent(encodeURIComponent(text))],
  ['in base64 three times', (text) => base64(base64(base64(text)))],
  ['in base64 in single quotes', (text) => `'${base64(text)}'`],
  ['in a data URL', (text) => `data:application/x-pem-file;base64,${base64(text)}`],
  ['with a name in front', (text) => `PUBLIC_KEY=${text}`],
]

/** Of PEM only. */
const pems: [string, (pem: string) => string][] = [
  ['with escaped line breaks', (pem) => pem.replaceAll('\n', '\\n')],
  ['percent-encoded as a form', (pem) => pem.replaceAll(' ', '+').replaceAll('\n', '%0A')],
  ['with tabs', (pem) => pem.replaceAll(' ', '\t')],
  ['with no-break spaces', (pem) => pem.replaceAll(' ', '\u00a0')],
  ['with two spaces', (pem) => pem.replaceAll(' ', '  ')],
  ['with underscores', (pem) => pem.replaceAll(' ', '_')],
  ['with em dashes', (pem) => pem.replaceAll('-', '\u2014')],
  ['without dashes', (pem) => pem.replaceAll('-', '')],
  ['without its first line', (pem) => pem.slice(pem.indexOf('\n') + 1)],
  ['in one line', (pem) => pem.replaceAll('\n', ' ')],
]

/** Of the bytes of DER. */
const bodies: [string, (der: Buffer) => string | Uint8Array][] = [
  ['with escaped line breaks', (der) => der.toString('base64').replace(/.{64}/g, '$&\\n')],
  ['in single quotes', (der) => `'${der.toString('base64')}'`],
  ['in double quotes', (der) => `"${der.toString('base64')}"`],
  ['percent-encoded', (der) => encodeURIComponent(der.toString('base64'))],
  ['with a name in front', (der) => `key: ${der.toString('base64')}`],
  ['as x5c has it', (der) => JSON.stringify([der.toString('base64')])],
  ['in hex with colons', (der) => (der.toString('hex').match(/../g) ?? []).join(':')],
  ['in hex with 0x', (der) => `0x${der.toString('hex')}`],
  ['in hex with \\x', (der) => der.toString('hex').replace(/../g, '\\x$&')],
  ['in capital hex with spaces', (der) => der.toString('hex').toUpperCase().replace(/../g, '$& ')],
  ['after a line break', (der) => Buffer.concat([Buffer.from('\r\n'), der])],
  ['before a line break', (der) => Buffer.concat([der, Buffer.from('\n')])],
  ['read as Latin-1', (der) => der.toString('latin1')],
  ['read as UTF-8', (der) => der.toString('utf8')],
  ['as JSON of a Buffer', (der) => JSON.stringify(der)],
  ['as JSON of a Uint8Array', (der) => JSON.stringify(new Uint8Array(der))],
  ['as numbers', (der) => der.join(', ')],
  ['percent-encoded bytes', (der) => der.toString('hex').replace(/../g, '%$&')],
]

const jwk = publicJwk('RS256')
const json = JSON.stringify(jwk)
const jwks: [string, string][] = [
  ['an array', `[${json}]`],
  ['by kid', JSON.stringify({ k1: jwk })],
  ['as a member', JSON.stringify({ key: jwk })],
  ['deeper', JSON.stringify({ data: [{ key: { public: jwk } }] })],
  ['with single quotes inside', json.replaceAll('"', "'")],
  ['with a comma too many', json.replace(/}$/, ',}')],
  ['with an escaped name', json.replace('"kty"', '"k\\u0074y"')],
  ['in YAML', json.replaceAll(/["{}]/g, '').replaceAll(',', '\n').replaceAll(':', ': ')],
]

// The start of `openssl req -new -outform der` and of `openssl crl2pkcs7 -outform der`.
const request = Buffer.concat([
  Buffer.from('3082023030820118020100300c310a300806035504030c0178', 'hex'),
  keyPair('RS256').publicKey.export(spki),
])
const pkcs7 = Buffer.concat([Buffer.from('3082034006092a864886f70d010702a08203', 'hex'), randomBytes(90)])
const sshBlob = Buffer.concat([Buffer.from('\0\0\0\x0bssh-ed25519\0\0\0\x20'), randomBytes(32)])
const modulus = Buffer.from(String(jwk['n']), 'base64url').toString('base64')
const others: [string, string | Uint8Array][] = [
  ['a certificate request', request],
  ['PKCS #7', pkcs7],
  ['an SSH key without its prefix', sshBlob.toString('base64')],
  ['an SSH key in binary', sshBlob],
  ['an SSH key with options in front', `no-pty ssh-ed25519 ${sshBlob.toString('base64')} me@host`],
  ['.NET XML', `<RSAKeyValue><Modulus>${modulus}</Modulus><Exponent>AQAB</Exponent></RSAKeyValue>`],
  [
    'a certificate in XML metadata',
    `<ds:X509Certificate>${certificate.toString('base64')}</ds:X509Certificate>`,
  ],
]

describe('A secret is not', () => {
  const refuses = (secret: string | Uint8Array) => {
    expect(start(secret)).toThrow(ConfigurationError)
    expect(start(secret)).toThrow(/^issuer\.secret: is a key or a certificate/)
  }

  describe.each(ders)('the key or certificate (%s)', (_type, der) => {
    test.each(texts)('in PEM, %s', (_title, form) => refuses(form(pemOf(der))))
    test.each(pems)('in PEM, %s', (_title, form) => refuses(form(pemOf(der))))
    test.each(bodies)('in DER, %s', (_title, form) => refuses(form(der)))
  })
  test.each(texts)('a JWK %s', (_title, form) => refuses(form(json)))
  test.each(jwks)('a JWK: %s', (_title, text) => refuses(text))
  test.each(others)('%s', (_title, secret) => refuses(secret))

  test.each([
    ['one', `${'x'.repeat(64)}\ud800`],
    ['many, which all become the same bytes', '\ud800'.repeat(20)],
    ['a second half alone', `\udc00${'x'.repeat(64)}`],
  ])('a text with halves of surrogate pairs: %s', (_title, secret) => {
    expect(start(secret)).toThrow(ConfigurationError)
    expect(start(['x'.repeat(64), secret])).toThrow(/^issuer\.secret: has half of a surrogate pair/)
  })

  test('a text in more encodings than can be undone', () => {
    refuses(`%${'25'.repeat(30_000)}`)
  })

  test.each<[string, string | Uint8Array]>([
    ['bytes', Buffer.alloc(65_537)],
    ['a text', 'é'.repeat(32_769)],
  ])('longer than 64 KiB: %s', (_title, secret) => {
    expect(start(secret)).toThrow(/^issuer\.secret: must have at most 65536 bytes/)
  })
})

/** How people write random bytes. */
const usual: ((bytes: Buffer) => string | Uint8Array)[] = [
  (bytes) => bytes,
  (bytes) => bytes.toString('base64'),
  (bytes) => bytes.toString('base64url'),
  (bytes) => bytes.toString('hex'),
  (bytes) => bytes.toString('hex').toUpperCase(),
  (bytes) => bytes.toString('hex').replace(/..(?=.)/g, '$&:'),
  (bytes) => `0x${bytes.toString('hex')}`,
  (bytes) => bytes.toString('latin1'),
  (bytes) => bytes.toString('utf8'),
  (bytes) => bytes.join(','),
  (bytes) => JSON.stringify(bytes),
  (bytes) => `"${bytes.toString('base64')}"`,
  (bytes) => encodeURIComponent(bytes.toString('base64')),
  (bytes) => Buffer.from(bytes.toString('base64'), 'utf16le'),
  (bytes) => base64(bytes.toString('hex')),
  (bytes) => base64(bytes.toString('base64')),
  // Characters that one can type, as generators of passwords choose them.
  (bytes) => String.fromCharCode(...bytes.map((byte) => 33 + (byte % 94))),
  // UUIDs, with and without separators between them.
  (bytes) => bytes.toString('hex').replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/g, '$1-$2-$3-$4-$5 '),
]

describe('A secret may be', () => {
  test('32 to 64 random bytes, in every usual encoding', () => {
    const secrets = fc.uint8Array({ minLength: 32, maxLength: 64 })
    fc.assert(
      fc.property(secrets, fc.constantFrom(...usual), (bytes, encode) => {
        const secret = encode(Buffer.from(bytes))
        return !isEncodedKey(typeof secret === 'string' ? Buffer.from(secret) : secret)
      }),
      { numRuns: 2000 },
    )
  })

  test.each<[string, string | Uint8Array]>([
    ['emoji', '🔑🗝️🔐'.repeat(8)],
    ['a pass phrase about keys', 'begin the public key ceremony at the end of the private certificate party'],
    ['UUIDs', '6f1f6a3e-1f0b-4b64-8f5c-0e9b1c0c7f2d,0b0f3c11-5b8f-4a65-9f0e-2d2f6f1c9f11'],
    ['an ssh command', 'ssh-keygen -t ed25519 is what I typed on the first of April, at noon'],
    ['JSON with a path', String.raw`{"password":"C:\\new\\temp\\x41 50%25 off, ${'abc '.repeat(10)}"}`],
    ['64 KiB of random bytes', randomBytes(65_536)],
    ['48 KiB of random bytes in base64', randomBytes(49_152).toString('base64')],
    ['64 KiB of zeros', new Uint8Array(65_536)],
  ])('%s', (_title, secret) => {
    expect(start(secret)).not.toThrow()
  })
})
