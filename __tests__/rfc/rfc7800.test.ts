/**
 * RFC 7800, proof-of-possession keys: no confirmation method is configured here, so that no bound
 * token may pass.
 */
import { resourceServer } from 'express-resource-server'
import { tokenTable } from '../support/rfc-table.js'
import { claims, encode, ISSUER, jwks, options, publicJwk, rawToken } from '../support/tokens.js'

const REFUSED = 'ERR_CONFIRMATION_UNSUPPORTED'
const jwk = publicJwk('ES256')
const jkt = encode(Buffer.alloc(32))

function bound(cnf: unknown, changes: object = {}): string {
  return rawToken({ payload: claims({ cnf, ...changes }) })
}

/** A stolen token as its thief would send it: `cnf` removed, the signature unchanged. */
function stripped(): string {
  const [head, , signature] = bound({ jkt }).split('.')
  return `${head}.${encode(claims())}.${signature}`
}

describe('RFC 7800 §1 and §3: the claim', () => {
  tokenTable([
    [
      '§1.1 names are compared with case: CNF is a claim that is not understood, and ignored',
      'accepted',
      { payload: claims({ CNF: { jkt } }) },
    ],
    ['§3 a token without cnf is a bearer token', 'accepted', {}],
    ['§3 cnf counts only in the claims', 'accepted', { header: { alg: 'ES256', kid: 'es256', cnf: {} } }],
    ['§3 cnf that is no object is refused', REFUSED, bound('key')],
    ['§3 cnf that is null is not absent', REFUSED, bound(null)],
    [
      '§3 a bound token must have iss or sub: stricter: without iss it is refused, whatever its sub',
      'ERR_ISSUER_UNKNOWN',
      bound({ jkt }, { iss: undefined }),
    ],
    ['§3 a bound token without sub is no bearer token either', REFUSED, bound({ jkt }, { sub: undefined })],
    ['§3.1 cnf without a member is refused', REFUSED, bound({})],
    [
      '§3.1 members that are not understood must be ignored: stricter: refused, what is left would be a bearer token',
      REFUSED,
      bound({ 'x-future': 1 }),
    ],
    [
      '§3.1 members that are not understood, next to one that is: stricter: refused',
      REFUSED,
      bound({ 'x-future': 1, jwk }),
    ],
    [
      '§3.1 more than one key is refused: jwk and jku',
      REFUSED,
      bound({ jwk, jku: 'https://client.test/jwks' }),
    ],
    [
      '§3.1 more than one key is refused: jwk and jwe',
      REFUSED,
      bound({ jwk, jwe: 'AAAA.AAAA.AAAA.AAAA.AAAA' }),
    ],
  ])
})

describe('RFC 7800 §3.2-§3.5: the keys', () => {
  tokenTable([
    ['§3.2 not done: jwk, no method proves it', REFUSED, bound({ jwk })],
    [
      '§3.2 a jwk that lacks what its type requires is refused',
      REFUSED,
      bound({ jwk: { kty: 'EC', crv: 'P-256' } }),
    ],
    [
      '§3.2 a symmetric jwk that is not encrypted is refused',
      REFUSED,
      bound({ jwk: { kty: 'oct', k: encode(Buffer.alloc(32, 1)) } }),
    ],
    ['§3.3 not done: jwe, no method proves it', REFUSED, bound({ jwe: 'AAAA.AAAA.AAAA.AAAA.AAAA' })],
    ['§3.4 not done: kid, no method proves it', REFUSED, bound({ kid: 'x' })],
    ['§3.4 kid of a key that the issuer signs with proves nothing', REFUSED, bound({ kid: 'es256' })],
  ])

  test.each([
    ['with TLS', { jku: 'https://client.test/jwks' }],
    ['without TLS', { jku: 'http://client.test/jwks' }],
    ['with kid, for one of several keys', { jku: 'https://client.test/jwks', kid: 'x' }],
  ])('§3.5 not done: jku %s: no method proves it, and it is never followed', async (_title, cnf) => {
    const fetch = jest.fn((_url: string) => Promise.resolve(Response.json(jwks(jwk))))
    const issuer = { issuer: ISSUER, jwksUri: 'https://issuer.test/cnf-jwks' }
    const server = resourceServer(options({ issuer, fetch }))
    await expect(server.verify(bound(cnf))).rejects.toMatchObject({ code: REFUSED })
    server.close()
    expect(fetch.mock.calls.map(([url]) => url)).toEqual(['https://issuer.test/cnf-jwks'])
  })
})

describe('RFC 7800 §4: security', () => {
  tokenTable([
    [
      '§4 a bound token for another audience is refused as such: the one restriction does not stand for the other',
      'ERR_AUDIENCE_MISMATCH',
      bound({ jkt }, { aud: 'https://other.test' }),
    ],
    [
      '§4 a recipient that ignores cnf has a bearer token in its hands: so cnf is never ignored',
      REFUSED,
      bound({ jkt }),
    ],
    [
      '§4 cnf is covered by the signature: who strips it has an invalid token',
      'ERR_SIGNATURE_INVALID',
      stripped(),
    ],
  ])
})
