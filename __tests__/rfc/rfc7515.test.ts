/** RFC 7515, JSON Web Signature: what a recipient of the compact serialization must and should do. */
import { tokenTable } from '../support/rfc-table.js'
import {
  claims,
  encode,
  generatePair,
  header,
  publicJwk,
  rawToken,
  signText,
  trusting,
} from '../support/tokens.js'

const [head, payload] = rawToken().split('.') as [string, string]
const stranger = generatePair('ES256')
const strangersJwk = stranger.publicKey.export({ format: 'jwk' })

/** Signed by a key that nobody trusts and that the header offers. */
function offered(members: object): { header: object; key: typeof stranger.privateKey } {
  return { header: header(members), key: stranger.privateKey }
}

describe('RFC 7515 §2-§4: the header', () => {
  tokenTable([
    ['§2 base64url with padding is refused', 'ERR_TOKEN_MALFORMED', signText(`${head}=.${payload}`)],
    ['§2 base64url with a line break is refused', 'ERR_TOKEN_MALFORMED', signText(`${head}\n.${payload}`)],
    ['§2 base64url with white space is refused', 'ERR_TOKEN_MALFORMED', signText(`${head} .${payload}`)],
    [
      '§2 base64url with other additional characters is refused',
      'ERR_TOKEN_MALFORMED',
      signText(`${head}*.${payload}`),
    ],
    [
      '§4 duplicate header names: stricter: refused, where the last might count',
      'ERR_TOKEN_MALFORMED',
      { header: '{"kid":"x","alg":"ES256","kid":"es256"}' },
    ],
    [
      '§4 duplicate header names, one of them escaped, are refused',
      'ERR_TOKEN_MALFORMED',
      { header: '{"alg":"ES256","\\u0061lg":"ES256"}' },
    ],
    ['§4 a header that is no object is refused', 'ERR_TOKEN_MALFORMED', { header: '["ES256"]' }],
    [
      '§4 parameters that are not understood are ignored',
      'accepted',
      { header: header({ foo: { bar: [1] }, zip: 'DEF' }) },
    ],
    [
      '§4.1.1 alg that is absent is refused',
      'ERR_ALGORITHM_NOT_ALLOWED',
      { header: header({ alg: undefined }) },
    ],
    [
      '§4.1.1 alg that is not supported is refused',
      'ERR_ALGORITHM_NOT_ALLOWED',
      { header: header({ alg: 'ES257' }) },
    ],
    ['§4.1.1 alg is compared with case', 'ERR_ALGORITHM_NOT_ALLOWED', { header: header({ alg: 'es256' }) }],
    [
      '§4.1.1 alg that is no string is refused',
      'ERR_ALGORITHM_NOT_ALLOWED',
      { header: header({ alg: ['ES256'] }) },
    ],
    [
      '§4.1.1 alg for which the signer has no key is refused',
      'ERR_KEY_UNKNOWN',
      { header: header({ alg: 'RS256' }) },
    ],
    [
      '§4.1.2 not done: jku is never followed: keys come from the trusted issuer alone',
      'ERR_SIGNATURE_INVALID',
      offered({ jku: 'https://evil.test/jwks' }),
    ],
    [
      '§4.1.2 jku beside a good signature has no effect',
      'accepted',
      { header: header({ jku: 'https://evil.test/jwks' }) },
    ],
    [
      '§4.1.3 not done: jwk is never believed: keys come from the trusted issuer alone',
      'ERR_SIGNATURE_INVALID',
      offered({ jwk: strangersJwk }),
    ],
    [
      '§4.1.3 jwk is not believed without kid either',
      'ERR_SIGNATURE_INVALID',
      offered({ jwk: strangersJwk, kid: undefined }),
    ],
    ['§4.1.4 kid that is no string is refused', 'ERR_TOKEN_MALFORMED', { header: header({ kid: 1 }) }],
    ['§4.1.4 kid is compared with case', 'ERR_KEY_UNKNOWN', { header: header({ kid: 'ES256' }) }],
    ['§4.1.4 kid is optional', 'accepted', { header: header({ kid: undefined }) }],
    [
      '§4.1.4 kid that is empty: stricter: refused, it names no key',
      'ERR_TOKEN_MALFORMED',
      { header: header({ kid: '' }) },
    ],
    [
      '§4.1.5 not done: x5u is never followed',
      'ERR_SIGNATURE_INVALID',
      offered({ x5u: 'https://evil.test/cert' }),
    ],
    [
      '§4.1.6 not done: x5c is never believed, so that no chain is validated',
      'ERR_SIGNATURE_INVALID',
      offered({ x5c: ['AAAA'] }),
    ],
    ['§4.1.7 not done: x5t selects no key', 'accepted', { header: header({ x5t: 'AAAA' }) }],
    ['§4.1.8 not done: x5t#S256 selects no key', 'accepted', { header: header({ 'x5t#S256': 'AAAA' }) }],
    [
      '§4.1.9 typ without a slash is read as if application/ stood before it',
      'accepted',
      { header: header({ typ: 'application/at+jwt' }) },
    ],
    [
      '§4.1.9 typ with another slash is another type',
      'ERR_TOKEN_TYPE',
      { header: header({ typ: 'text/at+jwt' }) },
    ],
    ['§4.1.10 cty is ignored', 'accepted', { header: header({ cty: 'JWT' }) }],
    [
      '§4.1.11 crit with an extension that is not understood is refused',
      'ERR_CRITICAL_HEADER',
      { header: header({ crit: ['x-policy'], 'x-policy': 1 }) },
    ],
    [
      '§4.1.11 crit with b64 (RFC 7797): not done: refused, tokens have no use for it',
      'ERR_CRITICAL_HEADER',
      { header: header({ crit: ['b64'], b64: true }) },
    ],
    [
      '§4.1.11 crit that is an empty array is refused',
      'ERR_CRITICAL_HEADER',
      { header: header({ crit: [] }) },
    ],
    ['§4.1.11 crit that is no array is refused', 'ERR_CRITICAL_HEADER', { header: header({ crit: 'exp' }) }],
    ['§4.1.11 crit that is null is refused', 'ERR_CRITICAL_HEADER', { header: header({ crit: null }) }],
    [
      '§4.1.11 crit with a name that is absent from the header is refused',
      'ERR_CRITICAL_HEADER',
      { header: header({ crit: ['absent'] }) },
    ],
    [
      '§4.1.11 crit with a name that the specification defines is refused',
      'ERR_CRITICAL_HEADER',
      { header: header({ crit: ['alg'] }) },
    ],
    [
      '§4.1.11 crit with duplicate names is refused',
      'ERR_CRITICAL_HEADER',
      { header: header({ crit: ['x', 'x'], x: 1 }) },
    ],
    ['§4.3 private names are ignored', 'accepted', { header: header({ 'https://a.test/x': 1 }) }],
  ])
})

describe('RFC 7515 §5.2 and §5.3: validation', () => {
  tokenTable([
    ['§5.2 (1) a text without three parts is refused', 'ERR_TOKEN_MALFORMED', `${head}.${payload}`],
    [
      '§5.2 (2) a header that is no base64url is refused',
      'ERR_TOKEN_MALFORMED',
      signText(`+${head.slice(1)}.${payload}`),
    ],
    [
      '§5.2 (3) a header that is no UTF-8 is refused',
      'ERR_TOKEN_MALFORMED',
      { header: Buffer.from([...Buffer.from('{"alg":"ES256","x":"'), 0xc0, 0xaf, ...Buffer.from('"}')]) },
    ],
    ['§5.2 (3) a header that is no JSON is refused', 'ERR_TOKEN_MALFORMED', { header: '{"alg":"ES256"' }],
    [
      '§5.2 (5) a header with parameters that must be understood and are not is refused',
      'ERR_CRITICAL_HEADER',
      { header: header({ crit: ['exp'], exp: 1 }) },
    ],
    [
      '§5.2 (6) a payload that is no base64url is refused',
      'ERR_TOKEN_MALFORMED',
      signText(`${head}.${payload}=`),
    ],
    [
      '§5.2 (6) a payload with unused bits that are not zero: stricter: refused, each token has one spelling',
      'ERR_TOKEN_MALFORMED',
      signText(`${head}.${unusedBits()}`),
    ],
    ['§5.2 (7) a signature that is no base64url is refused', 'ERR_TOKEN_MALFORMED', `${rawToken()}=`],
    [
      '§5.2 (8) the signature covers the header as received, not as parsed',
      'accepted',
      { header: JSON.stringify(header(), null, 3) },
    ],
    [
      '§5.2 (8) a header that was changed is refused',
      'ERR_SIGNATURE_INVALID',
      `${encode(header({ foo: 1 }))}.${payload}.${signatureOf(rawToken())}`,
    ],
    [
      '§5.2 (8) a payload that was changed is refused',
      'ERR_SIGNATURE_INVALID',
      `${head}.${encode(claims({ sub: 'admin' }))}.${signatureOf(rawToken())}`,
    ],
    ['§5.2 (8) a signature by another key is refused', 'ERR_SIGNATURE_INVALID', { key: stranger.privateKey }],
    [
      '§5.2 (8) a signature by another algorithm than alg says is refused',
      'ERR_SIGNATURE_INVALID',
      { header: header({ alg: 'Ed25519', kid: 'ed25519' }) },
      trusting(publicJwk('Ed25519'), publicJwk('ES256')),
    ],
    [
      '§5.2 (9) not done: the JSON serialization is refused',
      'ERR_TOKEN_MALFORMED',
      JSON.stringify({ protected: head, payload, signature: signatureOf(rawToken()) }),
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
    [
      '§5.3 escaped names are compared as what they stand for',
      'accepted',
      { header: '{"\\u0061lg":"ES256","k\\u0069d":"es256"}' },
    ],
    [
      '§5.3 values are compared without normalisation',
      'ERR_KEY_UNKNOWN',
      { header: header({ kid: 'cafe\u0301' }) },
      trusting(publicJwk('ES256', { kid: 'caf\u00e9' })),
    ],
  ])

  /** The payload with a space behind, so that its last character has unused bits, and one of them set. */
  function unusedBits(): string {
    const padded = [' ', '  ', '   '].map((spaces) => encode(JSON.stringify(claims()) + spaces))
    const [text] = padded.filter((each) => each.length % 4 === 2)
    return text!.replace(/.$/, (last) => String.fromCharCode(last.charCodeAt(0) + 1))
  }

  function signatureOf(token: string): string {
    return token.split('.')[2]!
  }
})

describe('RFC 7515 §6-§10', () => {
  const twoSignatures = { payload, signatures: [{ protected: head, signature: 'AAAA' }] }

  tokenTable([
    [
      '§6 kid selects the key',
      'accepted',
      {},
      trusting({ ...strangersJwk, kid: 'other' }, publicJwk('ES256')),
    ],
    [
      '§6 without kid the keys that fit are tried',
      'accepted',
      { header: header({ kid: undefined }) },
      trusting({ ...strangersJwk, kid: 'other' }, publicJwk('ES256')),
    ],
    [
      '§7.1 an unprotected header has no place in the compact serialization: four parts are refused',
      'ERR_TOKEN_MALFORMED',
      `${rawToken()}.${encode({ kid: 'es256' })}`,
    ],
    [
      '§7.2 not done: the general JSON serialization is refused',
      'ERR_TOKEN_MALFORMED',
      JSON.stringify(twoSignatures),
    ],
    ['§9 five parts are an encrypted token: refused', 'ERR_TOKEN_MALFORMED', 'AAAA.AAAA.AAAA.AAAA.AAAA'],
    [
      '§10.7 alg counts only in the signed header: a member alg of the payload has no effect',
      'accepted',
      { payload: claims({ alg: 'none' }) },
    ],
    [
      '§10.11 not done: a token may be used again until it expires; sender constraint is the remedy',
      'accepted',
      {},
    ],
    [
      '§10.12 JSON is parsed strictly: characters behind the header are refused',
      'ERR_TOKEN_MALFORMED',
      { header: `${JSON.stringify(header())}x` },
    ],
    [
      '§10.12 JSON is parsed strictly: characters behind the claims are refused',
      'ERR_TOKEN_MALFORMED',
      { payload: `${JSON.stringify(claims())},` },
    ],
    [
      '§10.12 JSON is parsed strictly: a byte order mark is refused',
      'ERR_TOKEN_MALFORMED',
      { header: `\ufeff${JSON.stringify(header())}` },
    ],
  ])
})
