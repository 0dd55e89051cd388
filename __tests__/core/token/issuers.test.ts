import { ConfigurationError, resourceServer } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'

const audience = 'https://api.test'
const first = createTestIssuer({ issuer: 'https://a.test' })
const second = createTestIssuer({ issuer: 'https://b.test' })

async function codeOf(result: Promise<unknown>): Promise<string> {
  return result.then(
    () => 'accepted',
    (error: unknown) => (error as { code: string }).code,
  )
}

describe('Several issuers', () => {
  const api = resourceServer({
    issuer: [
      { issuer: first.issuer, jwks: first.jwks, audience: 'https://api-a.test', algorithms: ['RS256'] },
      { issuer: second.issuer, jwks: second.jwks, audience: 'https://api-b.test', algorithms: ['ES256'] },
    ],
  })

  test.each([
    [
      'the first, for its audience, by its algorithm',
      first,
      { aud: 'https://api-a.test', key: 'RS256' },
      'accepted',
    ],
    [
      'the second, for its audience, by its algorithm',
      second,
      { aud: 'https://api-b.test', key: 'ES256' },
      'accepted',
    ],
    [
      'the first, for the audience of the second',
      first,
      { aud: 'https://api-b.test' },
      'ERR_AUDIENCE_MISMATCH',
    ],
    [
      'the first, by the algorithm of the second',
      first,
      { aud: 'https://api-a.test', key: 'ES256' },
      'ERR_ALGORITHM_NOT_ALLOWED',
    ],
    [
      'the first, in the name of the second',
      first,
      { iss: second.issuer, key: 'ES256' },
      'ERR_SIGNATURE_INVALID',
    ],
    ['nobody', first, { iss: undefined }, 'ERR_ISSUER_UNKNOWN'],
    ['both in an array', first, { iss: [first.issuer, second.issuer] }, 'ERR_ISSUER_UNKNOWN'],
    [
      'somebody else, with the first in the header',
      first,
      { iss: 'https://c.test', header: { iss: first.issuer } },
      'ERR_ISSUER_UNKNOWN',
    ],
  ] as const)('a token of %s: %4$s', async (_, issuer, spec, code) => {
    expect(await codeOf(api.verify(await issuer.token(spec)))).toBe(code)
  })

  test('that publish different keys under one kid are kept apart', async () => {
    const same = (issuer: typeof first): object => ({
      issuer: issuer.issuer,
      jwks: { keys: issuer.jwks.keys.map((jwk) => ({ ...jwk, kid: 'same' })) },
    })
    const both = resourceServer({ issuer: [same(first), same(second)] as never, audience })
    for (const issuer of [first, second]) {
      expect(await codeOf(both.verify(await issuer.token({ header: { kid: 'same' } })))).toBe('accepted')
    }
    const forged = await first.token({ iss: second.issuer, header: { kid: 'same' } })
    expect(await codeOf(both.verify(forged))).toBe('ERR_SIGNATURE_INVALID')
  })

  test('with identifiers and kids that join alike are kept apart', async () => {
    const joined = resourceServer({
      issuer: [
        { issuer: 'urn:a', jwks: { keys: first.jwks.keys.map((jwk) => ({ ...jwk, kid: 'b:c' })) } },
        { issuer: 'urn:a:b', jwks: { keys: second.jwks.keys.map((jwk) => ({ ...jwk, kid: 'c' })) } },
      ],
      audience,
    })
    expect(await codeOf(joined.verify(await first.token({ iss: 'urn:a', header: { kid: 'b:c' } })))).toBe(
      'accepted',
    )
    expect(await codeOf(joined.verify(await first.token({ iss: 'urn:a:b', header: { kid: 'c' } })))).toBe(
      'ERR_SIGNATURE_INVALID',
    )
    expect(await codeOf(joined.verify(await second.token({ iss: 'urn:a', header: { kid: 'b:c' } })))).toBe(
      'ERR_SIGNATURE_INVALID',
    )
  })

  test('are selected by name, each alone; a name that is not among them is an error', async () => {
    api.purge({ issuer: second.issuer })
    await api.refresh({ issuer: second.issuer })

    expect(() => api.purge({ issuer: `${second.issuer}/` })).toThrow(ConfigurationError)
  })

  test('may be a thousand', async () => {
    const many = resourceServer({
      issuer: [
        ...Array.from({ length: 1000 }, (_, i) => `https://issuer-${i}.test`),
        { issuer: first.issuer, jwks: first.jwks },
      ],
      audience,
    })
    expect(await codeOf(many.verify(await first.token()))).toBe('accepted')
    expect(many.health().issuers).toHaveLength(1001)
  })
})

describe('The identifier of an issuer', () => {
  test.each([
    'accounts.example.com',
    'urn:example:issuer',
    'https://xn--mnchen-3ya.test',
    'münchen',
    '__proto__',
    'constructor',
  ])('may be %s when the keys are given', async (issuer) => {
    const api = resourceServer({ issuer: { issuer, jwks: first.jwks }, audience })
    expect(await codeOf(api.verify(await first.token({ iss: issuer })))).toBe('accepted')
  })

  test.each(['__proto__', 'constructor', 'toString'])('is not found in a prototype: %s', async (iss) => {
    const api = resourceServer(first.options)
    expect(await codeOf(api.verify(await first.token({ iss })))).toBe('ERR_ISSUER_UNKNOWN')
  })

  test('may be no URL when metadataUrl says where the metadata is', async () => {
    const issuer = createTestIssuer()
    const server = await issuer.listen()
    try {
      const api = resourceServer({
        issuer: {
          issuer: server.issuer,
          metadataUrl: `${server.issuer}/.well-known/oauth-authorization-server`,
        },
        audience,
      })
      expect(await codeOf(api.verify(await issuer.token()))).toBe('accepted')
      expect(server.requests).toEqual({ metadata: 1, jwks: 1 })
    } finally {
      await server.close()
    }
  })
})

describe('A shared secret', () => {
  const [old, current] = [createTestIssuer(), createTestIssuer()]
  const api = resourceServer({
    issuer: { issuer: old.issuer, secret: [current.secret, old.secret] },
    audience,
  })

  test.each(['HS256', 'HS384', 'HS512'] as const)('serves %s, whatever kid the token has', async (key) => {
    expect(await codeOf(api.verify(await current.token({ key })))).toBe('accepted')
    expect(await codeOf(api.verify(await current.token({ key, header: { kid: undefined } })))).toBe(
      'accepted',
    )
  })

  test('is changed without an outage: the old one serves beside the new one', async () => {
    expect(await codeOf(api.verify(await old.token({ key: 'HS256' })))).toBe('accepted')
    expect(await codeOf(api.verify(await createTestIssuer().token({ key: 'HS256' })))).toBe(
      'ERR_SIGNATURE_INVALID',
    )
  })

  test('admits no other algorithm', async () => {
    expect(await codeOf(api.verify(await old.token({ key: 'RS256' })))).toBe('ERR_ALGORITHM_NOT_ALLOWED')
  })

  test('may be one of four at most: each is tried for each token', () => {
    const secrets = Array.from({ length: 5 }, () => createTestIssuer().secret)
    expect(() => resourceServer({ issuer: { issuer: old.issuer, secret: secrets }, audience })).toThrow(
      expect.objectContaining({ option: 'issuer.secret' }),
    )
  })

  test('of 32 bytes admits HS256 alone', async () => {
    const short = resourceServer({
      issuer: { issuer: old.issuer, secret: old.secret.slice(0, 32) },
      audience,
    })
    expect(await codeOf(short.verify(await old.token({ key: 'HS512' })))).toBe('ERR_ALGORITHM_NOT_ALLOWED')
  })
})

describe('audienceClaim', () => {
  test('reads the audience where a provider sends no aud', async () => {
    const api = resourceServer({
      issuer: { issuer: first.issuer, jwks: first.jwks, audienceClaim: 'client_id', audience: 'app-1' },
    })
    const principal = await api.verify(await first.token({ aud: undefined, client_id: 'app-1' }))
    expect(principal.audience).toEqual(['app-1'])
    expect(await codeOf(api.verify(await first.token({ aud: 'app-1', client_id: 'app-2' })))).toBe(
      'ERR_AUDIENCE_MISMATCH',
    )
  })
})
