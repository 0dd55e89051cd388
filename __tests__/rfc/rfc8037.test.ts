/** RFC 8037, Edwards curves in JOSE (with RFC 9864, which gives each algorithm a name of its own). */
import { keyTable, tokenTable } from '../support/rfc-table.js'
import { generatePair, publicJwk, rawToken, trusting } from '../support/tokens.js'

const [ed25519, ed448] = [publicJwk('Ed25519'), publicJwk('Ed448')]

/** A token that calls its algorithm by the older name. */
function older(algorithm: 'Ed25519' | 'Ed448'): string {
  return rawToken({ algorithm, header: { alg: 'EdDSA', kid: algorithm.toLowerCase() } })
}

describe('RFC 8037 §2: keys', () => {
  keyTable([
    ['§2 an OKP key with crv and x is used', 'usable', ed25519],
    ['§2 crv must be there', 'malformed', publicJwk('Ed25519', { crv: undefined })],
    ['§2 crv is compared with case', 'unsupported', publicJwk('Ed25519', { crv: 'ed25519' })],
    ['§2 x must be there', 'malformed', publicJwk('Ed25519', { x: undefined })],
    ['§2 x must be base64url', 'malformed', publicJwk('Ed25519', { x: `${ed25519.x!}=` })],
    ['§2 x of the wrong length is refused', 'malformed', publicJwk('Ed25519', { x: ed448.x })],
    [
      '§2 d must not be there in a public key: such a key is not used',
      'private_key',
      publicJwk('Ed25519', { d: 'AAAA' }),
    ],
    ['§2 kty OKP does not carry a curve of EC', 'unsupported', { kty: 'OKP', crv: 'P-256', x: ed25519.x }],
    [
      '§2 kty EC does not carry a curve of OKP',
      'unsupported',
      { kty: 'EC', crv: 'Ed25519', x: ed25519.x, y: ed25519.x },
    ],
    [
      '§3.2 a key for key agreement signs nothing',
      'unsupported',
      { kty: 'OKP', crv: 'X25519', x: ed25519.x },
    ],
    [
      '§5 stricter: a point of small order is refused, under it anyone can sign',
      'weak',
      publicJwk('Ed25519', { x: `AQ${'A'.repeat(41)}` }),
    ],
  ])
})

describe('RFC 8037 §3.1: signatures', () => {
  tokenTable([
    ['§3.1 EdDSA with Ed25519 is accepted', 'accepted', older('Ed25519'), trusting(ed25519)],
    ['§3.1 EdDSA with Ed448 is accepted', 'accepted', older('Ed448'), trusting(ed448)],
    [
      '§3.1 a key whose alg is EdDSA serves it',
      'accepted',
      older('Ed25519'),
      trusting(publicJwk('Ed25519', { alg: 'EdDSA' })),
    ],
    [
      '§3.1 the curve of the key says which algorithm it is: Ed448 by an Ed25519 key is refused',
      'ERR_SIGNATURE_INVALID',
      older('Ed448').replace(/^[^.]+/, older('Ed25519').split('.')[0]!),
      trusting(ed25519),
    ],
    [
      '§3.1.2 a signature of another key is refused',
      'ERR_SIGNATURE_INVALID',
      { algorithm: 'Ed25519', key: generatePair('Ed25519').privateKey },
      trusting(ed25519),
    ],
    [
      '§3.1.2 a signature of 63 octets is refused',
      'ERR_SIGNATURE_INVALID',
      { algorithm: 'Ed25519', signature: Buffer.alloc(63) },
      trusting(ed25519),
    ],
    [
      '§3.1.2 a signature of 113 octets is refused',
      'ERR_SIGNATURE_INVALID',
      { algorithm: 'Ed448', signature: Buffer.alloc(113) },
      trusting(ed448),
    ],
    [
      '§3.1 an EC key does not serve EdDSA',
      'ERR_KEY_UNKNOWN',
      { header: { alg: 'EdDSA', kid: 'es256' } },
      trusting(publicJwk('ES256')),
    ],
    [
      '§3.1 an OKP key does not serve ES256',
      'ERR_KEY_UNKNOWN',
      { header: { alg: 'ES256', kid: 'ed25519' } },
      trusting(ed25519),
    ],
  ])
})

describe('RFC 9864: fully-specified names', () => {
  tokenTable([
    ['§2.2 Ed25519 is accepted', 'accepted', { algorithm: 'Ed25519' }, trusting(ed25519)],
    ['§2.2 Ed448 is accepted', 'accepted', { algorithm: 'Ed448' }, trusting(ed448)],
    [
      '§2.2 Ed448 by an Ed25519 key is refused',
      'ERR_KEY_UNKNOWN',
      { algorithm: 'Ed25519', header: { alg: 'Ed448', kid: 'ed25519' } },
      trusting(ed25519),
    ],
    [
      '§4.1 the deprecated name EdDSA: not done: it is still taken, most issuers send it',
      'accepted',
      older('Ed25519'),
      trusting(ed25519),
    ],
  ])
})
