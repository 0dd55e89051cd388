/** RFC 7517, JSON Web Key: what a recipient of public keys must and should do. */
import { resourceServer } from 'express-resource-server'
import { keyTable, tokenTable } from '../support/rfc-table.js'
import {
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

describe('RFC 7517 §4: a key', () => {
  keyTable([
    [
      '§4 members that are not understood are ignored',
      'usable',
      publicJwk('ES256', { foo: { bar: 1 }, ext: true, iat: 1 }),
    ],
    ['§4 a key is an object', 'not_a_jwk', [publicJwk('ES256')]],
    ['§4.1 kty must be present', 'not_a_jwk', publicJwk('ES256', { kty: undefined })],
    ['§4.1 kty is compared with case', 'unsupported', publicJwk('ES256', { kty: 'ec' })],
    ['§4.1 kty is a string', 'not_a_jwk', publicJwk('ES256', { kty: ['EC'] })],
    ['§4.2 use sig is for signatures', 'usable', publicJwk('ES256', { use: 'sig' })],
    ['§4.2 use enc is not', 'not_for_signatures', publicJwk('ES256', { use: 'enc' })],
    ['§4.2 use is compared with case', 'not_for_signatures', publicJwk('ES256', { use: 'Sig' })],
    [
      '§4.2 use with a value of somebody else is not for signatures',
      'not_for_signatures',
      publicJwk('ES256', { use: 'tls' }),
    ],
    ['§4.2 use is optional', 'usable', publicJwk('ES256', { use: undefined })],
    ['§4.3 key_ops with verify is for signatures', 'usable', publicJwk('ES256', { key_ops: ['verify'] })],
    [
      '§4.3 key_ops without verify is not',
      'not_for_signatures',
      publicJwk('ES256', { use: undefined, key_ops: ['sign'] }),
    ],
    ['§4.3 key_ops is an array', 'not_for_signatures', publicJwk('ES256', { key_ops: 'verify' })],
    ['§4.3 key_ops is compared with case', 'not_for_signatures', publicJwk('ES256', { key_ops: ['Verify'] })],
    [
      '§4.3 key_ops with duplicates: not done: taken, they change nothing',
      'usable',
      publicJwk('ES256', { key_ops: ['verify', 'verify'] }),
    ],
    [
      '§4.3 use and key_ops that contradict each other: sig and decrypt',
      'not_for_signatures',
      publicJwk('ES256', { key_ops: ['decrypt'] }),
    ],
    [
      '§4.3 use and key_ops that contradict each other: enc and verify',
      'not_for_signatures',
      publicJwk('ES256', { use: 'enc', key_ops: ['verify'] }),
    ],
    ['§4.4 alg is compared with case', 'unsupported', publicJwk('ES256', { alg: 'es256' })],
    ['§4.4 alg is a string', 'unsupported', publicJwk('ES256', { alg: ['ES256'] })],
    ['§4.4 alg is optional', 'usable', publicJwk('ES256', { alg: undefined })],
    ['§4.5 kid is optional', 'usable', publicJwk('ES256', { kid: undefined })],
    [
      '§4.5 kid that is no string: not done: the key is taken, as one without kid',
      'usable',
      publicJwk('ES256', { kid: 7 }),
    ],
    [
      '§4.6 not done: x5u is ignored and never followed',
      'usable',
      publicJwk('ES256', { x5u: 'http://169.254.169.254/' }),
    ],
    [
      '§4.7 not done: x5c is ignored, so that it need not match the key',
      'usable',
      publicJwk('ES256', { x5c: ['AAAA'] }),
    ],
    ['§4.8 not done: x5t is ignored', 'usable', publicJwk('ES256', { x5t: 'AAAA' })],
    ['§4.9 not done: x5t#S256 is ignored', 'usable', publicJwk('ES256', { 'x5t#S256': 'AAAA' })],
    ['§9.2 a private key is not used', 'private_key', keyPair('ES256').privateKey.export({ format: 'jwk' })],
    ['§9.2 a symmetric key is not used', 'symmetric_key', { kty: 'oct', k: 'AAAA', alg: 'HS256' }],
  ])
})

describe('RFC 7517 §4.2-§4.5: a key in use', () => {
  const stranger = generatePair('ES256').publicKey.export({ format: 'jwk' })

  tokenTable([
    [
      '§4.2 a signature by a key for encryption is refused',
      'ERR_KEY_UNKNOWN',
      {},
      trusting(publicJwk('ES256', { use: 'enc' }), publicJwk('RS256')),
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
      '§4.5 two keys of one kid and type: both are tried',
      'accepted',
      { header: header({ kid: 'dup' }) },
      trusting({ ...stranger, kid: 'dup' }, publicJwk('ES256', { kid: 'dup' })),
    ],
  ])
})

describe('RFC 7517 §5: a key set', () => {
  const good = publicJwk('ES256')

  tokenTable([
    [
      '§5 members of the set that are not understood are ignored',
      'accepted',
      {},
      { issuer: { issuer: ISSUER, jwks: Object.assign(jwks(good), { foo: 1 }) } },
    ],
    [
      '§5 a key of a type that is not understood is ignored',
      'accepted',
      {},
      trusting({ kty: 'XYZ', kid: 'es256' }, good),
    ],
    [
      '§5 a key on a curve that is not understood is ignored',
      'accepted',
      {},
      trusting({ kty: 'EC', crv: 'P-999', x: 'AA', y: 'AA' }, good),
    ],
    [
      '§5 a key without a required member is ignored',
      'accepted',
      {},
      trusting(publicJwk('ES256', { y: undefined }), good),
    ],
    [
      '§5 a key whose values are out of range is ignored',
      'accepted',
      {},
      trusting(publicJwk('RS256', { n: 'AQAB' }), good),
    ],
    ['§5 a member that is no key is ignored', 'accepted', {}, trusting(null, 'x', 1, [], good)],
    ['§5.1 the order of the keys means nothing', 'accepted', {}, trusting(publicJwk('RS256'), good)],
  ])

  test.each<[string, unknown]>([
    ['§5 a set must have keys', {}],
    ['§5.1 keys must be an array', { keys: { 0: publicJwk('ES256') } }],
    ['stricter: a set without a usable key is none', { keys: [] }],
    [
      '§9.2 private keys that are given are refused at start-up',
      jwks(publicJwk('RS256'), keyPair('ES256').privateKey.export({ format: 'jwk' })),
    ],
    [
      '§9.2 symmetric keys that are given are refused at start-up',
      jwks(publicJwk('RS256'), { kty: 'oct', k: 'AAAA' }),
    ],
  ])('%s', (_title, set) => {
    const issuer = { issuer: ISSUER, jwks: set as ReturnType<typeof jwks> }
    expect(() => resourceServer(options({ issuer }))).toThrow(/^issuer\.jwks: /)
  })

  test.each<[string, string, string]>([
    ['§4 of duplicate member names in a fetched set the last counts', '"kid":"x","kid":"es256"', 'accepted'],
    ['§4 and the others do not', '"kid":"es256","kid":"x"', 'ERR_KEY_UNKNOWN'],
  ])('%s', async (_title, kids, expected) => {
    const jwk = JSON.stringify(publicJwk('ES256', { kid: undefined }))
    const fetch = (): Promise<Response> =>
      Promise.resolve(new Response(`{"keys":[{${kids},${jwk.slice(1)}]}`))
    const issuer = { issuer: ISSUER, jwksUri: 'https://issuer.test/jwks' }
    expect(await verdict(rawToken(), { issuer, fetch })).toBe(expected)
  })

  test('§7 not done: an encrypted key set is no key set', async () => {
    const fetch = (): Promise<Response> => Promise.resolve(new Response('AAAA.AAAA.AAAA.AAAA.AAAA'))
    const issuer = { issuer: ISSUER, jwksUri: 'https://issuer.test/jwks' }
    await expect(verdict(rawToken(), { issuer, fetch })).rejects.toMatchObject({ status: 503 })
  })
})
