/**
 * RFC 8725, JSON Web Token Best Current Practices: §2.8 and §3.6-§3.12, data, who is meant, and
 * kinds of tokens.
 */
import { resourceServer } from 'express-resource-server'
import { z } from 'zod'
import { tokenTable } from '../support/rfc-table.js'
import {
  claims,
  generatePair,
  header,
  ISSUER,
  jwks,
  NOW,
  options,
  publicJwk,
  rawToken,
  verdict,
} from '../support/tokens.js'

const OTHER = 'https://other.test'
const otherPair = generatePair('ES256')

describe('RFC 8725 §3.6 and §3.7: data', () => {
  const claimBytes = Buffer.from(JSON.stringify(claims({ sub: 'Jürgen' })))
  const headerBytes = Buffer.from(JSON.stringify(header({ x: 'Jürgen' })))
  const recoded = (bytes: Buffer, encoding: BufferEncoding) => Buffer.from(bytes.toString(), encoding)

  tokenTable([
    [
      '§3.6 not applicable: compression is for encryption, and zip of a signed token is ignored',
      'accepted',
      { header: header({ zip: 'DEF' }) },
    ],
    ['§3.7 claims in UTF-8 are accepted', 'accepted', { payload: claimBytes }],
    ['§3.7 a header in UTF-8 is accepted', 'accepted', { header: headerBytes }],
    ['§3.7 claims in Latin-1 are refused', 'ERR_TOKEN_MALFORMED', { payload: recoded(claimBytes, 'latin1') }],
    [
      '§3.7 a header in Latin-1 is refused',
      'ERR_TOKEN_MALFORMED',
      { header: recoded(headerBytes, 'latin1') },
    ],
    ['§3.7 claims in UTF-16 are refused', 'ERR_TOKEN_MALFORMED', { payload: recoded(claimBytes, 'utf16le') }],
    [
      '§3.7 a header in UTF-16 is refused',
      'ERR_TOKEN_MALFORMED',
      { header: recoded(headerBytes, 'utf16le') },
    ],
  ])
})

describe('RFC 8725 §3.8 and §3.9: issuer, subject and audience', () => {
  const twoIssuers = {
    issuer: [
      { issuer: ISSUER, jwks: jwks(publicJwk('ES256')) },
      { issuer: OTHER, jwks: jwks({ ...otherPair.publicKey.export({ format: 'jwk' }), kid: 'es256' }) },
    ],
  }
  const knownSubjects = { claims: z.object({ iss: z.literal(ISSUER), sub: z.enum(['user-1']) }) as never }

  tokenTable([
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
    ['§3.8 an application that knows its subjects can say so: a valid one', 'accepted', {}, knownSubjects],
    [
      '§3.8 an application that knows its subjects can say so: another is refused',
      'ERR_CLAIMS_REFUSED',
      { payload: claims({ sub: 'nobody' }) },
      knownSubjects,
    ],
    ['§3.9 a token without aud is refused', 'ERR_CLAIM_MISSING', { payload: claims({ aud: undefined }) }],
    [
      '§3.9 a token for another audience is refused',
      'ERR_AUDIENCE_MISMATCH',
      { payload: claims({ aud: OTHER }) },
    ],
    [
      '§3.9 not done where dangerouslyAcceptAnyAudience waives it: a token without aud is accepted',
      'accepted',
      { payload: claims({ aud: undefined }) },
      { audience: undefined, dangerouslyAcceptAnyAudience: true },
    ],
  ])

  test('§3.9 audience must be given, or waived by name', () => {
    expect(() => resourceServer(options({ audience: undefined }))).toThrow(/^audience: /)
  })
})

describe('RFC 8725 §3.10: what a token says is not trusted', () => {
  tokenTable([
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
      '§3.10 kid that is no name is refused: a line break',
      'ERR_TOKEN_MALFORMED',
      { header: header({ kid: 'es256\n' }) },
    ],
  ])

  test.each([
    ['jku', 'http://169.254.169.254/'],
    ['jku', 'https://issuer.test.evil.test/jwks'],
    ['x5u', 'file:///etc/passwd'],
    ['x5u', 'https://evil.test/cert'],
  ])('§3.10 URLs in the header are not followed: %s %s', async (name, url) => {
    const place = `https://issuer.test/${name}/${encodeURIComponent(url)}`
    const fetch = jest.fn((_url: string) => Promise.resolve(Response.json(jwks(publicJwk('ES256')))))
    const server = resourceServer(options({ issuer: { issuer: ISSUER, jwksUri: place }, fetch }))
    const token = rawToken({ header: header({ [name]: url }), key: otherPair.privateKey })
    await expect(server.verify(token)).rejects.toMatchObject({ code: 'ERR_SIGNATURE_INVALID' })
    server.close()
    expect(fetch.mock.calls.map(([asked]) => asked)).toEqual([place])
  })

  test('§3.10 no cookie and no credential goes with the request for keys', async () => {
    const sent: string[] = []
    const fetch = (_url: string, { headers }: { readonly headers: Record<string, string> }) => {
      sent.push(...Object.keys(headers).map((name) => name.toLowerCase()))
      return Promise.resolve(Response.json(jwks(publicJwk('ES256'))))
    }
    const server = resourceServer(
      options({ issuer: { issuer: ISSUER, jwksUri: 'https://issuer.test/jwks' }, fetch }),
    )
    await server.verify(rawToken())
    server.close()
    expect(sent).toContain('accept')
    expect(sent).not.toContain('cookie')
    expect(sent).not.toContain('authorization')
  })

  test('§3.10 an invented issuer causes no traffic', async () => {
    const fetch = jest.fn<Promise<Response>, []>()
    const issuer = { issuer: ISSUER, jwksUri: 'https://issuer.test/jwks' }
    const token = rawToken({ payload: claims({ iss: 'http://169.254.169.254/' }) })
    expect(await verdict(token, { issuer, fetch })).toBe('ERR_ISSUER_UNKNOWN')
    expect(fetch).not.toHaveBeenCalled()
  })
})

describe('RFC 8725 §2.8, §3.11 and §3.12: kinds of tokens', () => {
  const atJwt = { profile: 'at+jwt' } as const

  tokenTable([
    [
      '§2.8 a token of the same issuer that was made for another purpose is refused',
      'ERR_TOKEN_TYPE',
      { header: header({ typ: 'secevent+jwt' }) },
    ],
    [
      '§3.11 explicit typing: at+jwt demands its type',
      'ERR_TOKEN_TYPE',
      { header: header({ typ: 'JWT' }) },
      atJwt,
    ],
    ['§3.11 explicit typing: the right type is accepted', 'accepted', {}, atJwt],
    [
      '§3.11 explicit typing: application/ should be left out, and may stand there',
      'accepted',
      { header: header({ typ: 'application/at+jwt' }) },
      atJwt,
    ],
    [
      '§3.11 explicit typing: the type of another kind is refused in every profile',
      'ERR_TOKEN_TYPE',
      { header: header({ typ: 'logout+jwt' }) },
    ],
    [
      '§3.11 explicit typing should be used: not done by default, as large issuers send no type of their own',
      'accepted',
      { header: header({ typ: undefined }) },
    ],
    [
      '§3.11 the type of a nested token must be in the inner one: not done: nested tokens are refused',
      'ERR_TOKEN_MALFORMED',
      { header: header({ cty: 'JWT' }), payload: rawToken() },
    ],
    ['§3.12 a DPoP proof is no access token', 'ERR_TOKEN_TYPE', { header: header({ typ: 'dpop+jwt' }) }],
    [
      '§3.12 an ID token is no access token, though it looks like one: at_hash',
      'ERR_NOT_AN_ACCESS_TOKEN',
      { header: header({ typ: 'JWT' }), payload: claims({ at_hash: 'x', nonce: 'n' }) },
    ],
    [
      '§3.12 an ID token is no access token, though it looks like one: the claim typ',
      'ERR_NOT_AN_ACCESS_TOKEN',
      { header: header({ typ: 'JWT' }), payload: claims({ typ: 'ID' }) },
    ],
    [
      '§3.12 an ID token is no access token, though it looks like one: token_use',
      'ERR_NOT_AN_ACCESS_TOKEN',
      { header: header({ typ: 'JWT' }), payload: claims({ token_use: 'id' }) },
    ],
    [
      '§3.12 a refresh token is no access token: the claim typ',
      'ERR_NOT_AN_ACCESS_TOKEN',
      { header: header({ typ: 'JWT' }), payload: claims({ typ: 'Refresh' }) },
    ],
    [
      '§3.12 a logout token is no access token: events',
      'ERR_NOT_AN_ACCESS_TOKEN',
      { header: header({ typ: 'JWT' }), payload: claims({ events: {} }) },
    ],
    [
      '§3.12 not done: without a mark an ID token with our aud passes in profile jwt',
      'accepted',
      { header: header({ typ: 'JWT' }), payload: claims({ nonce: 'n', auth_time: NOW }) },
    ],
    [
      '§3.12 profile at+jwt refuses it: there the rules exclude each other',
      'ERR_TOKEN_TYPE',
      { header: header({ typ: 'JWT' }), payload: claims({ nonce: 'n', auth_time: NOW }) },
      atJwt,
    ],
  ])
})
