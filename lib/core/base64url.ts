/** Canonical base64url without padding (RFC 7515 §2, RFC 4648 §5 and §3.5): each byte string has one encoding only. */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const BASE64URL = /^[A-Za-z0-9_-]*$/

/** The bytes, or `undefined` for padding, foreign characters, an impossible length or trailing bits that are not zero. */
export function parseBase64url(text: string): Buffer | undefined {
  return BASE64URL.test(text) ? decodeBase64url(text) : undefined
}

/** As `parseBase64url`, for text that is known to hold characters of the alphabet only. */
export function decodeBase64url(text: string): Buffer | undefined {
  return isCanonicalTail(text) ? Buffer.from(text, 'base64url') : undefined
}

/** Node's decoder ignores the bits of the last character that fill no byte, so that several texts would decode alike. */
function isCanonicalTail(text: string): boolean {
  const rest = text.length % 4
  if (rest === 0) return true
  if (rest === 1) return false
  const unusedBits = rest === 2 ? 0b1111 : 0b11
  return (ALPHABET.indexOf(text.charAt(text.length - 1)) & unusedBits) === 0
}
