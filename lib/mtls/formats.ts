/** The formats in which proxies hand on a certificate: a pure function from the header's value for each. RFC 9440 §2. */
import { decodePercent, parseBase64, parsePem } from './pem.js'
import type { CertificateFormat } from './types.js'
import { parseXfcc } from './xfcc.js'

/** The DER encoding of the certificate, `'none'`, or `undefined` if the value cannot be read. */
export type Found = Buffer | 'none' | undefined

/** Enough for a percent-encoded chain. Node.js limits all headers together to 16 KiB, unless it is told otherwise. */
const MAX_LENGTH = 65_536

/** What proxies write when the client sent no certificate. */
const NOTHING: ReadonlySet<string> = new Set(['', '""', '::', '(null)'])

const PARSERS: Readonly<Record<CertificateFormat, (value: string) => Found>> = {
  rfc9440: parseByteSequence,
  'pem-urlencoded': (value) => parsePem(decodePercent(value)),
  xfcc: parseXfcc,
  'base64-der': parseBase64,
  pem: parsePem,
  'pem-body': parsePemBody,
}

export const FORMATS: readonly CertificateFormat[] = Object.keys(PARSERS) as CertificateFormat[]

export function parseCertificate(text: string, format: CertificateFormat): Found {
  if (text.length > MAX_LENGTH) return undefined
  const value = text.trim()
  return NOTHING.has(value) ? 'none' : PARSERS[format](value)
}

/** RFC 8941 §3.3.5. */
function parseByteSequence(value: string): Buffer | undefined {
  return value.length > 1 && value.startsWith(':') && value.endsWith(':')
    ? parseBase64(value.slice(1, -1))
    : undefined
}

/** Traefik writes the whole chain, the client's own certificate first, without blanks between them. */
function parsePemBody(value: string): Buffer | undefined {
  // A comma and a space are what joins two headers.
  return value.includes(', ') ? undefined : parseBase64(value.split(',', 1)[0] ?? '')
}
