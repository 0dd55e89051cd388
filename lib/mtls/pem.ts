/** From text to the DER encoding of one certificate. RFC 7468 §5, RFC 4648 §4. All of it takes linear time. */

const BEGIN = '-----BEGINCERTIFICATE-----'
const END = '-----ENDCERTIFICATE-----'
const SEQUENCE = 0x30
const LONG_FORM = 0x80

/** Base64 in its one canonical spelling, with or without padding and blanks. `undefined` for anything else. */
export function parseBase64(text: string): Buffer | undefined {
  const compact = withoutBlanks(text)
  const bytes = Buffer.from(compact, 'base64')
  const isCanonical = withoutPadding(bytes.toString('base64')) === withoutPadding(compact)
  return isCanonical && isOneSequence(bytes) ? bytes : undefined
}

/** PEM with one certificate. `undefined` for several, or for anything else. */
export function parsePem(text: string): Buffer | undefined {
  const compact = withoutBlanks(text)
  if (!compact.startsWith(BEGIN) || !compact.endsWith(END)) return undefined
  return parseBase64(compact.slice(BEGIN.length, -END.length))
}

/** The first certificate of PEM with one or several. */
export function parseFirstPem(text: string): Buffer | undefined {
  const compact = withoutBlanks(text)
  const end = compact.indexOf(END) + END.length
  const rest = compact.slice(end)
  return rest === '' || rest.startsWith(BEGIN) ? parsePem(compact.slice(0, end)) : undefined
}

/** RFC 3986 §2.1, where a plus sign is itself. Malformed escapes yield an empty text, which is no certificate. */
export function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}

/** Proxies replace the line ends of PEM by spaces or tabs, or leave them out. */
function withoutBlanks(text: string): string {
  return text.replace(/[ \t\r\n]+/g, '')
}

function withoutPadding(base64: string): string {
  return base64.replace(/={1,2}$/, '')
}

/**
 * Whether the bytes are one ASN.1 SEQUENCE, of exactly its length (X.690 §8.1). What is in it does
 * not matter, as its hash is compared with the one in the token.
 */
export function isOneSequence(bytes: Uint8Array): boolean {
  const [tag, first = 0] = bytes
  if (tag !== SEQUENCE) return false
  if (first < LONG_FORM) return bytes.length === 2 + first
  const size = first - LONG_FORM
  if (size === 0 || size > 3 || bytes.length < 2 + size) return false
  const length = bytes.subarray(2, 2 + size).reduce((sum, byte) => sum * 256 + byte, 0)
  return bytes.length === 2 + size + length
}
