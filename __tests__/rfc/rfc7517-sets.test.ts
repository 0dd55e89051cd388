/** RFC 7517, JSON Web Key, §5, §7 and §9: what a recipient of key sets must and should do. */
import { inspect } from 'node:util'
import { resourceServer } from 'express-resource-server'
import type { ResourceServerOptions } from 'express-resource-server'
import { tokenTable } from '../support/rfc-table.js'
import { toBase64url } from '../support/rsa.js'
import {
  generatePair,
  ISSUER,
  jwks,
  keyPair,
  options,
  publicJwk,
  rawToken,
  trusting,
  verdict,
} from '../support/tokens.js'

/** Fetches the keys, so that the issuer's own text is parsed. */
function fetched(text: string): Partial<ResourceServerOptions> {
  const fetch = (): Promise<Response> => Promise.resolve(new Response(text))
  return { issuer: { issuer: ISSUER, jwksUri: 'https://issuer.test/jwks' }, fetch }
}

const good = publicJwk('ES256')
const other = { ...generatePair('ES256').publicKey.export({ format: 'jwk' }), kid: 'other' }
const privateJwk = keyPair('ES256').privateKey.export({ format: 'jwk' })

describe('RFC 7517 §5: a key set', () => {
  const [first, last] = [JSON.stringify([good]), JSON.stringify([other])]

  tokenTable([
    [
      '§5 members of the set that are not understood are ignored',
      'accepted',
      {},
      { issuer: { issuer: ISSUER, jwks: Object.assign(jwks(good), { foo: 1 }) } },
    ],
    ['§5 of two members keys the last counts', 'accepted', {}, fetched(`{"keys":${last},"keys":${first}}`)],
    ['§5 and the others do not', 'ERR_KEY_UNKNOWN', {}, fetched(`{"keys":${first},"\\u006beys":${last}}`)],
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
      '§5 a key for an algorithm that is not understood is ignored',
      'accepted',
      {},
      trusting({ ...other, alg: 'ES999' }, good),
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
      trusting({ kty: 'RSA', n: toBase64url(2n ** 1023n + 1n), e: 'AQAB' }, good),
    ],
    ['§5 a key whose values have other types is ignored', 'accepted', {}, trusting({ ...other, x: 1 }, good)],
    ['§5 a member that is no key is ignored', 'accepted', {}, trusting(null, 'x', 1, [], good)],
    ['§5.1 the order of the keys means nothing: this one first', 'accepted', {}, trusting(good, other)],
    ['§5.1 the order of the keys means nothing: this one last', 'accepted', {}, trusting(other, good)],
  ])

  test.each<[string, unknown]>([
    ['§5 a set must have keys', {}],
    ['§5 keys must be an array', { keys: { 0: good } }],
    ['§5 stricter: a set without a usable key is none', { keys: [] }],
    ['§9.2 private keys that are given are refused at start-up', jwks(publicJwk('RS256'), privateJwk)],
    [
      '§9.2 symmetric keys that are given are refused at start-up',
      jwks(publicJwk('RS256'), { kty: 'oct', k: 'AAAA' }),
    ],
  ])('%s', (_title, set) => {
    const issuer = { issuer: ISSUER, jwks: set as ReturnType<typeof jwks> }
    expect(() => resourceServer(options({ issuer }))).toThrow(/^issuer\.jwks: /)
  })

  test.each<[string, string]>([
    ['§5 a fetched set without keys is none', '{}'],
    ['§5 a fetched set whose keys are no array is none', `{"keys":{"0":${JSON.stringify(good)}}}`],
    ['§5 a fetched set that is no object is none', JSON.stringify([good])],
    ['§5 a fetched set that is no JSON is none', `{"keys":[${JSON.stringify(good)},]}`],
    ['§7 not done: an encrypted key set is no key set', 'AAAA.AAAA.AAAA.AAAA.AAAA'],
  ])('%s', async (_title, text) => {
    await expect(verdict(rawToken(), fetched(text))).rejects.toMatchObject({ status: 503 })
  })
})

describe('RFC 7517 §7 and §9.2: what is not public', () => {
  tokenTable([
    [
      '§7 not done: an encrypted key in a set is ignored',
      'accepted',
      {},
      trusting('AAAA.AAAA.AAAA.AAAA.AAAA', good),
    ],
    [
      '§9.2 a private key that is published is not used, not even for its public half',
      'ERR_KEY_UNKNOWN',
      {},
      fetched(JSON.stringify(jwks({ ...privateJwk, kid: 'es256' }, other))),
    ],
  ])

  test('§7 and §9.2 what is said of a private key does not disclose it', () => {
    const issuer = { issuer: ISSUER, jwks: jwks(good, privateJwk) }
    let thrown: unknown
    try {
      resourceServer(options({ issuer }))
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(Error)
    expect(inspect(thrown, { depth: null, showHidden: true })).not.toContain(privateJwk.d)
  })
})
