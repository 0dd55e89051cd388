/** Converts ECDSA signatures: a JWS holds R and S next to each other (RFC 7518 §3.4), OpenSSL reads DER (RFC 3279 §2.2.3). */

const SEQUENCE = 0x30
const INTEGER = 0x02
/** Larger lengths are preceded by the number of their bytes. */
const LONG_FORM = 0x80

/** Callers must have checked that `signature` has the length for its curve. */
export function toDerSignature(signature: Buffer): Buffer {
  const half = signature.length / 2
  const r = startOfInteger(signature, 0, half)
  const s = startOfInteger(signature, half, signature.length)
  const rLength = half - r + padding(signature, r)
  const sLength = signature.length - s + padding(signature, s)
  const length = 4 + rLength + sLength
  const header = length < LONG_FORM ? [SEQUENCE, length] : [SEQUENCE, LONG_FORM | 1, length]
  const der = Buffer.alloc(header.length + length)
  der.set(header)
  writeInteger(der, header.length, rLength, signature.subarray(r, half))
  writeInteger(der, header.length + 2 + rLength, sLength, signature.subarray(s))
  return der
}

/** DER has no leading zeros; zero itself is one byte. */
function startOfInteger(bytes: Buffer, start: number, end: number): number {
  let first = start
  while (first < end - 1 && bytes[first] === 0) first++
  return first
}

/** A leading zero, if the first bit would otherwise mark the number as negative. */
function padding(bytes: Buffer, first: number): 0 | 1 {
  return (bytes[first] ?? 0) < LONG_FORM ? 0 : 1
}

function writeInteger(der: Buffer, at: number, length: number, digits: Buffer): void {
  der[at] = INTEGER
  der[at + 1] = length
  der.set(digits, at + 2 + length - digits.length)
}
