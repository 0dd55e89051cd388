import {
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  randomBytes,
  sign,
} from 'node:crypto'
import {
  algorithmsOf,
  ASYMMETRIC_ALGORITHMS,
  headerNames,
  isAlgorithm,
  secretFits,
  signatureCheck,
  SYMMETRIC_ALGORITHMS,
} from '../../../lib/core/jws/algorithms.js'
import type { Algorithm } from '../../../lib/core/jws/algorithms.js'
import { signBytes } from '../../../lib/testing/keys.js'
import { asymmetric, pairsOf, symmetric } from '../../support/algorithms.js'
import { largeRsaKey, toBase64url } from '../../support/rsa.js'
import { encode, keyPair, publicJwk, rawToken, trusting, verdict } from '../../support/tokens.js'
import { generatePair } from '../../support/key-pairs.js'

const data = Buffer.from('signed text')
const secret = randomBytes(64)

function flipBit(bytes: Buffer, bit: number): Buffer {
  const flipped = Buffer.from(bytes)
  const index = (bit >> 3) % bytes.length
  flipped.writeUInt8(flipped.readUInt8(index) ^ (1 << (bit & 7)), index)
  return flipped
}

function publicCheck(algorithm: Algorithm): ReturnType<typeof signatureCheck> {
  return signatureCheck(algorithm, keyPair(algorithm).publicKey)
}

function signWith(algorithm: Algorithm): Buffer {
  return signBytes(algorithm, keyPair(algorithm).privateKey, data)
}

describe('the table', () => {
  test.each([
    'none',
    'None',
    '',
    'HS1',
    'RS1',
    'EdDSA',
    'constructor',
    '__proto__',
    'toString',
    'hasOwnProperty',
  ])('%s is no algorithm', (name) => {
    expect(isAlgorithm(name)).toBe(false)
  })

  test('each algorithm is symmetric or asymmetric, never both', () => {
    expect(SYMMETRIC_ALGORITHMS).toEqual(['HS256', 'HS384', 'HS512'])
    expect(ASYMMETRIC_ALGORITHMS.filter((name) => SYMMETRIC_ALGORITHMS.includes(name))).toEqual([])
    expect([...SYMMETRIC_ALGORITHMS, ...ASYMMETRIC_ALGORITHMS].every(isAlgorithm)).toBe(true)
  })

  test.each<[Algorithm[], boolean]>([
    [['Ed25519'], true],
    [['Ed448'], true],
    [['ES256', 'RS256'], false],
    [[], false],
  ])('%j: EdDSA as a name of one of them: %s', (algorithms, expected) => {
    expect(headerNames(algorithms).has('EdDSA')).toBe(expected)
    expect([...headerNames(algorithms)]).toEqual(expect.arrayContaining(algorithms))
  })

  test.each<[string, string | undefined, readonly string[]]>([
    ['RSA', undefined, ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']],
    ['EC', 'P-256', ['ES256']],
    ['EC', 'P-384', ['ES384']],
    ['EC', 'P-521', ['ES512']],
    ['EC', 'secp256k1', ['ES256K']],
    ['OKP', 'Ed25519', ['Ed25519']],
    ['OKP', 'Ed448', ['Ed448']],
    ['AKP', 'ML-DSA-44', ['ML-DSA-44']],
    ['EC', 'Ed25519', []],
    ['OKP', 'X25519', []],
    ['EC', undefined, []],
    ['EC', 'P-999', []],
    ['__proto__', 'constructor', []],
  ])('a key of type %s and curve %s is made for %j', (kty, crv, expected) => {
    expect(algorithmsOf(kty, crv)).toEqual(expected)
  })

  test.each<[Algorithm, number]>([
    ['HS256', 32],
    ['HS384', 48],
    ['HS512', 64],
  ])('%s needs a secret of at least %d octets', (algorithm, bytes) => {
    expect([secretFits(algorithm, bytes - 1), secretFits(algorithm, bytes)]).toEqual([false, true])
  })

  test('no secret fits an asymmetric algorithm', () => {
    expect(ASYMMETRIC_ALGORITHMS.filter((name) => secretFits(name, 10_000))).toEqual([])
  })
})

describe('a signature', () => {
  test.each(asymmetric)('%s: the genuine one holds, also as a whole token', async (algorithm) => {
    expect(await publicCheck(algorithm)(data, signWith(algorithm))).toBe(true)
    expect(await verdict(rawToken({ algorithm }), trusting(publicJwk(algorithm)))).toBe('accepted')
  })

  test.each(symmetric)('%s: the genuine one holds, also as a whole token', async (algorithm) => {
    const key = createSecretKey(secret)
    expect(signatureCheck(algorithm, key)(data, signBytes(algorithm, key, data))).toBe(true)
    const issuer = { issuer: 'https://issuer.test', secret }
    expect(await verdict(rawToken({ algorithm, key }), { issuer })).toBe('accepted')
  })

  test.each(asymmetric)('%s: no single flipped bit of it, nor of the text, holds', async (algorithm) => {
    const [check, signature] = [publicCheck(algorithm), signWith(algorithm)]
    for (let bit = 0; bit < signature.length * 8; bit += 61) {
      expect(await check(data, flipBit(signature, bit))).toBe(false)
    }
    expect(await check(flipBit(data, 3), signature)).toBe(false)
  })

  test.each(asymmetric)('%s: no token with a flipped bit in any part is accepted', async (algorithm) => {
    const trust = trusting(publicJwk(algorithm))
    const parts = rawToken({ algorithm }).split('.')
    for (const index of [0, 1, 2]) {
      for (const bit of [0, 45, 170]) {
        const changed = [...parts]
        changed[index] = encode(flipBit(Buffer.from(parts[index]!, 'base64url'), bit))
        expect(await verdict(changed.join('.'), trust)).toMatch(/^ERR_/)
      }
    }
  })

  test.each(symmetric)('%s: no single flipped bit, and no part of the code, holds', (algorithm) => {
    const key = createSecretKey(secret)
    const [check, mac] = [signatureCheck(algorithm, key), signBytes(algorithm, key, data)]
    for (let bit = 0; bit < mac.length * 8; bit++) expect(check(data, flipBit(mac, bit))).toBe(false)
    for (const part of [mac.subarray(0, 16), mac.subarray(1), Buffer.concat([mac, mac]), Buffer.alloc(0)]) {
      expect(check(data, part)).toBe(false)
    }
  })

  test.each(asymmetric)('%s: an empty, shorter, longer or zero one does not hold', async (algorithm) => {
    const [check, signature] = [publicCheck(algorithm), signWith(algorithm)]
    const others = [
      Buffer.alloc(0),
      signature.subarray(1),
      signature.subarray(0, -1),
      Buffer.concat([signature, Buffer.alloc(1)]),
      Buffer.concat([Buffer.alloc(1), signature]),
      Buffer.alloc(signature.length),
      Buffer.alloc(signature.length, 0xff),
    ]
    for (const other of others) expect(await check(data, other)).toBe(false)
  })

  test.each(pairsOf([...asymmetric]))('made by %s does not pass as %s', async (signer, claimed) => {
    const token = rawToken({ algorithm: signer, header: { alg: claimed, kid: claimed.toLowerCase() } })
    expect(await verdict(token, trusting(publicJwk(claimed), publicJwk(signer)))).toBe(
      'ERR_SIGNATURE_INVALID',
    )
  })

  test.each(pairsOf([...asymmetric]))(
    'genuine, by %s, does not hold under a key of %s, however it is named',
    async (signer, other) => {
      // RFC 9964 §4 demands alg of AKP keys alone.
      const jwk = publicJwk(other, other.startsWith('ML-DSA') ? {} : { alg: undefined })
      const isSameKey = keyPair(signer).publicKey === keyPair(other).publicKey
      const token = rawToken({ algorithm: signer, header: { alg: signer, kid: other.toLowerCase() } })
      expect(await verdict(token, trusting(jwk))).toBe(isSameKey ? 'accepted' : 'ERR_KEY_UNKNOWN')
    },
  )
})

describe('where a signature is verified', () => {
  test.each<[Algorithm, boolean]>([
    ['RS256', false],
    ['PS512', false],
    ['ES256', false],
    ['Ed25519', false],
    ['ES384', true],
    ['ES512', true],
    ['ES256K', true],
    ['Ed448', true],
  ])('%s: in the thread pool: %s', async (algorithm, isPooled) => {
    const answer = publicCheck(algorithm)(data, signWith(algorithm))
    expect(answer instanceof Promise).toBe(isPooled)
    expect(await answer).toBe(true)
  })

  test.each<Algorithm>(['RS256', 'PS384'])(
    '%s with a key above 3072 bits: in the thread pool',
    async (algorithm) => {
      const key = createPrivateKey({ key: largeRsaKey(), format: 'jwk' })
      const check = signatureCheck(algorithm, createPublicKey(key))
      const signature = signBytes(algorithm, key, data)
      expect(check(data, signature)).toBeInstanceOf(Promise)
      expect(await check(data, signature)).toBe(true)
      expect(await check(data, flipBit(signature, 9))).toBe(false)
    },
  )
})

describe('RSASSA-PKCS1-v1_5', () => {
  const DIGEST_INFO = '3031300d060960864801650304020105000420'

  /** Padding, digest and then anything: what a cube can be made to begin with (CVE-2006-4339, CVE-2014-1568). */
  function forgedCube(): Buffer {
    const digest = createHash('sha256').update(data).digest('hex')
    const start = BigInt(`0x0001${'ff'.repeat(8)}00${DIGEST_INFO}${digest}`)
    const rest = BigInt(2048 - 8 * (2 + 8 + 1 + 19 + 32))
    let [low, high] = [0n, 2n ** 700n]
    while (low < high) {
      const middle = (low + high) / 2n
      if (middle ** 3n < start << rest) low = middle + 1n
      else high = middle
    }
    expect((low ** 3n) >> rest).toBe(start)
    return Buffer.from(low.toString(16).padStart(512, '0'), 'hex')
  }

  test('a cube root of padding and digest, with anything behind, does not hold under exponent 3', () => {
    const n = toBase64url(2n ** 2048n - 159n)
    const key = createPublicKey({ key: { kty: 'RSA', n, e: 'Aw' }, format: 'jwk' })
    expect(signatureCheck('RS256', key)(data, forgedCube())).toBe(false)
  })

  test.each<[Algorithm, 'x25519' | 'x448']>([
    ['Ed25519', 'x25519'],
    ['Ed448', 'x448'],
  ])('%s by a key of type %s does not hold, and does not throw', async (algorithm, type) => {
    const { publicKey } = type === 'x448' ? generatePair('x448') : generatePair('x25519')
    const signature = Buffer.alloc(signWith(algorithm).length, 1)
    expect(await signatureCheck(algorithm, publicKey)(data, signature)).toBe(false)
  })
})

describe('RSASSA-PSS', () => {
  const { privateKey } = keyPair('PS256')

  test.each([
    ['no salt', 0],
    ['20 octets', 20],
    ['31 octets', 31],
    ['33 octets', 33],
    ['the longest salt', constants.RSA_PSS_SALTLEN_MAX_SIGN],
  ])('PS256 with %s does not hold', async (_title, saltLength) => {
    const padding = constants.RSA_PKCS1_PSS_PADDING
    const signature = sign('sha256', data, { key: privateKey, padding, saltLength })
    expect(await publicCheck('PS256')(data, signature)).toBe(false)
  })
})

describe('ECDSA', () => {
  const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
  const FIELD = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn
  const check = publicCheck('ES256')

  function octets(value: bigint): Buffer {
    return Buffer.from(value.toString(16).padStart(64, '0'), 'hex')
  }

  test('the twin (r, n - s) of a signature holds: a signature is no identity of a token', async () => {
    const signature = signWith('ES256')
    const s = BigInt(`0x${signature.subarray(32).toString('hex')}`)
    expect(await check(data, Buffer.concat([signature.subarray(0, 32), octets(ORDER - s)]))).toBe(true)
  })

  const edges = {
    '0': 0n,
    '1': 1n,
    'n-1': ORDER - 1n,
    n: ORDER,
    'n+1': ORDER + 1n,
    p: FIELD,
    max: 2n ** 256n - 1n,
  }
  const names = Object.keys(edges) as (keyof typeof edges)[]
  test.each(names.flatMap((r) => names.map((s) => [r, s] as const)))(
    '(%s, %s) does not hold',
    async (r, s) => {
      expect(await check(data, Buffer.concat([octets(edges[r]), octets(edges[s])]))).toBe(false)
    },
  )

  test.each<Algorithm>(['ES384', 'ES512', 'ES256K'])('%s: (0, 0) does not hold', async (algorithm) => {
    expect(await publicCheck(algorithm)(data, Buffer.alloc(signWith(algorithm).length))).toBe(false)
  })

  test.each([
    ['a genuine signature', (): Buffer => sign('sha256', data, keyPair('ES256').privateKey)],
    ['r = s = 0', (): Buffer => Buffer.from('MAYCAQACAQA', 'base64url')],
  ])('DER instead of r and s does not hold: %s', async (_title, der) => {
    expect(await check(data, der())).toBe(false)
  })
})
