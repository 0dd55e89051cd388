/**
 * RFC 7515, JSON Web Signature, §2, §5 and §10: what a recipient of the compact serialization must
 * and should do.
 */
import { resourceServer } from 'express-resource-server'
import { tokenTable } from '../support/rfc-table.js'
import type { TokenRow } from '../support/rfc-table.js'
import {
  claims,
  encode,
  generatePair,
  header,
  options,
  publicJwk,
  rawToken,
  signText,
  trusting,
} from '../support/tokens.js'

const genuine = rawToken()
const [head, payload, signature] = genuine.split('.') as [string, string, string]
const stranger = generatePair('ES256')

describe('RFC 7515 §2 and §5.2: decoding', () => {
  const PARTS = ['§2 and §5.2 (2) the header', '§2 and §5.2 (6) the payload', '§2 and §5.2 (7) the signature']
  const STRAY: Readonly<Record<string, string>> = {
    padding: '=',
    'a line break': '\n',
    'white space': ' ',
    'another character': '*',
  }

  tokenTable(
    PARTS.flatMap((what, part) =>
      Object.entries(STRAY).map(([name, stray]): TokenRow => {
        return [`${what} with ${name} is refused`, 'ERR_TOKEN_MALFORMED', withStray(part, stray)]
      }),
    ),
  )

  tokenTable(
    PARTS.map((what, part) => [
      `${what} in plain base64 is refused`,
      'ERR_TOKEN_MALFORMED',
      inPlainBase64(part),
    ]),
  )

  tokenTable([
    [
      '§2 a payload with unused bits that are not zero: stricter: refused, each token has one spelling',
      'ERR_TOKEN_MALFORMED',
      signText(`${head}.${paddedTo(2).replace(/.$/, (last) => String.fromCharCode(last.charCodeAt(0) + 1))}`),
    ],
    [
      '§C a part of a length that no octets have, 4n + 1, is refused',
      'ERR_TOKEN_MALFORMED',
      signText(`${head}.${paddedTo(0)}A`),
    ],
    ['§2 the empty string is no octets, which are no header', 'ERR_TOKEN_MALFORMED', signText(`.${payload}`)],
    ['§2 and no claims', 'ERR_TOKEN_MALFORMED', signText(`${head}.`)],
    ['§2 and no signature', 'ERR_TOKEN_MALFORMED', `${head}.${payload}.`],
    ['§F detached content: not done: refused', 'ERR_TOKEN_MALFORMED', `${head}..${signature}`],
  ])

  /**
   * Breaks the encoding of one part. Header and payload are signed afterwards. Node's own decoder
   * would ignore the fault.
   */
  function withStray(part: number, stray: string): string {
    const parts = part === 2 ? [head, payload, signature] : [head, payload]
    const text = parts[part]!
    const index = stray === '=' ? text.length : 8
    parts[part] = `${text.slice(0, index)}${stray}${text.slice(index)}`
    return part === 2 ? parts.join('.') : signText(parts.join('.'))
  }

  /** Node's own decoder accepts both alphabets. */
  function inPlainBase64(part: number): string {
    const raw = { header: header({ x: '?????' }), payload: claims({ x: '?????' }) }
    let parts = rawToken(raw).split('.')
    while (!parts[2]!.includes('_')) parts = rawToken(raw).split('.')
    parts[part] = parts[part]!.replace('_', '/')
    return part === 2 ? parts.join('.') : signText(parts.slice(0, 2).join('.'))
  }

  /** The claims with trailing white space, so that the length of their text is 4n plus this. */
  function paddedTo(rest: number): string {
    const padded = ['', ' ', '  '].map((spaces) => encode(JSON.stringify(claims()) + spaces))
    return padded.find((text) => text.length % 4 === rest)!
  }
})

describe('RFC 7515 §5.2: validation', () => {
  tokenTable([
    ['§5.2 (1) a text of two parts is refused', 'ERR_TOKEN_MALFORMED', `${head}.${payload}`],
    [
      '§5.2 (1) four parts are refused: the compact serialization has no unprotected header (§7.1)',
      'ERR_TOKEN_MALFORMED',
      `${genuine}.${encode({ kid: 'es256' })}`,
    ],
    [
      '§5.2 (1) five parts, which are an encrypted token, are refused',
      'ERR_TOKEN_MALFORMED',
      'AAAA.AAAA.AAAA.AAAA.AAAA',
    ],
    [
      '§5.2 (3) a header that is no UTF-8 is refused',
      'ERR_TOKEN_MALFORMED',
      { header: Buffer.from([...Buffer.from('{"alg":"ES256","x":"'), 0xc0, 0xaf, ...Buffer.from('"}')]) },
    ],
    ['§5.2 (3) a header that is no JSON is refused', 'ERR_TOKEN_MALFORMED', { header: '{"alg":"ES256"' }],
    [
      '§5.2 (3) a header that is JSON, but no object, is refused',
      'ERR_TOKEN_MALFORMED',
      { header: '"ES256"' },
    ],
    [
      '§5.2 (4) a header with duplicate names is refused',
      'ERR_TOKEN_MALFORMED',
      { header: '{"alg":"ES256","alg":"ES256"}' },
    ],
    [
      '§5.2 (5) a header with parameters that must be understood and are not is refused',
      'ERR_CRITICAL_HEADER',
      { header: header({ crit: ['exp'], exp: 1 }) },
    ],
    [
      '§5.2 (5) so is one with a value that must be understood and is not',
      'ERR_ALGORITHM_NOT_ALLOWED',
      { header: header({ alg: 'ES256X' }) },
    ],
    [
      '§5.2 (8) the signature covers the header as received, not as parsed',
      'accepted',
      { header: JSON.stringify(header(), null, 3) },
    ],
    [
      '§5.2 (8) a header that was changed is refused',
      'ERR_SIGNATURE_INVALID',
      `${encode(header({ foo: 1 }))}.${payload}.${signature}`,
    ],
    [
      '§5.2 (8) a header that was written in another way is refused',
      'ERR_SIGNATURE_INVALID',
      `${encode(JSON.stringify(header(), null, 1))}.${payload}.${signature}`,
    ],
    [
      '§5.2 (8) a payload that was changed is refused',
      'ERR_SIGNATURE_INVALID',
      `${head}.${encode(claims({ sub: 'admin' }))}.${signature}`,
    ],
    ['§5.2 (8) a signature by another key is refused', 'ERR_SIGNATURE_INVALID', { key: stranger.privateKey }],
    [
      '§5.2 (8) alg must say how it was signed: a signature by another algorithm is refused',
      'ERR_SIGNATURE_INVALID',
      { header: header({ alg: 'Ed25519', kid: 'ed25519' }) },
      trusting(publicJwk('Ed25519'), publicJwk('ES256')),
    ],
    [
      '§5.2 (8) alg must be there, though the key would say it',
      'ERR_ALGORITHM_NOT_ALLOWED',
      { header: header({ alg: undefined }) },
    ],
    [
      '§5.2 (9) and §7.2.2 not done: the flattened JSON serialization is refused',
      'ERR_TOKEN_MALFORMED',
      JSON.stringify({ protected: head, payload, signature }),
    ],
    [
      '§5.2 (9) and §7.2.1 not done: the general JSON serialization is refused',
      'ERR_TOKEN_MALFORMED',
      JSON.stringify({ payload, signatures: [{ protected: head, signature }] }),
    ],
    [
      '§5.2 (10) without a valid signature the token is refused',
      'ERR_SIGNATURE_INVALID',
      { signature: Buffer.alloc(64) },
    ],
    [
      '§5.2 an algorithm that the application does not accept is refused, though the signature holds',
      'ERR_ALGORITHM_NOT_ALLOWED',
      {},
      { algorithms: ['RS256'] },
    ],
  ])
})

describe('RFC 7515 §5.3 and §10.13: comparing strings', () => {
  tokenTable([
    [
      '§5.3 and §10.13 escaped names are compared as what they stand for',
      'accepted',
      { header: '{"\\u0061lg":"ES256","k\\u0069d":"es256"}' },
    ],
    [
      '§5.3 and §10.13 so are escaped values',
      'accepted',
      { header: '{"alg":"\\u0045S256","kid":"es\\u0032\\u0035\\u0036"}' },
    ],
    [
      '§5.3 an escaped name that must be understood is',
      'ERR_CRITICAL_HEADER',
      { header: '{"alg":"ES256","cr\\u0069t":["x"],"x":1}' },
    ],
    [
      '§10.13 a name in other case is another name: Alg is not alg',
      'ERR_ALGORITHM_NOT_ALLOWED',
      { header: '{"Alg":"ES256","kid":"es256"}' },
    ],
    ['§10.13 and CRIT is not crit', 'accepted', { header: header({ CRIT: ['x'] }) }],
    [
      '§10.13 a value in other case is another value, escaped or not',
      'ERR_ALGORITHM_NOT_ALLOWED',
      { header: '{"alg":"E\\u0073256","kid":"es256"}' },
    ],
    [
      '§5.3 values are compared without normalisation',
      'ERR_KEY_UNKNOWN',
      { header: header({ kid: 'cafe\u0301' }) },
      trusting(publicJwk('ES256', { kid: 'caf\u00e9' })),
    ],
    [
      '§10.13 a character beyond the Basic Multilingual Plane is compared as such, written in UTF-8',
      'accepted',
      { header: header({ kid: '\u{1d11e}' }) },
      trusting(publicJwk('ES256', { kid: '\u{1d11e}' })),
    ],
    [
      '§10.13 or as two escapes',
      'accepted',
      { header: '{"alg":"ES256","kid":"\\uD834\\uDD1E"}' },
      trusting(publicJwk('ES256', { kid: '\u{1d11e}' })),
    ],
    [
      '§10.13 and differs from the one next to it',
      'ERR_KEY_UNKNOWN',
      { header: header({ kid: '\u{1d11f}' }) },
      trusting(publicJwk('ES256', { kid: '\u{1d11e}' })),
    ],
  ])
})

describe('RFC 7515 §10: security', () => {
  const json = JSON.stringify(header())

  tokenTable([
    [
      '§10.6 the hash that the signature names must be the one of alg',
      'ERR_SIGNATURE_INVALID',
      { algorithm: 'RS512', header: header({ alg: 'RS256', kid: 'rs256' }) },
      trusting(publicJwk('RS256', { alg: undefined })),
    ],
    [
      '§10.7 alg counts only in the signed header: a member alg of the payload has no effect',
      'accepted',
      { payload: claims({ alg: 'none' }) },
    ],
    [
      '§10.12 JSON is parsed strictly: characters behind the header are refused',
      'ERR_TOKEN_MALFORMED',
      { header: `${json}x` },
    ],
    [
      '§10.12 JSON is parsed strictly: a second object behind the header is refused',
      'ERR_TOKEN_MALFORMED',
      { header: `${json}{}` },
    ],
    [
      '§10.12 JSON is parsed strictly: characters behind the claims are refused',
      'ERR_TOKEN_MALFORMED',
      { payload: `${JSON.stringify(claims())},` },
    ],
    [
      '§10.12 JSON is parsed strictly: a byte order mark is refused',
      'ERR_TOKEN_MALFORMED',
      { header: `\ufeff${json}` },
    ],
    [
      '§10.12 JSON is parsed strictly: a comment is refused',
      'ERR_TOKEN_MALFORMED',
      { header: json.replace(',', '/**/,') },
    ],
    [
      '§10.12 JSON is parsed strictly: a trailing comma is refused',
      'ERR_TOKEN_MALFORMED',
      { header: json.replace('}', ',}') },
    ],
    [
      '§10.12 JSON is parsed strictly: a name without quotes is refused',
      'ERR_TOKEN_MALFORMED',
      { header: json.replace('"alg"', 'alg') },
    ],
    [
      '§10.12 JSON is parsed strictly: single quotes are refused',
      'ERR_TOKEN_MALFORMED',
      { header: json.replaceAll('"', "'") },
    ],
    [
      '§10.12 JSON is parsed strictly: a control character in a string is refused',
      'ERR_TOKEN_MALFORMED',
      { header: json.replace('}', ',"x":"\t"}') },
    ],
    [
      '§10.12 JSON is parsed strictly: a number that JSON does not know is refused',
      'ERR_TOKEN_MALFORMED',
      { header: json.replace('}', ',"x":NaN}') },
    ],
  ])

  test('§10.10 not done: a token may be used again until it expires; sender constraint is the remedy', async () => {
    const server = resourceServer(options())
    await expect(server.verify(genuine)).resolves.toMatchObject({ subject: 'user-1' })
    await expect(server.verify(genuine)).resolves.toMatchObject({ subject: 'user-1' })
  })
})
