/** RFC 7518, JSON Web Algorithms: what a recipient of signatures and public keys must and should do. */
import { constants, createSecretKey, randomBytes, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { resourceServer } from 'express-resource-server'
import type { Algorithm, ResourceServerOptions } from 'express-resource-server'
import { asymmetric, symmetric } from '../support/algorithms.js'
import { keyTable, tokenTable } from '../support/rfc-table.js'
import { signPss, toBase64url } from '../support/rsa.js'
import {
  claims,
  encode,
  header,
  ISSUER,
  keyPair,
  options,
  publicJwk,
  rawToken,
  signText,
  trusting,
  verdict,
} from '../support/tokens.js'
import type { KeyPair } from '../support/tokens.js'
import { generatePair } from '../../lib/testing/key-pair.js'

const secret = randomBytes(64)
const sharing = (value: string | Uint8Array): Partial<ResourceServerOptions> => ({
  issuer: { issuer: ISSUER, secret: value },
})

/** A token whose signature is made in another way than the algorithm says. */
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

  test.each<[string, string | Uint8Array]>([
    ['§3.2 a secret shorter than the hash is refused at start-up', randomBytes(31)],
    ['§3.2 so is one that is shorter as text', 'x'.repeat(31)],
    ['§3.2 an empty secret is refused at start-up', ''],
  ])('%s', (_title, short) => {
    expect(() => resourceServer(options(sharing(short)))).toThrow(/^issuer\.secret: /)
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
      { kty: 'RSA', n: toBase64url(2n ** 1023n + 1n), e: 'AQAB', alg: 'PS256' },
    ],
  ])
})

describe('RFC 7518 §3.4: ECDSA', () => {
  const der = (input: Buffer, key: KeyObject): Buffer => sign('sha256', input, key)
  const cut = (input: Buffer, key: KeyObject): Buffer =>
    sign('sha256', input, { key, dsaEncoding: 'ieee-p1363' }).subarray(1)

  tokenTable([
    ['§3.4 a signature of 64 octets, r and s, is accepted for ES256', 'accepted', {}],
    ['§3.4 one in DER is refused', 'ERR_SIGNATURE_INVALID', signedBy('ES256', der)],
    ['§3.4 one of 63 octets is refused', 'ERR_SIGNATURE_INVALID', signedBy('ES256', cut)],
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
      'ERR_TOKEN_MALFORMED',
      `${encode({ alg: 'none' })}.${encode(claims())}.`,
    ],
    [
      '§3.6 an unsecured token with a signature is refused',
      'ERR_ALGORITHM_NOT_ALLOWED',
      signText(`${encode({ alg: 'none', kid: 'es256' })}.${encode(claims())}`),
    ],
  ])

  test('§3.6 none cannot be allowed', () => {
    expect(() => resourceServer(options({ algorithms: ['none'] }))).toThrow(/^algorithms: /)
  })
})

describe('RFC 7518 §6 and §8: keys', () => {
  const ec = publicJwk('ES256')
  const longer = Buffer.concat([Buffer.alloc(1), Buffer.from(ec.x!, 'base64url')]).toString('base64url')

  keyTable([
    ['§6.1 kty that is not known is left out', 'unsupported', { kty: 'DSA' }],
    ['§6.2.1 an EC key must have x', 'malformed', publicJwk('ES256', { x: undefined })],
    ['§6.2.1 an EC key must have y: no compressed points', 'malformed', publicJwk('ES256', { y: undefined })],
    ['§6.2.1.1 crv must be there', 'malformed', publicJwk('ES256', { crv: undefined })],
    ['§6.2.1.1 crv is compared with case', 'unsupported', publicJwk('ES256', { crv: 'p-256' })],
    ['§6.2.1.2 a coordinate that is too long is refused', 'malformed', publicJwk('ES256', { x: longer })],
    [
      '§6.2.1 a point that is not on the curve is refused',
      'malformed',
      publicJwk('ES256', { x: ec.y, y: ec.x }),
    ],
    ['§6.2.2 a key with d is private: not used', 'private_key', publicJwk('ES256', { d: 'AAAA' })],
    ['§6.3.1 an RSA key must have n', 'malformed', publicJwk('RS256', { n: undefined })],
    ['§6.3.1 an RSA key must have e', 'malformed', publicJwk('RS256', { e: undefined })],
    [
      '§6.3.1.1 n with a leading zero octet: not done: taken, as some libraries write it',
      'usable',
      publicJwk('RS256', { n: `AAAA${publicJwk('RS256').n!}` }),
    ],
    [
      '§6.3.1.1 n as plain base64 is refused',
      'malformed',
      publicJwk('RS256', { n: `${publicJwk('RS256').n!}==` }),
    ],
    ['§6.3.2 a key with private members is not used', 'private_key', publicJwk('RS256', { p: 'AAAA' })],
    [
      '§6.4 an oct key is never published, so a published one is not used',
      'symmetric_key',
      { kty: 'oct', k: encode(secret) },
    ],
    [
      '§8.8 stricter: an exponent beyond 64 bits is refused, verifying by it costs milliseconds',
      'weak',
      publicJwk('RS256', { e: toBase64url(2n ** 64n + 1n) }),
    ],
    ['stricter: exponent 1 is refused, under it anyone can sign', 'weak', publicJwk('RS256', { e: 'AQ' })],
  ])

  test('§6.2.1.2 a coordinate without its leading zeros: not done: taken, as GnuTLS writes it for P-521', async () => {
    const pairs = Array.from({ length: 40 }, () => generatePair('ec', { namedCurve: 'P-521' }))
    const xOf = ({ publicKey }: KeyPair): Buffer =>
      Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url')
    const pair = pairs.find((each) => xOf(each)[0] === 0)!
    const jwk = pair.publicKey.export({ format: 'jwk' })
    const x = encode(xOf(pair).subarray(1))
    const token = rawToken({ algorithm: 'ES512', key: pair.privateKey })
    expect(await verdict(token, trusting({ ...jwk, x, kid: 'es512' }))).toBe('accepted')
  })
})
