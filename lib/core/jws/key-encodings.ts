/**
 * Recognises keys and certificates given as shared secrets. Anyone who knows a public key could sign
 * with it as an HMAC secret. RFC 8725 §2.1 and §3.1.
 */
import { createPublicKey, X509Certificate } from 'node:crypto'
import { decodings } from './text-decodings.js'

/** Any kind of PEM, including those of SSH and OpenPGP. Word processors change dashes and spaces. */
const PEM = /[-\u2010-\u2015]{4}\s{0,2}BEGIN[\s_+\ufffd]/
/** The first line of a PEM without its dashes, or the last line. */
const PEM_LABEL =
  /(?:BEGIN|END)[\s_+\ufffd]{1,4}(?:[A-Z0-9]{2,9}[\s_+\ufffd]{1,4})?(?:(?:PUBLIC|PRIVATE)[\s_+\ufffd]{1,4}KEY|CERTIFICATE)/
const SSH_KEY = /(?:^|\s)(?:ssh|ecdsa|sk)-[\w@.-]{1,64}\s{1,4}AAAA/
const SSH_BLOB = /^\0\0\0[\x07-\x40](?:ssh|ecdsa|sk)-/
/** A member of a JWK or a JWK Set at any depth, in any quotes, also where the JSON has faults. */
const JWK =
  /["']kty["']\s{0,8}:|["']keys["']\s{0,8}:\s{0,8}\[|\bkty\s{0,8}[:=]\s{0,8}["']?(?:RSA|EC|OKP|AKP|oct)\b/
const XML_KEY = /<(?:\w{1,9}:)?(?:RSAKeyValue|ECKeyValue|DSAKeyValue|Modulus|X509Certificate)>/
const TEXTS = [PEM, PEM_LABEL, SSH_KEY, JWK, XML_KEY]

/**
 * Algorithms in every key, certificate, request and PKCS #7 in DER: RSA, EC, ML-DSA and the Edwards
 * curves. UTF-8 has lost bytes if somebody read DER as text, so each identifier is there twice.
 */
const IDENTIFIERS = ['2a864886f70d01', '06072a8648ce3d0201', '6086480165030403', '300506032b65']
  .map((hex) => Buffer.from(hex, 'hex'))
  .flatMap((bytes) => [bytes, Buffer.from(bytes.toString('utf8'))])
  .map((bytes) => bytes.toString('latin1'))
/** Ends with the exponent 65537. */
const PKCS1 = /^\s{0,8}0[^]*\x02\x03\x01\0\x01\s{0,8}$/
const DER_SEQUENCE = /^\s{0,8}(?=0)/
const DER_TYPES = ['spki', 'pkcs1', 'pkcs8', 'sec1'] as const
/** In characters of all decodings together. Secrets that are no nested encodings stay far below. */
const MAX_WORK = 4_194_304

/**
 * Whether the bytes are a key or a certificate in PEM, DER, JWK, JWK Set, SSH or XML form, as they are
 * or in base64, hex, UTF-16, escapes or several of these. Also `true` if there are too many decodings
 * to check. Raw key bytes look like any secret and are not recognised.
 */
export function isEncodedKey(bytes: Uint8Array): boolean {
  const texts = new Set([Buffer.from(bytes).toString('latin1')])
  let work = 0
  // The loop also visits the texts that it adds.
  for (const text of texts) {
    work += text.length
    if (work > MAX_WORK || isKey(text)) return true
    for (const each of decodings(text)) texts.add(each)
  }
  return false
}

/** `text` has one character for each byte. */
function isKey(text: string): boolean {
  const bytes = Buffer.from(text, 'latin1')
  const wide = bytes.toString('utf8')
  return (
    TEXTS.some((form) => form.test(wide)) ||
    SSH_BLOB.test(text) ||
    IDENTIFIERS.some((identifier) => text.includes(identifier)) ||
    PKCS1.test(text) ||
    (DER_SEQUENCE.test(text) && isDer(Buffer.from(text.replace(DER_SEQUENCE, ''), 'latin1')))
  )
}

function isDer(bytes: Buffer): boolean {
  const isCertificate = succeeds(() => new X509Certificate(bytes))
  return (
    isCertificate ||
    DER_TYPES.some((type) =>
      // The types leave out private keys, from which Node derives the public ones.
      succeeds(() => createPublicKey({ key: bytes, format: 'der', type: type as 'spki' })),
    )
  )
}

function succeeds(run: () => unknown): boolean {
  try {
    run()
    return true
  } catch {
    return false
  }
}
