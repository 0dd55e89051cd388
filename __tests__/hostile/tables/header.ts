/**
 * Other members of the JOSE header: kid, those that carry or point to keys, crit, typ. RFC 7515
 * §4.1, RFC 8725 §3.
 */
import { createHash } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { encode, signText } from '../../support/tokens.js'
import type { Case } from '../support/cases.js'
import { hmacToken, signedParts } from '../support/forgeries.js'
import { jwk, pairOf } from '../support/world.js'
import type { World } from '../support/world.js'

const thief = (): ReturnType<typeof pairOf> => pairOf('rsa-thief')
const stolen = (w: World, header: object): string => w.token({ header, key: thief().privateKey })
const KIDS: readonly [string, unknown, string?][] = [
  ['a path', '../../../../../../dev/null'],
  ['a path with NUL', '../../etc/passwd\u0000.pem'],
  ['SQL', "x' UNION SELECT '1';--", 'HDR-002'],
  ['a command', '|/usr/bin/id; $(id)`id`'],
  ['an LDAP filter', '*)(uid=*))(|(uid=*', 'HDR-004'],
  ['empty', '', 'HDR-005'],
  ['null', null, 'HDR-006'],
  ['a number', 1],
  ['an object', { toString: 'rs1' }],
  ['an URL', 'https://evil.example/jwks.json'],
  ['__proto__', '__proto__', 'HDR-009 JWK-056'],
  ['constructor', 'constructor', 'HDR-010 JWK-056'],
  ['toString', 'toString', 'JWK-056'],
  ['8 KB', 'A'.repeat(8192), 'HDR-011'],
  ['line breaks', 'rs1\r\nSet-Cookie: stolen=session'],
  ['terminal escapes', '\u001b[2J\u001b[31mrs1', 'ERR-010'],
  ['a template', '{{constructor.constructor("return process")()}}${7*7}'],
  ['in another case', 'RS1', 'HDR-014'],
  ['with a space behind', 'rs1 '],
  ['with a zero-width space', 'rs1\u200b'],
  ['a lone surrogate', '\ud800'],
]

const kids: Case[] = [
  ...KIDS.map(([what, kid, ids]): Case => ({
    what: `kid: ${what}`,
    ...(ids && { ids }),
    tokens: (w) => {
      const name = typeof kid === 'string' ? kid : 'rs1'
      return [
        stolen(w, { kid }),
        hmacToken(w, '', name),
        hmacToken(w, '1', name),
        // An empty one counts as none, so that a genuine token with it is good.
        ...(kid === '' ? [] : [w.token({ header: { kid } })]),
      ]
    },
  })),
  {
    what: 'kid in an array, genuinely signed',
    ids: 'HDR-013',
    tokens: (w) => w.token({ header: { kid: ['rs1'] } }),
  },
  {
    what: 'kid in another Unicode form',
    ids: 'HDR-014',
    keys: () => [jwk('rs1', { kid: 'clé'.normalize('NFC') })],
    tokens: (w) => w.token({ header: { kid: 'clé'.normalize('NFD') } }),
  },
  {
    what: 'no kid, signed by the second of two keys that fit: a few are tried',
    ids: 'HDR-016',
    status: 200,
    tokens: (w) => w.token({ header: { kid: undefined }, key: pairOf('rs2').privateKey }),
  },
  {
    what: 'no kid, signed by a stranger, an encryption key, and a key of another type',
    keys: () => [jwk('rsa-enc', { use: 'enc' })],
    tokens: (w) => [
      stolen(w, { kid: undefined }),
      w.token({ header: { kid: undefined }, key: pairOf('rsa-enc').privateKey }),
      w.token({
        algorithm: 'ES256',
        header: { alg: 'RS256', kid: undefined },
        key: pairOf('ec1').privateKey,
      }),
    ],
  },
]

/** None of these is followed or trusted. A separate test shows that none is requested. */
export function pointers(w: World, target: string): string[] {
  const certificate = thief().publicKey.export({ type: 'spki', format: 'der' })
  const digest = createHash('sha256').update(certificate).digest('base64url')
  return [
    { jwk: jwk('rsa-thief') },
    { jwk: jwk('rsa-thief'), kid: undefined },
    { jwk: { kty: 'oct', k: encode('secret') } },
    { jku: target },
    { jku: target, kid: 'rsa-thief' },
    { x5u: target, kid: 'rsa-thief' },
    { x5c: [certificate.toString('base64')] },
    { x5c: [certificate.toString('base64')], kid: undefined },
    { x5t: digest, 'x5t#S256': digest, kid: undefined },
    { jku: target, x5u: target, jwk: jwk('rsa-thief'), kid: 'x' },
  ].map((header) => stolen(w, header))
}

const carried: Case[] = [
  {
    what: 'a key, a certificate or an URL of either, in the header',
    ids: 'HDR-024 HDR-025',
    tokens: (w) => pointers(w, 'https://thief.example/jwks.json'),
  },
  {
    what: 'jku that looks like the issuer',
    ids: 'HDR-021',
    tokens: (w) =>
      [
        'https://as.example@thief.example/',
        'https://thief.example/#as.example',
        'https://as.example.thief.example/',
      ].map((jku) => stolen(w, { jku, kid: 'rsa-thief' })),
  },
  {
    what: 'jku and x5u of inner and odd places',
    ids: 'HDR-022',
    tokens: (w) =>
      [
        'http://169.254.169.254/latest/meta-data/',
        'file:///etc/passwd',
        'data:application/json,{}',
        'ftp://127.0.0.1/k',
      ].flatMap((url) => [stolen(w, { jku: url }), stolen(w, { x5u: url, kid: undefined })]),
  },
  {
    what: 'a pointer next to a genuine signature is ignored',
    status: 200,
    tokens: (w) => [
      w.token({ header: { jku: 'https://thief.example/', x5u: 'https://thief.example/' } }),
      w.token({ header: { jwk: jwk('rsa-thief') } }),
    ],
  },
]

const withMember = (w: World, header: object): string => w.token({ header })

const crit: Case[] = [
  {
    what: 'crit: an extension that nobody knows',
    ids: 'HDR-026',
    tokens: (w) => withMember(w, { crit: ['x-policy'], 'x-policy': 'mfa' }),
  },
  { what: 'crit: an empty array', ids: 'HDR-027', tokens: (w) => withMember(w, { crit: [] }) },
  {
    what: 'crit: no array',
    ids: 'HDR-028',
    tokens: (w) => ['exp', { 0: 'exp' }, 1, true, ''].map((value) => withMember(w, { crit: value, exp: 1 })),
  },
  { what: 'crit: null', ids: 'HDR-029', tokens: (w) => withMember(w, { crit: null }) },
  {
    what: 'crit: members that are absent, standard, repeated or no strings',
    ids: 'HDR-030',
    tokens: (w) =>
      [['absent'], ['alg'], ['kid'], ['exp', 'exp'], [1], [null], [['exp']]].map((value) =>
        withMember(w, { crit: value }),
      ),
  },
  {
    what: 'crit: names that every object has',
    ids: 'HDR-033',
    tokens: (w) => ['toString', '__proto__', 'constructor'].map((name) => withMember(w, { crit: [name] })),
  },
  {
    what: 'crit: line breaks, quotes and foreign letters, unsigned',
    ids: 'HDR-034',
    tokens: (w) =>
      ['\u4e2d', 'a\r\nX-Inj: 1', 'quo"te', 'back\\slash', '\u0000'].flatMap((name) => [
        `${encode({ alg: 'RS256', crit: [name], [name]: 1 })}.${encode('{}')}.AAAA`,
        withMember(w, { crit: [name], [name]: 1 }),
      ]),
  },
  {
    what: 'b64: false, with a payload as it is and encoded',
    ids: 'HDR-035',
    tokens: (w) => {
      const head = encode({ alg: 'RS256', typ: 'at+jwt', kid: 'rs1', b64: false, crit: ['b64'] })
      const { privateKey } = pairOf('rs1')
      const detached = signText(`${head}.${JSON.stringify(w.claims())}`, 'RS256', privateKey)
        .split('.')
        .at(-1)
      return [withMember(w, { b64: false, crit: ['b64'] }), `${head}.${encode(w.claims())}.${detached}`]
    },
  },
  {
    what: 'b64: true, listed as critical',
    ids: 'HDR-037',
    tokens: (w) => withMember(w, { b64: true, crit: ['b64'] }),
  },
]

const form: Case[] = [
  {
    what: 'a member twice, plain and escaped',
    ids: 'HDR-039',
    tokens: (w) =>
      [
        '{"alg":"RS256","alg":"none","typ":"at+jwt","kid":"rs1"}',
        '{"alg":"none","alg":"RS256","typ":"at+jwt","kid":"rs1"}',
        '{"alg":"RS256","typ":"at+jwt","kid":"rs2","kid":"rs1"}',
        '{"alg":"RS256","typ":"JWT","t\\u0079p":"at+jwt","kid":"rs1"}',
        '{"alg":"RS256","typ":"at+jwt","kid":"rs1","x":{"a":1,"a":2}}',
      ].flatMap((text) => [w.token({ header: text }), `${encode(text)}.${encode(w.claims())}.`]),
  },
  {
    what: 'a header that is no object',
    ids: 'HDR-053',
    tokens: (w) =>
      ['[]', '"x"', 'null', '1', 'true', '[{"alg":"RS256"}]'].map((text) => w.token({ header: text })),
  },
  { what: 'an empty header', ids: 'HDR-054', tokens: (w) => w.token({ header: '{}' }) },
  {
    what: 'a header of 12 KB within the limit of the whole token',
    ids: 'HDR-055',
    status: 200,
    tokens: (w) => w.token({ header: { pad: 'p'.repeat(8000) } }),
  },
  {
    what: 'a header that makes the token larger than its limit',
    tokens: (w) => w.token({ header: { pad: 'p'.repeat(6200) } }),
    options: () => ({ maxTokenBytes: 8192 }),
  },
  {
    what: 'zip, with a payload that is deflated',
    ids: 'HDR-051',
    tokens: (w) => w.token({ header: { zip: 'DEF' }, payload: deflateRawSync(JSON.stringify(w.claims())) }),
  },
  {
    what: 'zip, with a payload that is not deflated: an unknown member',
    ids: 'HDR-051',
    status: 200,
    tokens: (w) => w.token({ header: { zip: 'DEF' } }),
  },
  {
    what: 'a JWS within a JWS',
    ids: 'HDR-050',
    tokens: (w) => {
      const inner = `${encode({ alg: 'none' })}.${encode(w.claims())}.`
      return [inner, w.token()].flatMap((payload) => [
        w.token({ header: { cty: 'JWT' }, payload }),
        w.token({ header: { cty: 'JWT', typ: 'JWT' }, payload: JSON.stringify(payload) }),
      ])
    },
  },
  {
    what: 'claims copied into the header do not count',
    ids: 'HDR-052 ISS-010',
    tokens: (w) => {
      const good = { iss: w.issuer, aud: 'https://api.example', sub: 'user-1' }
      const evil = { iss: 'https://evil.example', aud: 'https://other.example' }
      return [
        w.token({ header: good, claims: evil }),
        w.token({ header: good, claims: { iss: undefined } }),
        w.token({ header: good, claims: { aud: undefined } }),
        w.token({ claims: { iss: undefined, issuer: w.issuer } }),
      ]
    },
  },
  {
    what: 'claims in the header that contradict good ones do not count either',
    ids: 'HDR-052',
    status: 200,
    tokens: (w) => w.token({ header: { iss: 'https://evil.example', aud: 'https://other.example' } }),
  },
]

const typ: Case[] = [
  {
    what: 'typ JWT where RFC 9068 is asked for',
    ids: 'HDR-041',
    tokens: (w) => w.token({ header: { typ: 'JWT' } }),
  },
  { what: 'no typ where RFC 9068 is asked for', tokens: (w) => w.token({ header: { typ: undefined } }) },
  {
    what: 'an ID token for this audience',
    ids: 'HDR-043',
    tokens: (w) => w.token({ header: { typ: 'JWT' }, claims: idToken }),
  },
  {
    what: 'an ID token for this audience, in the profile of plain JWTs',
    ids: 'HDR-043',
    options: () => ({ profile: 'jwt' }),
    tokens: (w) => [
      w.token({ header: { typ: 'JWT' }, claims: idToken }),
      w.token({ header: { typ: undefined }, claims: idToken }),
    ],
  },
  {
    what: 'a logout token',
    ids: 'HDR-044',
    options: () => ({ profile: 'jwt' }),
    tokens: (w) => {
      const claims = {
        events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
        sid: 'session-1',
      }
      return [w.token({ header: { typ: 'logout+jwt' }, claims }), w.token({ header: { typ: 'JWT' }, claims })]
    },
  },
  {
    what: 'a DPoP proof, and tokens of other kinds',
    ids: 'HDR-045',
    options: () => ({ profile: 'jwt' }),
    tokens: (w) =>
      [
        'dpop+jwt',
        'token-introspection+jwt',
        'secevent+jwt',
        'entity-statement+jwt',
        'oauth-authz-req+jwt',
        'kb+jwt',
        'JOSE',
      ].map((kind) =>
        w.token({ header: { typ: kind }, claims: { htm: 'GET', htu: 'https://api.example/r' } }),
      ),
  },
  {
    what: 'refresh tokens and identity tokens by their marks',
    options: () => ({ profile: 'jwt' }),
    tokens: (w) =>
      [
        { typ: 'Refresh' },
        { typ: 'ID' },
        { typ: 'Logout' },
        { token_use: 'id' },
        { c_hash: 'x' },
        { s_hash: 'x' },
      ].map((claims) => w.token({ header: { typ: 'JWT' }, claims })),
  },
  {
    what: 'typ that is no string',
    ids: 'HDR-047',
    tokens: (w) =>
      [1, null, ['at+jwt'], { toLowerCase: 1 }, true].map((value) => w.token({ header: { typ: value } })),
  },
  {
    what: 'typ that is nearly right',
    ids: 'HDR-048',
    tokens: (w) =>
      [
        'at+jwt ',
        ' at+jwt',
        'at+jwt;v=1',
        'at+JWT\u0000',
        'xat+jwt',
        'application/application/at+jwt',
        'text/at+jwt',
        'at jwt',
        'at+jws',
        'ат+jwt',
        'AT+JWT\u0130',
      ].map((value) => w.token({ header: { typ: value } })),
  },
]

const idToken = {
  nonce: 'nonce-of-client',
  at_hash: 'hash-of-token',
  azp: 'c1',
  scope: undefined,
  client_id: undefined,
}

const unicode: Case = {
  what: 'a header or payload that is no UTF-8 or has a byte order mark',
  ids: 'STR-022',
  tokens: (w) => {
    const head = JSON.stringify({ alg: 'RS256', typ: 'at+jwt', kid: 'rs1' })
    const payload = JSON.stringify(w.claims())
    return [
      signedParts(encode(`\ufeff${head}`), encode(payload)),
      signedParts(encode(Buffer.from(head, 'utf16le')), encode(payload)),
      signedParts(encode(Buffer.from(head.replace('rs1', 'rs\u00e9'), 'latin1')), encode(payload)),
    ]
  },
}

export const headerCases: readonly Case[] = [...kids, ...carried, ...crit, ...form, ...typ, unicode]
