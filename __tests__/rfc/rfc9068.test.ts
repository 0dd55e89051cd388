/**
 * RFC 9068, JWT Profile for OAuth 2.0 Access Tokens: profile `at+jwt`, every MUST and SHOULD that
 * concerns a resource server.
 */
import { requireRoles, requireScopes, resourceServer } from 'express-resource-server'
import type { Guard } from 'express-resource-server'
import { asymmetric } from '../support/algorithms.js'
import { start } from '../support/http.js'
import type { Running } from '../support/http.js'
import { Harness, outcome } from '../support/key-harness.js'
import { faults } from '../support/key-server.js'
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
const harness = new Harness()
afterEach(() => harness.close())

/** A row for the profile `at+jwt`. */
function row(title: string, expected: string, token: RawToken | string, changes: TokenRow[3] = {}): TokenRow {
  return [title, expected, token, { ...atJwt, ...changes }]
}

/** A server over HTTP, followed by a guard. */
function guarded(guard: Guard): Promise<Running> {
  const server = resourceServer({ ...options(), ...atJwt })
  return start((req, res) => server(req, res, () => guard(req, res, () => res.end())))
}

describe('RFC 9068 §2.1: the header', () => {
  tokenTable([
    row(
      '§2.1 a token is signed: one without a signature is refused',
      'ERR_TOKEN_MALFORMED',
      `${encode(header())}.${encode(claims())}.`,
    ),
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
    row(
      '§2.1 asymmetric ones are recommended: stricter: HS256 is refused unless a secret is configured',
      'ERR_ALGORITHM_NOT_ALLOWED',
      { header: header({ alg: 'HS256' }), signature: Buffer.alloc(32) },
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
    row('§2.2.3 a token without scope is accepted: whether that is enough is for the guards', 'accepted', {
      payload: claims({ scope: undefined }),
    }),
  ])

  test('§2.2 sub is the resource owner, or the client where there is none: not done: which of them is not told', async () => {
    const owner = await verify(rawToken({ payload: claims({ sub: 'user-1' }) }), atJwt)
    const client = await verify(rawToken({ payload: claims({ sub: 'client-1' }) }), atJwt)
    expect([owner.subject, client.subject]).toEqual(['user-1', 'client-1'])
  })

  test('§2.2.2 identity claims have their registered names: passed on as they come', async () => {
    const principal = await verify(rawToken({ payload: claims({ email: 'a@b.test' }) }), atJwt)
    expect(principal.claims['email']).toBe('a@b.test')
  })

  test('§2.2.3 scope strings mean something to the resources of aud: not done: others are passed on too', async () => {
    const payload = claims({ aud: [AUDIENCE, 'https://other.test'], scope: 'read other:read' })
    expect((await verify(rawToken({ payload }), atJwt)).scopes).toEqual(['read', 'other:read'])
  })

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

  test('§2.2.3.1 values are as in RFC 7643: not done for roles that are objects: they grant nothing unless roles reads them', async () => {
    const token = rawToken({ payload: claims({ roles: [{ value: 'r', primary: true }] }) })
    const values = (payload: object): unknown =>
      (payload as { roles: { value: string }[] }).roles.map(({ value }) => value)
    expect((await verify(token, atJwt)).roles).toEqual([])
    expect((await verify(token, { ...atJwt, roles: values })).roles).toEqual(['r'])
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
      '§4 an encrypted token is decrypted: not done: refused',
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
      'ERR_ALGORITHM_NOT_ALLOWED',
      `${encode(header({ alg: 'none' }))}.${encode(claims())}.`,
    ),
    row('§4 the keys are those of the issuer: one in the header does not count', 'ERR_SIGNATURE_INVALID', {
      header: header({ jwk: stranger.publicKey.export({ format: 'jwk' }) }),
      key: stranger.privateKey,
    }),
    row('§4 the current time must be before exp', 'ERR_TOKEN_EXPIRED', {
      payload: claims({ exp: NOW - 10 }),
    }),
    row(
      '§4 the current time must be before exp, not equal to it',
      'ERR_TOKEN_EXPIRED',
      { payload: claims({ exp: NOW }) },
      { clockToleranceSeconds: 0 },
    ),
    row('§4 a small leeway may be given', 'accepted', { payload: claims({ exp: NOW - 4 }) }),
  ])

  test('§4 a small leeway is no more than a few minutes: 300 s', () => {
    const withLeeway = (clockToleranceSeconds: number) => () =>
      resourceServer({ ...options(), ...atJwt, clockToleranceSeconds })
    expect(withLeeway(300)).not.toThrow()
    expect(withLeeway(301)).toThrow('clockToleranceSeconds')
  })

  test('§4 a token that is not encrypted although that was agreed: not done: it cannot be agreed, there is no option', () => {
    expect(() => resourceServer(Object.assign(options(), { decryption: {} }))).toThrow('decryption')
  })

  test.each<[string, RawToken | string]>([
    ['typ', { header: header({ typ: 'JWT' }) }],
    ['encryption', `${encode({ alg: 'dir', enc: 'A256GCM', typ: 'at+jwt' })}..AAAA.AAAA.AAAA`],
    ['iss', { payload: claims({ iss: 'https://other.test' }) }],
    ['aud', { payload: claims({ aud: 'https://other.test' }) }],
    ['the signature', { key: stranger.privateKey }],
    ['alg', { header: header({ alg: 'none' }) }],
    ['exp', { payload: claims({ exp: NOW - 10 }) }],
    ['a required claim', { payload: claims({ client_id: undefined }) }],
  ])('§4 a failure is answered as RFC 6750 §3.1 says, with invalid_token: %s', async (_, token) => {
    const running = await guarded(requireScopes('read'))
    const answer = await running.ask({ token: typeof token === 'string' ? token : rawToken(token) })
    expect([answer.status, answer.challenge?.parameters['error']]).toEqual([401, 'invalid_token'])
  })

  test('§4 authorization claims decide together with what a route asks for: scope', async () => {
    const running = await guarded(requireScopes('write'))
    const lacking = await running.ask({ token: rawToken() })
    const granted = await running.ask({ token: rawToken({ payload: claims({ scope: 'read write' }) }) })
    expect([lacking.status, lacking.challenge?.parameters]).toEqual([
      403,
      expect.objectContaining({ error: 'insufficient_scope', scope: 'write' }),
    ])
    expect(granted.status).toBe(200)
  })

  test('§4 authorization claims decide together with what a route asks for: roles', async () => {
    const running = await guarded(requireRoles('boss'))
    const lacking = await running.ask({ token: rawToken({ payload: claims({ roles: ['clerk'] }) }) })
    const granted = await running.ask({ token: rawToken({ payload: claims({ roles: ['clerk', 'boss'] }) }) })
    expect([lacking.status, granted.status]).toEqual([403, 200])
  })
})

describe('RFC 9068 §4: the metadata of the authorization server', () => {
  const profileClaims = { client_id: 'client-1', iat: NOW, jti: 'token-1' }

  test('§4 keys are those of its jwks_uri, and iss is its issuer', async () => {
    const [server, other] = [await harness.keyServer(), await harness.keyServer()]
    const api = harness.api(server, {}, { ...atJwt, issuer: server.issuer })
    const [good, forged, foreign] = [
      server.token(undefined, { claims: profileClaims }),
      server.token(other.keys[0], { claims: profileClaims }),
      server.token(undefined, { claims: { ...profileClaims, iss: other.issuer } }),
    ]
    expect(await outcome(api.verify(good))).toEqual({ status: 200 })
    expect(await outcome(api.verify(forged))).toEqual({ status: 401, code: 'ERR_SIGNATURE_INVALID' })
    expect(await outcome(api.verify(foreign))).toEqual({ status: 401, code: 'ERR_ISSUER_UNKNOWN' })
  })

  test('§4 both methods of publication say the same: not done: of two that differ the first that is found counts', async () => {
    const [server, other] = [await harness.keyServer(), await harness.keyServer()]
    server.metadata = (res, req) => {
      const isFirst = req.url === '/.well-known/openid-configuration'
      const { jwksUri } = isFirst ? server : other
      faults.json({ issuer: server.issuer, jwks_uri: jwksUri })(res, req)
    }
    const api = harness.api(server, {}, { ...atJwt, issuer: server.issuer })
    expect(await outcome(api.verify(server.token(undefined, { claims: profileClaims })))).toEqual({
      status: 200,
    })
    expect([server.hits, other.hits.keys]).toEqual([{ metadata: 1, keys: 1 }, 0])
  })
})

describe('RFC 9068 §5: security', () => {
  tokenTable([
    row(
      '§5 resources have identifiers of their own: a token for another is refused',
      'ERR_AUDIENCE_MISMATCH',
      {
        payload: claims({ aud: 'https://issuer.test/other-api' }),
      },
    ),
    ...(['ES256', 'RS256'] as const).map((algorithm) =>
      row(
        `§5 any key of the issuer verifies, for none is known to be that of access tokens: ${algorithm}`,
        'accepted',
        { algorithm },
        trusting(publicJwk('ES256'), publicJwk('RS256')),
      ),
    ),
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
