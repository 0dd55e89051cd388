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
  const isLong = length >= LONG_FORM
  const der = Buffer.allocUnsafe((isLong ? 3 : 2) + length)
  der[0] = SEQUENCE
  if (isLong) der[1] = LONG_FORM | 1
  const start = isLong ? 3 : 2
  der[start - 1] = length
  writeInteger(der, start, signature, { from: r, end: half, length: rLength })
  writeInteger(der, start + 2 + rLength, signature, { from: s, end: signature.length, length: sLength })
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

interface Digits {
  readonly from: number
  readonly end: number
  /** With the padding. */
  readonly length: number
}

/** Byte by byte: for 32 bytes, a call of `set` or `copy` takes longer. */
function writeInteger(der: Buffer, at: number, signature: Buffer, { from, end, length }: Digits): void {
  der[at] = INTEGER
  der[at + 1] = length
  let to = at + 2
  if (length > end - from) der[to++] = 0
  for (let i = from; i < end; i++) der[to++] = signature[i] ?? 0
}
