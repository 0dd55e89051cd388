import { sign, verify } from 'node:crypto'
import fc from 'fast-check'
import { toDerSignature } from '../../../lib/core/jws/ecdsa-signature.js'
import { generatePair } from '../../support/key-pairs.js'

/** R and S of a signature in DER, read by the rules of X.690 and nothing of ours. */
function readDer(der: Buffer): { r: bigint; s: bigint } {
  let at = 0
  const byte = () => der.readUInt8(at++)
  const length = () => {
    const first = byte()
    if (first < 0x80) return first
    expect(first).toBe(0x81)
    const long = byte()
    expect(long).toBeGreaterThanOrEqual(0x80)
    return long
  }
  const integer = () => {
    expect(byte()).toBe(0x02)
    const size = length()
    const digits = der.subarray(at, (at += size))
    expect(digits[0]! < 0x80).toBe(true)
    if (size > 1 && digits[0] === 0) expect(digits[1]! >= 0x80).toBe(true)
    return BigInt(`0x${digits.toString('hex')}`)
  }
  expect(byte()).toBe(0x30)
  const all = length()
  expect(der.length - at).toBe(all)
  const numbers = { r: integer(), s: integer() }
  expect(at).toBe(der.length)
  return numbers
}

const numberOf = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString('hex')}`)

test.each([
  ['ES256 and ES256K', 32],
  ['ES384', 48],
  ['ES512', 66],
])('%s: both numbers are written as DER writes them, whatever they are', (_title, size) => {
  const number = fc.oneof(
    fc.uint8Array({ minLength: size, maxLength: size }),
    fc
      .nat({ max: size })
      .chain((zeros) =>
        fc
          .uint8Array({ minLength: size - zeros, maxLength: size - zeros })
          .map((digits) => Uint8Array.from([...new Uint8Array(zeros), ...digits])),
      ),
  )
  fc.assert(
    fc.property(number, number, (r, s) => {
      expect(readDer(toDerSignature(Buffer.concat([r, s])))).toEqual({ r: numberOf(r), s: numberOf(s) })
    }),
  )
})

test.each(['P-256', 'P-384', 'P-521', 'secp256k1'])('OpenSSL takes what was signed with %s', (namedCurve) => {
  const { privateKey, publicKey } = generatePair('ec', { namedCurve })
  for (let i = 0; i < 50; i++) {
    const data = Buffer.from(`message ${i}`)
    const signature = sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' })
    expect(verify('sha256', data, publicKey, toDerSignature(signature))).toBe(true)
    signature[i] = signature[i]! ^ 1
    expect(verify('sha256', data, publicKey, toDerSignature(signature))).toBe(false)
  }
})
