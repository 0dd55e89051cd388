/**
 * The signature algorithm: what a header may say, and which key may be used with it. RFC 7518 §3,
 * RFC 8725 §2.1 and §3.1.
 */
import { randomBytes } from 'node:crypto'
import type { Algorithm } from 'express-resource-server'
import { encode, signBytes } from '../../support/tokens.js'
import type { Case } from '../support/cases.js'
import {
  cubeRootForgery,
  formsOf,
  highTwin,
  hmacToken,
  identitySignature,
  malleatedEd25519,
  PADDINGS,
  pointPairs,
  pssToken,
  resign,
  rsaWithPadding,
  signatureOf,
  sshLine,
} from '../support/forgeries.js'
import { jwk, pairOf } from '../support/world.js'
import type { World } from '../support/world.js'

const thief = (): ReturnType<typeof pairOf> => pairOf('rsa-thief')
const ec1 = { algorithm: 'ES256', header: { kid: 'ec1' } } as const
const byEc1 = (w: World): string => w.token({ ...ec1, key: pairOf('ec1').privateKey })
const unsigned = (w: World, header: object): string[] => {
  const parts = `${encode({ typ: 'at+jwt', kid: 'rs1', ...header })}.${encode(w.claims())}`
  return [`${parts}.`, `${parts}.${encode('x')}`, `${parts}.${encode(randomBytes(256))}`]
}
/** The default of `algorithms`: every asymmetric one that a key admits. */
const anyAlgorithm = () => ({ algorithms: undefined })

const SPELLINGS: readonly [string, string?][] = [
  ['none'],
  ['None', 'ALG-002'],
  ['NONE', 'ALG-003'],
  ['nOnE', 'ALG-004'],
  ['none '],
  ['\u0000none'],
]

const none: Case[] = SPELLINGS.map(([alg, ids]) => ({
  what: `alg ${JSON.stringify(alg)}, with and without a signature`,
  ...(ids && { ids }),
  tokens: (w) => unsigned(w, { alg }),
  options: anyAlgorithm,
}))

const names: Case[] = [
  {
    what: 'alg that is no string',
    ids: 'ALG-008',
    tokens: (w) => [null, 256, true, { name: 'RS256' }].map((alg) => w.token({ header: { alg } })),
  },
  { what: 'no alg', tokens: (w) => w.token({ header: { alg: undefined } }) },
  { what: 'alg in an array', ids: 'ALG-009', tokens: (w) => w.token({ header: { alg: ['RS256'] } }) },
  {
    what: 'alg named like a member of every object',
    ids: 'ALG-011',
    tokens: (w) =>
      ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf'].map((alg) =>
        w.token({ header: { alg }, signature: randomBytes(256) }),
      ),
    options: anyAlgorithm,
  },
  {
    what: 'alg that nobody knows',
    ids: 'ALG-012',
    tokens: (w) =>
      ['XX999', 'RS1', 'HS1', 'MD5', 'dir', 'RSA-OAEP', 'A128KW', 'ECDH-ES', ''].map((alg) =>
        w.token({ header: { alg }, signature: randomBytes(256) }),
      ),
    options: anyAlgorithm,
  },
  {
    what: 'alg in another spelling, genuinely signed',
    tokens: (w) =>
      ['rs256', 'Rs256', 'RS256 ', ' RS256', 'RS256\u0000', 'RS-256', 'RSA256', 'RЅ256', 'RS256,none'].map(
        (alg) => w.token({ header: { alg } }),
      ),
    options: anyAlgorithm,
  },
  {
    what: 'an algorithm that the key admits and the options do not',
    tokens: (w) => [
      w.token({ algorithm: 'RS384' }),
      w.token({
        algorithm: 'EdDSA' as Algorithm,
        header: { alg: 'EdDSA', kid: 'ed1' },
        key: pairOf('ed1').privateKey,
      }),
      w.token({ algorithm: 'Ed25519', header: { kid: 'ed1' }, key: pairOf('ed1').privateKey }),
    ],
  },
]

const confusion: Case[] = [
  {
    what: 'HMAC by the PEM of a public key, trimmed, wrapped and not',
    ids: 'ALG-014',
    tokens: (w) => {
      const pem = formsOf('rs1').pem as string
      return [
        pem,
        pem.trimEnd(),
        pem.replaceAll('\n', '\r\n'),
        `\n${pem}`,
        ` ${pem}`,
        pem.replaceAll('\n', ''),
      ].map((secret) => hmacToken(w, secret))
    },
  },
  { what: 'HMAC by the PKCS#1 PEM', ids: 'ALG-015', tokens: (w) => hmacToken(w, formsOf('rs1').pkcs1) },
  { what: 'HMAC by the DER', ids: 'ALG-016', tokens: (w) => hmacToken(w, formsOf('rs1').der) },
  {
    what: 'HMAC by the JWK as served, and canonical',
    ids: 'ALG-017',
    tokens: (w) => [hmacToken(w, formsOf('rs1').jwk), hmacToken(w, formsOf('rs1').canonical)],
  },
  {
    what: 'HMAC by the modulus, as text and bytes',
    ids: 'ALG-018',
    tokens: (w) => {
      const n = jwk('rs1')['n'] as string
      return [hmacToken(w, n), hmacToken(w, Buffer.from(n, 'base64url'))]
    },
  },
  {
    what: 'HMAC by the SSH line and by a certificate',
    ids: 'ALG-019',
    tokens: (w) => {
      const der = (formsOf('rs1').der as Buffer).toString('base64')
      const certificate = `-----BEGIN CERTIFICATE-----\n${der}\n-----END CERTIFICATE-----\n`
      return [hmacToken(w, sshLine('rs1')), hmacToken(w, sshLine('ec1'), 'ec1'), hmacToken(w, certificate)]
    },
  },
  {
    what: 'HMAC by an EC key, as PEM and point',
    ids: 'ALG-020',
    tokens: (w) => {
      const [x, y] = ['x', 'y'].map((name) => Buffer.from(jwk('ec1')[name] as string, 'base64url'))
      return [
        hmacToken(w, formsOf('ec1').pem, 'ec1'),
        hmacToken(w, Buffer.concat([Buffer.of(4), x!, y!]), 'ec1'),
      ]
    },
  },
  {
    what: 'HMAC by a published key without alg, where no algorithms are listed',
    ids: 'ALG-021',
    keys: () => [jwk('rsa-noalg')],
    options: anyAlgorithm,
    tokens: (w) => [hmacToken(w, formsOf('rsa-noalg').pem, 'rsa-noalg'), hmacToken(w, formsOf('rs1').pem)],
  },
  {
    what: 'HS384 and HS512 by the PEM',
    ids: 'ALG-022',
    options: anyAlgorithm,
    tokens: (w) => [
      hmacToken(w, formsOf('rs1').pem, 'rs1', 'HS384'),
      hmacToken(w, formsOf('rs1').pem, 'rs1', 'HS512'),
    ],
  },
  {
    what: 'HMAC by an empty secret, under known, unknown and no kid',
    ids: 'ALG-023',
    options: anyAlgorithm,
    tokens: (w) => ['no-such-key', 'rs1', ''].map((kid) => hmacToken(w, '', kid)),
  },
  {
    what: 'HMAC by common secrets',
    ids: 'ALG-024',
    options: anyAlgorithm,
    tokens: (w) =>
      [
        'secret',
        'password',
        '1',
        'changeme',
        'your-256-bit-secret',
        'null',
        'undefined',
        '[object Object]',
      ].map((secret) => hmacToken(w, secret)),
  },
  {
    what: 'HMAC by a symmetric key that the issuer publishes',
    ids: 'ALG-025',
    options: anyAlgorithm,
    keys: () => ['oct1', 'oct2'].map((kid) => ({ kty: 'oct', kid, use: 'sig', k: encode('s'.repeat(64)) })),
    tokens: (w) => [hmacToken(w, 's'.repeat(64), 'oct1'), hmacToken(w, 's'.repeat(64), 'oct2', 'HS512')],
  },
]

const binding: Case[] = [
  {
    what: 'another hash than the key declares, though listed',
    ids: 'ALG-026',
    options: () => ({ algorithms: ['RS256', 'RS512', 'RS384'] }),
    tokens: (w) => [w.token({ algorithm: 'RS512' }), w.token({ algorithm: 'RS384' })],
  },
  {
    what: 'another padding than the key declares, though listed',
    ids: 'ALG-028',
    options: () => ({ algorithms: ['RS256', 'PS256'] }),
    keys: () => [jwk('rsa-pss', { alg: 'PS256' })],
    tokens: (w) => [
      w.token({ algorithm: 'PS256' }),
      w.token({ algorithm: 'RS256', header: { kid: 'rsa-pss' }, key: pairOf('rsa-pss').privateKey }),
    ],
  },
  {
    what: 'a header that names one padding over a signature by the other',
    options: anyAlgorithm,
    keys: () => [jwk('rsa-noalg')],
    tokens: (w) => {
      const key = pairOf('rsa-noalg').privateKey
      return [
        w.token({ algorithm: 'PS256', header: { alg: 'RS256', kid: 'rsa-noalg' }, key }),
        w.token({ algorithm: 'RS256', header: { alg: 'PS256', kid: 'rsa-noalg' }, key }),
        w.token({ algorithm: 'RS384', header: { alg: 'RS256', kid: 'rsa-noalg' }, key }),
      ]
    },
  },
  {
    what: 'alg of one kind of key, kid of another',
    ids: 'ALG-031',
    options: anyAlgorithm,
    tokens: (w) => [
      w.token({ header: { alg: 'EdDSA', kid: 'ec1' }, signature: randomBytes(64) }),
      w.token({ header: { alg: 'ES256', kid: 'ed1' }, signature: randomBytes(64) }),
      w.token({ header: { alg: 'ES256', kid: 'rs1' } }),
      w.token({ header: { alg: 'RS256', kid: 'ec1' } }),
      w.token({ header: { alg: 'RS256', kid: 'ed1' }, algorithm: 'Ed25519', key: pairOf('ed1').privateKey }),
    ],
  },
  {
    what: 'ES256 with a P-384 key',
    ids: 'ALG-038',
    options: anyAlgorithm,
    keys: () => [jwk('ES384-noalg')],
    tokens: (w) =>
      resign(w.token({ header: { alg: 'ES256', kid: 'ES384-noalg' } }), (input) =>
        signBytes('ES256', pairOf('ES384-noalg').privateKey, input),
      ),
  },
  {
    what: 'ES384 with a P-256 key',
    ids: 'ALG-039',
    options: () => ({ algorithms: ['ES256', 'ES384'] }),
    keys: () => [jwk('ES256-noalg')],
    tokens: (w) =>
      resign(w.token({ header: { alg: 'ES384', kid: 'ES256-noalg' } }), (input) =>
        signBytes('ES384', pairOf('ES256-noalg').privateKey, input),
      ),
  },
  {
    what: 'ES256K where it is not listed',
    ids: 'ALG-040',
    keys: () => [jwk('ES256K-koblitz', { alg: 'ES256K' })],
    tokens: (w) =>
      ['ES256K', 'ES256'].map((alg) =>
        w.token({
          algorithm: 'ES256K',
          header: { alg, kid: 'ES256K-koblitz' },
          key: pairOf('ES256K-koblitz').privateKey,
        }),
      ),
  },
  {
    what: 'a key that is for encryption',
    ids: 'ALG-041',
    keys: () => [jwk('rsa-enc', { use: 'enc' }), jwk('rsa-wrap', { use: undefined, key_ops: ['wrapKey'] })],
    tokens: (w) =>
      ['rsa-enc', 'rsa-wrap'].map((kid) => w.token({ header: { kid }, key: pairOf(kid).privateKey })),
  },
  {
    what: 'a key whose use and key_ops contradict each other',
    ids: 'ALG-043',
    keys: () => [jwk('rsa-torn', { use: 'sig', key_ops: ['decrypt'] })],
    tokens: (w) => w.token({ header: { kid: 'rsa-torn' }, key: pairOf('rsa-torn').privateKey }),
  },
  {
    what: 'a key whose use, key_ops or alg is of a wrong type',
    keys: () => [
      jwk('rsa-odd', { use: ['sig'] }),
      jwk('rsa-odd', { key_ops: 'verify' }),
      jwk('rsa-odd', { alg: ['RS256'] }),
      jwk('rsa-odd', { alg: 7 }),
    ],
    tokens: (w) => w.token({ header: { kid: 'rsa-odd' }, key: pairOf('rsa-odd').privateKey }),
  },
]

const weak: Case[] = [
  {
    what: 'an RSA key with the exponent 1',
    ids: 'ALG-046',
    keys: () => [jwk('rs1', { kid: 'e1', e: 'AQ' }), jwk('rs1', { kid: 'e1', e: 'AAE' })],
    tokens: (w) => resign(w.token({ header: { kid: 'e1' } }), identitySignature),
  },
  {
    what: 'a forged padding under an RSA key with the exponent 3',
    ids: 'ALG-047',
    keys: () => [jwk('e3', { kid: 'e3', alg: 'RS256' })],
    tokens: (w) => resign(w.token({ header: { kid: 'e3' } }), cubeRootForgery),
  },
  {
    what: 'a genuine signature by an RSA key with the exponent 3, which RFC 7518 allows',
    status: 200,
    keys: () => [jwk('e3', { kid: 'e3', alg: 'RS256' })],
    tokens: (w) => w.token({ header: { kid: 'e3' }, key: pairOf('e3').privateKey }),
  },
  {
    what: 'RSA keys with an even or zero exponent and with an even modulus',
    ids: 'ALG-048',
    keys: () => {
      const n = Buffer.from(jwk('rs1')['n'] as string, 'base64url')
      n[n.length - 1] = n.at(-1)! & 0xfe
      return [
        jwk('rs1', { kid: 'even', e: 'AA' }),
        jwk('rs1', { kid: 'even', e: 'Ag' }),
        jwk('rs1', { kid: 'even', n: encode(n) }),
      ]
    },
    tokens: (w) => w.token({ header: { kid: 'even' } }),
  },
  {
    what: 'an EC key that is not on its curve, or at infinity',
    ids: 'ALG-051',
    keys: () => {
      const y = Buffer.from(jwk('ec1')['y'] as string, 'base64url')
      y[31] = y[31]! ^ 1
      const zero = encode(Buffer.alloc(32))
      return [jwk('ec1', { kid: 'off', y: encode(y) }), jwk('ec1', { kid: 'off', x: zero, y: zero })]
    },
    tokens: (w) => w.token({ ...ec1, header: { kid: 'off' }, key: pairOf('ec1').privateKey }),
  },
  {
    what: 'EC coordinates that are too long or too short by more than leading zeros',
    ids: 'ALG-052',
    keys: () => {
      const x = Buffer.from(jwk('ec1')['x'] as string, 'base64url')
      const digits = x.subarray(x.findIndex((byte) => byte !== 0))
      return [
        jwk('ec1', { kid: 'odd', x: encode(Buffer.concat([Buffer.of(1), x])) }),
        jwk('ec1', { kid: 'odd', x: encode(digits.subarray(1)) }),
      ]
    },
    tokens: (w) => w.token({ ...ec1, header: { kid: 'odd' }, key: pairOf('ec1').privateKey }),
  },
  {
    what: 'an RSA key of 1024 bits',
    keys: () => [
      { ...jwk('rs1'), kid: 'short', n: encode(randomBytes(128).fill(0xff, 0, 1).fill(0x0f, 127)) },
    ],
    tokens: (w) => w.token({ header: { kid: 'short' }, signature: randomBytes(128) }),
  },
  {
    what: 'an Ed25519 key of small order, under which a constant is a signature',
    options: anyAlgorithm,
    keys: () => [
      {
        kty: 'OKP',
        crv: 'Ed25519',
        kid: 'small',
        use: 'sig',
        x: encode(Buffer.from([1, ...Buffer.alloc(31)])),
      },
    ],
    tokens: (w) =>
      w.token({ header: { alg: 'EdDSA', kid: 'small' }, signature: Buffer.from([1, ...Buffer.alloc(63)]) }),
  },
]

const signatures: Case[] = [
  {
    what: 'ES256 with numbers out of range',
    ids: 'ALG-032 ALG-033',
    tokens: (w) => pointPairs().map((signature) => w.token({ ...ec1, signature })),
  },
  {
    what: 'ES256 in DER, of zeros and genuine',
    ids: 'ALG-034',
    tokens: (w) => [
      w.token({ ...ec1, signature: Buffer.from('MAYCAQACAQA', 'base64url') }),
      resign(byEc1(w), (input) => {
        const signature = signBytes('ES256', pairOf('ec1').privateKey, input)
        const part = (bytes: Buffer): Buffer => Buffer.concat([Buffer.of(2, 33, 0), bytes])
        return Buffer.concat([
          Buffer.of(48, 70),
          part(signature.subarray(0, 32)),
          part(signature.subarray(32)),
        ])
      }),
    ],
  },
  {
    what: 'the high-s twin of a good ES256 signature',
    ids: 'ALG-037',
    status: 200,
    tokens: (w) => highTwin(byEc1(w)),
  },
  {
    what: 'an Ed25519 signature whose S is not reduced',
    options: anyAlgorithm,
    tokens: (w) =>
      malleatedEd25519(
        w.token({
          algorithm: 'Ed25519',
          header: { alg: 'EdDSA', kid: 'ed1' },
          key: pairOf('ed1').privateKey,
        }),
      ),
  },
  {
    what: 'PS256 with a salt of another length',
    ids: 'ALG-055',
    options: () => ({ algorithms: ['PS256'] }),
    keys: () => [jwk('rsa-pss', { alg: 'PS256' })],
    tokens: (w) => [0, 20, 31, 33, 222].map((salt) => pssToken(w, 'rsa-pss', salt)),
  },
  {
    what: 'the same tools, told to make good signatures',
    status: 200,
    options: () => ({ algorithms: ['PS256', 'RS256'] }),
    keys: () => [jwk('rsa-pss', { alg: 'PS256' })],
    tokens: (w) => [
      pssToken(w, 'rsa-pss', 32),
      resign(w.token(), rsaWithPadding(pairOf('rs1').privateKey, {})),
    ],
  },
  ...Object.entries(PADDINGS).map(([what, padding]): Case => ({
    what: `PKCS #1 padding ${what}`,
    ids: 'ALG-056',
    tokens: (w) => resign(w.token(), rsaWithPadding(pairOf('rs1').privateKey, padding)),
  })),
  {
    what: 'a signature that is too long, too short or empty',
    tokens: (w) => {
      const rsa = w.token()
      const lengthen = (token: string): string[] => [
        resign(token, () => Buffer.concat([Buffer.of(0), signatureOf(token)])),
        resign(token, () => Buffer.concat([signatureOf(token), Buffer.of(0)])),
        resign(token, () => signatureOf(token).subarray(1)),
        resign(token, () => signatureOf(token).subarray(0, -1)),
        resign(token, () => Buffer.of(0)),
      ]
      return [...lengthen(rsa), ...lengthen(byEc1(w))]
    },
  },
  {
    what: 'the right kid on the signature of a stranger',
    ids: 'ALG-057',
    tokens: (w) => w.token({ key: thief().privateKey }),
  },
  {
    what: 'a payload or header changed after signing',
    ids: 'ALG-058',
    tokens: (w) => {
      const [header = '', payload = '', signature = ''] = w.token().split('.')
      const other = encode({ alg: 'RS256', typ: 'at+jwt', kid: 'rs1', x: 1 })
      return [
        `${header}.${encode(w.claims({ sub: 'admin' }))}.${signature}`,
        `${other}.${payload}.${signature}`,
        `${header}.${payload}.${w.token({ claims: { sub: 'someone' } }).split('.')[2]}`,
      ]
    },
  },
]

export const algCases: readonly Case[] = [...none, ...names, ...confusion, ...binding, ...weak, ...signatures]
