/** RFC 7517, JSON Web Key, §4 and §6: what a recipient of public keys must and should do. */
import type { ResourceServerOptions } from 'express-resource-server'
import { keyTable, tokenTable } from '../support/rfc-table.js'
import {
  generatePair,
  header,
  ISSUER,
  jwks,
  keyPair,
  publicJwk,
  rawToken,
  trusting,
  verdict,
} from '../support/tokens.js'

/**
 * Keys that are fetched, so that their text is what the issuer wrote; `asked` is told which
 * addresses were.
 */
function fetched(text: string, asked: string[] = []): Partial<ResourceServerOptions> {
  const fetch = (url: string): Promise<Response> => {
    asked.push(url)
    return Promise.resolve(new Response(text))
  }
  return { issuer: { issuer: ISSUER, jwksUri: 'https://issuer.test/jwks' }, fetch }
}

const stranger = generatePair('ES256').publicKey.export({ format: 'jwk' })

describe('RFC 7517 §4: a key', () => {
  keyTable([
    [
      '§4 members that are not understood are ignored',
      'usable',
      publicJwk('ES256', { foo: { bar: 1 }, ext: true, iat: 1 }),
    ],
    [
      '§4 so are members of another type of key',
      'usable',
      publicJwk('RS256', { crv: 'P-256', x: 'AA', y: 'AA', pub: 'AA' }),
    ],
    ['§4 a key is an object', 'not_a_jwk', [publicJwk('ES256')]],
    ['§4.1 kty must be present', 'not_a_jwk', publicJwk('ES256', { kty: undefined })],
    ['§4.1 kty is compared with case', 'unsupported', publicJwk('ES256', { kty: 'ec' })],
    ['§4.1 kty is a string', 'not_a_jwk', publicJwk('ES256', { kty: ['EC'] })],
    ['§4.2 use sig is for signatures', 'usable', publicJwk('ES256', { use: 'sig' })],
    ['§4.2 use enc is not', 'not_for_signatures', publicJwk('ES256', { use: 'enc' })],
    ['§4.2 use is compared with case', 'not_for_signatures', publicJwk('ES256', { use: 'Sig' })],
    ['§4.2 use is a string', 'not_for_signatures', publicJwk('ES256', { use: ['sig'] })],
    [
      '§4.2 use with a value of somebody else is not for signatures',
      'not_for_signatures',
      publicJwk('ES256', { use: 'tls' }),
    ],
    ['§4.2 use is optional', 'usable', publicJwk('ES256', { use: undefined })],
  ])

  keyTable([
    ['§4.3 key_ops with verify is for signatures', 'usable', operations(['verify'])],
    ['§4.3 key_ops without verify is not', 'not_for_signatures', operations(['sign'])],
    [
      '§4.3 key_ops without anything: not done: it counts as absent, as .NET writes it',
      'usable',
      operations([]),
    ],
    ['§4.3 key_ops is an array', 'not_for_signatures', operations('verify')],
    ['§4.3 key_ops is an array of strings', 'not_for_signatures', operations(['verify', 1])],
    ['§4.3 key_ops is compared with case', 'not_for_signatures', operations(['Verify'])],
    ['§4.3 key_ops with a further, unregistered value', 'usable', operations(['verify', 'x-audit'])],
    ['§4.3 key_ops is optional', 'usable', operations(undefined)],
    [
      '§4.3 key_ops with duplicates: not done: taken, they change nothing',
      'usable',
      operations(['verify', 'verify']),
    ],
    ['§4.3 sign and verify may stand together', 'usable', operations(['sign', 'verify'])],
    [
      '§4.3 unrelated operations of one key: not done: taken, what else the key is for is the affair of its issuer',
      'usable',
      operations(['verify', 'encrypt', 'wrapKey']),
    ],
    [
      '§4.3 use and key_ops together: not done: taken, when they say the same',
      'usable',
      operations(['verify'], 'sig'),
    ],
    [
      '§4.3 use and key_ops must not contradict each other: sig and decrypt',
      'not_for_signatures',
      operations(['decrypt'], 'sig'),
    ],
    [
      '§4.3 use and key_ops must not contradict each other: enc and verify',
      'not_for_signatures',
      operations(['verify'], 'enc'),
    ],
    [
      '§4.3 use and key_ops must not contradict each other: not done for operations other than verify: accepted',
      'usable',
      operations(['verify', 'decrypt'], 'sig'),
    ],
  ])

  keyTable([
    ['§4.4 alg is compared with case', 'unsupported', publicJwk('ES256', { alg: 'es256' })],
    ['§4.4 alg is a string', 'unsupported', publicJwk('ES256', { alg: ['ES256'] })],
    ['§4.4 alg of another type of key', 'unsupported', publicJwk('ES256', { alg: 'RS256' })],
    ['§4.4 alg for encryption', 'unsupported', publicJwk('RS256', { alg: 'RSA-OAEP-256', use: undefined })],
    ['§4.4 alg is optional', 'usable', publicJwk('ES256', { alg: undefined })],
    ['§4.5 kid is optional', 'usable', publicJwk('ES256', { kid: undefined })],
    [
      '§4.5 kid that is no string: not done: the key is taken, as one without kid',
      'usable',
      publicJwk('ES256', { kid: 7 }),
    ],
    [
      '§4.6 not done: x5u is ignored, so that neither its key nor its use and algorithm need match',
      'usable',
      publicJwk('ES256', { x5u: 'http://169.254.169.254/' }),
    ],
    [
      '§4.7 not done: x5c is ignored, so that it need not match the key, nor be a chain',
      'usable',
      publicJwk('ES256', { x5c: ['AAAA'] }),
    ],
    [
      '§4.8 not done: x5t is ignored, so that it need not match the key',
      'usable',
      publicJwk('ES256', { x5t: 'AAAA' }),
    ],
    [
      '§4.9 not done: x5t#S256 is ignored, so that it need not match the key',
      'usable',
      publicJwk('ES256', { 'x5t#S256': 'AAAA' }),
    ],
    ['§9.2 a private key is not used', 'private_key', keyPair('ES256').privateKey.export({ format: 'jwk' })],
    ['§9.2 a symmetric key is not used', 'symmetric_key', { kty: 'oct', k: 'AAAA', alg: 'HS256' }],
  ])

  function operations(values: unknown, use?: string): object {
    return publicJwk('ES256', { use, key_ops: values })
  }
})

describe('RFC 7517 §4: the text of a key', () => {
  const members = JSON.stringify(publicJwk('ES256', { kid: undefined })).slice(1, -1)
  const setOf = (kid: string): string => `{"keys":[{${kid},${members}}]}`
  const clef = { header: header({ kid: '\u{1d11e}' }) }

  tokenTable([
    [
      '§4 white space and line breaks between JSON values are read over',
      'accepted',
      {},
      fetched(`\n${JSON.stringify(jwks(publicJwk('ES256')), null, '\t')}\r\n`),
    ],
    [
      '§4 of duplicate member names the last counts',
      'accepted',
      {},
      fetched(setOf('"kid":"x","kid":"es256"')),
    ],
    ['§4 and the others do not', 'ERR_KEY_UNKNOWN', {}, fetched(setOf('"kid":"es256","kid":"x"'))],
    [
      '§6 escaped names and values are compared as what they stand for',
      'accepted',
      {},
      fetched(setOf('"k\\u0069d":"\\u0065s256"')),
    ],
    [
      '§6 values are compared without normalisation',
      'ERR_KEY_UNKNOWN',
      { header: header({ kid: 'caf\u00e9' }) },
      fetched(setOf('"kid":"cafe\\u0301"')),
    ],
    [
      '§6 a character beyond the Basic Multilingual Plane is compared as such',
      'accepted',
      clef,
      fetched(setOf('"kid":"\\ud834\\udd1e"')),
    ],
    [
      '§6 and differs from the one next to it',
      'ERR_KEY_UNKNOWN',
      clef,
      fetched(setOf('"kid":"\\ud834\\udd1f"')),
    ],
  ])
})

describe('RFC 7517 §4.2-§4.6: a key in use', () => {
  tokenTable([
    [
      '§4.2 a signature by a key for encryption is refused',
      'ERR_KEY_UNKNOWN',
      {},
      trusting(publicJwk('ES256', { use: 'enc' }), publicJwk('RS256')),
    ],
    [
      '§4.3 so is one by a key whose operations are others',
      'ERR_KEY_UNKNOWN',
      {},
      trusting(publicJwk('ES256', { use: undefined, key_ops: ['encrypt'] }), publicJwk('RS256')),
    ],
    [
      '§4.4 alg of the key binds it: another algorithm of its type is refused',
      'ERR_KEY_UNKNOWN',
      { algorithm: 'RS512', header: header({ alg: 'RS512', kid: 'rs256' }) },
      trusting(publicJwk('RS256')),
    ],
    [
      '§4.4 alg of the key binds it: another padding is refused',
      'ERR_KEY_UNKNOWN',
      { algorithm: 'PS256', header: header({ alg: 'PS256', kid: 'rs256' }) },
      trusting(publicJwk('RS256')),
    ],
    [
      '§4.4 without alg a key serves every algorithm of its type',
      'accepted',
      { algorithm: 'PS256', header: header({ alg: 'PS256', kid: 'rs256' }) },
      trusting(publicJwk('RS256', { alg: undefined })),
    ],
    ['§4.5 kid is compared with case', 'ERR_KEY_UNKNOWN', { header: header({ kid: 'Es256' }) }],
    [
      '§4.5 two keys of one kid and different types: the one that fits alg is used',
      'accepted',
      { header: header({ kid: 'dup' }) },
      trusting(publicJwk('RS256', { kid: 'dup' }), publicJwk('ES256', { kid: 'dup' })),
    ],
    [
      '§4.5 two keys of one kid and type, which should not be: both are tried',
      'accepted',
      { header: header({ kid: 'dup' }) },
      trusting({ ...stranger, kid: 'dup' }, publicJwk('ES256', { kid: 'dup' })),
    ],
  ])

  test('§4.6 and §9.1 nobody asks for what x5u of a key names, so that no rule about fetching it applies', async () => {
    const asked: string[] = []
    const set = JSON.stringify(jwks(publicJwk('ES256', { x5u: 'https://other.test/certificate' })))
    expect(await verdict(rawToken(), fetched(set, asked))).toBe('accepted')
    expect(asked).toEqual(['https://issuer.test/jwks'])
  })
})
