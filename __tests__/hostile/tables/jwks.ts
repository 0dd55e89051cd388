/**
 * What an issuer's key endpoint may answer: a set with junk in it, or no set at all. RFC 7517 §4
 * and §5, RFC 9111.
 */
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { faults } from '../../support/key-server.js'
import type { Answer as Upstream } from '../../support/key-server.js'
import type { Case } from '../support/cases.js'
import { jwk, pairOf, publishedKeys } from '../support/world.js'
import type { World } from '../support/world.js'

export const QUICK = { attemptTimeoutMs: 150, flightTimeoutMs: 400 } as const

const good = (): object => ({ keys: publishedKeys() })
const text = (): string => JSON.stringify(good())
const answering =
  (upstream: Upstream, keys: object = QUICK) =>
  (w: World) => ({
    issuer: { issuer: w.issuer, jwksUri: w.publish(upstream) },
    keys,
  })
const served = (what: string, upstream: Upstream, ids?: string): Case => ({
  what,
  ...(ids && { ids }),
  status: 200,
  options: answering(upstream, {}),
  tokens: (w) => w.token(),
})
const outage = (what: string, upstream: Upstream, ids?: string): Case => ({
  ...served(what, upstream, ids),
  options: answering(upstream),
  status: 503,
})
const beside = (what: string, junk: (w: World) => readonly unknown[], ids?: string): Case => ({
  what: `next to good keys: ${what}`,
  ...(ids && { ids }),
  status: 200,
  keys: junk,
  tokens: (w) => [w.token(), w.token({ header: { kid: undefined } })],
})

const members: Case[] = [
  beside(
    'unknown kty, crv and alg',
    () => [
      { kty: 'AKP', kid: 'a', alg: 'ML-DSA-999', pub: 'AAAA' },
      { kty: 5, kid: 'b' },
      { kty: 'EC', crv: 'P-999', x: 'AA', y: 'AA', kid: 'c' },
      { ...jwk('rsa-odd'), alg: 7 },
      { kty: 'OKP', crv: 'X25519', x: 'AAAA' },
      { kty: '__proto__' },
      { kty: 'constructor' },
    ],
    'JWK-018',
  ),
  beside(
    'keys that are broken',
    () => [
      { kty: 'RSA', n: '!!', e: 'AQAB', kid: 'a' },
      { kty: 'RSA', kid: 'b' },
      { kty: 'EC', crv: 'P-256', x: jwk('ec1')['x'], kid: 'c' },
      { kty: 'RSA', n: '', e: '', kid: 'd' },
      { kty: 'RSA', n: ['x'], e: {}, kid: 'e' },
      { kty: 'OKP', crv: 'Ed25519', x: 'AA', kid: 'f' },
      { kty: 'RSA', n: 'AQ', e: 'AQAB', kid: 'g' },
    ],
    'JWK-019',
  ),
  beside('null, numbers, text, arrays', () => [null, 1, 'x', true, [], [jwk('rs1')], {}], 'JWK-020'),
  beside(
    'a member named __proto__',
    () => [JSON.parse('{"__proto__":{"kty":"oct","k":""},"kid":"x"}')],
    'JWK-057',
  ),
  beside(
    'certificates and URLs of certificates',
    () => [jwk('rsa-odd', { x5u: 'https://thief.example/x.pem', x5c: ['AAAA'], x5t: 'x' })],
    'JWK-058',
  ),
  beside(
    'members that mean nothing here',
    () => [jwk('rsa-odd', { ext: false, iat: 1, foo: { bar: [] }, key_ops: ['verify'] })],
    'JWK-059',
  ),
  beside('a kid of any type', () =>
    [1, null, {}, ['x'], '', 'x'.repeat(5000), '\r\n'].map((kid) => jwk('rsa-odd', { kid })),
  ),
  beside('private and symmetric keys', () => [
    { ...jwk('rsa-odd'), d: 'AAAA' },
    { kty: 'oct', k: 'AAAA', kid: 'rs9' },
    { kty: 'oct', kid: 'rs1', k: 'AAAA' },
  ]),
  {
    what: 'the same kid on keys of two types',
    ids: 'JWK-013',
    status: 200,
    keys: () => [jwk('rsa-dup', { kid: 'dup' }), jwk('ES256-dup', { kid: 'dup' })],
    tokens: (w) => [
      w.token({ algorithm: 'ES256', header: { kid: 'dup' }, key: pairOf('ES256-dup').privateKey }),
      w.token({ header: { kid: 'dup' }, key: pairOf('rsa-dup').privateKey }),
    ],
  },
  {
    what: 'the same kid on two keys of one type: both are tried',
    status: 200,
    keys: () => [jwk('rsa-one', { kid: 'dup' }), jwk('rsa-two', { kid: 'dup' })],
    tokens: (w) =>
      ['rsa-one', 'rsa-two'].map((name) => w.token({ header: { kid: 'dup' }, key: pairOf(name).privateKey })),
  },
  {
    what: 'a set of only encryption keys',
    ids: 'JWK-015',
    status: 503,
    options: answering(faults.json({ keys: [{ kty: 'RSA', use: 'enc', kid: 'enc', n: 'AQAB', e: 'AQAB' }] })),
    tokens: (w) => w.token({ header: { kid: undefined } }),
  },
  {
    what: 'a private key in the set, which anyone can read',
    keys: () => [{ ...pairOf('rsa-leaked').privateKey.export({ format: 'jwk' }), kid: 'leaked', use: 'sig' }],
    tokens: (w) => w.token({ header: { kid: 'leaked' }, key: pairOf('rsa-leaked').privateKey }),
  },
]

const documents: Case[] = [
  ...(
    [
      '{"keys":[',
      '{"keys":[]}\n{"keys":[]}',
      '',
      'null',
      '[]',
      '1',
      '"x"',
      '{}',
      '{"keys":null}',
      '{"keys":{}}',
      '{"keys":[]}',
      '{"keys":"x"}',
      '{"Keys":[]}',
      '{"__proto__":{"keys":[1]}}',
      '\u0000',
    ] as const
  ).map((body) =>
    outage(
      `a document of ${JSON.stringify(body)}`,
      faults.text(body, { 'content-type': 'application/json' }),
      'JWK-023',
    ),
  ),
  outage('an HTML page', faults.html),
  ...[
    undefined,
    'text/plain',
    'text/html',
    'application/octet-stream',
    'application/json; charset=latin1',
  ].map((type) =>
    served(
      `good keys as ${type ?? 'no type'}`,
      (res) => void res.writeHead(200, type ? { 'content-type': type } : {}).end(text()),
      'JWK-025',
    ),
  ),
  ...(
    [
      [500, 'JWK-026'],
      [503, 'JWK-027', { 'retry-after': '2' }],
      [429, 'JWK-030', { 'retry-after': '3600' }],
      [206, 'JWK-032'],
      [304, 'JWK-036'],
      [401],
      [403],
      [404],
      [410],
      [502],
      [204],
      [201],
      [599],
    ] as const
  ).map(([status, ids, headers]) =>
    outage(
      `a status of ${status}`,
      (res) => void res.writeHead(status, headers).end(status === 304 || status === 204 ? undefined : text()),
      ids,
    ),
  ),
  ...['-1', '1e9', 'soon', '', 'Wed, 21 Oct 9999 07:28:00 GMT', '9'.repeat(500), 'x'.repeat(8000)].map(
    (value) => outage(`Retry-After: ${value.slice(0, 30)}`, faults.status(503, { 'retry-after': value })),
  ),
  ...[
    'max-age=0',
    'no-store',
    'max-age=-1',
    'max-age=1e12',
    'max-age=999999999999, immutable',
    'max-age="60"',
    'max-age=',
    '=,=,',
    'private="x, max-age=1"',
    ','.repeat(4000),
  ].map((value) =>
    served(
      `Cache-Control: ${value.slice(0, 40)}`,
      (res) => void res.writeHead(200, { 'cache-control': value, age: 'x' }).end(text()),
    ),
  ),
  outage(
    'a redirect to a metadata service',
    faults.redirect('http://169.254.169.254/latest/meta-data/iam'),
    'JWK-038',
  ),
  ...[
    'file:///etc/passwd',
    'data:application/json,{}',
    'javascript:1',
    '//evil.example/jwks',
    'http://[::1',
    '',
    'http://u:p@127.0.0.1/',
  ].map((location) => outage(`a redirect to ${location || 'nowhere'}`, faults.redirect(location))),
  outage('a redirect to itself', faults.redirect(''), 'JWK-041'),
  outage(
    'a chain of redirects',
    (res, req) => void res.writeHead(302, { location: `${req.url?.split('?')[0]}?${Math.random()}` }).end(),
    'JWK-041',
  ),
  outage('a gzip bomb', faults.gzipBomb, 'JWK-044'),
  outage(
    'a brotli bomb',
    (res) =>
      void res.writeHead(200, { 'content-encoding': 'br' }).end(brotliCompressSync(Buffer.alloc(4_000_000))),
    'JWK-044',
  ),
  outage(
    'nested encodings',
    (res) => void res.writeHead(200, { 'content-encoding': 'gzip, gzip' }).end(gzipSync(gzipSync(text()))),
    'JWK-044',
  ),
  outage(
    'an encoding that it does not have',
    (res) => void res.writeHead(200, { 'content-encoding': 'gzip' }).end(text()),
  ),
  served(
    'an encoding that was not asked for',
    (res) => void res.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(text())),
  ),
  outage('a length too short', faults.longBody, 'JWK-045'),
  outage(
    'a length too long',
    (res) => void res.socket?.end(`HTTP/1.1 200 OK\r\ncontent-length: 1000000000000\r\n\r\n${text()}`),
    'JWK-045',
  ),
  outage('nothing at all, for ever', faults.hang, 'JWK-046'),
  outage('half a body', faults.hangInBody),
  outage('a byte now and then', faults.drip(40), 'JWK-047'),
  outage('a body without end', faults.endless),
  outage('a reset', faults.reset),
  outage('what is not HTTP', faults.garbage),
  outage(
    'headers without end',
    (res) => void res.socket?.end(`HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(20_000)}`),
  ),
  outage('a body larger than allowed', faults.text(' '.repeat(300_000) + '{}')),
  outage(
    'more keys than allowed',
    (res) =>
      void res
        .writeHead(200)
        .end(JSON.stringify({ keys: Array.from({ length: 101 }, () => ({ kty: 'RSA' })) })),
    'JWK-054',
  ),
  outage('a document nested deeper than a stack', faults.text('{"keys":'.repeat(20_000))),
  outage('keys nested deeper than a stack', faults.text(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)),
  {
    what: 'next to good keys: a kid that is nested deeper than a stack',
    status: 200,
    options: answering(
      (res) =>
        void res
          .writeHead(200)
          .end(
            text().replace(
              '{"keys":[',
              `{"keys":[{"kty":"RSA","kid":${'['.repeat(60_000)}${']'.repeat(60_000)},"n":${JSON.stringify(jwk('rs1')['n'])},"e":"AQAB"},`,
            ),
          ),
      {},
    ),
    tokens: (w) => w.token(),
  },
]

export const jwksCases: readonly Case[] = [...members, ...documents]
