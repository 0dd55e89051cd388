import { createHash, createPublicKey, randomBytes, verify } from 'node:crypto'
import type { JsonWebKey } from 'node:crypto'
import { hasRocaFingerprint } from '../../../lib/core/jws/roca.js'
import { toVerificationKey } from '../../../lib/core/jws/verification-key.js'
import { largeRsaKey, toBase64url } from '../../support/rsa.js'
import { publicJwk } from '../../support/tokens.js'

/** Odd, and of exactly this many bits. */
function modulusOf(bits: number): bigint {
  return 2n ** BigInt(bits - 1) + BigInt(`0x${randomBytes(64).toString('hex')}`) * 2n + 1n
}

function rsa(n: bigint, e = 65537n): object {
  return { kty: 'RSA', n: toBase64url(n), e: toBase64url(e) }
}

describe('RSA keys', () => {
  test.each<[string, object]>([
    ['1024 bits', rsa(modulusOf(1024))],
    ['2047 bits', rsa(modulusOf(2047))],
    ['16385 bits', rsa(modulusOf(16_385))],
    ['a million bits', rsa(modulusOf(1_000_000))],
    ['exponent 0', rsa(modulusOf(2048), 0n)],
    ['exponent 1', rsa(modulusOf(2048), 1n)],
    ['exponent 2', rsa(modulusOf(2048), 2n)],
    ['an even exponent', rsa(modulusOf(2048), 65536n)],
    ['an exponent beyond 64 bits', rsa(modulusOf(2048), 2n ** 64n + 1n)],
    ['an even modulus', rsa(modulusOf(2048) + 1n)],
    ['the fingerprint of a weak generator', rsa(65537n ** 128n)],
  ])('%s: refused', (_title, jwk) => {
    expect(toVerificationKey(jwk)).toBe('weak')
  })

  test.each<[string, object]>([
    ['2048 bits', rsa(modulusOf(2048))],
    ['exponent 3, which RFC 7518 allows', rsa(modulusOf(2048), 3n)],
    ['an exponent of 64 bits', rsa(modulusOf(2048), 2n ** 64n - 1n)],
    ['a leading zero octet before the modulus', { ...rsa(modulusOf(2048)), n: zeroBefore(modulusOf(2048)) }],
    ['a leading zero octet before the exponent', { ...rsa(modulusOf(2048)), e: 'AAEAAQ' }],
    ['16384 bits', rsa(modulusOf(16_384))],
    ['4484 bits', { kty: 'RSA', n: largeRsaKey().n, e: 'AQAB' }],
  ])('%s: taken', (_title, jwk) => {
    expect(toVerificationKey(jwk)).toMatchObject({ checks: expect.any(Map) })
  })

  test('the reason against exponent 1: under it the padded digest of any text is a signature', () => {
    const digest = createHash('sha256').update('any text').digest('hex')
    const padded = `0001${'ff'.repeat(202)}003031300d060960864801650304020105000420${digest}`
    const key = createPublicKey({ key: rsa(modulusOf(2048), 1n) as JsonWebKey, format: 'jwk' })
    expect(verify('sha256', Buffer.from('any text'), key, Buffer.from(padded, 'hex'))).toBe(true)
  })

  function zeroBefore(n: bigint): string {
    return Buffer.concat([Buffer.alloc(1), Buffer.from(toBase64url(n), 'base64url')]).toString('base64url')
  }
})

describe('the fingerprint of RSALib (CVE-2017-15361)', () => {
  const primes = [11n, 13n, 17n, 19n, 37n, 53n, 61n, 71n, 73n, 79n, 97n, 103n, 107n, 109n, 127n, 151n, 157n]
  const primorial = primes.reduce((product, prime) => product * prime)

  test('is on products of powers of 65537 modulo the small primes', () => {
    const random = BigInt(`0x${randomBytes(100).toString('hex')}`)
    const factor = (k: bigint, power: bigint): bigint => k * primorial + (65537n ** power % primorial)
    expect(hasRocaFingerprint(factor(random, 1234n) * factor(random + 7n, 77n))).toBe(true)
    expect(hasRocaFingerprint(65537n ** 128n)).toBe(true)
  })

  /** 1 modulo all the primes but this one, of which it is no power of 65537. */
  function unlikeAt(prime: bigint): bigint {
    const powers = new Set(Array.from({ length: Number(prime) }, (_, i) => 65537n ** BigInt(i) % prime))
    const candidates = Array.from({ length: Number(prime) }, (_, i) => 1n + BigInt(i) * (primorial / prime))
    return candidates.find((n) => n % prime !== 0n && !powers.has(n % prime))!
  }

  test.each(primes)('is not on a modulus that is unlike at one prime alone: %d', (prime) => {
    const n = unlikeAt(prime)
    expect(primes.filter((each) => n % each !== 1n)).toEqual([prime])
    expect(hasRocaFingerprint(n)).toBe(false)
  })

  test('is not on a multiple of one of the primes', () => {
    expect(hasRocaFingerprint(65537n ** 128n * 11n)).toBe(false)
  })

  test('is not on an ordinary key', () => {
    const n = BigInt(`0x${Buffer.from(publicJwk('RS256').n!, 'base64url').toString('hex')}`)
    expect(hasRocaFingerprint(n)).toBe(false)
  })
})

describe('Ed25519 keys of small order', () => {
  /** The encodings of the points whose order divides 8, the sign bit cleared; the last two are not canonical. */
  const points = [
    '0000000000000000000000000000000000000000000000000000000000000000',
    '0100000000000000000000000000000000000000000000000000000000000000',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  ]

  function jwkOf(point: string, sign = 0): { kty: string; crv: string; x: string } {
    const octets = Buffer.from(point, 'hex')
    octets.writeUInt8(octets.readUInt8(31) | sign, 31)
    return { kty: 'OKP', crv: 'Ed25519', x: octets.toString('base64url') }
  }

  test.each(points)('%s: refused, with either sign', (point) => {
    expect(['malformed', 'weak']).toContain(toVerificationKey(jwkOf(point)))
    expect(['malformed', 'weak']).toContain(toVerificationKey(jwkOf(point, 0x80)))
  })

  test('an ordinary key is taken', () => {
    expect(toVerificationKey(publicJwk('Ed25519'))).toMatchObject({ kid: 'ed25519' })
  })
})

describe('Ed448 keys of small order', () => {
  const p = 2n ** 448n - 2n ** 224n - 1n
  /** The y of the points whose order divides 4; the last two are not canonical. */
  const points: readonly [string, bigint][] = [
    ['0', 0n],
    ['1', 1n],
    ['p - 1', p - 1n],
    ['p', p],
    ['p + 1', p + 1n],
  ]

  function jwkOf(y: bigint, sign = 0): { kty: string; crv: string; x: string } {
    const octets = Buffer.from(y.toString(16).padStart(114, '0'), 'hex').reverse()
    octets.writeUInt8(octets.readUInt8(56) | sign, 56)
    return { kty: 'OKP', crv: 'Ed448', x: octets.toString('base64url') }
  }

  test.each(points)('y = %s: refused, with either sign', (_title, y) => {
    expect(toVerificationKey(jwkOf(y))).toBe('weak')
    expect(toVerificationKey(jwkOf(y, 0x80))).toBe('weak')
  })

  test('an ordinary key is taken', () => {
    expect(toVerificationKey(publicJwk('Ed448'))).toMatchObject({ kid: 'ed448' })
  })

  const isOld = Number(process.versions.node.split('.')[0]) < 24
  ;(isOld ? test : test.skip)(
    'the reason, before Node 24: under 57 zero octets a signature of 114 zero octets is valid for any text',
    () => {
      const key = createPublicKey({ key: jwkOf(0n), format: 'jwk' })
      expect(verify(null, Buffer.from('any text'), key, Buffer.alloc(114))).toBe(true)
    },
  )
})
