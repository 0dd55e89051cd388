/**
 * RFC 7519, JSON Web Token: §5-§12, what a recipient must and should do about the header and when
 * it validates.
 */
import { createSecretKey, randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { UnauthorizedError } from 'express-resource-server'
import { tokenTable } from '../support/rfc-table.js'
import {
  AUDIENCE,
  claims,
  encode,
  generatePair,
  header,
  ISSUER,
  publicJwk,
  rawToken,
  signText,
  trusting,
  verify,
} from '../support/tokens.js'

const json = JSON.stringify(claims())
const [head, payload] = rawToken().split('.') as [string, string]
const upTo = (end: string): string => json.slice(0, -1) + end

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
    ['§5.2 a nested token without cty is refused as well', 'ERR_TOKEN_MALFORMED', { payload: rawToken() }],
    [
      '§5.3 claims repeated in the header should be compared: not done: they belong in encrypted tokens, and are ignored',
      'accepted',
      { header: header({ iss: 'https://other.test', aud: 'x', sub: 'admin' }) },
    ],
    [
      '§5.3 a header that names this resource is no help to claims that do not',
      'ERR_AUDIENCE_MISMATCH',
      { header: header({ aud: AUDIENCE }), payload: claims({ aud: 'https://other.test' }) },
    ],
    [
      '§5.3 a header that names the issuer is no help to claims that do not',
      'ERR_ISSUER_UNKNOWN',
      { header: header({ iss: ISSUER }), payload: claims({ iss: undefined }) },
    ],
    [
      '§6 an unsecured token is refused',
      'ERR_ALGORITHM_NOT_ALLOWED',
      `${encode({ alg: 'none' })}.${encode(json)}.`,
    ],
  ])

  test('§5.3 claims repeated in the header never count', async () => {
    const repeated = header({ iss: 'https://other.test', aud: 'x', sub: 'admin' })
    const { issuer, subject, audience } = await verify(rawToken({ header: repeated }))
    expect([issuer, subject, audience]).toEqual([ISSUER, 'user-1', [AUDIENCE]])
  })
})

describe('RFC 7519 §7.2: each step of validation, on whose failure the token is refused', () => {
  tokenTable([
    ['§7.2 (1) a token has a period', 'ERR_TOKEN_MALFORMED', 'opaque'],
    [
      '§7.2 (2) the header ends at the first period: an empty one is refused',
      'ERR_TOKEN_MALFORMED',
      signText(`.${payload}`),
    ],
    [
      '§7.2 (3) a header with a line break is refused',
      'ERR_TOKEN_MALFORMED',
      signText(`${head}\n.${payload}`),
    ],
    ['§7.2 (3) a header with white space is refused', 'ERR_TOKEN_MALFORMED', signText(`${head} .${payload}`)],
    ['§7.2 (3) a header with padding is refused', 'ERR_TOKEN_MALFORMED', signText(`${head}=.${payload}`)],
    [
      '§7.2 (3) a header with other characters is refused',
      'ERR_TOKEN_MALFORMED',
      signText(`*${head}.${payload}`),
    ],
    [
      '§7.2 (4) a header that is no UTF-8 is refused',
      'ERR_TOKEN_MALFORMED',
      { header: Buffer.from(JSON.stringify(header({ x: 'ü' })), 'latin1') },
    ],
    [
      '§7.2 (4) a header that is no JSON is refused',
      'ERR_TOKEN_MALFORMED',
      { header: "{'alg':'ES256','kid':'es256'}" },
    ],
    ['§7.2 (4) a header that is no object is refused', 'ERR_TOKEN_MALFORMED', { header: '1' }],
    [
      '§7.2 (5) a header with what must be understood and is not is refused',
      'ERR_CRITICAL_HEADER',
      { header: header({ crit: ['x'], x: 1 }) },
    ],
    [
      '§7.2 (5) a header with a value that is not supported is refused',
      'ERR_ALGORITHM_NOT_ALLOWED',
      { header: header({ alg: 'ES257' }) },
    ],
    [
      '§7.2 (5) a header with what may be ignored is accepted',
      'accepted',
      { header: header({ x: 1, 'https://a.test/y': {} }) },
    ],
    [
      '§7.2 (6) an encrypted token: not done yet: refused',
      'ERR_TOKEN_MALFORMED',
      `${encode({ alg: 'dir', enc: 'A256GCM' })}..AAAA.AAAA.AAAA`,
    ],
    [
      '§7.2 (6) the number of parts says which it is: enc in a signed token is ignored',
      'accepted',
      { header: header({ enc: 'A256GCM' }) },
    ],
    [
      '§7.2 (7) the rules of JWS hold: see RFC 7515',
      'ERR_SIGNATURE_INVALID',
      { signature: Buffer.alloc(64, 1) },
    ],
    [
      '§7.2 (8) cty JWT above plain claims, not a token: not done: cty is ignored, as some issuers always write it',
      'accepted',
      { header: header({ cty: 'JWT' }) },
    ],
    [
      '§7.2 (9) claims with a line break are refused',
      'ERR_TOKEN_MALFORMED',
      signText(`${head}.${payload}\n`),
    ],
    ['§7.2 (9) claims with white space are refused', 'ERR_TOKEN_MALFORMED', signText(`${head}. ${payload}`)],
    ['§7.2 (9) claims with padding are refused', 'ERR_TOKEN_MALFORMED', signText(`${head}.${payload}=`)],
    [
      '§7.2 (9) claims with other characters are refused',
      'ERR_TOKEN_MALFORMED',
      signText(`${head}.${payload}+/`),
    ],
    [
      '§7.2 (10) claims that are no UTF-8 are refused',
      'ERR_TOKEN_MALFORMED',
      { payload: Buffer.from(JSON.stringify(claims({ sub: 'Jürgen' })), 'latin1') },
    ],
    ['§7.2 (10) claims that are no JSON are refused', 'ERR_TOKEN_MALFORMED', { payload: json.slice(0, -1) }],
    ['§7.2 (10) claims that are no object are refused', 'ERR_TOKEN_MALFORMED', { payload: `[${json}]` }],
    [
      '§7.2 an algorithm that the application does not accept is refused',
      'ERR_ALGORITHM_NOT_ALLOWED',
      {},
      { algorithms: ['EdDSA'] },
    ],
  ])
})

describe('RFC 7519 §7.3 and §8: comparison and algorithms', () => {
  const secret = randomBytes(32)

  tokenTable([
    [
      '§7.3 escaped claim names are compared as what they stand for',
      'accepted',
      { payload: json.replace('"exp"', '"\\u0065\\u0078\\u0070"') },
    ],
    [
      '§7.3 escaped values are compared as what they stand for',
      'accepted',
      { payload: json.replace(AUDIENCE, 'https:\\/\\/\\u0061pi.test') },
    ],
    [
      '§7.3 claim names are compared with case',
      'ERR_CLAIM_MISSING',
      { payload: json.replace('"exp"', '"Exp"') },
    ],
    [
      '§7.3 values are compared without normalisation',
      'ERR_AUDIENCE_MISMATCH',
      { payload: claims({ aud: 'cafe\u0301' }) },
      { audience: 'caf\u00e9' },
    ],
    [
      '§8 HS256 must be implemented: accepted where a secret is shared',
      'accepted',
      { algorithm: 'HS256', key: createSecretKey(secret) },
      { issuer: { issuer: ISSUER, secret } },
    ],
    [
      '§8 HS256 is refused where no secret is shared',
      'ERR_ALGORITHM_NOT_ALLOWED',
      { algorithm: 'HS256', key: createSecretKey(secret) },
    ],
    [
      '§8 none must be implemented: not done: RFC 8725 §3.2 overrules it',
      'ERR_ALGORITHM_NOT_ALLOWED',
      { header: { alg: 'none' }, signature: Buffer.alloc(1) },
    ],
    ['§8 RS256 should be supported', 'accepted', { algorithm: 'RS256' }, trusting(publicJwk('RS256'))],
    ['§8 ES256 should be supported', 'accepted', { algorithm: 'ES256' }],
  ])
})

describe('RFC 7519 §11 and §12: security and privacy', () => {
  tokenTable([
    [
      '§11 (JWS §10.12) claims with text behind are refused',
      'ERR_TOKEN_MALFORMED',
      { payload: `${json}ABCD` },
    ],
    [
      '§11 (JWS §10.12) claims with a comma too many are refused',
      'ERR_TOKEN_MALFORMED',
      { payload: upTo(',}') },
    ],
    ['§11 (JWS §10.12) claims with a comment are refused', 'ERR_TOKEN_MALFORMED', { payload: upTo('/**/}') }],
    [
      '§11 (JWS §10.12) claims with a number that JSON does not know are refused',
      'ERR_TOKEN_MALFORMED',
      { payload: upTo(',"nbf":NaN}') },
    ],
    [
      '§11 (JWS §10.12) claims with a control character in a string are refused',
      'ERR_TOKEN_MALFORMED',
      { payload: upTo(',"x":"\n"}') },
    ],
    [
      '§11 (JWS §10.12) claims with a byte order mark are refused',
      'ERR_TOKEN_MALFORMED',
      { payload: `\ufeff${json}` },
    ],
    [
      '§11 (JWS §10.13) characters beyond the basic plane are compared rightly, escaped or not',
      'accepted',
      { payload: json.replace(AUDIENCE, 'urn:\\uD834\\uDD1E') },
      { audience: 'urn:\u{1d11e}' },
    ],
    [
      '§11.1 claims count only under a key of the issuer that they name',
      'ERR_SIGNATURE_INVALID',
      { key: generatePair('ES256').privateKey },
    ],
  ])

  test('§11 (JWS §10.13) characters beyond the basic plane are preserved', async () => {
    const { subject } = await verify(rawToken({ payload: json.replace('user-1', '\\uD834\\uDD1E') }))
    expect(subject).toBe('\u{1d11e}')
  })

  test('§12 a refusal discloses nothing that the token says', async () => {
    const token = rawToken({ payload: claims({ sub: 'private-4711', aud: 'https://private-4712.test' }) })
    const error: unknown = await verify(token).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UnauthorizedError)
    const shown = inspect(error, { depth: null, showHidden: true, getters: true })
    for (const secret of ['private-4711', 'private-4712', ...token.split('.')])
      expect(shown).not.toContain(secret)
  })

  test('§12 a principal that is logged or serialised does not disclose its token', async () => {
    const token = rawToken()
    const principal = await verify(token)
    expect(principal.token).toBe(token)
    const shown =
      inspect(principal, { depth: null, showHidden: true, getters: true }) + JSON.stringify(principal)
    expect(shown).toContain('user-1')
    for (const part of token.split('.')) expect(shown).not.toContain(part)
  })
})
