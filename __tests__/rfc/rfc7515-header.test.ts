/**
 * RFC 7515, JSON Web Signature, §3 and §4: what a recipient must and should do with the header.
 * Those of its members that name a key are in `rfc7515-keys.test.ts`.
 */
import { tokenTable } from '../support/rfc-table.js'
import { claims, generatePair, header, rawToken } from '../support/tokens.js'

const stranger = generatePair('ES256')

describe('RFC 7515 §3 and §4: the header', () => {
  tokenTable([
    [
      '§3 white space and line breaks between JSON values are read over',
      'accepted',
      { header: '\r\n\t { "alg" :\n "ES256" , "kid":"es256" } \n' },
    ],
    [
      '§4 and §10.12 duplicate header names: refused, which is one of two ways; the last counting would be the other',
      'ERR_TOKEN_MALFORMED',
      { header: '{"kid":"x","alg":"ES256","kid":"es256"}' },
    ],
    [
      '§4 duplicate header names, one of them escaped, are refused',
      'ERR_TOKEN_MALFORMED',
      { header: '{"alg":"ES256","\\u0061lg":"ES256"}' },
    ],
    [
      '§4 duplicate names: stricter: refused inside a value of the header too',
      'ERR_TOKEN_MALFORMED',
      { header: '{"alg":"ES256","kid":"es256","foo":{"a":1,"a":1}}' },
    ],
    ['§4 a header that is no object is refused', 'ERR_TOKEN_MALFORMED', { header: '["ES256"]' }],
    [
      '§4 parameters of the specification that are not used here are ignored, whatever their values are',
      'accepted',
      { header: header({ jku: 1, jwk: 'x', x5u: [], x5c: {}, x5t: null, 'x5t#S256': 7, cty: false }) },
    ],
    [
      '§4 parameters that no specification defines, or one for something else, are ignored',
      'accepted',
      { header: header({ foo: { bar: [1] }, zip: 'DEF', enc: 'A128GCM', exp: 1 }) },
    ],
    ['§4.3 private names are ignored', 'accepted', { header: header({ 'https://a.test/x': 1 }) }],
  ])
})

describe('RFC 7515 §4.1.1: alg', () => {
  tokenTable([
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
  ])
})

describe('RFC 7515 §4.1.9 and §4.1.10: media types', () => {
  tokenTable([
    ['§4.1.9 typ without a slash is a media type', 'accepted', { header: header({ typ: 'at+jwt' }) }],
    [
      '§4.1.9 it is read as if application/ stood before it',
      'accepted',
      { header: header({ typ: 'application/at+jwt' }) },
    ],
    ['§4.1.9 so is the one of every JWT', 'accepted', { header: header({ typ: 'application/JWT' }) }],
    ['§4.1.9 which JWT is short for', 'accepted', { header: header({ typ: 'JWT' }) }],
    [
      '§4.1.9 typ with another slash is another type',
      'ERR_TOKEN_TYPE',
      { header: header({ typ: 'text/at+jwt' }) },
    ],
    ['§4.1.9 typ is compared without case', 'accepted', { header: header({ typ: 'Application/AT+JWT' }) }],
    ['§4.1.9 typ is optional', 'accepted', { header: header({ typ: undefined }) }],
    [
      '§4.1.9 typ JOSE, which may stand for any JWS: stricter: refused, it says nothing of the kind of token',
      'ERR_TOKEN_TYPE',
      { header: header({ typ: 'JOSE' }) },
    ],
    [
      '§4.1.10 cty is not used, so that it need not be read as a media type',
      'accepted',
      { header: header({ cty: 'JWT' }) },
    ],
    ['§4.1.10 nor with a slash', 'accepted', { header: header({ cty: 'text/plain' }) }],
  ])
})

describe('RFC 7515 §4.1.11: crit', () => {
  const [, payload, signature] = rawToken({ header: header({ crit: ['exp'], exp: 1 }) }).split('.')
  const [withoutCrit] = rawToken().split('.')

  tokenTable([
    [
      '§4.1.11 crit with an extension that is not understood is refused',
      'ERR_CRITICAL_HEADER',
      { header: header({ crit: ['x-policy'], 'x-policy': 1 }) },
    ],
    [
      '§4.1.11 crit is processed before it is known whether the signature holds',
      'ERR_CRITICAL_HEADER',
      { header: header({ crit: ['x-policy'], 'x-policy': 1 }), key: stranger.privateKey },
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
      '§4.1.11 crit with a member that is no name is refused',
      'ERR_CRITICAL_HEADER',
      { header: header({ crit: [1] }) },
    ],
    [
      '§4.1.11 crit with a name that is absent from the header is refused',
      'ERR_CRITICAL_HEADER',
      { header: header({ crit: ['absent'] }) },
    ],
    [
      '§4.1.11 crit with a name that the specification defines is refused, as a recipient may',
      'ERR_CRITICAL_HEADER',
      { header: header({ crit: ['alg'] }) },
    ],
    [
      '§4.1.11 crit with duplicate names is refused',
      'ERR_CRITICAL_HEADER',
      { header: header({ crit: ['x', 'x'], x: 1 }) },
    ],
    [
      '§4.1.11 crit is integrity protected: a token from which it was taken is refused',
      'ERR_SIGNATURE_INVALID',
      [withoutCrit, payload, signature].join('.'),
    ],
    [
      '§4.1.11 crit in the payload is a claim like any other: it counts only in the header',
      'accepted',
      { payload: claims({ crit: ['x-policy'] }) },
    ],
    [
      '§E the negative test case is refused',
      'ERR_ALGORITHM_NOT_ALLOWED',
      'eyJhbGciOiJub25lIiwNCiAiY3JpdCI6WyJodHRwOi8vZXhhbXBsZS5jb20vVU5ERUZJTkVEIl0sDQogImh0dHA6Ly9leGFtcGxlLmNvbS9VTkRFRklORUQiOnRydWUNCn0.RkFJTA.',
    ],
    [
      '§E so is its header under a signature that holds',
      'ERR_CRITICAL_HEADER',
      {
        header: header({
          crit: ['http://example.invalid/UNDEFINED'],
          'http://example.invalid/UNDEFINED': true,
        }),
      },
    ],
  ])
})
