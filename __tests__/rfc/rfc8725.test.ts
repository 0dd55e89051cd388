/** RFC 8725, JSON Web Token Best Current Practices: §3, each practice that concerns a recipient. */
import { createHmac, randomBytes } from 'node:crypto'
import { resourceServer } from 'express-resource-server'
import { keyTable, tokenTable } from '../support/rfc-table.js'
import { toBase64url } from '../support/rsa.js'
import {
  claims,
  encode,
  generatePair,
  header,
  ISSUER,
  jwks,
  keyPair,
  NOW,
  options,
  publicJwk,
  rawToken,
  trusting,
  verdict,
} from '../support/tokens.js'

const OTHER = 'https://other.test'
const otherPair = generatePair('ES256')
const twoIssuers = {
  issuer: [
    { issuer: ISSUER, jwks: jwks(publicJwk('ES256')) },
    { issuer: OTHER, jwks: jwks({ ...otherPair.publicKey.export({ format: 'jwk' }), kid: 'es256' }) },
  ],
}

/** HS256 with a public key as its secret. */
function confused(): string {
  const input = `${encode({ alg: 'HS256', kid: 'rs256' })}.${encode(claims())}`
  const pem = keyPair('RS256').publicKey.export({ type: 'spki', format: 'pem' })
  return `${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`
}

describe('RFC 8725 §3.1-§3.3: algorithms and operations', () => {
  tokenTable([
    [
      '§3.1 no algorithm but those allowed is used',
      'ERR_ALGORITHM_NOT_ALLOWED',
      {},
      { algorithms: ['RS256', 'PS256'] },
    ],
    ['§3.1 those allowed are', 'accepted', {}, { algorithms: ['RS256', 'ES256'] }],
    [
      '§3.1 alg says by which algorithm the operation is made',
      'ERR_SIGNATURE_INVALID',
      { algorithm: 'PS256', header: header({ alg: 'RS256', kid: 'rs256' }) },
      trusting(publicJwk('RS256', { alg: undefined })),
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
      '§3.1 one key, one algorithm: not done for keys without alg: they serve those of their type, as large issuers publish no alg',
      'accepted',
      { algorithm: 'RS512', header: header({ alg: 'RS512', kid: 'rs256' }) },
      trusting(publicJwk('RS256', { alg: undefined })),
    ],
    [
      '§3.2 none is refused in any spelling',
      'ERR_ALGORITHM_NOT_ALLOWED',
      { header: header({ alg: 'nOnE' }) },
    ],
    [
      '§3.2 algorithms that are no longer held for secure are refused: RS1',
      'ERR_ALGORITHM_NOT_ALLOWED',
      { header: header({ alg: 'RS1' }) },
    ],
    [
      '§3.3 every operation is validated: there is but one, and no nested token',
      'ERR_TOKEN_MALFORMED',
      { payload: rawToken(), header: header({ cty: 'JWT' }) },
    ],
    ['§3.3 a token whose signature fails is refused', 'ERR_SIGNATURE_INVALID', { key: otherPair.privateKey }],
  ])
})

describe('RFC 8725 §3.4 and §3.5: keys', () => {
  keyTable([
    [
      '§3.4 a point that is not on its curve is refused',
      'malformed',
      publicJwk('ES256', { y: publicJwk('ES256').x }),
    ],
    ['§3.4 the point at infinity is refused', 'malformed', publicJwk('ES256', { x: 'AA', y: 'AA' })],
    [
      '§3.4 a coordinate beyond the field is refused',
      'malformed',
      publicJwk('ES256', { x: encode(Buffer.alloc(32, 0xff)) }),
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

  test.each(['password', 'your-256-bit-secret', 'x'.repeat(31)])(
    '§3.5 the secret %j is refused at start-up: too short',
    (secret) => {
      expect(() => resourceServer(options({ issuer: { issuer: ISSUER, secret } }))).toThrow(
        /^issuer\.secret: /,
      )
    },
  )

  test('§3.5 not done: how random a long secret is cannot be seen', () => {
    const issuer = { issuer: ISSUER, secret: 'password'.repeat(8) }
    expect(() => resourceServer(options({ issuer }))).not.toThrow()
  })
})

describe('RFC 8725 §3.6-§3.10: data', () => {
  const bytes = Buffer.from(JSON.stringify(claims({ sub: 'Jürgen' })))

  tokenTable([
    [
      '§3.6 not applicable: compression is for encryption, and zip of a signed token is ignored',
      'accepted',
      { header: header({ zip: 'DEF' }) },
    ],
    ['§3.7 claims in UTF-8 are accepted', 'accepted', { payload: bytes }],
    [
      '§3.7 claims in Latin-1 are refused',
      'ERR_TOKEN_MALFORMED',
      { payload: Buffer.from(bytes.toString(), 'latin1') },
    ],
    [
      '§3.7 claims in UTF-16 are refused',
      'ERR_TOKEN_MALFORMED',
      { payload: Buffer.from(bytes.toString(), 'utf16le') },
    ],
    [
      '§3.8 an issuer that is not trusted is refused',
      'ERR_ISSUER_UNKNOWN',
      { payload: claims({ iss: 'https://evil.test' }) },
    ],
    [
      '§3.8 the key must be of the issuer that iss names: its own key is accepted',
      'accepted',
      { payload: claims({ iss: OTHER }), key: otherPair.privateKey },
      twoIssuers,
    ],
    [
      '§3.8 the key must be of the issuer that iss names: that of another trusted one is refused',
      'ERR_SIGNATURE_INVALID',
      { payload: claims({ iss: OTHER }) },
      twoIssuers,
    ],
    [
      '§3.8 not done: whether sub is a valid subject of the issuer, which the application knows',
      'accepted',
      { payload: claims({ sub: 'nobody' }) },
    ],
    ['§3.9 a token without aud is refused', 'ERR_CLAIM_MISSING', { payload: claims({ aud: undefined }) }],
    [
      '§3.9 a token for another audience is refused',
      'ERR_AUDIENCE_MISMATCH',
      { payload: claims({ aud: OTHER }) },
    ],
    [
      '§3.10 kid is a name in a map and nothing else: SQL',
      'ERR_KEY_UNKNOWN',
      { header: header({ kid: "x' UNION SELECT '1';--" }) },
    ],
    [
      '§3.10 kid is a name in a map and nothing else: a path',
      'ERR_KEY_UNKNOWN',
      { header: header({ kid: '../../../dev/null' }) },
    ],
    [
      '§3.10 kid is a name in a map and nothing else: LDAP',
      'ERR_KEY_UNKNOWN',
      { header: header({ kid: '*)(uid=*))(|(uid=*' }) },
    ],
    [
      '§3.10 kid is a name in a map and nothing else: the prototype',
      'ERR_KEY_UNKNOWN',
      { header: header({ kid: '__proto__' }) },
    ],
    [
      '§3.10 URLs in the header are not followed: jku',
      'ERR_SIGNATURE_INVALID',
      { header: header({ jku: 'http://169.254.169.254/' }), key: otherPair.privateKey },
    ],
    [
      '§3.10 URLs in the header are not followed: x5u',
      'ERR_SIGNATURE_INVALID',
      { header: header({ x5u: 'file:///etc/passwd' }), key: otherPair.privateKey },
    ],
  ])

  test('§3.9 audience must be given, or waived by name', () => {
    expect(() => resourceServer(options({ audience: undefined }))).toThrow(/^audience: /)
  })

  test('§3.10 an invented issuer causes no traffic', async () => {
    const fetch = jest.fn<Promise<Response>, []>()
    const issuer = { issuer: ISSUER, jwksUri: 'https://issuer.test/jwks' }
    const token = rawToken({ payload: claims({ iss: 'http://169.254.169.254/' }) })
    expect(await verdict(token, { issuer, fetch })).toBe('ERR_ISSUER_UNKNOWN')
    expect(fetch).not.toHaveBeenCalled()
  })
})

describe('RFC 8725 §3.11 and §3.12: kinds of tokens', () => {
  const atJwt = { profile: 'at+jwt' } as const

  tokenTable([
    [
      '§3.11 explicit typing: at+jwt demands its type',
      'ERR_TOKEN_TYPE',
      { header: header({ typ: 'JWT' }) },
      atJwt,
    ],
    ['§3.11 explicit typing: the right type is accepted', 'accepted', {}, atJwt],
    [
      '§3.11 explicit typing: the type of another kind is refused in every profile',
      'ERR_TOKEN_TYPE',
      { header: header({ typ: 'logout+jwt' }) },
    ],
    ['§3.12 a DPoP proof is no access token', 'ERR_TOKEN_TYPE', { header: header({ typ: 'dpop+jwt' }) }],
    [
      '§3.12 an ID token is no access token, though it looks like one: at_hash',
      'ERR_NOT_AN_ACCESS_TOKEN',
      { header: header({ typ: 'JWT' }), payload: claims({ at_hash: 'x', nonce: 'n' }) },
    ],
    [
      '§3.12 a logout token is no access token: events',
      'ERR_NOT_AN_ACCESS_TOKEN',
      { header: header({ typ: 'JWT' }), payload: claims({ events: {} }) },
    ],
    [
      '§3.12 not done: without a mark an ID token with our aud passes in profile jwt; at+jwt is certain',
      'accepted',
      { header: header({ typ: 'JWT' }), payload: claims({ nonce: 'n', auth_time: NOW }) },
    ],
  ])
})

test('a secret and published keys are two issuers: the algorithms of one do not open the other', async () => {
  const shared = { issuer: OTHER, secret: randomBytes(64) }
  const issuer = [{ issuer: ISSUER, jwks: jwks(publicJwk('RS256', { alg: undefined })) }, shared]
  expect(await verdict(confused(), { issuer })).toBe('ERR_ALGORITHM_NOT_ALLOWED')
})
