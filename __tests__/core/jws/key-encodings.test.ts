/** A key or certificate in place of a shared secret. */
import { randomBytes, X509Certificate } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { ConfigurationError, resourceServer } from 'express-resource-server'
import type { IssuerOptions } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import { isEncodedKey } from '../../../lib/core/jws/key-encodings.js'
import { selfSigned } from '../../support/tls.js'
import { jwks, keyPair, publicJwk } from '../../support/tokens.js'

const CERTIFICATE = selfSigned.cert
const { publicKey: rsa, privateKey } = keyPair('RS256')
const { publicKey: ec } = keyPair('ES256')
const { publicKey: ed } = keyPair('Ed25519')

const pem = (key: KeyObject, type: 'spki' | 'pkcs1' = 'spki') => key.export({ type, format: 'pem' } as never)
const der = (key: KeyObject, type: 'spki' | 'pkcs1' = 'spki'): Buffer =>
  Buffer.from(key.export({ type, format: 'der' } as never) as unknown as Uint8Array)
const sshKey = `ssh-ed25519 ${Buffer.concat([Buffer.from([0, 0, 0, 11]), randomBytes(64)]).toString('base64')} me@host`

const keys: [string, string | Uint8Array][] = [
  ['an RSA key in PEM', pem(rsa).toString()],
  ['an RSA key in PEM, PKCS #1', pem(rsa, 'pkcs1').toString()],
  ['an EC key in PEM', pem(ec).toString()],
  ['an Ed25519 key in PEM', pem(ed).toString()],
  ['PEM whose line breaks are escaped', pem(rsa).toString().replaceAll('\n', '\\n')],
  ['PEM in quotes', JSON.stringify(pem(rsa).toString())],
  ['PEM with text in front', `key:\n${pem(rsa).toString()}`],
  ['PEM as bytes', Buffer.from(pem(ec).toString())],
  ['PEM in base64', Buffer.from(pem(rsa).toString()).toString('base64')],
  ['the body of a PEM alone, as Keycloak shows it', der(rsa).toString('base64')],
  ['the body of a PEM, in lines', der(rsa).toString('base64').replace(/.{64}/g, '$&\n')],
  ['DER in base64url', der(ec).toString('base64url')],
  ['DER in hex', der(ec).toString('hex')],
  ['DER', der(rsa)],
  ['DER, PKCS #1', der(rsa, 'pkcs1')],
  ['DER of an EC key', new Uint8Array(der(ec))],
  ['DER of an Ed25519 key', der(ed)],
  ['base64 of DER, as bytes', Buffer.from(der(rsa).toString('base64'))],
  ['a certificate in PEM', CERTIFICATE],
  ['a certificate in DER', new X509Certificate(CERTIFICATE).raw],
  ['a certificate as x5c has it', new X509Certificate(CERTIFICATE).raw.toString('base64')],
  ['a JWK', JSON.stringify(publicJwk('RS256'))],
  ['a JWK in base64url', Buffer.from(JSON.stringify(publicJwk('ES256'))).toString('base64url')],
  ['a JWK Set with white space', ` ${JSON.stringify(jwks(publicJwk('ES256')), null, 2)}\n`],
  ['a symmetric JWK, whose k would be the secret', JSON.stringify({ kty: 'oct', k: 'x'.repeat(64) })],
  ['an SSH key', sshKey],
  ['a private key', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()],
  ['a private key in DER', privateKey.export({ type: 'pkcs8', format: 'der' })],
]

const options = (secret: unknown): IssuerOptions =>
  ({ issuer: 'https://issuer.test', secret }) as IssuerOptions

describe('A secret', () => {
  test.each(keys)('is not %s', (_title, secret) => {
    const start = (value: unknown) => () => resourceServer({ issuer: options(value), audience: 'a' })
    expect(start(secret)).toThrow(ConfigurationError)
    expect(start([randomBytes(64), secret])).toThrow(/^issuer\.secret: is a key or a certificate/)
  })

  test.each<[string, unknown]>([
    ['a public KeyObject', rsa],
    ['a JWK as an object', publicJwk('RS256')],
    ['a certificate as an object', new X509Certificate(CERTIFICATE)],
    ['an ArrayBuffer', new ArrayBuffer(64)],
  ])('is not %s', (_title, secret) => {
    expect(() => resourceServer({ issuer: options(secret), audience: 'a' })).toThrow(
      /^issuer\.secret: must be a string, a Uint8Array/,
    )
  })

  test.each(keys)('of a resolver is not %s: 500', async (_title, secret) => {
    const issuer = createTestIssuer({ issuer: 'https://issuer.test' })
    const api = resourceServer({ issuer: () => options(secret), audience: issuer.audience })
    await expect(api.verify(await issuer.token({ key: 'HS256' }))).rejects.toMatchObject({
      code: 'ERR_INTERNAL',
      cause: { option: 'issuer.secret' },
    })
  })

  test.each<[string, string | Uint8Array]>([
    ['random bytes', randomBytes(64)],
    ['bytes that begin like DER', Buffer.concat([Buffer.from([0x30, 0x82, 0x01, 0x22]), randomBytes(60)])],
    ['random base64', randomBytes(64).toString('base64')],
    ['random base64url', randomBytes(64).toString('base64url')],
    ['random hex', randomBytes(64).toString('hex')],
    ['digits', '1234567890'.repeat(7)],
    ['a pass phrase', 'correct horse battery staple, and 20 more words to make it long enough'],
    ['JSON that is no key', JSON.stringify({ password: randomBytes(64).toString('hex') })],
    ['a text with dashes', `${'-'.repeat(40)} begin ${'-'.repeat(40)}`],
  ])('may be %s', (_title, secret) => {
    expect(isEncodedKey(Buffer.from(secret as string))).toBe(false)
    expect(() => resourceServer({ issuer: options(secret), audience: 'a' })).not.toThrow()
  })
})
