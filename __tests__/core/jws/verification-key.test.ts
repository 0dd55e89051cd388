import { createECDH, createPrivateKey, randomBytes } from 'node:crypto'
import { toSecretKey, toVerificationKey } from '../../../lib/core/jws/verification-key.js'
import type { VerificationKey } from '../../../lib/core/jws/verification-key.js'
import { asymmetric, symmetric } from '../../support/algorithms.js'
import { generatePair, keyPair, publicJwk, rawToken, trusting, verdict } from '../../support/tokens.js'
import { generatePair as newPair } from '../../support/key-pairs.js'

const RSA_NAMES = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']

function keyOf(jwk: unknown): VerificationKey {
  const key = toVerificationKey(jwk)
  if (typeof key === 'string') throw new Error(key)
  return key
}

function namesOf(jwk: unknown): readonly string[] {
  return [...keyOf(jwk).checks.keys()]
}

/** A coordinate with its leading zero octets left out, as some libraries write it. */
function withoutLeadingZeros(coordinate = ''): string {
  const bytes = Buffer.from(coordinate, 'base64url')
  return bytes.subarray(bytes.findIndex((octet) => octet !== 0)).toString('base64url')
}

describe('what a key may verify', () => {
  test.each<[string, object, readonly string[]]>([
    ['an RSA key without alg: all of RSA', publicJwk('RS256', { alg: undefined }), RSA_NAMES],
    ['an RSA key with alg: that one', publicJwk('PS384'), ['PS384']],
    [
      'an RSA key with a stray crv: all of RSA',
      publicJwk('RS256', { alg: undefined, crv: 'P-256' }),
      RSA_NAMES,
    ],
    ['a P-256 key without alg', publicJwk('ES256', { alg: undefined }), ['ES256']],
    ['a secp256k1 key without alg', publicJwk('ES256K', { alg: undefined }), ['ES256K']],
    ['an Ed25519 key without alg', publicJwk('Ed25519', { alg: undefined }), ['Ed25519', 'EdDSA']],
    ['an Ed25519 key with alg EdDSA', publicJwk('Ed25519', { alg: 'EdDSA' }), ['Ed25519', 'EdDSA']],
    ['an Ed448 key with alg EdDSA', publicJwk('Ed448', { alg: 'EdDSA' }), ['Ed448', 'EdDSA']],
    ['a key without use', publicJwk('ES256', { use: undefined }), ['ES256']],
    ['a key with key_ops', publicJwk('ES256', { use: undefined, key_ops: ['verify'] }), ['ES256']],
    ['a key with both, in agreement', publicJwk('ES256', { key_ops: ['verify'] }), ['ES256']],
    [
      'a key with members that mean nothing here',
      publicJwk('ES256', { x5u: 'https://a.test', ext: true, foo: {} }),
      ['ES256'],
    ],
  ])('%s', (_title, jwk, expected) => {
    expect(namesOf(jwk)).toEqual(expected)
  })

  test.each<[string, unknown]>([
    ['RSA key, alg of EC', publicJwk('RS256', { alg: 'ES256' })],
    ['RSA key, alg HS256', publicJwk('RS256', { alg: 'HS256' })],
    ['RSA key, alg none', publicJwk('RS256', { alg: 'none' })],
    ['RSA key, alg of encryption', publicJwk('RS256', { alg: 'RSA-OAEP' })],
    ['RSA key, alg a number', publicJwk('RS256', { alg: 7 })],
    ['RSA key, alg an array', publicJwk('RS256', { alg: ['RS256'] })],
    ['P-256 key, alg ES384', publicJwk('ES256', { alg: 'ES384' })],
    ['P-256 key, alg EdDSA', publicJwk('ES256', { alg: 'EdDSA' })],
    ['Ed25519 key, alg Ed448', publicJwk('Ed25519', { alg: 'Ed448' })],
    ['a curve nobody knows', publicJwk('ES256', { alg: undefined, crv: 'P-999' })],
    ['a curve of another type', publicJwk('ES256', { alg: undefined, crv: 'Ed25519' })],
    ['X25519', newPair('x25519').publicKey.export({ format: 'jwk' })],
    ['a type nobody knows', { kty: 'XYZ', alg: 'ES256' }],
    ['a type called like a member of Object.prototype', { kty: 'constructor' }],
  ])('nothing: %s', (_title, jwk) => {
    expect(toVerificationKey(jwk)).toBe('unsupported')
  })

  test.each<[string, object]>([
    ['use enc', { use: 'enc' }],
    ['use in capitals', { use: 'SIG' }],
    ['use an array', { use: ['sig'] }],
    ['key_ops sign', { key_ops: ['sign'] }],
    ['key_ops a string', { key_ops: 'verify' }],
    ['key_ops with a member that is no string', { key_ops: ['verify', 1] }],
    ['use sig, key_ops decrypt', { use: 'sig', key_ops: ['decrypt'] }],
    ['use enc, key_ops verify', { use: 'enc', key_ops: ['verify'] }],
  ])('not for signatures: %s', (_title, members) => {
    expect(toVerificationKey(publicJwk('ES256', members))).toBe('not_for_signatures')
  })
})

describe('what is no key', () => {
  test.each<[string, unknown]>([
    ['null', null],
    ['undefined', undefined],
    ['a number', 1],
    ['a string', 'x'],
    ['an array', [publicJwk('ES256')]],
    ['an empty object', {}],
    ['kty not a string', { ...publicJwk('ES256'), kty: 5 }],
    ['kty inherited', Object.create({ kty: 'EC' })],
    ['a JWK hidden in __proto__', JSON.parse('{"__proto__":{"kty":"oct","k":""},"kid":"x"}')],
  ])('%s', (_title, jwk) => {
    expect(toVerificationKey(jwk)).toBe('not_a_jwk')
  })

  test.each(['d', 'p', 'q', 'dp', 'dq', 'qi', 'priv'])('a private key, by its member %s', (member) => {
    expect(toVerificationKey(publicJwk('RS256', { [member]: 'AAAA' }))).toBe('private_key')
  })

  test.each(asymmetric)('the private key of %s', (algorithm) => {
    const jwk = keyPair(algorithm).privateKey.export({ format: 'jwk' })
    expect(toVerificationKey(jwk)).toBe('private_key')
  })

  test.each<[string, object]>([
    ['oct', { kty: 'oct', k: randomBytes(64).toString('base64url'), alg: 'HS256', use: 'sig' }],
    ['oct without k', { kty: 'oct' }],
    ['oct with an empty k', { kty: 'oct', k: '' }],
    ['an EC key with k', { k: 'AAAA', ...publicJwk('ES256') }],
  ])('a symmetric key: %s', (_title, jwk) => {
    expect(toVerificationKey(jwk)).toBe('symmetric_key')
  })

  const ec = publicJwk('ES256')
  test.each<[string, object]>([
    ['RSA without n', publicJwk('RS256', { n: undefined })],
    ['RSA without e', publicJwk('RS256', { e: undefined })],
    ['RSA with an empty n', publicJwk('RS256', { n: '' })],
    ['RSA, n no base64url', publicJwk('RS256', { n: '!!' })],
    ['RSA, n a number', publicJwk('RS256', { n: 5 })],
    ['EC without y', publicJwk('ES256', { y: undefined })],
    ['EC, x an array', publicJwk('ES256', { x: [ec.x] })],
    [
      'EC, x of 33 octets that count',
      publicJwk('ES256', {
        x: Buffer.from(`01${Buffer.from(ec.x!, 'base64url').toString('hex')}`, 'hex').toString('base64url'),
      }),
    ],
    ['EC, y with a flipped bit: not on the curve', publicJwk('ES256', { y: flipped(ec.y!) })],
    ['EC, x = y = 0: the point at infinity', publicJwk('ES256', { x: 'AA', y: 'AA' })],
    ['EC, x beyond the field', publicJwk('ES256', { x: Buffer.alloc(32, 0xff).toString('base64url') })],
    ['EC, a P-256 point called P-384', publicJwk('ES256', { crv: 'P-384', alg: 'ES384' })],
    ['OKP, a curve that is no string', publicJwk('Ed25519', { crv: ['Ed25519'] })],
    ['OKP without x', publicJwk('Ed25519', { x: undefined })],
    ['OKP, x one octet short', publicJwk('Ed25519', { x: Buffer.alloc(31, 7).toString('base64url') })],
    ['OKP, an Ed25519 key called Ed448', publicJwk('Ed25519', { crv: 'Ed448', alg: 'Ed448' })],
    ['AKP without alg', { kty: 'AKP', pub: 'AAAA' }],
    ['AKP without pub', { kty: 'AKP', alg: 'ML-DSA-44' }],
    ['AKP, pub too short', { kty: 'AKP', alg: 'ML-DSA-44', pub: 'AAAA' }],
  ])('malformed: %s', (_title, jwk) => {
    expect(toVerificationKey(jwk)).toBe('malformed')
  })

  function flipped(coordinate: string): string {
    const bytes = Buffer.from(coordinate, 'base64url')
    bytes.writeUInt8(bytes.readUInt8(31) ^ 1, 31)
    return bytes.toString('base64url')
  }
})

describe('coordinates without their leading zero octets', () => {
  // Private keys whose public x begins with a zero octet. A search takes 256 keys.
  test.each([
    ['ES256', 'P-256', 'prime256v1', 379],
    ['ES384', 'P-384', 'secp384r1', 197],
    ['ES512', 'P-521', 'secp521r1', 2],
    ['ES256K', 'secp256k1', 'secp256k1', 153],
  ] as const)('%s: are put back', async (algorithm, crv, curve, secret) => {
    const ecdh = createECDH(curve)
    ecdh.setPrivateKey(secret.toString(16).padStart(4, '0'), 'hex')
    const point = ecdh.getPublicKey().subarray(1)
    const [x, y] = [point.subarray(0, point.length / 2), point.subarray(point.length / 2)]
    const d = Buffer.alloc(x.length)
    d.writeUInt16BE(secret, x.length - 2)
    const jwk = { kty: 'EC', crv, x: x.toString('base64url'), y: y.toString('base64url') }
    const key = createPrivateKey({ key: { ...jwk, d: d.toString('base64url') }, format: 'jwk' })
    expect(x[0]).toBe(0)
    const short = {
      ...jwk,
      x: withoutLeadingZeros(jwk.x),
      y: withoutLeadingZeros(jwk.y),
      kid: algorithm.toLowerCase(),
    }
    expect(await verdict(rawToken({ algorithm, key }), trusting(short))).toBe('accepted')
    expect(keyOf(short).identity).toBe(keyOf({ ...jwk, kid: short.kid }).identity)
  })
})

describe('kid and identity', () => {
  test.each<[string, unknown, string | undefined]>([
    ['a string', 'k', 'k'],
    ['empty: names no key', '', undefined],
    ['absent', undefined, undefined],
    ['a number', 5, undefined],
    ['null', null, undefined],
    ['an array', ['k'], undefined],
  ])('kid %s', (_title, kid, expected) => {
    expect(keyOf(publicJwk('ES256', { kid })).kid).toBe(expected)
  })

  test('the identity begins with the thumbprint (RFC 7638 §3.1)', () => {
    const jwk = {
      kty: 'RSA',
      n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
      e: 'AQAB',
      alg: 'RS256',
      kid: '2011-04-29',
    }
    expect(JSON.parse(keyOf(jwk).identity)[0]).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs')
  })

  test.each<[string, object, boolean]>([
    ['order and members that mean nothing', { foo: 1, x5t: 'AA' }, true],
    ['another kid', { kid: 'other' }, false],
    ['no alg', { alg: undefined }, false],
    ['no use', { use: undefined }, false],
    ['key_ops', { key_ops: ['verify'] }, false],
  ])('with %s it is the same key: %s', (_title, members, isSame) => {
    const changed = Object.fromEntries(Object.entries(publicJwk('ES256', members)).reverse())
    expect(keyOf(changed).identity === keyOf(publicJwk('ES256')).identity).toBe(isSame)
  })

  test('two keys have two identities', () => {
    const jwk = { ...publicJwk('ES256'), ...generatePair('ES256').publicKey.export({ format: 'jwk' }) }
    expect(keyOf(jwk).identity).not.toBe(keyOf(publicJwk('ES256')).identity)
  })
})

describe('a secret', () => {
  test.each([
    [31, []],
    [32, ['HS256']],
    [47, ['HS256']],
    [48, ['HS256', 'HS384']],
    [64, ['HS256', 'HS384', 'HS512']],
  ])('of %d octets serves %j', (bytes, expected) => {
    const key = toSecretKey(randomBytes(bytes))
    expect([...key.checks.keys()]).toEqual(expected)
    expect(key.kid).toBeUndefined()
  })

  test('is told from another by its identity, which does not show it', () => {
    const secret = randomBytes(32)
    expect(toSecretKey(secret).identity).toBe(toSecretKey(Buffer.from(secret)).identity)
    expect(toSecretKey(secret).identity).not.toBe(toSecretKey(randomBytes(32)).identity)
    expect(toSecretKey(secret).identity).not.toContain(secret.toString('base64url'))
  })

  test('serves no asymmetric algorithm', () => {
    const names = [...toSecretKey(randomBytes(128)).checks.keys()]
    expect(names).toEqual(symmetric)
  })
})
