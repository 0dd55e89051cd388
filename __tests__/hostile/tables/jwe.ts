import { createSecretKey } from 'node:crypto'
import type { ResourceServerOptions } from 'express-resource-server'
import { jwe } from 'express-resource-server/jwe'
import type { JweOptions as Options } from 'express-resource-server/jwe'
import { bomb, encrypt } from '../../support/jwe.js'
import type { JweOptions, JweParts } from '../../support/jwe.js'
import type { Case } from '../support/cases.js'
import { pairOf } from '../support/world.js'
import type { World } from '../support/world.js'

const SECRETS = [16, 24, 32, 48, 64].map((bytes) => Buffer.alloc(bytes, bytes))
const secret = (bytes: number): Buffer => SECRETS.find(({ length }) => length === bytes)!

/** The keys of the API. */
export function apiKeys(): Options['keys'] {
  return [
    { key: pairOf('rsa-api').privateKey, kid: 'rsa' },
    { key: pairOf('ES256-api').privateKey, kid: 'ec' },
    { key: pairOf('X25519-api').privateKey, kid: 'x' },
    ...SECRETS.map((bytes) => ({ key: createSecretKey(bytes) })),
  ]
}

const decrypting =
  (changes: Partial<Options> = {}) =>
  (): Partial<ResourceServerOptions> => ({
    decryption: jwe({ keys: apiKeys(), ...changes }),
  })

type Changes = Partial<JweOptions>

const toRsa = (): JweOptions => ({ key: pairOf('rsa-api').publicKey, header: { kid: 'rsa' } })
const toEc = (): JweOptions => ({
  key: pairOf('ES256-api').publicKey,
  alg: 'ECDH-ES',
  header: { kid: 'ec' },
})
const toSecret = (alg: string, bytes: number): JweOptions => ({ key: secret(bytes), alg })

/** A good token, encrypted to the API's RSA key unless the options say otherwise. */
function nested(w: World, options: Changes = {}, token: string = w.token()): string {
  const base = toRsa()
  return encrypt(token, { ...base, ...options, header: { ...base.header, ...options.header } })
}

const cut = (name: keyof JweParts, length: number): Changes => ({
  change: (parts) => ({ [name]: (parts[name] as Uint8Array).slice(0, length) }),
})

const epk =
  (change: (epk: Record<string, string>) => unknown) =>
  (w: World): string =>
    encrypt(w.token(), {
      ...toEc(),
      change: ({ header }) => {
        const members = JSON.parse(Buffer.from(header, 'base64url').toString())
        return { header: encode({ ...members, epk: change(members.epk) }) }
      },
    })

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const zeros = Buffer.alloc(32).toString('base64url')

const good: Case[] = [
  {
    what: 'a signed token, encrypted',
    ids: 'JWE-001',
    status: 200,
    tokens: (w) => nested(w),
    sees: (seen) => {
      expect(seen).toMatchObject({ subject: 'user-1', header: { alg: 'RS256', typ: 'at+jwt' } })
    },
  },
  {
    what: 'without cty, or with cty in another case',
    ids: 'JWE-006',
    status: 200,
    tokens: (w) =>
      [undefined, 'jwt', 'at+jwt', 'application/at+jwt'].map((cty) => nested(w, { header: { cty } })),
  },
  {
    what: 'every algorithm of the default list',
    status: 200,
    tokens: (w) => [
      nested(w, { alg: 'RSA-OAEP' }),
      ...['ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A192KW', 'ECDH-ES+A256KW'].flatMap((alg) => [
        encrypt(w.token(), { ...toEc(), alg }),
        encrypt(w.token(), { key: pairOf('X25519-api').publicKey, alg, header: { kid: 'x' } }),
      ]),
      ...[16, 24, 32].flatMap((bytes) => [
        encrypt(w.token(), toSecret(`A${bytes * 8}KW`, bytes)),
        encrypt(w.token(), toSecret(`A${bytes * 8}GCMKW`, bytes)),
        encrypt(w.token(), { ...toSecret('dir', bytes), enc: `A${bytes * 8}GCM` }),
      ]),
      ...[32, 48, 64].map((bytes) =>
        encrypt(w.token(), { ...toSecret('dir', bytes), enc: `A${bytes * 4}CBC-HS${bytes * 8}` }),
      ),
      ...['A128GCM', 'A192GCM', 'A128CBC-HS256', 'A192CBC-HS384', 'A256CBC-HS512'].map((enc) =>
        nested(w, { enc }),
      ),
    ],
  },
  {
    what: 'no kid',
    status: 200,
    tokens: (w) => [
      encrypt(w.token(), { key: pairOf('rsa-api').publicKey }),
      nested(w, { header: { kid: '' } }),
    ],
  },
  { what: 'compressed', status: 200, tokens: (w) => nested(w, { header: { zip: 'DEF' } }) },
  {
    what: 'claims in the header that equal those of the token',
    status: 200,
    tokens: (w) => nested(w, { header: { iss: w.issuer, aud: [w.claims()['aud']], sub: 'user-1' } }),
  },
  { what: 'no encryption, where none is required', status: 200, tokens: (w) => w.token() },
]

const inside: Case[] = [
  {
    what: 'an inner token without a signature',
    ids: 'JWE-003',
    tokens: (w) => {
      const claims = encode(w.claims())
      return ['none', 'None', ''].map((alg) => nested(w, {}, `${encode({ alg, typ: 'at+jwt' })}.${claims}.`))
    },
  },
  {
    what: 'plain claims, in every way to encrypt',
    tokens: (w) => {
      const claims = JSON.stringify(w.claims())
      return [
        nested(w, {}, claims),
        nested(w, {}, encode(w.claims())),
        nested(w, {}, ''),
        encrypt(claims, toEc()),
        encrypt(claims, toSecret('dir', 32)),
        encrypt(claims, toSecret('A256KW', 32)),
      ]
    },
  },
  {
    what: 'an inner token by a stranger, of another issuer, or altered',
    tokens: (w) => [
      nested(w, {}, w.token({ key: pairOf('rsa-thief').privateKey })),
      nested(w, {}, w.token({ claims: { iss: 'https://elsewhere.example' } })),
      nested(w, {}, w.token({ header: { typ: 'JWT' } })),
      nested(w, {}, `${w.token().slice(0, -8)}AAAAAAAA`),
      nested(w, {}, `${w.token()}.`),
      nested(w, {}, ` ${w.token()}`),
      nested(w, {}, `${w.token()}\n`),
      nested(w, {}, JSON.stringify(w.token())),
    ],
  },
  {
    what: 'an encrypted token in an encrypted token',
    ids: 'JWE-005',
    tokens: (w) =>
      [2, 3, 7].map((depth) => {
        let token = w.token()
        for (let i = 0; i < depth; i++)
          token = encrypt(token, { ...toSecret('dir', 32), header: { cty: undefined } })
        return token
      }),
  },
  {
    what: 'a JWE that is nested 50 deep',
    ids: 'JWE-005',
    tokens: (w) => {
      let token = w.token()
      for (let i = 0; i < 50; i++) token = encrypt(token, { ...toSecret('dir', 32), header: { zip: 'DEF' } })
      return token.length < 15_000 ? token : token.slice(0, 15_000)
    },
  },
  {
    what: 'claims in the header that differ from those of the token',
    ids: 'JWE-024',
    tokens: (w) => [
      nested(w, { header: { iss: 'https://elsewhere.example' } }),
      nested(w, { header: { aud: 'https://elsewhere.example' } }),
      nested(w, { header: { aud: [] } }),
      nested(w, { header: { aud: [w.claims()['aud'], 'https://elsewhere.example'] } }),
      nested(w, { header: { sub: 'admin' } }),
      nested(w, { header: { sub: null } }),
      nested(w, { header: { exp: w.nowSeconds() + 9999 } }),
    ],
  },
  {
    what: 'a token that is not encrypted, where it must be',
    ids: 'JWE-026',
    options: decrypting({ required: true }),
    tokens: (w) => w.token(),
  },
  {
    what: 'an encrypted token, where it must be',
    status: 200,
    options: decrypting({ required: true }),
    tokens: (w) => nested(w),
  },
]

const algorithms: Case[] = [
  {
    what: 'RSA with PKCS #1 padding',
    ids: 'JWE-008',
    tokens: (w) => [nested(w, { alg: 'RSA1_5' }), nested(w, { header: { alg: 'RSA1_5' } })],
  },
  {
    what: 'a password with two billion rounds',
    ids: 'JWE-010',
    tokens: (w) =>
      ['PBES2-HS256+A128KW', 'PBES2-HS512+A256KW'].map((alg) =>
        encrypt(w.token(), {
          ...toSecret('A256KW', 32),
          header: { alg, p2c: 2_000_000_000, p2s: zeros },
        }),
      ),
  },
  {
    what: 'the public key as a secret',
    ids: 'JWE-011',
    tokens: (w) => {
      const { publicKey } = pairOf('rsa-api')
      const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
      const der = publicKey.export({ type: 'spki', format: 'der' })
      return [Buffer.from(pem), der].flatMap((bytes) =>
        ['dir', 'A256KW'].flatMap((alg) =>
          [undefined, 'rsa'].map((kid) =>
            encrypt(w.token(), { key: bytes.subarray(0, 32), alg, header: { kid } }),
          ),
        ),
      )
    },
  },
  {
    what: 'an algorithm of another key than kid names',
    tokens: (w) => [
      encrypt(w.token(), { ...toSecret('dir', 32), header: { kid: 'rsa' } }),
      encrypt(w.token(), { ...toEc(), header: { kid: 'rsa' } }),
      nested(w, { header: { kid: 'ec' } }),
    ],
  },
  {
    what: 'a bomb of zeros',
    ids: 'JWE-012',
    tokens: (w) =>
      [1, 4, 8].map((mebibytes) => nested(w, { header: { zip: 'DEF' }, deflate: bomb(mebibytes) })),
  },
  {
    what: 'compressed text that is broken',
    tokens: (w) => [
      nested(w, { header: { zip: 'DEF' }, deflate: (text) => text }),
      nested(w, { header: { zip: 'DEF' }, deflate: () => Buffer.from([0xff, 0xff]) }),
    ],
  },
  {
    what: 'a compression that is unknown',
    ids: 'JWE-013',
    tokens: (w) => ['GZ', 'def', 1, null, '', ['DEF']].map((zip) => nested(w, { header: { zip } })),
  },
  {
    what: 'alg or enc that is unknown, of another type or missing',
    tokens: (w) =>
      [
        ['alg', 'none'],
        ['alg', 'RSA-OAEP-1024'],
        ['alg', '__proto__'],
        ['alg', ['dir']],
        ['alg', undefined],
        ['alg', null],
        ['enc', 'none'],
        ['enc', 'A256'],
        ['enc', 'constructor'],
        ['enc', 1],
        ['enc', null],
        ['enc', undefined],
      ].map(([name, value]) => nested(w, { header: { [String(name)]: value } })),
  },
  {
    what: 'an extension that is critical',
    ids: 'JWE-023',
    tokens: (w) =>
      [['x'], ['b64'], ['exp'], [], 'x', null].map((crit) =>
        nested(w, { header: { crit, x: 1, b64: false } }),
      ),
  },
  {
    what: 'algorithms that were not chosen',
    options: decrypting({
      keys: [{ key: pairOf('rsa-api').privateKey, kid: 'rsa' }],
      algorithms: ['RSA-OAEP-256'],
      encryptions: ['A256GCM'],
    }),
    tokens: (w) => [nested(w, { alg: 'RSA-OAEP' }), nested(w, { enc: 'A128GCM' })],
  },
]

const parts: Case[] = [
  {
    what: 'a tag that is cut',
    ids: 'JWE-015',
    tokens: (w) => [
      ...[15, 12, 8, 4, 0].map((length) => nested(w, cut('tag', length))),
      ...[15, 8, 0].map((length) => nested(w, { enc: 'A128CBC-HS256', ...cut('tag', length) })),
      ...[31, 16, 0].map((length) => nested(w, { enc: 'A256CBC-HS512', ...cut('tag', length) })),
    ],
  },
  {
    what: 'an initialization vector of another length',
    ids: 'JWE-016',
    tokens: (w) => [
      ...[1, 8, 16].map((ivBytes) => nested(w, { ivBytes })),
      nested(w, cut('iv', 0)),
      nested(w, { enc: 'A128CBC-HS256', ...cut('iv', 12) }),
    ],
  },
  {
    what: "a sender's key that is no point of the curve",
    ids: 'JWE-018',
    tokens: (w) => [
      ...[
        (key: object) => ({ ...key, y: Buffer.alloc(32, 7).toString('base64url') }),
        (key: object) => ({ ...key, x: zeros, y: zeros }),
        (key: object) => ({ ...key, x: Buffer.alloc(32, 255).toString('base64url') }),
        (key: object) => ({ ...key, crv: 'P-384' }),
        (key: object) => ({ ...key, crv: 'secp256k1' }),
        (key: object) => ({ ...key, y: undefined }),
        (key: object) => ({ ...key, d: zeros }),
        (key: object) => ({ ...key, kty: 'OKP' }),
        () => pairOf('ES384-api').publicKey.export({ format: 'jwk' }),
        () => pairOf('X25519-api').publicKey.export({ format: 'jwk' }),
        (key: object) => JSON.stringify(key),
        () => 'epk',
        () => null,
        () => [],
        () => undefined,
        () => ({}),
      ].map((change) => epk(change)(w)),
      // Points of small order: the secret would be zero for every private key.
      ...['00', '01', 'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'].map((hex) =>
        encrypt(w.token(), {
          key: pairOf('X25519-api').publicKey,
          alg: 'ECDH-ES',
          header: {
            kid: 'x',
            epk: {
              kty: 'OKP',
              crv: 'X25519',
              x: Buffer.from(hex.padEnd(64, '0'), 'hex').toString('base64url'),
            },
          },
        }),
      ),
    ],
  },
  {
    what: 'no encrypted key where there must be one, and one where there must be none',
    ids: 'JWE-019',
    tokens: (w) => [
      nested(w, cut('key', 0)),
      nested(w, cut('key', 255)),
      encrypt(w.token(), { ...toSecret('A256KW', 32), ...cut('key', 0) }),
      encrypt(w.token(), { ...toSecret('A256KW', 32), ...cut('key', 32) }),
      encrypt(w.token(), { ...toSecret('A256GCMKW', 32), ...cut('key', 0) }),
      encrypt(w.token(), { ...toSecret('dir', 32), change: () => ({ key: Buffer.alloc(40) }) }),
      encrypt(w.token(), { ...toEc(), change: () => ({ key: Buffer.alloc(40) }) }),
      encrypt(w.token(), { ...toEc(), alg: 'ECDH-ES+A128KW', ...cut('key', 0) }),
    ],
  },
  {
    what: 'a header of GCM key wrapping that is not whole',
    tokens: (w) =>
      [{ iv: undefined }, { tag: undefined }, { iv: 1 }, { tag: null }, { iv: 'AAAA' }, { tag: 'AAAA' }].map(
        (header) => encrypt(w.token(), { ...toSecret('A256GCMKW', 32), header }),
      ),
  },
  {
    what: 'a kid that no key has, or of another type',
    ids: 'JWE-021',
    tokens: (w) =>
      ['unknown', 'rs1', 'RSA', 1, null, 'x'.repeat(300)].map((kid) => nested(w, { header: { kid } })),
  },
  {
    what: 'a header that is not strict JSON, or not an object',
    tokens: (w) =>
      [
        (text: string) => text.replace('{', '{"alg":"dir",'),
        (text: string) => `[${text}]`,
        (text: string) => `${text} x`,
        (text: string) => `\ufeff${text}`,
      ].map((change) =>
        nested(w, {
          change: ({ header }) => ({
            header: Buffer.from(change(Buffer.from(header, 'base64url').toString())).toString('base64url'),
          }),
        }),
      ),
  },
  {
    what: 'parts that are empty, missing or too many',
    tokens: (w) => {
      const [header = '', key = '', iv = '', text = '', tag = ''] = nested(w).split('.')
      return [
        [header, key, iv, '', tag],
        [header, '', '', '', ''],
        [header, key, iv, text],
        [header, key, iv, text, tag, ''],
        [header, key, iv, text, tag, tag],
        ['', key, iv, text, tag],
      ].map((each) => each.join('.'))
    },
  },
  {
    what: 'bits that base64url ignores',
    tokens: (w) => {
      const all = nested(w).split('.')
      // 32 octets leave four such bits, so that the last character has sixteen spellings.
      return [1, 4].map((index) => all.map((part, at) => (at === index ? respell(part) : part)).join('.'))
    },
  },
  {
    what: 'JSON serialization, encoded',
    ids: 'JWE-025',
    tokens: (w) => {
      const [header, key, iv, ciphertext, tag] = nested(w).split('.')
      const common = { protected: header, iv, ciphertext, tag }
      return [
        encode({ ...common, encrypted_key: key }),
        encode({ ...common, recipients: [{ encrypted_key: key }] }),
      ]
    },
  },
  {
    what: 'JSON serialization, as it is',
    ids: 'JWE-025',
    status: 400,
    requests: (w) => {
      const [header, key, iv, ciphertext, tag] = nested(w).split('.')
      const text = JSON.stringify({ protected: header, encrypted_key: key, iv, ciphertext, tag })
      return { headers: { authorization: `Bearer ${text}` } }
    },
  },
]

/** Another spelling of the same octets. */
function respell(part: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return part.slice(0, -1) + alphabet.charAt(alphabet.indexOf(part.at(-1) ?? '') ^ 1)
}

export const jweCases: readonly Case[] = [...good, ...inside, ...algorithms, ...parts].map((each) => ({
  options: decrypting(),
  ...each,
}))
