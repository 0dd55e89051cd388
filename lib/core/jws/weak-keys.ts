/**
 * Keys that import well but protect nothing or cost too much: strangers can sign by them, or one
 * verification takes milliseconds. RFC 7518 §3.3, §6.3.1 and §8.6, RFC 8725 §3.5.
 */
import type { KeyObject } from 'node:crypto'
import { hasRocaFingerprint } from './roca.js'

const MIN_RSA_BITS = 2048
/** OpenSSL's own bound for verification. */
const MAX_RSA_BITS = 16_384
/**
 * OpenSSL's own bound for moduli above 3072 bits. A long exponent makes verifying as slow as
 * signing.
 */
const MAX_EXPONENT = 2n ** 64n

interface SmallOrder {
  /** Points in hexadecimal, canonical or not, with the sign bit cleared. */
  readonly points: ReadonlySet<string>
  /** The octet with the sign bit. */
  readonly last: number
}

/**
 * Under a point of small order, a signature that anyone can write is valid for one text in eight,
 * or for all. Node 24 refuses these Ed25519 points itself, Node 20 and 22 do not; none refuses
 * Ed448.
 */
const SMALL_ORDER: ReadonlyMap<string | undefined, SmallOrder> = new Map([
  [
    'ed25519',
    {
      last: 31,
      points: new Set([
        '0000000000000000000000000000000000000000000000000000000000000000',
        '0100000000000000000000000000000000000000000000000000000000000000',
        '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
        'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
        'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
        'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
        'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      ]),
    },
  ],
  [
    'ed448',
    {
      // y = 0, 1, p - 1, and the first two again as p and p + 1, where p = 2^448 - 2^224 - 1.
      last: 56,
      points: new Set([
        '00'.repeat(57),
        `01${'00'.repeat(56)}`,
        `fe${'ff'.repeat(27)}fe${'ff'.repeat(27)}00`,
        `${'ff'.repeat(28)}fe${'ff'.repeat(27)}00`,
        `${'00'.repeat(28)}${'ff'.repeat(28)}00`,
      ]),
    },
  ],
])

/**
 * Whether an RSA modulus is too short to be safe or too long to be cheap. RFC 7518 §3.3 asks for
 * 2048 bits.
 */
export function hasRefusedSize({ kty, n = '' }: Readonly<Record<string, string>>): boolean {
  if (kty !== 'RSA') return false
  const modulus = Buffer.from(n, 'base64url')
  const bits = modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24
  return bits < MIN_RSA_BITS || bits > MAX_RSA_BITS
}

/** `material` holds the public members as canonical base64url. */
export function isWeakKey(key: KeyObject, material: Readonly<Record<string, string>>): boolean {
  if (key.asymmetricKeyType === 'rsa') return isWeakRsaKey(key, material['n'] ?? '')
  const smallOrder = SMALL_ORDER.get(key.asymmetricKeyType)
  return smallOrder !== undefined && isOfSmallOrder(material['x'] ?? '', smallOrder)
}

/** An exponent of 1, or an even number, makes a signature that anyone can write. */
function isWeakRsaKey(key: KeyObject, n: string): boolean {
  const { publicExponent = 0n } = key.asymmetricKeyDetails ?? {}
  if (publicExponent < 3n || publicExponent > MAX_EXPONENT) return true
  const modulus = BigInt(`0x${Buffer.from(n, 'base64url').toString('hex')}`)
  return publicExponent % 2n === 0n || modulus % 2n === 0n || hasRocaFingerprint(modulus)
}

function isOfSmallOrder(x: string, { points, last }: SmallOrder): boolean {
  const point = Buffer.from(x, 'base64url')
  point.writeUInt8(point.readUInt8(last) & 0x7f, last)
  return points.has(point.toString('hex'))
}
