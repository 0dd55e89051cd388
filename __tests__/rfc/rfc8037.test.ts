/**
 * RFC 8037, Edwards curves in JOSE (with RFC 9864, which gives each algorithm a name of its own).
 */
import { createHash, createHmac, sign } from 'node:crypto'
import { keyTable, tokenTable } from '../support/rfc-table.js'
import { claims, encode, generatePair, keyPair, publicJwk, rawToken, trusting } from '../support/tokens.js'

const [ed25519, ed448] = [publicJwk('Ed25519'), publicJwk('Ed448')]

/** A token that uses the older name of its algorithm. */
function older(algorithm: 'Ed25519' | 'Ed448'): string {
  return rawToken({ algorithm, header: { alg: 'EdDSA', kid: algorithm.toLowerCase() } })
}

/** The order of the group that each curve's base point generates: RFC 8032 §5.1 and §5.2. */
const ORDERS = {
  Ed25519: 2n ** 252n + 27742317777372353535851937790883648493n,
  Ed448: 2n ** 446n - 13818066809895115352007386748515426880336692474882178609894547503885n,
}

/** A genuine signature with the order of the group added to s: the equation still holds. */
function raised(algorithm: 'Ed25519' | 'Ed448'): string {
  const [head, payload, signature] = rawToken({ algorithm }).split('.') as [string, string, string]
  const octets = Buffer.from(signature, 'base64url')
  const half = octets.length / 2
  const s = BigInt(`0x${octets.subarray(half).reverse().toString('hex')}`) + ORDERS[algorithm]
  const hex = s.toString(16).padStart(2 * half, '0')
  return `${head}.${payload}.${encode(Buffer.concat([octets.subarray(0, half), Buffer.from(hex, 'hex').reverse()]))}`
}

/** An HMAC of a token's text, with the public key as secret. */
function confused(alg: string): string {
  const input = `${encode({ alg, kid: 'ed25519' })}.${encode(claims())}`
  return `${input}.${encode(createHmac('sha256', Buffer.from(ed25519.x!, 'base64url')).update(input).digest())}`
}

describe('RFC 8037 §2: keys', () => {
  keyTable([
    ['§2 an OKP key with crv and x is used', 'usable', ed25519],
    ['§2 crv must be there', 'malformed', publicJwk('Ed25519', { crv: undefined })],
    ['§2 crv is compared with case', 'unsupported', publicJwk('Ed25519', { crv: 'ed25519' })],
    ['§2 x must be there', 'malformed', publicJwk('Ed25519', { x: undefined })],
    [
      '§2 x with padding: not done: taken, as some libraries write it',
      'usable',
      publicJwk('Ed25519', { x: `${ed25519.x!}=` }),
    ],
    ['§2 x must be base64', 'malformed', publicJwk('Ed25519', { x: '!!' })],
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
    ['§2 kty must be OKP, in this case', 'unsupported', publicJwk('Ed25519', { kty: 'okp' })],
    ['§2 x must be a string', 'malformed', publicJwk('Ed25519', { x: [ed25519.x] })],
    [
      '§2 members of other types of key are ignored',
      'usable',
      publicJwk('Ed25519', { y: ed25519.x, n: 'AAAA', e: 'AQAB' }),
    ],
    [
      '§3.1 a key on these curves is not for key agreement: one whose alg says so is not used',
      'unsupported',
      publicJwk('Ed25519', { alg: 'ECDH-ES', use: undefined }),
    ],
    ['§3.2 a key on X25519 signs nothing', 'unsupported', agreementKey('X25519')],
    ['§3.2 a key on X448 signs nothing', 'unsupported', agreementKey('X448')],
    [
      '§3.2 not even when its alg is EdDSA',
      'unsupported',
      { ...agreementKey('X25519'), alg: 'EdDSA', use: 'sig' },
    ],
    [
      '§4 stricter: a point of small order is refused, under it anyone can sign',
      'weak',
      publicJwk('Ed25519', { x: `AQ${'A'.repeat(41)}` }),
    ],
  ])

  function agreementKey(curve: 'X25519' | 'X448'): object {
    return generatePair(curve).publicKey.export({ format: 'jwk' })
  }
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
      '§3.1.2 Ed25519: an s that is not below the order of the group is refused, though the equation holds',
      'ERR_SIGNATURE_INVALID',
      raised('Ed25519'),
      trusting(ed25519),
    ],
    [
      '§3.1.2 Ed448: an s that is not below the order of the group is refused, though the equation holds',
      'ERR_SIGNATURE_INVALID',
      raised('Ed448'),
      trusting(ed448),
    ],
    [
      '§3.1.2 the message is the signing input: one over its hash is refused',
      'ERR_SIGNATURE_INVALID',
      prehashed(),
      trusting(ed25519),
    ],
  ])

  function prehashed(): string {
    const input = older('Ed25519').split('.').slice(0, 2).join('.')
    const hash = createHash('sha512').update(input).digest()
    return `${input}.${encode(sign(null, hash, keyPair('Ed25519').privateKey))}`
  }
})

describe('RFC 8037 §3.1, §3.2 and §4: the algorithm must belong to the key', () => {
  tokenTable([
    [
      '§3.1 a key on Ed25519 is not used for key agreement',
      'ERR_ALGORITHM_NOT_ALLOWED',
      { algorithm: 'Ed25519', header: { alg: 'ECDH-ES', kid: 'ed25519' } },
      trusting(ed25519),
    ],
    [
      '§4 an EC key does not serve EdDSA',
      'ERR_KEY_UNKNOWN',
      { header: { alg: 'EdDSA', kid: 'es256' } },
      trusting(publicJwk('ES256')),
    ],
    [
      '§4 an OKP key does not serve ES256',
      'ERR_KEY_UNKNOWN',
      { header: { alg: 'ES256', kid: 'ed25519' } },
      trusting(ed25519),
    ],
    [
      '§4 a public key is no secret of a MAC: HS256',
      'ERR_ALGORITHM_NOT_ALLOWED',
      confused('HS256'),
      trusting(ed25519),
    ],
    ['§4 a MAC is no signature: EdDSA', 'ERR_SIGNATURE_INVALID', confused('EdDSA'), trusting(ed25519)],
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
      '§4.1.2 and §4.4 the deprecated name EdDSA: not done: it is still taken, most issuers send it',
      'accepted',
      older('Ed25519'),
      trusting(ed25519),
    ],
    [
      '§5 a key says its alg by either name: Ed25519 by a key for EdDSA',
      'accepted',
      { algorithm: 'Ed25519' },
      trusting(publicJwk('Ed25519', { alg: 'EdDSA' })),
    ],
    [
      '§5 but by no name of another curve',
      'ERR_KEY_UNKNOWN',
      { algorithm: 'Ed25519' },
      trusting(publicJwk('Ed25519', { alg: 'Ed448' }), ed448),
    ],
  ])
})
