/**
 * Claims of genuinely signed tokens: time, audience, issuer, subject, scope, confirmation. RFC 7519
 * §4.1, RFC 9068, RFC 8725.
 */
import type { Case } from '../support/cases.js'
import type { World } from '../support/world.js'

const by = (w: World, ...all: object[]): string[] => all.map((claims) => w.token({ claims }))
const raw = (w: World, name: string, text: string): string =>
  w.token({ payload: JSON.stringify(w.claims({ [name]: '<>' })).replace('"<>"', text) })
const lenient = (tolerance: number) => () => ({ clockToleranceSeconds: tolerance })

const times: Case[] = [
  { what: 'no exp', ids: 'CLM-001', tokens: (w) => by(w, { exp: undefined }) },
  { what: 'exp null', tokens: (w) => by(w, { exp: null }) },
  { what: 'exp long ago', tokens: (w) => by(w, { exp: w.nowSeconds() - 3600 }) },
  {
    what: 'exp inside the tolerance',
    ids: 'CLM-004 POS-028',
    status: 200,
    options: lenient(30),
    tokens: (w) =>
      by(w, { exp: w.nowSeconds() - 10 }, { nbf: w.nowSeconds() + 20 }, { iat: w.nowSeconds() + 20 }),
  },
  {
    what: 'exp just outside the tolerance',
    ids: 'CLM-004',
    options: lenient(30),
    tokens: (w) => by(w, { exp: w.nowSeconds() - 31 }),
  },
  {
    what: 'exp as text, and other types',
    ids: 'CLM-005',
    tokens: (w) =>
      [
        String(w.nowSeconds() + 300),
        '2099-01-01',
        '',
        [w.nowSeconds() + 300],
        { valueOf: 1 },
        true,
        false,
      ].flatMap((exp) => by(w, { exp })),
  },
  {
    what: 'exp 0, negative and minus zero',
    ids: 'CLM-007',
    tokens: (w) => [...by(w, { exp: 0 }, { exp: -1 }), raw(w, 'exp', '-0')],
  },
  {
    what: 'exp infinite',
    ids: 'CLM-008',
    tokens: (w) => [raw(w, 'exp', '1e400'), raw(w, 'exp', '-1e400'), raw(w, 'exp', '9e999')],
  },
  {
    what: 'exp beyond all dates',
    ids: 'CLM-011',
    tokens: (w) => [
      raw(w, 'exp', '9007199254740993'),
      raw(w, 'exp', '1e18'),
      raw(w, 'exp', String(Date.now() + 300_000)),
    ],
  },
  {
    what: 'nbf in the future',
    tokens: (w) => by(w, { nbf: w.nowSeconds() + 60 }, { nbf: 99999999999 }),
  },
  {
    what: 'nbf inside the tolerance',
    ids: 'CLM-013',
    status: 200,
    options: lenient(30),
    tokens: (w) => by(w, { nbf: w.nowSeconds() + 20 }),
  },
  {
    what: 'nbf of a wrong type',
    ids: 'CLM-014',
    tokens: (w) => [
      ...by(w, { nbf: String(w.nowSeconds() + 60) }, { nbf: null }, { nbf: [] }, { nbf: {} }, { nbf: false }),
      raw(w, 'nbf', '1e400'),
      raw(w, 'nbf', '-1e400'),
    ],
  },
  {
    what: 'iat of a wrong type',
    tokens: (w) => [
      ...by(w, { iat: String(w.nowSeconds()) }, { iat: null }, { iat: [] }, { iat: 'now' }),
      raw(w, 'iat', '1e400'),
    ],
  },
  {
    what: 'a token older than maxTokenAgeSeconds, from the future, or without iat',
    ids: 'CLM-018',
    options: () => ({ maxTokenAgeSeconds: 86_400, profile: 'jwt' }),
    tokens: (w) =>
      by(w, { iat: w.nowSeconds() - 90_000 }, { iat: w.nowSeconds() + 60 }, { iat: undefined }, { iat: -1 }),
  },
]

const AUD = 'https://api.example'

const audiences: Case[] = [
  ...(
    [
      ['a longer path', `${AUD}/admin`, 'CLM-021'],
      ['another case', 'https://API.example', 'CLM-023'],
      ['a slash behind', `${AUD}/`, 'CLM-024'],
      ['another', 'https://other.example', 'CLM-025'],
      ['a longer host', `${AUD}.evil.example`],
      ['a prefix', 'https://api'],
      ['a default port', `${AUD}:443`],
      ['a space behind', `${AUD} `],
      ['two in one string', `${AUD} https://other.example`],
      ['a list in one string', `${AUD},https://other.example`],
      ['a wildcard', '*'],
      ['a query', `${AUD}?x`],
      ['another Unicode form', 'https://api.exampl\u0435'],
    ] as const
  ).map(([what, aud, ids]): Case => ({
    what: `aud: ${what}`,
    ...(ids && { ids }),
    tokens: (w) => by(w, { aud }, { aud: [aud] }, { aud: ['x', aud] }),
  })),
  { what: 'no aud', tokens: (w) => by(w, { aud: undefined }) },
  {
    what: 'aud: empty or null',
    ids: 'CLM-027',
    tokens: (w) => by(w, { aud: [] }, { aud: null }, { aud: '' }, { aud: [''] }, { aud: [null] }),
  },
  {
    what: 'aud: an array with this API',
    ids: 'CLM-028 POS-007',
    status: 200,
    tokens: (w) => by(w, { aud: ['x', AUD] }, { aud: [AUD] }),
  },
  {
    what: 'aud: nested arrays',
    ids: 'CLM-030',
    tokens: (w) => by(w, { aud: [[AUD]] }, { aud: [[[AUD]]] }, { aud: ['x', [AUD]] }),
  },
  {
    what: 'aud: an array with other things than strings',
    ids: 'CLM-031',
    tokens: (w) => by(w, { aud: [1, AUD] }, { aud: [AUD, null] }, { aud: [AUD, { a: 1 }] }),
  },
  {
    what: 'aud: an object, a number, true',
    tokens: (w) => by(w, { aud: { 0: AUD, length: 1 } }, { aud: { [AUD]: true } }, { aud: 1 }, { aud: true }),
  },
  {
    what: 'aud: thousands without this API',
    ids: 'CLM-034',
    tokens: (w) => by(w, { aud: Array.from({ length: 1500 }, (_, i) => `${i}`) }),
  },
  {
    what: 'aud: thousands and this API last',
    ids: 'CLM-034',
    status: 200,
    tokens: (w) => by(w, { aud: [...Array.from({ length: 1500 }, (_, i) => `${i}`), AUD] }),
  },
]

const issuers: Case[] = [
  ...(
    [
      ['a slash behind', (iss: string) => `${iss}/`, 'CLM-039'],
      ['another case', (iss: string) => iss.toUpperCase(), 'CLM-040'],
      ['user information', (iss: string) => `${iss}@evil.example`, 'CLM-042'],
      ['another host before', (iss: string) => iss.replace('//', '//evil.example@')],
      ['a prefix', (iss: string) => iss.slice(0, -1), 'CLM-043'],
      ['a longer one', (iss: string) => `${iss}0`],
      ['a path', (iss: string) => `${iss}/tenant`],
      ['dots', (iss: string) => `${iss}/.`],
      ['a query', (iss: string) => `${iss}?`],
      ['a fragment', (iss: string) => `${iss}#`],
      ['https', (iss: string) => iss.replace('http:', 'https:')],
      ['a space before', (iss: string) => ` ${iss}`],
      ['a line break', (iss: string) => `${iss}\n`],
      ['NUL', (iss: string) => `${iss}\u0000`],
      ['another name of the host', (iss: string) => iss.replace('127.0.0.1', 'localhost')],
      ['another writing of the address', (iss: string) => iss.replace('127.0.0.1', '2130706433')],
      ['an escape', (iss: string) => iss.replace('127', '%3127')],
      ['an empty string', () => ''],
    ] as const
  ).map(([what, change, ...ids]): Case => ({
    what: `iss: ${what}`,
    ...(ids[0] && { ids: ids[0] }),
    tokens: (w) => by(w, { iss: change(w.issuer) }),
  })),
  {
    what: 'iss: the default port written out, and the Unicode form of a name in punycode',
    ids: 'CLM-041 CLM-048',
    options: (w) => ({
      issuer: ['https://as.example', 'https://xn--mnchen-3ya.example'].map((issuer) => ({
        issuer,
        jwksUri: `${w.issuer}/jwks`,
      })),
    }),
    tokens: (w) =>
      by(
        w,
        { iss: 'https://as.example:443' },
        { iss: 'https://münchen.example' },
        { iss: 'https://XN--MNCHEN-3YA.example' },
        { iss: 'https://as.example.' },
      ),
  },
  { what: 'no iss', ids: 'CLM-049', tokens: (w) => by(w, { iss: undefined }, { iss: null }) },
  {
    what: 'iss: an array or an object',
    ids: 'CLM-050',
    tokens: (w) =>
      by(
        w,
        { iss: ['https://evil.example', w.issuer] },
        { iss: [w.issuer] },
        { iss: { toString: w.issuer } },
        { iss: 1 },
        { iss: true },
      ),
  },
]

const subjects: Case[] = [
  {
    what: 'sub, client_id or jti that is no string, or empty where RFC 9068 holds',
    ids: 'CLM-054',
    tokens: (w) =>
      ['sub', 'client_id', 'jti'].flatMap((name) =>
        by(w, { [name]: 123 }, { [name]: { $gt: '' } }, { [name]: '' }, { [name]: null }, { [name]: ['x'] }),
      ),
  },
  {
    what: 'a claim that RFC 9068 asks for is missing',
    tokens: (w) =>
      ['sub', 'client_id', 'jti', 'iat', 'exp', 'aud', 'iss'].flatMap((name) => by(w, { [name]: undefined })),
  },
  {
    what: 'sub that is the id of a client: subject and client stay apart',
    ids: 'CLM-055',
    status: 200,
    tokens: (w) => by(w, { sub: 'admin', client_id: 'admin' }),
    sees: (seen) => expect([seen.subject, seen.clientId]).toEqual(['admin', 'admin']),
  },
  {
    what: 'control and foreign characters in sub',
    ids: 'CLM-082',
    status: 200,
    tokens: (w) =>
      by(
        w,
        { sub: 'user\u0000admin' },
        { sub: 'a\u202eb' },
        { sub: 'a\r\nSet-Cookie: x=y' },
        { sub: '\u{1f600}' },
      ),
  },
]

const scopes: Case[] = [
  {
    what: 'no scope',
    ids: 'CLM-058',
    status: 403,
    tokens: (w) => by(w, { scope: undefined }),
  },
  { what: 'another scope', ids: 'CLM-059 ERR-006', status: 403, tokens: (w) => by(w, { scope: 'write' }) },
  {
    what: 'scope: a longer one is granted',
    ids: 'CLM-060',
    status: 403,
    tokens: (w) => by(w, { scope: 'read:all' }, { scope: 'readonly' }, { scope: 'read/x' }),
  },
  {
    what: 'scope: the wanted one within others',
    ids: 'CLM-062',
    status: 403,
    tokens: (w) => by(w, { scope: 'unread' }, { scope: 'bread read2' }, { scope: 'xread' }),
  },
  {
    what: 'scope: a shorter one is granted',
    status: 403,
    scopes: ['read:all'],
    tokens: (w) => by(w, {}, { scope: 'read:' }),
  },
  {
    what: 'scope: capitals',
    ids: 'CLM-063',
    status: 403,
    tokens: (w) => by(w, { scope: 'READ' }, { scope: 'Read' }),
  },
  {
    what: 'scope: separated by anything but spaces',
    ids: 'CLM-064',
    status: 403,
    tokens: (w) =>
      [
        'write,read',
        'write;read',
        'write\tread',
        'write\nread',
        'write\u00a0read',
        'write\u2003read',
        'write+read',
      ].flatMap((scope) => by(w, { scope })),
  },
  {
    what: 'scope: more spaces than needed',
    ids: 'CLM-065',
    status: 200,
    tokens: (w) => by(w, { scope: ' read  write ' }),
    sees: (seen) => expect(seen.scopes).toEqual(['read', 'write']),
  },
  {
    what: 'scope: nothing but spaces',
    ids: 'CLM-065',
    status: 403,
    tokens: (w) => by(w, { scope: '' }, { scope: '   ' }, { scope: [''] }),
  },
  {
    what: 'scope: an array of strings counts',
    ids: 'CLM-067',
    status: 200,
    tokens: (w) => by(w, { scope: ['read'] }),
  },
  {
    what: 'scope: an array that is not one of strings',
    ids: 'CLM-067',
    status: 403,
    tokens: (w) =>
      by(
        w,
        { scope: [['read']] },
        { scope: ['read', 1] },
        { scope: [{ read: true }] },
        { scope: ['write read'] },
        { scope: { read: true } },
        { scope: { 0: 'read', length: 1 } },
      ),
  },
  {
    what: 'scope: a number, true, null',
    ids: 'CLM-069',
    status: 403,
    tokens: (w) => by(w, { scope: 1 }, { scope: true }, { scope: null }),
  },
  {
    what: 'scp where there is no scope counts',
    ids: 'CLM-070',
    status: 200,
    tokens: (w) => by(w, { scope: undefined, scp: 'read' }, { scope: undefined, scp: ['read'] }),
  },
  {
    what: 'scp next to scope, and claims that are not for scopes',
    ids: 'CLM-070',
    status: 403,
    tokens: (w) =>
      by(
        w,
        { scope: 'write', scp: 'read' },
        { scope: '', scp: 'read' },
        { scope: undefined, permissions: ['read'] },
        { scope: undefined, roles: ['read'] },
        { scope: undefined, scopes: 'read' },
      ),
  },
  {
    what: 'scp does not count where the options name another claim',
    ids: 'CLM-070',
    status: 403,
    options: () => ({ scopes: 'scope' }),
    tokens: (w) => by(w, { scope: undefined, scp: 'read' }),
  },
  {
    what: 'scope in the header',
    ids: 'CLM-071',
    status: 403,
    tokens: (w) => w.token({ header: { scope: 'read' }, claims: { scope: undefined } }),
  },
  ...['constructor', '__proto__', 'toString', 'length', 'includes'].map((name): Case => ({
    what: `the scope ${name} is wanted, as every object has it`,
    ids: 'CLM-072',
    status: 403,
    scopes: [name],
    tokens: (w) => by(w, {}, { scope: undefined }, { scope: [] }),
  })),
  {
    what: 'all of two wanted, one granted',
    ids: 'CLM-073',
    status: 403,
    scopes: ['read', 'write'],
    tokens: (w) => by(w, {}, { scope: 'write' }),
  },
  {
    what: 'the 403 names what is wanted, not what is held',
    ids: 'ERR-006 CLM-058',
    status: 403,
    scopes: ['read', 'write'],
    tokens: (w) => by(w, { scope: 'secret-scope-of-token' }),
    sees: (_, answer) => expect(answer.challenge?.parameters['scope']).toBe('read write'),
  },
]

const others: Case[] = [
  {
    what: 'authorization_details are shown as they are',
    ids: 'CLM-075',
    status: 200,
    tokens: (w) => by(w, { authorization_details: [{ type: 'x', actions: ['list'] }] }),
    sees: (seen) => expect(seen.claims.authorization_details).toEqual([{ type: 'x', actions: ['list'] }]),
  },
  {
    what: 'act names only the current actor',
    ids: 'CLM-076',
    status: 200,
    tokens: (w) => by(w, { act: { sub: 'assistant', act: { sub: 'earlier' } }, may_act: { sub: 'someone' } }),
    sees: (seen) => expect(seen.actor).toEqual({ subject: 'assistant', actor: { subject: 'earlier' } }),
  },
  {
    what: '__proto__ as a claim changes no prototype',
    ids: 'CLM-077',
    status: 200,
    tokens: (w) => [
      raw(w, 'x', '1,"__proto__":{"isAdmin":true}'),
      raw(w, 'x', '{"__proto__":{"isAdmin":true}}'),
    ],
    sees: (_, answer) => expect([answer.body.isAdmin, answer.body.added]).toEqual([null, []]),
  },
  {
    what: 'constructor.prototype as a claim',
    ids: 'CLM-078',
    status: 200,
    tokens: (w) => by(w, { constructor: { prototype: { x: 1 } } }),
  },
  {
    what: '__proto__ cannot lend a missing claim',
    tokens: (w) => [
      w.token({
        payload: JSON.stringify(w.claims({ exp: undefined, y: '<>' })).replace(
          '"y":"<>"',
          `"__proto__":{"exp":${w.nowSeconds() + 300}}`,
        ),
      }),
      w.token({
        payload: JSON.stringify(w.claims({ aud: undefined, y: '<>' })).replace(
          '"y":"<>"',
          `"__proto__":{"aud":"${AUD}"}`,
        ),
      }),
      w.token({
        payload: JSON.stringify(w.claims({ iss: undefined, y: '<>' })).replace(
          '"y":"<>"',
          `"__proto__":{"iss":"${w.issuer}"}`,
        ),
      }),
    ],
  },
  {
    what: '__proto__ cannot lend a scope',
    status: 403,
    tokens: (w) =>
      w.token({
        payload: JSON.stringify(w.claims({ scope: undefined, y: '<>' })).replace(
          '"y":"<>"',
          '"__proto__":{"scope":"read"}',
        ),
      }),
  },
  {
    what: 'a token bound to a key, by any method and in any form',
    ids: 'CLM-080',
    tokens: (w) =>
      by(
        w,
        ...[
          { 'x-future': '1' },
          { kid: 'x' },
          { jwk: { kty: 'RSA' } },
          { jku: 'https://x.example' },
          { jkt: 'x' },
          { 'x5t#S256': 'x' },
          {},
          null,
          'x',
          [],
          false,
        ].map((cnf) => ({ cnf })),
      ),
  },
]

export const claimsCases: readonly Case[] = [
  ...times,
  ...audiences,
  ...issuers,
  ...subjects,
  ...scopes,
  ...others,
]
