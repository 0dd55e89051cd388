import { resourceServer } from 'express-resource-server'
import type { IssuerOptions, ResourceServer } from 'express-resource-server'
import { describeCases } from './support/cases.js'
import type { Case } from './support/cases.js'
import { jwk, pairOf, World } from './support/world.js'

const A = 'https://a.example'
const B = 'https://b.example'
const keysOf = (name: string, kid = 'k') => ({ keys: [jwk(name, { kid })] }) as never

let w: World
beforeAll(async () => {
  w = await World.open()
})
afterAll(() => w.close())

const issuers = (changes: [Partial<IssuerOptions>, Partial<IssuerOptions>] = [{}, {}]): IssuerOptions[] => [
  { issuer: A, jwks: keysOf('rs1'), ...changes[0] },
  { issuer: B, jwks: keysOf('rs2'), ...changes[1] },
]
const by = (name: string, claims: object, header: object = { kid: 'k' }) =>
  w.token({ claims, header, key: pairOf(name).privateKey })
const codeOf = (api: ResourceServer, token: string) =>
  api.verify(token).then(
    ({ issuer }) => issuer,
    (error: unknown) => (error as { code: string }).code,
  )

test('a key of one issuer is nothing to another, also when both are asked at once → 401 invalid_token [ISS-002]', async () => {
  const api = resourceServer(w.options({ issuer: issuers() }))
  const tokens = [by('rs1', { iss: A }), by('rs2', { iss: B }), by('rs1', { iss: B }), by('rs2', { iss: A })]
  const verdicts = await Promise.all(Array.from({ length: 1000 }, (_, i) => codeOf(api, tokens[i % 4]!)))
  for (const [i, verdict] of verdicts.entries()) {
    expect(verdict).toBe([A, B, 'ERR_SIGNATURE_INVALID', 'ERR_SIGNATURE_INVALID'][i % 4])
  }
})

test('the same over the network, from a cold start → 401 invalid_token [ISS-002]', async () => {
  const api = resourceServer(
    w.options({
      issuer: [
        { issuer: A, jwksUri: w.publish((res) => w.as.json(res, keysOf('rs1'))) },
        { issuer: B, jwksUri: w.publish((res) => w.as.json(res, keysOf('rs2'))) },
      ],
    }),
  )
  const tokens = [by('rs1', { iss: A }), by('rs2', { iss: A }), by('rs1', { iss: B }), by('rs2', { iss: B })]
  const verdicts = await Promise.all(Array.from({ length: 40 }, (_, i) => codeOf(api, tokens[i % 4]!)))
  expect(new Set(verdicts.map((verdict, i) => `${i % 4} ${verdict}`))).toEqual(
    new Set([`0 ${A}`, '1 ERR_SIGNATURE_INVALID', '2 ERR_SIGNATURE_INVALID', `3 ${B}`]),
  )
})

test.each([':', '\u0001', '|', '/', ' ', '","', '#'])(
  'issuer and kid joined by %j are not one name → 401 invalid_token [ISS-003]',
  async (sign) => {
    const one = { issuer: 'https://a', jwks: keysOf('rs1', `b${sign}c`) }
    const two = { issuer: `https://a${sign}b`, jwks: keysOf('rs2', 'c') }
    const api = resourceServer(w.options({ issuer: [one, two] }))
    expect(await codeOf(api, by('rs2', { iss: one.issuer }, { kid: 'c' }))).toBe('ERR_KEY_UNKNOWN')
    expect(await codeOf(api, by('rs1', { iss: two.issuer }, { kid: 'c' }))).toBe('ERR_SIGNATURE_INVALID')
    expect(await codeOf(api, by('rs2', { iss: two.issuer }, { kid: 'c' }))).toBe(two.issuer)
  },
)

test.each([
  ['https://*.as.example', 'https://evil.as.example'],
  ['https://*.as.example', 'https://evil.com/.as.example'],
  ['https://{tenant}.as.example', 'https://x.as.example.evil'],
  ['https://login.example/{tenantid}/v2.0', 'https://login.example/evil/v2.0'],
  ['https://b.as.example', 'https://a/../b.as.example'],
  ['.*', 'https://evil.example'],
])('the issuer %s is no pattern for %s → 401 invalid_token [ISS-005]', async (issuer, iss) => {
  const api = resourceServer(w.options({ issuer: { issuer, jwks: keysOf('rs1') } }))
  expect(await codeOf(api, by('rs1', { iss }))).toBe('ERR_ISSUER_UNKNOWN')
  expect(await codeOf(api, by('rs1', { iss: issuer }))).toBe(issuer)
})

test('algorithms of one issuer are not those of another → 401 invalid_token [ISS-007]', async () => {
  const both = { keys: [jwk('rs1', { kid: 'r' }), jwk('ec1', { kid: 'e' })] } as never
  const api = resourceServer(
    w.options({
      issuer: [
        { issuer: A, jwks: both, algorithms: ['RS256'] },
        { issuer: B, jwks: both, algorithms: ['ES256'] },
      ],
    }),
  )
  const es256 = (iss: string) =>
    w.token({ algorithm: 'ES256', header: { kid: 'e' }, claims: { iss }, key: pairOf('ec1').privateKey })
  expect(await codeOf(api, es256(A))).toBe('ERR_ALGORITHM_NOT_ALLOWED')
  expect(await codeOf(api, es256(B))).toBe(B)
  expect(await codeOf(api, by('rs1', { iss: B }, { kid: 'r' }))).toBe('ERR_ALGORITHM_NOT_ALLOWED')
})

test('a secret of one issuer is nothing to another → 401 invalid_token', async () => {
  const secret = 's'.repeat(32)
  const api = resourceServer({
    ...w.options({ algorithms: undefined }),
    issuer: [
      { issuer: A, secret },
      { issuer: B, jwks: keysOf('rs2') },
    ],
  })
  const { createSecretKey } = await import('node:crypto')
  const hs256 = (iss: string) =>
    w.token({ algorithm: 'HS256', claims: { iss }, key: createSecretKey(Buffer.from(secret)) })
  expect(await codeOf(api, hs256(A))).toBe(A)
  expect(await codeOf(api, hs256(B))).toBe('ERR_ALGORITHM_NOT_ALLOWED')
  expect(await codeOf(api, by('rs1', { iss: A }))).toBe('ERR_ALGORITHM_NOT_ALLOWED')
})

test('audience and profile of one issuer are not those of another → 401 invalid_token [ISS-008]', async () => {
  const api = resourceServer(
    w.options({
      audience: undefined,
      profile: undefined,
      issuer: issuers([
        { audience: 'api-a', profile: 'at+jwt' },
        { audience: 'api-b', profile: 'jwt' },
      ]),
    }),
  )
  expect(await codeOf(api, by('rs1', { iss: A, aud: 'api-b' }))).toBe('ERR_AUDIENCE_MISMATCH')
  expect(await codeOf(api, by('rs1', { iss: A, aud: 'api-a' }))).toBe(A)
  expect(await codeOf(api, by('rs1', { iss: A, aud: 'api-a' }, { kid: 'k', typ: 'JWT' }))).toBe(
    'ERR_TOKEN_TYPE',
  )
  expect(await codeOf(api, by('rs2', { iss: B, aud: 'api-b' }, { kid: 'k', typ: 'JWT' }))).toBe(B)
})

test('iss twice, whichever issuer signed → 401 invalid_token [ISS-011]', async () => {
  const api = resourceServer(w.options({ issuer: issuers() }))
  const twice = (first: string, second: string) =>
    JSON.stringify(w.claims({ iss: first })).replace('{', `{"iss":"${second}",`)
  for (const name of ['rs1', 'rs2']) {
    for (const payload of [twice(A, B), twice(B, A)]) {
      expect(
        await codeOf(api, w.token({ payload, header: { kid: 'k' }, key: pairOf(name).privateKey })),
      ).toBe('ERR_TOKEN_MALFORMED')
    }
  }
})

test('a user is issuer and subject together → 200 [ISS-012]', async () => {
  const api = resourceServer(w.options({ issuer: issuers() }))
  const [one, two] = await Promise.all([
    api.verify(by('rs1', { iss: A, sub: '1' })),
    api.verify(by('rs2', { iss: B, sub: '1' })),
  ])
  expect([one.issuer, one.subject, two.issuer, two.subject]).toEqual([A, '1', B, '1'])
})

const several = (world: World) => ({
  issuer: [world.issuer, { issuer: A, jwksUri: `${world.issuer}/jwks` }],
})
const table: Case[] = [
  {
    what: 'no iss, and iss in other places',
    ids: 'ISS-015',
    options: several,
    tokens: (world) => [
      world.token({ claims: { iss: undefined } }),
      world.token({ claims: { iss: undefined, issuer: A } }),
      world.token({ header: { iss: A }, claims: { iss: undefined } }),
    ],
  },
  {
    what: 'iss of the payload counts, whatever the header says',
    ids: 'ISS-010',
    options: several,
    tokens: (world) =>
      world.token({ header: { iss: world.issuer }, claims: { iss: 'https://evil.example' } }),
  },
  {
    what: 'an opaque token goes to no issuer',
    ids: 'ISS-016',
    options: several,
    tokens: () => ['opaque-token-value', 'a.b', '2YotnFZFEjr1zCsicMWpAA'],
  },
]
describeCases('tokens for several issuers', table)

test('an opaque token, and one without issuer, cause no traffic [ISS-016 ISS-015]', async () => {
  const jwksUri = w.publish([])
  const path = await w.mount({
    issuer: [
      { issuer: A, jwksUri },
      { issuer: B, jwksUri: `${jwksUri}?b` },
    ],
  })
  for (const token of [
    'opaque',
    w.token({ claims: { iss: undefined } }),
    w.token({ claims: { iss: 'https://evil.example' } }),
  ]) {
    expect((await w.backend.ask({ path, token })).status).toBe(401)
  }
  expect(w.hits(jwksUri)).toBe(0)
})

describe('issuers of a resolver', () => {
  test('an issuer that is no longer trusted is refused with its remembered tokens', async () => {
    let isTrusted = true
    let nowMs = Date.now()
    const clock = { epochMs: () => nowMs }
    const options = { issuer: A, jwks: keysOf('rs1') } as IssuerOptions
    const api = resourceServer(w.options({ clock, issuer: () => (isTrusted ? options : undefined) }))
    const token = by('rs1', { iss: A, exp: Math.floor(nowMs / 1000) + 86_400 })
    expect([await codeOf(api, token), await codeOf(api, token)]).toEqual([A, A])
    isTrusted = false
    nowMs += 601_000
    expect(await codeOf(api, token)).toBe('ERR_ISSUER_UNKNOWN')
  })

  test.each([
    ['another issuer', { issuer: B }],
    ['text', A],
    ['an array', []],
    ['a promise of nothing usable', Promise.resolve(1)],
  ])('an answer of %s lets nobody in', async (_, answer) => {
    const api = resourceServer(w.options({ issuer: (() => answer) as never }))
    expect(await codeOf(api, by('rs1', { iss: A }))).toBe('ERR_INTERNAL')
  })
})
