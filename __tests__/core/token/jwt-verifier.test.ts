import { resourceServer } from 'express-resource-server'
import type { ResourceServerOptions } from 'express-resource-server'
import {
  AUDIENCE,
  claims,
  encode,
  generatePair,
  header,
  ISSUER,
  jwks,
  NOW,
  options,
  publicJwk,
  rawToken,
  trusting,
  verdict,
} from '../../support/tokens.js'
import type { RawToken } from '../../support/tokens.js'
import { generatePair as newPair } from '../../support/key-pairs.js'

describe('what must be accepted', () => {
  test.each<[string, RawToken]>([
    ['typ JWT', { header: header({ typ: 'JWT' }) }],
    ['no typ', { header: header({ typ: undefined }) }],
    ['typ application/at+jwt', { header: header({ typ: 'application/at+jwt' }) }],
    ['typ in capitals', { header: header({ typ: 'AT+JWT' }) }],
    ['no kid', { header: header({ kid: undefined }) }],
    [
      'header members that mean nothing here',
      { header: header({ foo: 'bar', x5t: 'AA', cty: 'x', zip: 'DEF' }) },
    ],
    ['aud as an array', { payload: claims({ aud: ['x', AUDIENCE] }) }],
    ['pretty-printed JSON in any order', { payload: JSON.stringify(claims(), null, '\r\n\t') }],
    ['a pretty-printed header', { header: JSON.stringify(header(), null, ' \n') }],
    ['claims in UTF-8', { payload: claims({ name: 'Jürgen 名前 😀', sub: 'ユーザー' }) }],
    ['escaped claims', { payload: JSON.stringify(claims()).replace('user-1', '\\u0075ser-1\\u0000') }],
    ['control and direction characters in sub', { payload: claims({ sub: 'user\0admin a\u202eb' }) }],
    ['nbf equal to iat', { payload: claims({ nbf: NOW }) }],
    ['a clock that is 5 s ahead of ours', { payload: claims({ nbf: NOW + 5, iat: NOW + 5 }) }],
    ['fractions of seconds', { payload: claims({ iat: NOW + 0.5, exp: NOW + 0.75 }) }],
    ['no sub, client_id, jti or iat', { payload: { iss: ISSUER, aud: AUDIENCE, exp: NOW + 60 } }],
    ['claims nested 60 deep', { payload: claims({ x: JSON.parse('['.repeat(60) + ']'.repeat(60)) }) }],
    ['7 KB of groups', { payload: claims({ groups: Array.from({ length: 500 }, (_, i) => `group-${i}`) }) }],
  ])('%s', async (_title, raw) => {
    expect(await verdict(rawToken(raw))).toBe('accepted')
  })

  test('all kinds of keys in one set', async () => {
    const keys = [
      publicJwk('RS256'),
      publicJwk('RS256', { use: 'enc', alg: 'RSA-OAEP', kid: 'enc' }),
      publicJwk('ES384'),
      publicJwk('Ed25519'),
      { kty: 'OKP', crv: 'X25519', x: encode(Buffer.alloc(32, 9)), kid: 'ecdh' },
      publicJwk('ES256'),
    ]
    expect(await verdict(rawToken(), trusting(...keys))).toBe('accepted')
  })

  test('one good token many times, with bad ones between', async () => {
    const server = resourceServer({ ...options(), tokenCache: false })
    const [good, bad] = [rawToken(), rawToken({ signature: Buffer.alloc(64, 1) })]
    for (let i = 0; i < 100; i++) {
      await expect(server.verify(good)).resolves.toBeDefined()
      if (i % 10 === 0)
        await expect(server.verify(bad)).rejects.toMatchObject({ code: 'ERR_SIGNATURE_INVALID' })
    }
  })
})

describe('the issuer is compared as it is written', () => {
  const trust = { issuer: { issuer: 'https://as.example', jwks: jwks(publicJwk('ES256')) } }

  test.each<[string, unknown]>([
    ['absent', undefined],
    ['a trailing slash', 'https://as.example/'],
    ['host in capitals', 'https://AS.example'],
    ['the default port', 'https://as.example:443'],
    ['user information', 'https://as.example@evil.test'],
    ['a prefix', 'https://as'],
    ['a longer host', 'https://as.example.evil.test'],
    ['http', 'http://as.example'],
    ['white space', ' https://as.example'],
    ['a NUL behind', 'https://as.example\0'],
    ['another script', 'https://аs.example'],
    ['punycode', 'https://xn--s-7sb.example'],
    ['an array with it', ['https://as.example']],
    ['an array with it and another', ['https://evil.test', 'https://as.example']],
    ['an object', { toString: 'https://as.example' }],
    ['empty', ''],
    ['null', null],
    ['the name of the prototype', '__proto__'],
  ])('%s: refused', async (_title, iss) => {
    expect(await verdict(rawToken({ payload: claims({ iss }) }), trust)).toBe('ERR_ISSUER_UNKNOWN')
  })

  test.each<[string, RawToken, string]>([
    [
      'good copies in the header do not mend bad claims',
      { header: header({ iss: ISSUER, aud: AUDIENCE }), payload: claims({ iss: 'https://evil.test' }) },
      'ERR_ISSUER_UNKNOWN',
    ],
    [
      'good copies in the header do not stand for absent claims',
      { header: header({ exp: NOW + 300 }), payload: claims({ exp: undefined }) },
      'ERR_CLAIM_MISSING',
    ],
    [
      'bad copies in the header do not spoil good claims',
      { header: header({ iss: 'https://evil.test', aud: 'x', exp: 1 }) },
      'accepted',
    ],
  ])('%s', async (_title, raw, expected) => {
    expect(await verdict(rawToken(raw))).toBe(expected)
  })
})

describe('keys that come with the token', () => {
  const attacker = generatePair('ES256')
  const jwk = attacker.publicKey.export({ format: 'jwk' })
  const x5c = [newPair('ed25519').publicKey.export({ format: 'der', type: 'spki' }).toString('base64')]

  test.each<[string, object]>([
    ['jwk', { jwk: { ...jwk, kid: 'es256' } }],
    ['jwk, and no kid', { jwk, kid: undefined }],
    ['jku', { jku: 'https://attacker.test/jwks' }],
    ['jku with user information', { jku: `${ISSUER}@attacker.test/jwks` }],
    ['jku to an internal address', { jku: 'http://169.254.169.254/latest/meta-data/' }],
    ['jku to a file', { jku: 'file:///etc/passwd' }],
    ['jku with data', { jku: `data:application/json,${JSON.stringify(jwks(jwk))}` }],
    ['x5u', { x5u: 'https://attacker.test/cert' }],
    ['x5c', { x5c }],
    ['x5t', { x5t: 'AAAA', 'x5t#S256': 'AAAA', kid: undefined }],
  ])('%s: is neither believed nor followed', async (_title, members) => {
    const calls: string[] = []
    const fetch = (url: string): Promise<Response> => {
      calls.push(url)
      return Promise.resolve(Response.json(jwks(publicJwk('ES256'))))
    }
    const issuer = { issuer: ISSUER, jwksUri: 'https://issuer.test/jwks' }
    const token = rawToken({ header: header(members), key: attacker.privateKey })
    expect(await verdict(token, { issuer, fetch })).toBe('ERR_SIGNATURE_INVALID')
    expect(calls.map(String)).toEqual(['https://issuer.test/jwks'])
  })
})

describe('cheap checks come before the network', () => {
  const forged = { signature: Buffer.alloc(64, 1) }

  async function callsFor(
    token: string,
    changes: Partial<ResourceServerOptions> = {},
  ): Promise<[string, number]> {
    let calls = 0
    const fetch = (): Promise<Response> => {
      calls++
      return Promise.resolve(Response.json(jwks(publicJwk('ES256'))))
    }
    const issuer = { issuer: ISSUER, jwksUri: 'https://issuer.test/jwks' }
    return [await verdict(token, { issuer, fetch, ...changes }), calls]
  }

  test.each<[string, string, string]>([
    ['too large', 'A'.repeat(16_385), 'ERR_TOKEN_TOO_LARGE'],
    ['not three parts', 'opaque', 'ERR_TOKEN_MALFORMED'],
    ['no object in the header', rawToken({ header: '[]', ...forged }), 'ERR_TOKEN_MALFORMED'],
    ['alg none', rawToken({ header: header({ alg: 'none' }), ...forged }), 'ERR_ALGORITHM_NOT_ALLOWED'],
    ['alg HS256', rawToken({ header: header({ alg: 'HS256' }), ...forged }), 'ERR_ALGORITHM_NOT_ALLOWED'],
    ['crit', rawToken({ header: header({ crit: ['x'] }), ...forged }), 'ERR_CRITICAL_HEADER'],
    ['kid no string', rawToken({ header: header({ kid: 1 }), ...forged }), 'ERR_TOKEN_MALFORMED'],
    ['typ of another token', rawToken({ header: header({ typ: 'dpop+jwt' }), ...forged }), 'ERR_TOKEN_TYPE'],
    ['no claims', rawToken({ payload: 'hello', ...forged }), 'ERR_TOKEN_MALFORMED'],
    ['expired', rawToken({ payload: claims({ exp: NOW - 5 }), ...forged }), 'ERR_TOKEN_EXPIRED'],
    ['no issuer', rawToken({ payload: claims({ iss: undefined }), ...forged }), 'ERR_ISSUER_UNKNOWN'],
    [
      'another issuer',
      rawToken({ payload: claims({ iss: 'https://evil.test' }), ...forged }),
      'ERR_ISSUER_UNKNOWN',
    ],
  ])('%s', async (_title, token, code) => {
    expect(await callsFor(token)).toEqual([code, 0])
  })

  test('a token that passes them makes one call, and its signature is what refuses it', async () => {
    expect(await callsFor(rawToken(forged))).toEqual(['ERR_SIGNATURE_INVALID', 1])
  })

  test('what one issuer allows does not open another', async () => {
    const strict = {
      issuer: ISSUER,
      jwks: jwks(publicJwk('ES256')),
      profile: 'at+jwt',
      algorithms: ['RS256'],
    } as const
    const other = { issuer: 'https://other.test', jwks: jwks(publicJwk('ES256')) }
    const issuer = [strict, other]
    expect(await verdict(rawToken(), { issuer })).toBe('ERR_ALGORITHM_NOT_ALLOWED')
    const atJwt = [{ ...strict, algorithms: ['ES256'] }, other]
    expect(await verdict(rawToken({ header: header({ typ: 'JWT' }) }), { issuer: atJwt })).toBe(
      'ERR_TOKEN_TYPE',
    )
    const elsewhere = rawToken({
      header: header({ typ: 'JWT' }),
      payload: claims({ iss: 'https://other.test' }),
    })
    expect(await verdict(elsewhere, { issuer: atJwt })).toBe('accepted')
  })
})

describe('the clock is read when the claims are judged', () => {
  test('a token that expires while its keys are fetched is refused', async () => {
    let now = NOW
    const fetch = (): Promise<Response> => {
      now = NOW + 306
      return Promise.resolve(Response.json(jwks(publicJwk('ES256'))))
    }
    const issuer = { issuer: ISSUER, jwksUri: 'https://issuer.test/jwks' }
    const clock = { epochMs: (): number => now * 1000 }
    expect(await verdict(rawToken(), { issuer, fetch, clock })).toBe('ERR_TOKEN_EXPIRED')
  })

  test('a verified token is judged anew on each use', async () => {
    let now = NOW
    const server = resourceServer({ ...options(), clock: { epochMs: () => now * 1000 } })
    const token = rawToken({ payload: claims({ nbf: NOW }) })
    await expect(server.verify(token)).resolves.toBeDefined()
    now = NOW - 3600
    await expect(server.verify(token)).rejects.toMatchObject({ code: 'ERR_TOKEN_NOT_YET_VALID' })
    now = NOW + 304
    await expect(server.verify(token)).resolves.toBeDefined()
    now = NOW + 305
    await expect(server.verify(token)).rejects.toMatchObject({ code: 'ERR_TOKEN_EXPIRED' })
  })
})
