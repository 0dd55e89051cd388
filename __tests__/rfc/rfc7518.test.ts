/**
 * RFC 7518, JSON Web Algorithms: what a recipient of signatures and public keys must and should do.
 */
import crypto, { constants, createSecretKey, randomBytes, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { resourceServer } from 'express-resource-server'
import type { Algorithm, ResourceServerOptions } from 'express-resource-server'
import { asymmetric, symmetric } from '../support/algorithms.js'
import { keyTable, tokenTable } from '../support/rfc-table.js'
import { largeRsaKey, signPss, toBase64url } from '../support/rsa.js'
import {
  claims,
  encode,
  header,
  ISSUER,
  jwks,
  keyPair,
  options,
  publicJwk,
  rawToken,
  signText,
  trusting,
  verdict,
} from '../support/tokens.js'
import type { KeyPair } from '../support/tokens.js'
import { generatePair } from '../support/key-pairs.js'

const secret = randomBytes(64)
const sharing = (value: string | Uint8Array): Partial<ResourceServerOptions> => ({
  issuer: { issuer: ISSUER, secret: value },
})

/** A token whose signature is not made as its algorithm demands. */
function signedBy(alg: Algorithm, make: (input: Buffer, key: KeyObject) => Buffer): string {
  const input = rawToken({ algorithm: alg }).split('.').slice(0, 2).join('.')
  return `${input}.${encode(make(Buffer.from(input), keyPair(alg).privateKey))}`
}

function pss(saltLength: number, hash = 'sha256'): string {
  const padding = constants.RSA_PKCS1_PSS_PADDING
  return signedBy('PS256', (input, key) => sign(hash, input, { key, padding, saltLength }))
}

function masked(maskHash: string): string {
  return signedBy('PS256', (input, key) => signPss(input, key, maskHash))
}

describe('RFC 7518 §3.1: every algorithm', () => {
  tokenTable([
    ...asymmetric.map(
      (algorithm) =>
        [
          `§3.1 ${algorithm}: a genuine signature is accepted`,
          'accepted',
          { algorithm },
          trusting(publicJwk(algorithm)),
        ] as const,
    ),
    ...symmetric.map(
      (algorithm) =>
        [
          `§3.1 ${algorithm}: a genuine code is accepted where a secret is shared`,
          'accepted',
          { algorithm, key: createSecretKey(secret) },
          sharing(secret),
        ] as const,
    ),
    [
      '§3.1 none: deliberately not done, whatever the options say',
      'ERR_ALGORITHM_NOT_ALLOWED',
      `${encode({ alg: 'none' })}.${encode(claims())}.AAAA`,
    ],
  ])
})

describe('RFC 7518 §3.2: HMAC', () => {
  tokenTable([
    [
      '§3.2 a code by another secret is refused',
      'ERR_SIGNATURE_INVALID',
      { algorithm: 'HS256', key: createSecretKey(randomBytes(64)) },
      sharing(secret),
    ],
    [
      '§3.2 a code that is cut off is refused',
      'ERR_SIGNATURE_INVALID',
      { algorithm: 'HS256', signature: Buffer.alloc(16) },
      sharing(secret),
    ],
    [
      '§3.2 an algorithm whose hash is longer than the secret is refused',
      'ERR_ALGORITHM_NOT_ALLOWED',
      { algorithm: 'HS512', key: createSecretKey(randomBytes(32)) },
      sharing(randomBytes(32)),
    ],
  ])

  test.each<[string, string | Uint8Array, Algorithm]>([
    ['§3.2 a secret shorter than the hash is refused at start-up: HS256', randomBytes(31), 'HS256'],
    ['§3.2 a secret shorter than the hash is refused at start-up: HS384', randomBytes(47), 'HS384'],
    ['§3.2 a secret shorter than the hash is refused at start-up: HS512', randomBytes(63), 'HS512'],
    ['§3.2 so is one that is shorter as text', 'x'.repeat(31), 'HS256'],
    ['§3.2 an empty secret is refused at start-up', '', 'HS256'],
  ])('%s', (_title, short, algorithm) => {
    const start = (): unknown => resourceServer(options({ ...sharing(short), algorithms: [algorithm] }))
    expect(start).toThrow(/^issuer\.secret: /)
  })

  test.each<[Algorithm, number]>([
    ['HS256', 32],
    ['HS384', 48],
    ['HS512', 64],
  ])('§3.2 a secret as long as the hash will do: %s', async (algorithm, bytes) => {
    const value = randomBytes(bytes)
    const token = rawToken({ algorithm, key: createSecretKey(value) })
    expect(await verdict(token, { ...sharing(value), algorithms: [algorithm] })).toBe('accepted')
  })

  test('§3.2 codes are compared in constant time', async () => {
    const compare = jest.spyOn(crypto, 'timingSafeEqual')
    const code = Buffer.alloc(32, 1)
    const token = rawToken({ algorithm: 'HS256', signature: code })
    expect(await verdict(token, sharing(secret))).toBe('ERR_SIGNATURE_INVALID')
    expect(compare.mock.calls).toEqual([[expect.any(Buffer), code]])
    compare.mockRestore()
  })
})

describe('RFC 7518 §3.3 and §3.5: RSA', () => {
  tokenTable([
    [
      '§3.3 a signature of PKCS #1 v1.5 with another hash is refused',
      'ERR_SIGNATURE_INVALID',
      signedBy('RS256', (input, key) => sign('sha512', input, key)),
      trusting(publicJwk('RS256')),
    ],
    [
      '§3.3 a signature with a leading zero octet more is refused',
      'ERR_SIGNATURE_INVALID',
      signedBy('RS256', (input, key) => Buffer.concat([Buffer.alloc(1), sign('sha256', input, key)])),
      trusting(publicJwk('RS256')),
    ],
    [
      '§3.5 PSS with a salt as long as the hash is accepted',
      'accepted',
      pss(32),
      trusting(publicJwk('PS256')),
    ],
    [
      '§3.5 PSS with another salt length is refused',
      'ERR_SIGNATURE_INVALID',
      pss(20),
      trusting(publicJwk('PS256')),
    ],
    ['§3.5 PSS without salt is refused', 'ERR_SIGNATURE_INVALID', pss(0), trusting(publicJwk('PS256'))],
    [
      '§3.5 PSS with the longest salt, a usual default, is refused',
      'ERR_SIGNATURE_INVALID',
      pss(constants.RSA_PSS_SALTLEN_MAX_SIGN),
      trusting(publicJwk('PS256')),
    ],
    [
      '§3.5 PSS with another hash is refused',
      'ERR_SIGNATURE_INVALID',
      pss(48, 'sha384'),
      trusting(publicJwk('PS256')),
    ],
    ['§3.5 the mask is made with the same hash', 'accepted', masked('sha256'), trusting(publicJwk('PS256'))],
    [
      '§3.5 a mask made with SHA-1, a usual default, is refused',
      'ERR_SIGNATURE_INVALID',
      masked('sha1'),
      trusting(publicJwk('PS256')),
    ],
  ])

  keyTable([
    ['§3.3 a key of 2048 bits is used', 'usable', publicJwk('RS256')],
    [
      '§3.3 a key of less than 2048 bits is not',
      'weak',
      { kty: 'RSA', n: toBase64url(2n ** 2046n + 1n), e: 'AQAB' },
    ],
    [
      '§3.5 a key of less than 2048 bits is not, for PSS either',
      'weak',
      { kty: 'RSA', n: toBase64url(2n ** 2046n + 1n), e: 'AQAB', alg: 'PS256' },
    ],
    ['§3.5 a key of 2048 bits is used', 'usable', publicJwk('PS256')],
  ])
})

describe('RFC 7518 §3.4: ECDSA', () => {
  const der = (input: Buffer, key: KeyObject): Buffer => sign('sha256', input, key)
  /** A signature whose r begins with a zero octet, as one in 256 does. */
  const small = (input: Buffer, key: KeyObject): Buffer => {
    let signature: Buffer
    do signature = sign('sha256', input, { key, dsaEncoding: 'ieee-p1363' })
    while (signature[0] !== 0)
    return signature
  }

  tokenTable([
    ['§3.4 a signature of 64 octets, r and s, is accepted for ES256', 'accepted', {}],
    ['§3.4 one in DER is refused', 'ERR_SIGNATURE_INVALID', signedBy('ES256', der)],
    ['§3.4 r with a leading zero octet is accepted', 'accepted', signedBy('ES256', small)],
    [
      '§3.4 without that octet, which must not be left out, it is refused',
      'ERR_SIGNATURE_INVALID',
      signedBy('ES256', (input, key) => small(input, key).subarray(1)),
    ],
    ['§3.4 one of 65 octets is refused', 'ERR_SIGNATURE_INVALID', { signature: Buffer.alloc(65, 1) }],
    [
      '§3.4 ES384 with a signature of 64 octets is refused',
      'ERR_SIGNATURE_INVALID',
      { algorithm: 'ES384', signature: Buffer.alloc(64, 1) },
      trusting(publicJwk('ES384')),
    ],
    [
      '§3.4 ES512 with a signature of 128 octets is refused',
      'ERR_SIGNATURE_INVALID',
      { algorithm: 'ES512', signature: Buffer.alloc(128, 1) },
      trusting(publicJwk('ES512')),
    ],
    [
      '§3.4 s before r is refused',
      'ERR_SIGNATURE_INVALID',
      signedBy('ES256', (input, key) => {
        const signature = small(input, key)
        return Buffer.concat([signature.subarray(32), signature.subarray(0, 32)])
      }),
    ],
    ['§3.4 r = s = 0 is refused', 'ERR_SIGNATURE_INVALID', { signature: Buffer.alloc(64) }],
    [
      '§3.4 ES256 by a key on P-384 is refused',
      'ERR_KEY_UNKNOWN',
      { algorithm: 'ES384', header: header() },
      trusting(publicJwk('ES384', { alg: undefined, kid: 'es256' })),
    ],
    [
      '§3.4 ES384 by a key on P-256 is refused',
      'ERR_KEY_UNKNOWN',
      { header: header({ alg: 'ES384' }) },
      trusting(publicJwk('ES256', { alg: undefined })),
    ],
  ])
})

describe('RFC 7518 §3.6: none', () => {
  tokenTable([
    [
      '§3.6 an unsecured token with an empty signature is refused',
      'ERR_ALGORITHM_NOT_ALLOWED',
      `${encode({ alg: 'none' })}.${encode(claims())}.`,
    ],
    [
      '§3.6 an unsecured token with a signature, which must be empty, is refused',
      'ERR_ALGORITHM_NOT_ALLOWED',
      signText(`${encode({ alg: 'none', kid: 'es256' })}.${encode(claims())}`),
    ],
  ])

  test('§3.6 and §8.5 none cannot be allowed, neither for all issuers nor for one', () => {
    expect(() => resourceServer(options({ algorithms: ['none'] }))).toThrow(/^algorithms: /)
    const issuer = { issuer: ISSUER, jwks: jwks(publicJwk('ES256')), algorithms: ['none'] }
    expect(() => resourceServer(options({ issuer }))).toThrow(/^issuer\.algorithms: /)
  })
})

describe('RFC 7518 §6.1 and §6.2: EC keys', () => {
  const ec = publicJwk('ES256')
  const lengthened = (coordinate: string, octet = 0): string =>
    encode(Buffer.concat([Buffer.of(octet), Buffer.from(coordinate, 'base64url')]))

  keyTable([
    ['§6.1 kty that is not known is left out', 'unsupported', { kty: 'DSA' }],
    [
      '§6.1 and §6.4 kty oct: not done: a secret is never published, so a published one is not used; the option is secret',
      'symmetric_key',
      { kty: 'oct', k: encode(secret) },
    ],
    ['§6.2.1 crv must be there', 'malformed', publicJwk('ES256', { crv: undefined })],
    ['§6.2.1 x must be there', 'malformed', publicJwk('ES256', { x: undefined })],
    ['§6.2.1 y must be there', 'malformed', publicJwk('ES256', { y: undefined })],
    [
      '§6.2.1 a point that is not on the curve is refused',
      'malformed',
      publicJwk('ES256', { x: ec.y, y: ec.x }),
    ],
    ['§6.2.1.1 crv is compared with case', 'unsupported', publicJwk('ES256', { crv: 'p-256' })],
    [
      '§6.2.1.1 a compressed point is refused',
      'malformed',
      publicJwk('ES256', {
        x: encode(Buffer.concat([Buffer.of(2), Buffer.from(ec.x!, 'base64url')])),
        y: undefined,
      }),
    ],
    [
      '§2 and §6.2.1.2 x with padding: not done: taken, as some libraries write it',
      'usable',
      publicJwk('ES256', { x: `${ec.x!}=` }),
    ],
    ['§6.2.1.2 x must be base64', 'malformed', publicJwk('ES256', { x: '!!' })],
    [
      '§6.2.1.2 x with a zero octet too many: not done: taken, as some libraries write it',
      'usable',
      publicJwk('ES256', { x: lengthened(ec.x!) }),
    ],
    ['§6.2.1.2 x that is too long is refused', 'malformed', publicJwk('ES256', { x: lengthened(ec.x!, 1) })],
    [
      '§2 and §6.2.1.3 y with padding: not done: taken, as some libraries write it',
      'usable',
      publicJwk('ES256', { y: `${ec.y!}=` }),
    ],
    ['§6.2.1.3 y must be base64', 'malformed', publicJwk('ES256', { y: '!!' })],
    [
      '§6.2.1.3 y with a zero octet too many: not done: taken, as some libraries write it',
      'usable',
      publicJwk('ES256', { y: lengthened(ec.y!) }),
    ],
    ['§6.2.1.3 y that is too long is refused', 'malformed', publicJwk('ES256', { y: lengthened(ec.y!, 1) })],
    ['§6.2.2.1 a key with d is private: not used', 'private_key', publicJwk('ES256', { d: 'AAAA' })],
  ])

  test.each<[string, 'x' | 'y']>([
    ['§6.2.1.2 x', 'x'],
    ['§6.2.1.3 y', 'y'],
  ])('%s without its leading zeros: not done: taken, as GnuTLS writes it for P-521', async (_title, name) => {
    const pairs = Array.from({ length: 40 }, () => generatePair('ec', { namedCurve: 'P-521' }))
    const octetsOf = ({ publicKey }: KeyPair): Buffer =>
      Buffer.from(publicKey.export({ format: 'jwk' })[name]!, 'base64url')
    const pair = pairs.find((each) => octetsOf(each)[0] === 0)!
    const jwk = pair.publicKey.export({ format: 'jwk' })
    const short = encode(octetsOf(pair).subarray(1))
    const token = rawToken({ algorithm: 'ES512', key: pair.privateKey })
    expect(await verdict(token, trusting({ ...jwk, [name]: short, kid: 'es512' }))).toBe('accepted')
  })
})

describe('RFC 7518 §2 and §6.3: RSA keys', () => {
  const rsa = publicJwk('RS256')

  keyTable([
    ['§6.3.1 n must be there', 'malformed', publicJwk('RS256', { n: undefined })],
    ['§6.3.1 e must be there', 'malformed', publicJwk('RS256', { e: undefined })],
    [
      '§2 and §6.3.1.1 n with leading zero octets: not done: taken, as some libraries write it',
      'usable',
      publicJwk('RS256', { n: `AAAA${rsa.n!}` }),
    ],
    [
      '§2 and §6.3.1.1 n with padding: not done: taken, as some libraries write it',
      'usable',
      publicJwk('RS256', { n: `${rsa.n!}==` }),
    ],
    ['§6.3.1.2 65537 is three octets', 'usable', publicJwk('RS256', { e: 'AQAB' })],
    [
      '§2 and §6.3.1.2 e with a leading zero octet: not done: taken, as some libraries write it',
      'usable',
      publicJwk('RS256', { e: 'AAEAAQ' }),
    ],
    [
      '§2 and §6.3.1.2 e with padding: not done: taken, as some libraries write it',
      'usable',
      publicJwk('RS256', { e: 'AQAB=' }),
    ],
    ['§6.3.1.2 e as a number is refused', 'malformed', publicJwk('RS256', { e: 65537 })],
    [
      '§6.3.1.2 stricter: exponent 1 is refused, under it anyone can sign',
      'weak',
      publicJwk('RS256', { e: 'AQ' }),
    ],
    ...['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth'].map(
      (name) =>
        [
          `§6.3.2 a key with ${name} is private: not used`,
          'private_key',
          publicJwk('RS256', { [name]: 'AAAA' }),
        ] as const,
    ),
    [
      '§6.3.2.7 a private key of more than two primes is not used',
      'private_key',
      publicJwk('RS256', { d: 'AAAA', oth: [{ r: 'AAAA', d: 'AAAA', t: 'AAAA' }] }),
    ],
  ])
})

describe('RFC 7518 §8: security', () => {
  keyTable([
    [
      '§8.3 a low exponent: taken, the rule is one for encryption',
      'usable',
      publicJwk('RS256', { e: toBase64url(3n) }),
    ],
    [
      '§8.6 a limit to the size of keys: an exponent beyond 64 bits is refused, verifying by it costs milliseconds',
      'weak',
      publicJwk('RS256', { e: toBase64url(2n ** 64n + 1n) }),
    ],
    [
      '§8.6 a limit to the size of keys: a large modulus is taken, it is verified in the thread pool',
      'usable',
      { kty: 'RSA', n: largeRsaKey().n, e: 'AQAB' },
    ],
    [
      '§8.6 a limit to the size of keys: a modulus above 16384 bits is refused',
      'weak',
      { kty: 'RSA', n: toBase64url(2n ** 16384n + 1n), e: 'AQAB' },
    ],
  ])
})
