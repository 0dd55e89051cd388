/**
 * RFC 7519, JSON Web Token: §2-§4, what a recipient must and should do about the claims. §5-§12 are
 * in a file of their own.
 */
import { resourceServer } from 'express-resource-server'
import { tokenTable } from '../support/rfc-table.js'
import {
  AUDIENCE,
  claims,
  generatePair,
  ISSUER,
  jwks,
  NOW,
  options,
  publicJwk,
  rawToken,
  verify,
} from '../support/tokens.js'

const json = JSON.stringify(claims())
const upTo = (end: string): string => json.slice(0, -1) + end
/** The claims, with this text as the value of `exp`. */
const expiring = (exp: string): string => json.replace(String(NOW + 300), exp)
const exactly = { clockToleranceSeconds: 0 }

describe('RFC 7519 §2-§4: names and values', () => {
  tokenTable([
    [
      '§2 StringOrURI: values with a colon that are no URI: not done: taken, nothing reads them as URIs',
      'accepted',
      { payload: claims({ sub: 'a: b' }) },
    ],
    [
      '§2 StringOrURI is compared as it stands: aud with the default port is another value',
      'ERR_AUDIENCE_MISMATCH',
      { payload: claims({ aud: `${AUDIENCE}:443` }) },
    ],
    [
      '§2 StringOrURI is compared as it stands: iss with a slash behind is another value',
      'ERR_ISSUER_UNKNOWN',
      { payload: claims({ iss: `${ISSUER}/` }) },
    ],
    ['§2 NumericDate may have a fraction', 'accepted', { payload: expiring('1750000300.25') }],
    ['§2 NumericDate may have an exponent', 'accepted', { payload: expiring('1.7500003e9') }],
    [
      '§3 white space around names, values and the object is accepted',
      'accepted',
      { payload: `\r\n\t${JSON.stringify(claims(), null, 2)}\n ` },
    ],
    [
      '§4 duplicate claim names are refused: of the two ways that are allowed, the strict one',
      'ERR_TOKEN_MALFORMED',
      { payload: upTo(',"sub":"admin"}') },
    ],
    [
      '§4 duplicate claim names, one of them escaped, are refused',
      'ERR_TOKEN_MALFORMED',
      { payload: upTo(',"\\u0065xp":9999999999}') },
    ],
    [
      '§4 duplicate names inside a claim: stricter: refused',
      'ERR_TOKEN_MALFORMED',
      { payload: upTo(',"act":{"sub":"a","sub":"b"}}') },
    ],
    [
      '§4 one name at two depths is no duplicate',
      'accepted',
      { payload: claims({ act: { sub: 'a', act: { sub: 'b' } } }) },
    ],
    [
      '§4 claims that are not understood are ignored',
      'accepted',
      { payload: claims({ 'https://a.test/x': { y: [1] }, private: null }) },
    ],
    [
      '§4 whether a claim must be there is for the application to say: requiredClaims',
      'ERR_CLAIM_MISSING',
      {},
      { requiredClaims: ['tenant'] },
    ],
  ])
})

describe('RFC 7519 §4.1.1-§4.1.3: iss, sub and aud', () => {
  tokenTable([
    [
      '§4.1.1 iss of another issuer is refused',
      'ERR_ISSUER_UNKNOWN',
      { payload: claims({ iss: 'https://other.test' }) },
    ],
    [
      '§4.1.1 iss is compared with case',
      'ERR_ISSUER_UNKNOWN',
      { payload: claims({ iss: 'https://ISSUER.test' }) },
    ],
    [
      '§4.1.1 iss that is no string is refused',
      'ERR_ISSUER_UNKNOWN',
      { payload: claims({ iss: ['https://issuer.test'] }) },
    ],
    [
      '§4.1.1 iss is optional there: stricter: a token without it is refused',
      'ERR_ISSUER_UNKNOWN',
      { payload: claims({ iss: undefined }) },
    ],
    ['§4.1.2 sub is any string', 'accepted', { payload: claims({ sub: 'ÄöÜ 名\u0000' }) }],
    ['§4.1.2 sub that is no string is refused', 'ERR_CLAIM_INVALID', { payload: claims({ sub: 42 }) }],
    ['§4.1.2 sub that is empty counts as absent', 'accepted', { payload: claims({ sub: '' }) }],
    ['§4.1.2 sub is optional', 'accepted', { payload: claims({ sub: undefined }) }],
    [
      '§4.1.3 aud that does not name this resource is refused',
      'ERR_AUDIENCE_MISMATCH',
      { payload: claims({ aud: 'https://other.test' }) },
    ],
    [
      '§4.1.3 aud with several values, none of which names this resource, is refused',
      'ERR_AUDIENCE_MISMATCH',
      { payload: claims({ aud: ['https://other.test', `${AUDIENCE}/orders`] }) },
    ],
    ['§4.1.3 aud that names nobody is refused', 'ERR_AUDIENCE_MISMATCH', { payload: claims({ aud: [] }) }],
    [
      '§4.1.3 aud is compared with case',
      'ERR_AUDIENCE_MISMATCH',
      { payload: claims({ aud: 'https://API.test' }) },
    ],
    [
      '§4.1.3 aud may be an array that holds this resource',
      'accepted',
      { payload: claims({ aud: ['x', AUDIENCE] }) },
    ],
    ['§4.1.3 aud may be a single string', 'accepted', { payload: claims({ aud: AUDIENCE }) }],
    [
      '§4.1.3 a resource with several identifiers may be named by any of them',
      'accepted',
      { payload: claims({ aud: 'urn:api' }) },
      { audience: [AUDIENCE, 'urn:api'] },
    ],
    [
      '§4.1.3 aud with values that are no strings is refused',
      'ERR_CLAIM_INVALID',
      { payload: claims({ aud: [AUDIENCE, 1] }) },
    ],
    ['§4.1.3 aud that is null is refused', 'ERR_CLAIM_INVALID', { payload: claims({ aud: null }) }],
    [
      '§4.1.3 aud is optional there: stricter: a token without it is refused',
      'ERR_CLAIM_MISSING',
      { payload: claims({ aud: undefined }) },
    ],
    [
      '§4.1.3 not done where dangerouslyAcceptAnyAudience waives it: aud may name others',
      'accepted',
      { payload: claims({ aud: 'https://other.test' }) },
      { audience: undefined, dangerouslyAcceptAnyAudience: true },
    ],
  ])

  test('§4.1.2 sub is unique within its issuer at least: a principal names both, as they stand in the token', async () => {
    const other = generatePair('ES256')
    const theirs = { ...other.publicKey.export({ format: 'jwk' }), kid: 'es256' }
    const issuer = [
      { issuer: ISSUER, jwks: jwks(publicJwk('ES256')) },
      { issuer: 'https://other.test', jwks: jwks(theirs) },
    ]
    const payload = claims({ iss: 'https://other.test', sub: 'User-1 ' })
    const principal = await verify(rawToken({ payload, key: other.privateKey }), { issuer })
    expect([principal.issuer, principal.subject]).toEqual(['https://other.test', 'User-1 '])
  })
})

describe('RFC 7519 §4.1.4-§4.1.7: exp, nbf, iat and jti', () => {
  tokenTable([
    ['§4.1.4 on exp the token is refused', 'ERR_TOKEN_EXPIRED', { payload: claims({ exp: NOW }) }, exactly],
    [
      '§4.1.4 after exp the token is refused',
      'ERR_TOKEN_EXPIRED',
      { payload: claims({ exp: NOW - 1 }) },
      exactly,
    ],
    ['§4.1.4 before exp the token is accepted', 'accepted', { payload: claims({ exp: NOW + 0.5 }) }, exactly],
    ['§4.1.4 a small leeway may be given: 5 s by default', 'accepted', { payload: claims({ exp: NOW - 4 }) }],
    ['§4.1.4 and no more', 'ERR_TOKEN_EXPIRED', { payload: claims({ exp: NOW - 5 }) }],
    ['§4.1.4 exp must be a number', 'ERR_CLAIM_INVALID', { payload: claims({ exp: String(NOW + 300) }) }],
    ['§4.1.4 exp that is null is not absent', 'ERR_CLAIM_INVALID', { payload: claims({ exp: null }) }],
    [
      '§4.1.4 exp is optional there: stricter: a token without it is refused',
      'ERR_CLAIM_MISSING',
      { payload: claims({ exp: undefined }) },
    ],
    [
      '§4.1.4 stricter: exp beyond the year 9999 is refused: milliseconds, or for ever',
      'ERR_CLAIM_INVALID',
      { payload: claims({ exp: NOW * 1000 }) },
    ],
    ['§4.1.4 exp that overflows to infinity is refused', 'ERR_CLAIM_INVALID', { payload: expiring('1e400') }],
    [
      '§4.1.5 before nbf the token is refused',
      'ERR_TOKEN_NOT_YET_VALID',
      { payload: claims({ nbf: NOW + 0.5 }) },
      exactly,
    ],
    ['§4.1.5 on nbf the token is accepted', 'accepted', { payload: claims({ nbf: NOW }) }, exactly],
    ['§4.1.5 after nbf the token is accepted', 'accepted', { payload: claims({ nbf: NOW - 1 }) }, exactly],
    ['§4.1.5 a small leeway may be given: 5 s by default', 'accepted', { payload: claims({ nbf: NOW + 5 }) }],
    ['§4.1.5 and no more', 'ERR_TOKEN_NOT_YET_VALID', { payload: claims({ nbf: NOW + 6 }) }],
    ['§4.1.5 nbf must be a number', 'ERR_CLAIM_INVALID', { payload: claims({ nbf: 'now' }) }],
    ['§4.1.6 iat must be a number', 'ERR_CLAIM_INVALID', { payload: claims({ iat: 'now' }) }],
    ['§4.1.6 iat is optional', 'accepted', { payload: claims({ iat: undefined }) }],
    [
      '§4.1.6 iat may be used for the age of a token: maxTokenAgeSeconds',
      'ERR_TOKEN_TOO_OLD',
      { payload: claims({ iat: NOW - 66 }) },
      { maxTokenAgeSeconds: 60 },
    ],
    [
      '§4.1.6 iat in the future: not done without maxTokenAgeSeconds: nbf is what forbids early use',
      'accepted',
      { payload: claims({ iat: NOW + 3600 }) },
    ],
    ['§4.1.7 jti that is no string is refused', 'ERR_CLAIM_INVALID', { payload: claims({ jti: 1 }) }],
    ['§4.1.7 jti that is empty counts as absent', 'accepted', { payload: claims({ jti: '' }) }],
    ['§4.1.7 jti is optional', 'accepted', { payload: claims({ jti: undefined }) }],
  ])

  test('§4.1.4 a token that was accepted before is refused from exp on', async () => {
    let now = NOW
    const server = resourceServer(options({ ...exactly, clock: { epochMs: () => now * 1000 } }))
    const token = rawToken()
    await server.verify(token)
    now = NOW + 299
    await expect(server.verify(token)).resolves.toBeDefined()
    now = NOW + 300
    await expect(server.verify(token)).rejects.toMatchObject({ code: 'ERR_TOKEN_EXPIRED' })
  })

  test.each([
    [300, false],
    [301, true],
  ])(
    '§4.1.4 and §4.1.5 the leeway is a few minutes at most: of %i s, refused at start-up: %s',
    (seconds, refused) => {
      const start = () => resourceServer(options({ clockToleranceSeconds: seconds }))
      if (refused) expect(start).toThrow(/^clockToleranceSeconds: /)
      else expect(start).not.toThrow()
    },
  )

  test('§4.1.7 not done: a jti that was seen before is accepted: a bearer token is for many requests', async () => {
    const server = resourceServer(options())
    const token = rawToken()
    await server.verify(token)
    await expect(server.verify(token)).resolves.toMatchObject({ subject: 'user-1' })
  })

  test('§4.1.7 a jti that two tokens share by accident confuses nothing: no token is found by it', async () => {
    const server = resourceServer(options())
    const subjects = ['user-1', 'user-2'].map(async (sub) => {
      const { subject } = await server.verify(rawToken({ payload: claims({ sub, jti: 'same' }) }))
      return subject
    })
    expect(await Promise.all(subjects)).toEqual(['user-1', 'user-2'])
  })
})
