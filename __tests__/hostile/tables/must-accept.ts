/** Good tokens that an over-strict server would refuse. */
import type { Algorithm } from 'express-resource-server'
import { asymmetric } from '../../support/algorithms.js'
import { encode } from '../../support/tokens.js'
import type { Case } from '../support/cases.js'
import { signedParts } from '../support/forgeries.js'
import { jwk, pairOf } from '../support/world.js'
import type { World } from '../support/world.js'

const accepted = (what: string, tokens: Case['tokens'], ids?: string, more: Partial<Case> = {}): Case => ({
  what,
  ...(ids && { ids }),
  status: 200,
  ...(tokens && { tokens }),
  ...more,
})
const signed = (w: World, algorithm: Algorithm): string =>
  w.token({ algorithm, header: { kid: `${algorithm}-key` }, key: pairOf(kindOf(algorithm)).privateKey })
const kindOf = (algorithm: Algorithm): string => (/^[RP]S/.test(algorithm) ? 'rs1' : `${algorithm}-key`)

export const mustAcceptCases: readonly Case[] = [
  accepted('a plain good token', (w) => w.token(), 'POS-001'),
  accepted(
    'ES256',
    (w) => w.token({ algorithm: 'ES256', header: { kid: 'ec1' }, key: pairOf('ec1').privateKey }),
    'POS-002',
  ),
  accepted(
    'every algorithm that this Node has',
    (w) => asymmetric.filter((name) => !name.startsWith('ML')).map((name) => signed(w, name)),
    'POS-003',
    {
      options: () => ({ algorithms: [...asymmetric] }),
      keys: () =>
        asymmetric
          .filter((name) => !name.startsWith('ML'))
          .map((name) => jwk(kindOf(name), { kid: `${name}-key`, alg: name })),
    },
  ),
  accepted(
    'every algorithm, where none are listed and keys have no alg',
    (w) => asymmetric.filter((name) => !name.startsWith('ML')).map((name) => signed(w, name)),
    undefined,
    {
      options: () => ({ algorithms: undefined }),
      keys: () =>
        asymmetric
          .filter((name) => !name.startsWith('ML'))
          .map((name) => jwk(kindOf(name), { kid: `${name}-key`, use: undefined })),
    },
  ),
  accepted(
    'EdDSA under both of its names',
    (w) =>
      ['EdDSA', 'Ed25519'].map((alg) =>
        w.token({ algorithm: 'Ed25519', header: { alg, kid: 'ed1' }, key: pairOf('ed1').privateKey }),
      ),
    undefined,
    {
      options: () => ({ algorithms: ['EdDSA'] }),
    },
  ),
  accepted(
    'typ in its long form and in capitals',
    (w) => ['application/at+jwt', 'AT+JWT', 'Application/At+Jwt'].map((typ) => w.token({ header: { typ } })),
    'POS-005',
  ),
  accepted(
    'typ JWT, jwt and none in the profile of plain JWTs',
    (w) => ['JWT', 'jwt', undefined, 'at+jwt'].map((typ) => w.token({ header: { typ } })),
    'POS-006',
    {
      options: () => ({ profile: 'jwt' }),
    },
  ),
  accepted(
    'a token of few claims in the profile of plain JWTs',
    (w) =>
      w.token({
        header: { typ: undefined },
        payload: { iss: w.issuer, aud: 'https://api.example', exp: w.nowSeconds() + 60, scope: 'read' },
      }),
    undefined,
    {
      options: () => ({ profile: 'jwt' }),
    },
  ),
  accepted('aud in an array', (w) => w.token({ claims: { aud: ['x', 'https://api.example'] } }), 'POS-007'),
  accepted(
    'unknown header members',
    (w) => w.token({ header: { foo: 'bar', cty: 'x', 'http://x': [1] } }),
    'POS-008',
  ),
  accepted(
    'JSON in any order and with white space',
    (w) => {
      const head = '{\r\n  "typ" : "at+jwt",\t"kid":"rs1" ,\n "alg":"RS256" }\r\n'
      const entries = Object.entries(w.claims()).reverse()
      return signedParts(
        encode(head),
        encode(`\n${JSON.stringify(Object.fromEntries(entries), null, '\t').replaceAll('\n', '\r\n')} `),
      )
    },
    'POS-010',
  ),
  accepted(
    'claims in UTF-8 and in escapes',
    (w) => [
      w.token({ claims: { name: 'Zoë Müller 東京 \u{1f600}' } }),
      w.token({
        payload: JSON.stringify(w.claims({ name: '<>' })).replace(
          '<>',
          '\\u00e4\\ud83d\\ude00\\"\\\\\\/:{}[]',
        ),
      }),
      w.token({ payload: JSON.stringify(w.claims()).replace('"sub"', '"\\u0073ub"') }),
    ],
    'POS-011',
  ),
  accepted(
    'a scope of odd legal characters',
    (w) => w.token({ claims: { scope: 'https://a/b:read.x!#$' } }),
    'POS-016',
    { scopes: ['https://a/b:read.x!#$'] },
  ),
  accepted('a set of many kinds of keys', (w) => w.token(), 'POS-019', {
    keys: () => [
      jwk('rsa-enc', { use: 'enc', alg: 'RSA-OAEP' }),
      jwk('ES384-key'),
      jwk('Ed448-key'),
      { kty: 'OKP', crv: 'X25519', x: encode('x'.repeat(32)), use: 'enc' },
    ],
  }),
  accepted(
    'kids of odd characters',
    (w) =>
      ['2024-01-01T00:00:00Z/ä=+', 'a b', '"', "'; drop", '../x', '東'].map((kid) =>
        w.token({ header: { kid } }),
      ),
    'POS-020',
    {
      keys: () =>
        ['2024-01-01T00:00:00Z/ä=+', 'a b', '"', "'; drop", '../x', '東'].map((kid) => jwk('rs1', { kid })),
    },
  ),
  accepted(
    'a token of 7 KB',
    (w) => w.token({ claims: { groups: Array.from({ length: 400 }, (_, i) => `group-${i}`) } }),
    'POS-022',
  ),
  accepted(
    'a thousand names that look like numbers or collide',
    (w) => w.token({ claims: Object.fromEntries(Array.from({ length: 400 }, (_, i) => [String(i), i])) }),
    'DOS-007',
  ),
  accepted('no token, where it is optional', undefined, 'POS-026', {
    options: () => ({ optional: true }),
    requests: () => [{}, { headers: { authorization: 'Basic dXNlcjpwYXNz' } }],
    sees: (seen, { headers }) => expect([seen, headers.vary]).toEqual([null, 'Authorization']),
  }),
  accepted(
    'a clock that is off by less than the tolerance',
    (w) => w.token({ claims: { iat: w.nowSeconds() + 20, nbf: w.nowSeconds() + 20 } }),
    'POS-028',
    {
      options: () => ({ clockToleranceSeconds: 30 }),
    },
  ),
  accepted('times with a fraction', (w) =>
    w.token({ claims: { iat: w.nowSeconds() - 0.5, exp: w.nowSeconds() + 60.25 } }),
  ),
  accepted('two spaces behind the scheme', undefined, undefined, {
    requests: (w) => ({ headers: { authorization: `Bearer  ${w.token()}` } }),
  }),
]

/** Requests that an optional server must still refuse. */
export const optionalCases: readonly Case[] = [
  {
    what: 'a bad token, where it is optional',
    options: () => ({ optional: true }),
    tokens: (w) => ['x', w.token({ claims: { aud: 'x' } }), w.token({ header: { alg: 'none' } })],
  },
  {
    what: 'malformed credentials, where they are optional',
    status: 400,
    options: () => ({ optional: true }),
    requests: (w) => [
      { headers: { authorization: 'Bearer' } },
      { headers: { authorization: `Bearer ${w.token()}, x` } },
    ],
  },
]
