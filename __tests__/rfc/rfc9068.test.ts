/** RFC 9068, JWT Profile for OAuth 2.0 Access Tokens: profile `at+jwt`, every validation step of §4. */
import { requireScopes, resourceServer } from 'express-resource-server'
import { asymmetric } from '../support/algorithms.js'
import { start } from '../support/http.js'
import { tokenTable } from '../support/rfc-table.js'
import type { TokenRow } from '../support/rfc-table.js'
import {
  AUDIENCE,
  claims,
  encode,
  generatePair,
  header,
  NOW,
  options,
  publicJwk,
  rawToken,
  trusting,
  verify,
} from '../support/tokens.js'
import type { RawToken } from '../support/tokens.js'

const atJwt = { profile: 'at+jwt' } as const

/** A row that is judged in profile `at+jwt`. */
function row(title: string, expected: string, token: RawToken | string, changes: TokenRow[3] = {}): TokenRow {
  return [title, expected, token, { ...atJwt, ...changes }]
}

describe('RFC 9068 §2.1: the header', () => {
  tokenTable([
    row('§2.1 none is never used', 'ERR_ALGORITHM_NOT_ALLOWED', { header: header({ alg: 'none' }) }),
    row('§2.1 RS256 is supported', 'accepted', { algorithm: 'RS256' }, trusting(publicJwk('RS256'))),
    ...asymmetric.map((algorithm) =>
      row(
        `§2.1 other asymmetric algorithms may be: ${algorithm}`,
        'accepted',
        { algorithm },
        trusting(publicJwk(algorithm)),
      ),
    ),
    row('§2.1 typ at+jwt is accepted', 'accepted', { header: header({ typ: 'at+jwt' }) }),
    row('§2.1 typ application/at+jwt is accepted', 'accepted', {
      header: header({ typ: 'application/at+jwt' }),
    }),
    row('§2.1 typ is a media type: compared without case', 'accepted', { header: header({ typ: 'AT+JWT' }) }),
  ])
})

describe('RFC 9068 §2.2: the claims', () => {
  tokenTable([
    ...['exp', 'aud', 'sub', 'client_id', 'iat', 'jti'].flatMap((name) => [
      row(`§2.2 ${name} is required`, 'ERR_CLAIM_MISSING', { payload: claims({ [name]: undefined }) }),
      row(`§2.2 ${name} has a type`, 'ERR_CLAIM_INVALID', { payload: claims({ [name]: { x: 1 } }) }),
    ]),
    row('§2.2 iss is required', 'ERR_ISSUER_UNKNOWN', { payload: claims({ iss: undefined }) }),
    row(
      '§2.2 aud is required also where any audience will do',
      'ERR_CLAIM_MISSING',
      { payload: claims({ aud: undefined }) },
      { audience: undefined, dangerouslyAcceptAnyAudience: true },
    ),
    row(
      '§2.2.1 auth_time, acr and amr are optional; not done: their types are not checked before a guard reads them',
      'accepted',
      { payload: claims({ auth_time: 'x', acr: 1, amr: 'pwd' }) },
    ),
    row('§2.2.2 identity claims are optional and passed on', 'accepted', {
      payload: claims({ email: 'a@b.test' }),
    }),
    row('§2.2.3 a token without scope is accepted: whether that is enough is for the guards', 'accepted', {
      payload: claims({ scope: undefined }),
    }),
  ])

  test('§2.2.3 scope is a string of values separated by spaces', async () => {
    const principal = await verify(rawToken({ payload: claims({ scope: 'read write' }) }), atJwt)
    expect(principal.scopes).toEqual(['read', 'write'])
  })

  test('§2.2.3.1 groups, roles and entitlements are passed on; roles are read by default', async () => {
    const payload = claims({ groups: ['g'], roles: ['r'], entitlements: ['e'] })
    const principal = await verify(rawToken({ payload }), atJwt)
    expect(principal.roles).toEqual(['r'])
    expect(principal.claims).toMatchObject({ groups: ['g'], entitlements: ['e'] })
  })
})

describe('RFC 9068 §4: validation', () => {
  const stranger = generatePair('ES256')

  tokenTable([
    row('§4 typ that is absent is refused', 'ERR_TOKEN_TYPE', { header: header({ typ: undefined }) }),
    row('§4 typ JWT is refused', 'ERR_TOKEN_TYPE', { header: header({ typ: 'JWT' }) }),
    row('§4 typ with any other value is refused', 'ERR_TOKEN_TYPE', {
      header: header({ typ: 'id_token+jwt' }),
    }),
    row('§4 typ with a parameter is refused', 'ERR_TOKEN_TYPE', { header: header({ typ: 'at+jwt; v=1' }) }),
    row('§4 typ with another prefix is refused', 'ERR_TOKEN_TYPE', {
      header: header({ typ: 'text/at+jwt' }),
    }),
    row('§4 typ that is no string is refused', 'ERR_TOKEN_TYPE', { header: header({ typ: ['at+jwt'] }) }),
    row(
      '§4 an encrypted token: not done yet: refused, no decryption is configured',
      'ERR_TOKEN_MALFORMED',
      `${encode({ alg: 'dir', enc: 'A256GCM', typ: 'at+jwt' })}..AAAA.AAAA.AAAA`,
    ),
    row('§4 iss must exactly match: another issuer is refused', 'ERR_ISSUER_UNKNOWN', {
      payload: claims({ iss: 'https://other.test' }),
    }),
    row('§4 iss must exactly match: a trailing slash is refused', 'ERR_ISSUER_UNKNOWN', {
      payload: claims({ iss: 'https://issuer.test/' }),
    }),
    row('§4 aud must hold this resource: another is refused', 'ERR_AUDIENCE_MISMATCH', {
      payload: claims({ aud: 'https://other.test' }),
    }),
    row('§4 aud must hold this resource: one of several is accepted', 'accepted', {
      payload: claims({ aud: ['https://other.test', AUDIENCE] }),
    }),
    row(
      '§4 aud must hold this resource: the client instead, as in an ID token, is refused',
      'ERR_AUDIENCE_MISMATCH',
      { payload: claims({ aud: 'client-1' }) },
    ),
    row('§4 the signature is validated by alg: a false one is refused', 'ERR_SIGNATURE_INVALID', {
      key: stranger.privateKey,
    }),
    row(
      '§4 alg none is refused',
      'ERR_TOKEN_MALFORMED',
      `${encode(header({ alg: 'none' }))}.${encode(claims())}.`,
    ),
    row('§4 the keys are those of the issuer: one in the header does not count', 'ERR_SIGNATURE_INVALID', {
      header: header({ jwk: stranger.publicKey.export({ format: 'jwk' }) }),
      key: stranger.privateKey,
    }),
    row('§4 the current time must be before exp', 'ERR_TOKEN_EXPIRED', {
      payload: claims({ exp: NOW - 10 }),
    }),
    row('§4 a small leeway may be given', 'accepted', { payload: claims({ exp: NOW - 4 }) }),
  ])

  test('§4 a refusal is answered with invalid_token and 401; scope is what guards ask for', async () => {
    const [server, guard] = [resourceServer({ ...options(), ...atJwt }), requireScopes('write')]
    const running = await start((req, res) => server(req, res, () => guard(req, res, () => res.end())))
    const refused = await running.ask({ token: rawToken({ header: header({ typ: 'JWT' }) }) })
    expect([refused.status, refused.challenge?.parameters['error']]).toEqual([401, 'invalid_token'])
    const lacking = await running.ask({ token: rawToken() })
    expect([lacking.status, lacking.challenge?.parameters]).toEqual([
      403,
      expect.objectContaining({ error: 'insufficient_scope', scope: 'write' }),
    ])
    const granted = await running.ask({ token: rawToken({ payload: claims({ scope: 'read write' }) }) })
    expect(granted.status).toBe(200)
  })
})

describe('RFC 9068 §5 and §6: security and privacy', () => {
  tokenTable([
    row('§5 an ID token of the same issuer is refused by its typ', 'ERR_TOKEN_TYPE', {
      header: header({ typ: 'JWT' }),
      payload: claims({ nonce: 'n', at_hash: 'x' }),
    }),
    row('§5 a token for the authorization server itself is refused by its aud', 'ERR_AUDIENCE_MISMATCH', {
      payload: claims({ aud: 'https://issuer.test' }),
    }),
  ])

  test('§5 a client that is called like a user is told from it: sub and client_id stand apart', async () => {
    const principal = await verify(rawToken({ payload: claims({ sub: 'admin', client_id: 'admin' }) }), atJwt)
    expect([principal.subject, principal.clientId]).toEqual(['admin', 'admin'])
  })
})
