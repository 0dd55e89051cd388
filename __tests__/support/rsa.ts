/**
 * RSA keys computed from known primes: large or weak keys at no cost, and the same on every run.
 */
import { constants, createHash, privateEncrypt, randomBytes } from 'node:crypto'
import type { JsonWebKey, KeyObject } from 'node:crypto'

export function toBase64url(value: bigint): string {
  const hex = value.toString(16)
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').toString('base64url')
}

/**
 * A private key of 4484 bits whose primes are two Mersenne primes. Its factors are public
 * knowledge.
 */
export function largeRsaKey(): JsonWebKey {
  return rsaKeyOf(2n ** 2281n - 1n, 2n ** 2203n - 1n)
}

/** The private key made of two primes. */
export function rsaKeyOf(p: bigint, q: bigint): JsonWebKey {
  const e = 65537n
  const d = inverse(e, (p - 1n) * (q - 1n))
  const numbers = { n: p * q, e, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p) }
  const members = Object.entries(numbers).map(([name, value]) => [name, toBase64url(value)])
  return { kty: 'RSA', ...(Object.fromEntries(members) as Record<string, string>) }
}

/** The extended Euclidean algorithm. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [modulus, value % modulus, 0n, 1n]
  while (b !== 0n) {
    const quotient = a / b
    ;[a, b] = [b, a - quotient * b]
    ;[x, y] = [y, x - quotient * y]
  }
  return ((x % modulus) + modulus) % modulus
}

/**
 * A PS256 signature by a key of 2048 bits, built by hand (RFC 8017 §9.1.1), so that its mask can
 * use another hash.
 */
export function signPss(data: Buffer, key: KeyObject, maskHash: string): Buffer {
  const hash = (...parts: Buffer[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest()
  const salt = randomBytes(32)
  const h = hash(Buffer.alloc(8), hash(data), salt)
  const block = Buffer.concat([Buffer.alloc(256 - 32 - 32 - 2), Buffer.of(1), salt])
  const mask = maskOf(h, block.length, maskHash)
  const masked = block.map((octet, i) => octet ^ mask[i]!)
  masked[0]! &= 0x7f
  const encoded = Buffer.concat([masked, h, Buffer.of(0xbc)])
  return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, encoded)
}

/** MGF1: RFC 8017 §B.2.1. */
function maskOf(seed: Buffer, length: number, hash: string): Buffer {
  const blocks: Buffer[] = []
  for (let i = 0; blocks.length * 20 < length; i++) {
    blocks.push(
      createHash(hash)
        .update(seed)
        .update(Buffer.of(0, 0, 0, i))
        .digest(),
    )
  }
  return Buffer.concat(blocks).subarray(0, length)
}
