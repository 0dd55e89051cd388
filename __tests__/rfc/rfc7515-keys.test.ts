/**
 * RFC 7515, JSON Web Signature, §4.1.2-§4.1.8, §6 and §8: which key a recipient uses, and where it
 * comes from.
 */
import { resourceServer } from 'express-resource-server'
import { Harness, outcome, QUICK } from '../support/key-harness.js'
import { tokenTable } from '../support/rfc-table.js'
import { selfSigned } from '../support/tls.js'
import {
  encode,
  generatePair,
  header,
  ISSUER,
  jwks,
  options,
  publicJwk,
  rawToken,
  trusting,
  verdict,
} from '../support/tokens.js'

const genuine = rawToken()
const stranger = generatePair('ES256')
const strangersJwk = stranger.publicKey.export({ format: 'jwk' })

/** A token signed with an untrusted key, which its header offers. */
function offered(members: object): { header: object; key: typeof stranger.privateKey } {
  return { header: header(members), key: stranger.privateKey }
}

/** This many other keys that would fit a token without kid, before the one that verifies it. */
function after(count: number): ReturnType<typeof trusting> {
  const others = Array.from({ length: count }, (_, i) => ({ ...strangersJwk, kid: `other-${i}` }))
  return trusting(...others, publicJwk('ES256'))
}

describe('RFC 7515 §4.1.2-§4.1.8: which key', () => {
  tokenTable([
    [
      '§4.1.2 not done: jku is never followed: keys come only from the trusted issuer',
      'ERR_SIGNATURE_INVALID',
      offered({ jku: 'https://evil.test/jwks' }),
    ],
    [
      '§4.1.2 jku next to a good signature has no effect',
      'accepted',
      { header: header({ jku: 'https://evil.test/jwks' }) },
    ],
    [
      '§4.1.3 not done: jwk is never believed: keys come only from the trusted issuer',
      'ERR_SIGNATURE_INVALID',
      offered({ jwk: strangersJwk }),
    ],
    [
      '§4.1.3 jwk is not believed without kid either',
      'ERR_SIGNATURE_INVALID',
      offered({ jwk: strangersJwk, kid: undefined }),
    ],
    [
      '§4.1.3 jwk of another key next to a good signature has no effect',
      'accepted',
      { header: header({ jwk: strangersJwk }) },
    ],
    ['§4.1.4 kid that is no string is refused', 'ERR_TOKEN_MALFORMED', { header: header({ kid: 1 }) }],
    ['§4.1.4 kid that is null is refused', 'ERR_TOKEN_MALFORMED', { header: header({ kid: null }) }],
    ['§4.1.4 kid is compared with case', 'ERR_KEY_UNKNOWN', { header: header({ kid: 'ES256' }) }],
    ['§4.1.4 kid is optional', 'accepted', { header: header({ kid: undefined }) }],
    [
      '§4.1.4 kid may be any text',
      'accepted',
      { header: header({ kid: '../k?a=b c' }) },
      trusting(publicJwk('ES256', { kid: '../k?a=b c' })),
    ],
    [
      '§4.1.4 kid that is empty: not done: it counts as none, as issuers without key ids write it',
      'accepted',
      { header: header({ kid: '' }) },
      trusting(publicJwk('ES256', { kid: '' })),
    ],
    [
      '§4.1.4 kid of more than 256 characters: stricter: refused',
      'ERR_TOKEN_MALFORMED',
      { header: header({ kid: 'k'.repeat(257) }) },
      trusting(publicJwk('ES256', { kid: 'k'.repeat(257) })),
    ],
    [
      '§4.1.5 not done: x5u is never followed',
      'ERR_SIGNATURE_INVALID',
      offered({ x5u: 'https://evil.test/cert' }),
    ],
    [
      '§4.1.6 not done: x5c is never believed, so that no chain is validated',
      'ERR_SIGNATURE_INVALID',
      offered({ x5c: [stranger.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')] }),
    ],
    [
      '§4.1.6 x5c that is no chain, next to a good signature, has no effect',
      'accepted',
      { header: header({ x5c: ['AAAA'] }) },
    ],
    ['§4.1.7 not done: x5t selects no key', 'accepted', { header: header({ x5t: 'AAAA' }) }],
    ['§4.1.8 not done: x5t#S256 selects no key', 'accepted', { header: header({ 'x5t#S256': 'AAAA' }) }],
  ])

  test('§4.1.2, §4.1.5 and §8 nobody asks for what jku and x5u name, so that no rule about fetching it applies', async () => {
    const asked = new Set<string>()
    const fetch = (url: string): Promise<Response> => {
      asked.add(url)
      return Promise.resolve(Response.json(jwks(publicJwk('ES256'))))
    }
    const issuer = { issuer: ISSUER, jwksUri: 'https://issuer.test/jwks' }
    const members = { jku: 'https://other.test/jwks', x5u: 'https://other.test/certificate' }
    expect(await verdict(rawToken({ header: header(members) }), { issuer, fetch })).toBe('accepted')
    const foreign = rawToken(offered({ ...members, kid: 'foreign' }))
    expect(await verdict(foreign, { issuer, fetch })).toBe('ERR_KEY_UNKNOWN')
    expect([...asked]).toEqual(['https://issuer.test/jwks'])
  })
})

describe('RFC 7515 §6 and appendix D: which key', () => {
  tokenTable([
    ['§6 kid selects the key', 'accepted', {}, after(1)],
    [
      '§6 without kid the keys that fit are tried',
      'accepted',
      { header: header({ kid: undefined }) },
      after(1),
    ],
    [
      '§D stricter: without kid at most ten keys are tried',
      'ERR_SIGNATURE_INVALID',
      { header: header({ kid: undefined }) },
      after(10),
    ],
    [
      '§6 what names the key is integrity protected: kid cannot be changed, not even to another name of the same key',
      'ERR_SIGNATURE_INVALID',
      `${encode(header({ kid: 'alias' }))}.${genuine.slice(genuine.indexOf('.') + 1)}`,
      trusting(publicJwk('ES256'), publicJwk('ES256', { kid: 'alias' })),
    ],
    [
      '§6 validation fails where no key has that kid, though another would fit',
      'ERR_KEY_UNKNOWN',
      { header: header({ kid: 'unknown' }) },
    ],
    [
      '§6 validation fails where there is no kid, and no key fits',
      'ERR_KEY_UNKNOWN',
      { header: header({ kid: undefined }) },
      trusting(publicJwk('RS256')),
    ],
  ])
})

/**
 * The specification demands this of jku and x5u, which are not followed. Here it is tested on the
 * issuer's jwks_uri.
 */
describe('RFC 7515 §8 and §10.3: where keys come from', () => {
  const harness = new Harness()
  afterEach(() => harness.close())

  test('§8 and §10.3 keys come over TLS: any other address is refused at start-up', () => {
    const issuer = { issuer: ISSUER, jwksUri: 'http://issuer.test/jwks' }
    expect(() => resourceServer(options({ issuer }))).toThrow(/^issuer\.jwksUri: /)
  })

  test('§8 and §10.3 a server with a self-signed certificate is not asked', async () => {
    const server = await harness.keyServer(selfSigned)
    expect(await outcome(harness.api(server, QUICK).verify(server.token()))).toMatchObject({ status: 503 })
    expect(server.hits.keys).toBe(0)
  })
})
