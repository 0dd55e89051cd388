/**
 * RFC 8725, JSON Web Token Best Current Practices: §3.1-§3.5, algorithms and keys. §2.8 and
 * §3.6-§3.12 are in a file of their own.
 */
import { createHmac, createSecretKey, randomBytes } from 'node:crypto'
import { resourceServer } from 'express-resource-server'
import type { Algorithm } from 'express-resource-server'
import { keyTable, keyVerdict, tokenTable } from '../support/rfc-table.js'
import { toBase64url } from '../support/rsa.js'
import {
  claims,
  encode,
  generatePair,
  header,
  ISSUER,
  jwks,
  keyPair,
  options,
  publicJwk,
  rawToken,
  trusting,
  verdict,
} from '../support/tokens.js'

const stranger = generatePair('ES256')
const secret = randomBytes(64)
const sharing = { issuer: { issuer: ISSUER, secret } }

/** HS256 with a public key as its secret. */
function confused(): string {
  const input = `${encode({ alg: 'HS256', kid: 'rs256' })}.${encode(claims())}`
  const pem = keyPair('RS256').publicKey.export({ type: 'spki', format: 'pem' })
  return `${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`
}

function encrypted(alg: string): string {
  return `${encode({ alg, enc: 'A128GCM' })}.AAAA.AAAA.AAAA.AAAA`
}

describe('RFC 8725 §3.1: the algorithm is verified', () => {
  tokenTable([
    [
      '§3.1 no algorithm but those allowed is used',
      'ERR_ALGORITHM_NOT_ALLOWED',
      {},
      { algorithms: ['RS256', 'PS256'] },
    ],
    ['§3.1 those allowed are', 'accepted', {}, { algorithms: ['RS256', 'ES256'] }],
    [
      '§3.1 each issuer may have algorithms of its own',
      'ERR_ALGORITHM_NOT_ALLOWED',
      {},
      {
        algorithms: ['ES256'],
        issuer: { issuer: ISSUER, jwks: jwks(publicJwk('ES256'), publicJwk('RS256')), algorithms: ['RS256'] },
      },
    ],
    [
      '§3.1 what is allowed is the algorithm of the key, not a name: EdDSA does not let Ed448 in next to Ed25519',
      'ERR_SIGNATURE_INVALID',
      { algorithm: 'Ed448', header: header({ alg: 'EdDSA', kid: 'ed448' }) },
      { ...trusting(publicJwk('Ed448'), publicJwk('Ed25519')), algorithms: ['Ed25519'] },
    ],
    [
      '§3.1 alg says by which algorithm the operation is made',
      'ERR_SIGNATURE_INVALID',
      { algorithm: 'PS256', header: header({ alg: 'RS256', kid: 'rs256' }) },
      trusting(publicJwk('RS256', { alg: undefined })),
    ],
    [
      '§3.1 enc says by which algorithm a token is encrypted: not done: no encrypted token is accepted',
      'ERR_TOKEN_MALFORMED',
      encrypted('RSA-OAEP-256'),
    ],
    [
      '§3.1 a public key is never the secret of an HMAC',
      'ERR_ALGORITHM_NOT_ALLOWED',
      confused(),
      trusting(publicJwk('RS256', { alg: undefined })),
    ],
    [
      '§3.1 a key with alg is used with that one algorithm',
      'ERR_KEY_UNKNOWN',
      { algorithm: 'PS256', header: header({ alg: 'PS256', kid: 'rs256' }) },
      trusting(publicJwk('RS256')),
    ],
    [
      '§3.1 a key of a curve is used with one algorithm, also where it has no alg',
      'ERR_KEY_UNKNOWN',
      { header: header({ alg: 'ES384' }), signature: Buffer.alloc(96) },
      trusting(publicJwk('ES256', { alg: undefined })),
    ],
    [
      '§3.1 one key, one algorithm: not done for RSA keys without alg: they serve all of RSA, as large issuers publish no alg',
      'accepted',
      { algorithm: 'RS512', header: header({ alg: 'RS512', kid: 'rs256' }) },
      trusting(publicJwk('RS256', { alg: undefined })),
    ],
    [
      '§3.1 a secret that serves every HMAC is narrowed by algorithms',
      'ERR_ALGORITHM_NOT_ALLOWED',
      { algorithm: 'HS512', key: createSecretKey(secret) },
      { ...sharing, algorithms: ['HS256'] },
    ],
  ])

  test.each<Algorithm>(['HS256', 'HS384', 'HS512'])(
    '§3.1 one key, one algorithm: not done for a secret: it serves every HMAC that its length admits: %s',
    async (algorithm) => {
      expect(await verdict(rawToken({ algorithm, key: createSecretKey(secret) }), sharing)).toBe('accepted')
    },
  )

  test('§3.1 a secret and published keys are two issuers: the algorithms of one do not open the other', async () => {
    const shared = { issuer: 'https://other.test', secret }
    const issuer = [{ issuer: ISSUER, jwks: jwks(publicJwk('RS256', { alg: undefined })) }, shared]
    expect(await verdict(confused(), { issuer })).toBe('ERR_ALGORITHM_NOT_ALLOWED')
  })
})

describe('RFC 8725 §3.2 and §3.3: algorithms and operations', () => {
  const moving = trusting(publicJwk('RS256'), publicJwk('Ed25519'))

  tokenTable([
    [
      '§3.2 an algorithm that this application does not accept is refused, though the signature holds',
      'ERR_ALGORITHM_NOT_ALLOWED',
      { algorithm: 'RS256' },
      { ...moving, algorithms: ['Ed25519'] },
    ],
    [
      '§3.2 algorithms that are no longer held for secure are refused: SHA-1',
      'ERR_ALGORITHM_NOT_ALLOWED',
      { header: header({ alg: 'RS1' }) },
    ],
    [
      '§3.2 agility: an issuer may have keys of two algorithms while it moves: the old one',
      'accepted',
      { algorithm: 'RS256' },
      moving,
    ],
    [
      '§3.2 agility: an issuer may have keys of two algorithms while it moves: the new one',
      'accepted',
      { algorithm: 'Ed25519' },
      moving,
    ],
    [
      '§3.2 none is refused in any spelling',
      'ERR_ALGORITHM_NOT_ALLOWED',
      { header: header({ alg: 'nOnE' }) },
    ],
    [
      '§3.2 none is refused without a signature',
      'ERR_ALGORITHM_NOT_ALLOWED',
      `${encode(header({ alg: 'none' }))}.${encode(claims())}.`,
    ],
    [
      '§3.2 RSA encryption by PKCS #1 v1.5 should be avoided: no encrypted token is accepted',
      'ERR_TOKEN_MALFORMED',
      encrypted('RSA1_5'),
    ],
    ['§3.3 a token whose signature fails is refused', 'ERR_SIGNATURE_INVALID', { key: stranger.privateKey }],
    [
      '§3.3 nested tokens: not done: a signed token around another is refused, though both signatures hold',
      'ERR_TOKEN_MALFORMED',
      { payload: rawToken(), header: header({ cty: 'JWT' }) },
    ],
    [
      '§3.3 nested tokens: not done: an encrypted token around another is refused',
      'ERR_TOKEN_MALFORMED',
      `${encode({ alg: 'dir', enc: 'A256GCM', cty: 'JWT' })}..AAAA.${encode(rawToken())}.AAAA`,
    ],
  ])

  test('§3.2 none should be accepted only on request: stricter: it cannot be requested', () => {
    const algorithms = ['ES256', 'none'] as unknown as Algorithm[]
    expect(() => resourceServer(options({ algorithms }))).toThrow(/^algorithms: /)
  })
})

describe('RFC 8725 §3.4 and §3.5: keys', () => {
  const sizes = [
    ['ES256', 32],
    ['ES384', 48],
    ['ES512', 66],
  ] as const

  keyTable([
    ...sizes.flatMap(([algorithm, octets]) => [
      [
        `§3.4 a point that is not on its curve is refused: ${algorithm}`,
        'malformed',
        publicJwk(algorithm, { y: publicJwk(algorithm).x }),
      ] as const,
      [
        `§3.4 a coordinate beyond the field is refused: ${algorithm}`,
        'malformed',
        publicJwk(algorithm, { x: encode(Buffer.alloc(octets, 0xff)) }),
      ] as const,
      [
        `§3.4 the point at infinity, written as zeros, is refused: ${algorithm}`,
        'malformed',
        publicJwk(algorithm, { x: encode(Buffer.alloc(octets)), y: encode(Buffer.alloc(octets)) }),
      ] as const,
    ]),
    [
      '§3.4 X25519: not done: keys for key agreement are of no use',
      'unsupported',
      { kty: 'OKP', crv: 'X25519', x: encode(Buffer.alloc(32, 9)) },
    ],
    [
      '§3.5 an RSA key below 2048 bits is refused',
      'weak',
      { kty: 'RSA', n: toBase64url(2n ** 1023n + 1n), e: 'AQAB' },
    ],
    [
      '§3.5 an RSA key whose factors can be computed (CVE-2017-15361) is refused',
      'weak',
      { kty: 'RSA', n: toBase64url(65537n ** 128n), e: 'AQAB' },
    ],
  ])

  tokenTable([
    ['§3.4 ECDH-ES: not done: no encrypted token is accepted', 'ERR_TOKEN_MALFORMED', encrypted('ECDH-ES')],
  ])

  test('§3.4 an Edwards point of small order is refused, by us where Node takes it', async () => {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: encode(Buffer.alloc(32)) }
    expect(['weak', 'malformed']).toContain(await keyVerdict(jwk))
  })

  test.each(['password', 'your-256-bit-secret', 'x'.repeat(31)])(
    '§3.5 the secret %j is refused at start-up: too short',
    (password) => {
      expect(() => resourceServer(options({ issuer: { issuer: ISSUER, secret: password } }))).toThrow(
        /^issuer\.secret: /,
      )
    },
  )

  test('§3.5 a password next to a good secret is refused at start-up', () => {
    const issuer = { issuer: ISSUER, secret: [secret, 'password'] }
    expect(() => resourceServer(options({ issuer }))).toThrow(/^issuer\.secret: /)
  })

  test('§3.5 not done: how random a long secret is cannot be seen', () => {
    const issuer = { issuer: ISSUER, secret: 'password'.repeat(8) }
    expect(() => resourceServer(options({ issuer }))).not.toThrow()
  })
})
