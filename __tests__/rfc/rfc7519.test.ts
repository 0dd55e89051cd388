/** RFC 7519, JSON Web Token: what a recipient must and should do. */
import { tokenTable } from '../support/rfc-table.js'
import { AUDIENCE, claims, encode, header, NOW, rawToken } from '../support/tokens.js'

const json = JSON.stringify(claims())
const upTo = (end: string): string => json.slice(0, -1) + end

describe('RFC 7519 §4: the claims', () => {
  tokenTable([
    [
      '§2 StringOrURI: values with a colon that are no URI: not done: taken, nothing reads them as URIs',
      'accepted',
      { payload: claims({ sub: 'a: b' }) },
    ],
    [
      '§4 duplicate claim names: stricter: refused, where the last might count',
      'ERR_TOKEN_MALFORMED',
      { payload: upTo(',"sub":"admin"}') },
    ],
    [
      '§4 duplicate claim names, one of them escaped, are refused',
      'ERR_TOKEN_MALFORMED',
      { payload: upTo(',"\\u0065xp":9999999999}') },
    ],
    [
      '§4 claims that are not understood are ignored',
      'accepted',
      { payload: claims({ 'https://a.test/x': { y: [1] } }) },
    ],
    [
      '§4 claim names are compared with case',
      'ERR_CLAIM_MISSING',
      { payload: claims({ exp: undefined, Exp: NOW + 300, EXP: NOW + 300 }) },
    ],
    [
      '§4.1.1 iss of another issuer is refused',
      'ERR_ISSUER_UNKNOWN',
      { payload: claims({ iss: 'https://other.test' }) },
    ],
    [
      '§4.1.1 iss is compared with case',
      'ERR_ISSUER_UNKNOWN',
      { payload: claims({ iss: 'https://ISSUER.test' }) },
    ],
    [
      '§4.1.1 iss that is no string is refused',
      'ERR_ISSUER_UNKNOWN',
      { payload: claims({ iss: ['https://issuer.test'] }) },
    ],
    [
      '§4.1.1 iss is optional there: stricter: a token without it is refused',
      'ERR_ISSUER_UNKNOWN',
      { payload: claims({ iss: undefined }) },
    ],
    ['§4.1.2 sub is any string', 'accepted', { payload: claims({ sub: 'ÄöÜ 名\u0000' }) }],
    ['§4.1.2 sub that is no string is refused', 'ERR_CLAIM_INVALID', { payload: claims({ sub: 42 }) }],
    ['§4.1.2 sub is optional', 'accepted', { payload: claims({ sub: undefined }) }],
    [
      '§4.1.3 aud that does not name this resource is refused',
      'ERR_AUDIENCE_MISMATCH',
      { payload: claims({ aud: 'https://other.test' }) },
    ],
    [
      '§4.1.3 aud is compared with case',
      'ERR_AUDIENCE_MISMATCH',
      { payload: claims({ aud: 'https://API.test' }) },
    ],
    [
      '§4.1.3 aud may be an array that holds this resource',
      'accepted',
      { payload: claims({ aud: ['x', AUDIENCE] }) },
    ],
    ['§4.1.3 aud may be a single string', 'accepted', { payload: claims({ aud: AUDIENCE }) }],
    [
      '§4.1.3 aud with values that are no strings is refused',
      'ERR_CLAIM_INVALID',
      { payload: claims({ aud: [AUDIENCE, 1] }) },
    ],
    [
      '§4.1.3 aud is optional there: stricter: a token without it is refused',
      'ERR_CLAIM_MISSING',
      { payload: claims({ aud: undefined }) },
    ],
    [
      '§4.1.4 on exp the token is refused',
      'ERR_TOKEN_EXPIRED',
      { payload: claims({ exp: NOW }) },
      { clockToleranceSeconds: 0 },
    ],
    [
      '§4.1.4 after exp the token is refused',
      'ERR_TOKEN_EXPIRED',
      { payload: claims({ exp: NOW - 1 }) },
      { clockToleranceSeconds: 0 },
    ],
    [
      '§4.1.4 before exp the token is accepted',
      'accepted',
      { payload: claims({ exp: NOW + 1 }) },
      { clockToleranceSeconds: 0 },
    ],
    ['§4.1.4 a small leeway may be given: 5 s by default', 'accepted', { payload: claims({ exp: NOW - 4 }) }],
    ['§4.1.4 and no more', 'ERR_TOKEN_EXPIRED', { payload: claims({ exp: NOW - 5 }) }],
    ['§4.1.4 exp must be a number', 'ERR_CLAIM_INVALID', { payload: claims({ exp: String(NOW + 300) }) }],
    ['§4.1.4 exp may have a fraction', 'accepted', { payload: claims({ exp: NOW + 0.5 }) }],
    [
      '§4.1.4 exp is optional there: stricter: a token without it is refused',
      'ERR_CLAIM_MISSING',
      { payload: claims({ exp: undefined }) },
    ],
    [
      '§4.1.4 stricter: exp beyond the year 9999 is refused: milliseconds, or for ever',
      'ERR_CLAIM_INVALID',
      { payload: claims({ exp: NOW * 1000 }) },
    ],
    [
      '§4.1.4 exp that overflows to infinity is refused',
      'ERR_CLAIM_INVALID',
      { payload: json.replace(String(NOW + 300), '1e400') },
    ],
    [
      '§4.1.5 before nbf the token is refused',
      'ERR_TOKEN_NOT_YET_VALID',
      { payload: claims({ nbf: NOW + 6 }) },
    ],
    [
      '§4.1.5 on nbf the token is accepted',
      'accepted',
      { payload: claims({ nbf: NOW }) },
      { clockToleranceSeconds: 0 },
    ],
    ['§4.1.5 a small leeway may be given: 5 s by default', 'accepted', { payload: claims({ nbf: NOW + 5 }) }],
    ['§4.1.5 nbf must be a number', 'ERR_CLAIM_INVALID', { payload: claims({ nbf: 'now' }) }],
    ['§4.1.6 iat must be a number', 'ERR_CLAIM_INVALID', { payload: claims({ iat: 'now' }) }],
    [
      '§4.1.6 iat may be used for the age of a token: maxTokenAgeSeconds',
      'ERR_TOKEN_TOO_OLD',
      { payload: claims({ iat: NOW - 66 }) },
      { maxTokenAgeSeconds: 60 },
    ],
    [
      '§4.1.6 iat in the future: not done without maxTokenAgeSeconds: nbf is what forbids early use',
      'accepted',
      { payload: claims({ iat: NOW + 3600 }) },
    ],
    ['§4.1.7 jti that is no string is refused', 'ERR_CLAIM_INVALID', { payload: claims({ jti: 1 }) }],
    [
      '§4.1.7 not done: a jti that was seen before is accepted: a bearer token is for many requests',
      'accepted',
      {},
    ],
  ])
})

describe('RFC 7519 §5 and §6: the header', () => {
  tokenTable([
    ['§5.1 typ JWT is accepted', 'accepted', { header: header({ typ: 'JWT' }) }],
    ['§5.1 typ is compared without case', 'accepted', { header: header({ typ: 'jWt' }) }],
    ['§5.1 typ is optional', 'accepted', { header: header({ typ: undefined }) }],
    [
      '§5.1 typ of another kind of object is refused',
      'ERR_TOKEN_TYPE',
      { header: header({ typ: 'JOSE+JSON' }) },
    ],
    [
      '§5.2 cty JWT, a nested token: not done: what is inside is never looked at',
      'ERR_TOKEN_MALFORMED',
      { header: header({ cty: 'JWT' }), payload: rawToken() },
    ],
    [
      '§5.3 claims repeated in the header: not done: they are not compared, and never count',
      'accepted',
      { header: header({ iss: 'https://other.test', aud: 'x', sub: 'admin' }) },
    ],
    [
      '§6 an unsecured token is refused',
      'ERR_TOKEN_MALFORMED',
      `${encode({ alg: 'none' })}.${encode(json)}.`,
    ],
  ])
})

describe('RFC 7519 §7.2 and §7.3: validation', () => {
  tokenTable([
    ['§7.2 (1) a token has a period', 'ERR_TOKEN_MALFORMED', 'opaque'],
    ['§7.2 (2)-(3) a header that is no base64url is refused', 'ERR_TOKEN_MALFORMED', '*.AAAA.AAAA'],
    ['§7.2 (4) a header that is no UTF-8 JSON object is refused', 'ERR_TOKEN_MALFORMED', { header: '1' }],
    [
      '§7.2 (5) a header with what must be understood and is not is refused',
      'ERR_CRITICAL_HEADER',
      { header: header({ crit: ['x'], x: 1 }) },
    ],
    [
      '§7.2 (6) a JWE: not done yet: refused',
      'ERR_TOKEN_MALFORMED',
      `${encode({ alg: 'dir', enc: 'A256GCM' })}..AAAA.AAAA.AAAA`,
    ],
    [
      '§7.2 (7) the rules of JWS hold: see RFC 7515',
      'ERR_SIGNATURE_INVALID',
      { signature: Buffer.alloc(64, 1) },
    ],
    [
      '§7.2 (10) claims that are no UTF-8 are refused',
      'ERR_TOKEN_MALFORMED',
      { payload: Buffer.from([0x7b, 0xff, 0x7d]) },
    ],
    ['§7.2 (10) claims that are no object are refused', 'ERR_TOKEN_MALFORMED', { payload: '[]' }],
    ['§7.2 (10) claims with text behind are refused', 'ERR_TOKEN_MALFORMED', { payload: `${json}x` }],
    [
      '§7.2 an algorithm that the application does not accept is refused',
      'ERR_ALGORITHM_NOT_ALLOWED',
      {},
      { algorithms: ['EdDSA'] },
    ],
    [
      '§7.3 escaped claim names are compared as what they stand for',
      'accepted',
      { payload: json.replace('"exp"', '"\\u0065\\u0078\\u0070"') },
    ],
    [
      '§7.3 values are compared without normalisation',
      'ERR_AUDIENCE_MISMATCH',
      { payload: claims({ aud: 'cafe\u0301' }) },
      { audience: 'caf\u00e9' },
    ],
    [
      '§8 HS256 must be implemented: refused all the same where no secret is shared',
      'ERR_ALGORITHM_NOT_ALLOWED',
      { algorithm: 'HS256', signature: Buffer.alloc(32) },
    ],
    [
      '§8 none must be implemented: not done: RFC 8725 §3.2 overrules it',
      'ERR_ALGORITHM_NOT_ALLOWED',
      { header: { alg: 'none' }, signature: Buffer.alloc(1) },
    ],
  ])
})
