/**
 * Keys that import well and protect nothing or cost too much: whoever sees them can sign, or a verification by them takes
 * milliseconds. RFC 7518 §3.3 and §6.3.1, RFC 8725 §3.5.
 */
import type { KeyObject } from 'node:crypto'
import { hasRocaFingerprint } from './roca.js'

const MIN_RSA_BITS = 2048
/** OpenSSL's own bound for moduli above 3072 bits. Verifying by a long exponent costs as much as signing. */
const MAX_EXPONENT = 2n ** 64n

/**
 * The Ed25519 points of small order, canonical or not, with the sign bit cleared: under them a signature that anyone can
 * write holds for one text in eight, or for all. Node 24 refuses these itself, Node 20 and 22 do not.
 */
const SMALL_ORDER_POINTS: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
])

/** `jwk` holds the public members, which are base64url. */
export function isWeakKey(key: KeyObject, jwk: Readonly<Record<string, string>>): boolean {
  if (key.asymmetricKeyType === 'rsa') return isWeakRsaKey(key, jwk['n'] ?? '')
  return key.asymmetricKeyType === 'ed25519' && isOfSmallOrder(jwk['x'] ?? '')
}

/** RFC 7518 §3.3 asks for 2048 bits; an exponent of 1, or an even number, makes a signature that anyone can write. */
function isWeakRsaKey(key: KeyObject, n: string): boolean {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {}
  if (modulusLength < MIN_RSA_BITS || publicExponent < 3n || publicExponent > MAX_EXPONENT) return true
  const modulus = BigInt(`0x${Buffer.from(n, 'base64url').toString('hex')}`)
  return publicExponent % 2n === 0n || modulus % 2n === 0n || hasRocaFingerprint(modulus)
}

function isOfSmallOrder(x: string): boolean {
  const point = Buffer.from(x, 'base64url')
  point.writeUInt8(point.readUInt8(31) & 0x7f, 31)
  return SMALL_ORDER_POINTS.has(point.toString('hex'))
}
