/** Resolvers that return one object and change it, and those that return what a database returned. */
import { createPublicKey, createSecretKey, randomBytes } from 'node:crypto'
import { resourceServer } from 'express-resource-server'
import type { IssuerOptions, IssuerResolver } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import { fingerprintOf, isSameFingerprint } from '../../../lib/core/token/resolver-answer.js'
import { publicJwk } from '../../support/tokens.js'

let nowMs = 1_800_000_000_000
const clock = { epochMs: (): number => nowMs }
const audience = 'https://api.test'
const tenant = createTestIssuer({ issuer: 'https://login.test/tenant', clock })
const stranger = createTestIssuer({ issuer: tenant.issuer, clock })

async function codeOf(result: Promise<unknown>): Promise<string> {
  return result.then(
    () => 'accepted',
    (error: unknown) => (error as { code: string }).code,
  )
}

/** The outcome of a token before and after a change that the resolver makes in place. */
async function outcomes(answer: object, change: () => void, spec: object = {}): Promise<string[]> {
  const api = resourceServer({ issuer: () => answer as IssuerOptions, audience, clock })
  const token = await tenant.token({ exp: nowMs / 1000 + 3600, ...spec })
  const before = await codeOf(api.verify(token))
  change()
  nowMs += 600_001
  return [before, await codeOf(api.verify(token))]
}

class Row {
  issuer = tenant.issuer
  jwks: unknown = tenant.jwks
  audience: string | string[] = [audience]
}

describe('An answer that is changed in place takes effect within 600 s', () => {
  test('an audience', async () => {
    const row = { issuer: tenant.issuer, jwks: tenant.jwks, audience }
    const change = (): void => void (row.audience = 'https://other.test')
    expect(await outcomes(row, change)).toEqual(['accepted', 'ERR_AUDIENCE_MISMATCH'])
  })

  test('an element of a list', async () => {
    const row = { issuer: tenant.issuer, jwks: tenant.jwks, audience: [audience] }
    const change = (): void => void row.audience.splice(0, 1, 'https://other.test')
    expect(await outcomes(row, change)).toEqual(['accepted', 'ERR_AUDIENCE_MISMATCH'])
  })

  test('the keys, deep inside', async () => {
    const row = { issuer: tenant.issuer, jwks: { keys: [...tenant.jwks.keys] } }
    const change = (): void => void row.jwks.keys.splice(0, Infinity, ...stranger.jwks.keys)
    expect(await outcomes(row, change)).toEqual(['accepted', 'ERR_SIGNATURE_INVALID'])
  })

  test('the bytes of a secret', async () => {
    const row = { issuer: tenant.issuer, secret: Buffer.from(tenant.secret) }
    const change = (): void => void randomBytes(row.secret.length).copy(row.secret)
    expect(await outcomes(row, change, { key: 'HS256' })).toEqual(['accepted', 'ERR_SIGNATURE_INVALID'])
  })

  test('an object of a class', async () => {
    const row = new Row()
    const change = (): void => void (row.audience = ['https://other.test'])
    expect(await outcomes(row, change)).toEqual(['accepted', 'ERR_AUDIENCE_MISMATCH'])
  })

  test('a function', async () => {
    const row = { issuer: tenant.issuer, jwks: tenant.jwks, clientId: (): string => 'a' }
    const api = resourceServer({ issuer: () => row, audience, clock })
    expect((await api.verify(await tenant.token())).clientId).toBe('a')
    row.clientId = () => 'b'
    nowMs += 600_001
    expect((await api.verify(await tenant.token())).clientId).toBe('b')
  })
})

describe('An answer that did not change', () => {
  const scopes = (): string[] => ['read']
  const answers: [string, () => object][] = [
    [
      'a new object with the same contents',
      () => ({ issuer: tenant.issuer, jwks: structuredClone(tenant.jwks) }),
    ],
    ['members in another order', () => ({ jwks: tenant.jwks, issuer: tenant.issuer, scopes })],
    ['a new object of a class', () => new Row()],
    ['a function and a list', () => ({ issuer: tenant.issuer, jwks: tenant.jwks, scopes: [scopes, 'scp'] })],
  ]

  test.each(answers)('keeps its remembered tokens: %s', async (_title, answer) => {
    const api = resourceServer({ issuer: answer as IssuerResolver, audience, clock })
    const token = await tenant.token({ exp: nowMs / 1000 + 3600 })
    await api.verify(token)
    const principal = await api.verify(token)
    nowMs += 600_001
    await api.verify(await tenant.token())
    expect(await api.verify(token)).toBe(principal)
  })
})

describe('A fingerprint', () => {
  const jwk = publicJwk('ES256')
  const key = createPublicKey({ key: jwk as never, format: 'jwk' })
  const secret = createSecretKey(Buffer.alloc(32))
  const cycle: Record<string, unknown> = { a: 1 }
  cycle['self'] = cycle
  const otherCycle: Record<string, unknown> = { a: 1 }
  otherCycle['self'] = otherCycle

  test.each<[string, unknown, unknown, boolean]>([
    ['objects with the same members', { a: [1, { b: 'x' }] }, { a: [1, { b: 'x' }] }, true],
    ['objects with the same members in another order', { a: 1, b: 2 }, { b: 2, a: 1 }, true],
    ['an array and its likeness', ['a'], { 0: 'a', length: 1 }, false],
    ['a list that is nested otherwise', [['a'], 'b'], [['a', 'b']], false],
    ['a text and a number', { a: '1' }, { a: 1 }, false],
    ['a member that is undefined and one that is absent', { a: undefined }, {}, false],
    ['NaN', NaN, NaN, true],
    ['bytes', Buffer.from('abc'), new Uint8Array([97, 98, 99]), true],
    ['other bytes', Buffer.from('abc'), Buffer.from('abd'), false],
    ['part of a buffer', Buffer.from('xabc').subarray(1), Buffer.from('abc'), true],
    ['one KeyObject', { key }, { key }, true],
    ['two KeyObjects', { key: secret }, { key: createSecretKey(Buffer.alloc(32, 1)) }, false],
    ['functions alike', () => 1, () => 1, false],
    ['two Maps', new Map([[1, 2]]), new Map([[1, 2]]), false],
    ['cycles', cycle, otherCycle, true],
    ['without a prototype', Object.assign(Object.create(null), { a: 1 }), { a: 1 }, true],
  ])('of %s', (_title, one, other, isSame) => {
    expect(isSameFingerprint(fingerprintOf(one), fingerprintOf(other))).toBe(isSame)
  })

  test('of an object nested too deep, or with a getter that throws, is a 500', async () => {
    let deep: unknown = {}
    for (let i = 0; i < 100_000; i++) deep = { deep }
    const broken = {
      get issuer(): string {
        throw new Error('no connection')
      },
    }
    for (const answer of [deep, broken]) {
      const api = resourceServer({ issuer: () => answer as never, audience, clock })
      expect(await codeOf(api.verify(await tenant.token()))).toBe('ERR_INTERNAL')
    }
  })
})

describe('null, as databases return it', () => {
  test.each<[string, () => unknown]>([
    ['at once', () => null],
    ['later', () => Promise.resolve(null)],
  ])('means that the issuer is not trusted, also later: %s', async (_title, resolve) => {
    let calls = 0
    const issuer: IssuerResolver = () => {
      calls++
      return resolve() as null
    }
    const api = resourceServer({ issuer, audience, clock })
    expect(await codeOf(api.verify(await tenant.token()))).toBe('ERR_ISSUER_UNKNOWN')
    expect(await codeOf(api.verify(await tenant.token()))).toBe('ERR_ISSUER_UNKNOWN')
    expect(calls).toBe(1)
  })

  test('ends the trust of an issuer that was known', async () => {
    let row: IssuerOptions | null = { issuer: tenant.issuer, jwks: tenant.jwks }
    const api = resourceServer({ issuer: () => row, audience, clock })
    expect(await codeOf(api.verify(await tenant.token()))).toBe('accepted')
    row = null
    nowMs += 600_001
    expect(await codeOf(api.verify(await tenant.token()))).toBe('ERR_ISSUER_UNKNOWN')
  })

  const names = [
    'audience',
    'algorithms',
    'profile',
    'idTokenMarks',
    'clockToleranceSeconds',
    'scopes',
    'roles',
  ]
  const others = ['clientId', 'keys', 'metadataUrl', 'jwksUri', 'secret', 'audienceClaim']

  test('in all options but two leaves the top-level values and the defaults', async () => {
    const empty = Object.fromEntries([...names, ...others].map((name) => [name, null]))
    const row = { ...empty, issuer: tenant.issuer, jwks: tenant.jwks }
    const api = resourceServer({ issuer: () => row as IssuerOptions, audience, clock, roles: 'groups' })
    const principal = await api.verify(
      await tenant.token({ groups: ['a'], azp: 'client', client_id: undefined }),
    )
    expect(principal).toMatchObject({ audience: [audience], roles: ['a'], clientId: 'client' })
  })

  test('in keys leaves their defaults; keys without a place come from discovery', async () => {
    const urls: string[] = []
    const issuer = () => ({
      issuer: tenant.issuer,
      jwks: null,
      jwksUri: null,
      keys: { ttlSeconds: null, maxKeys: 5 },
    })
    const fetch = (url: URL | string): Promise<Response> => {
      urls.push(String(url))
      return Promise.resolve(new Response('', { status: 404 }))
    }
    const api = resourceServer({ issuer: issuer as never, audience, clock, fetch })
    expect(await codeOf(api.verify(await tenant.token()))).toBe('ERR_KEYS_UNAVAILABLE')
    expect(urls[0]).toContain('/.well-known/')
  })

  test('as the issuer is a 500, not trust', async () => {
    const api = resourceServer({ issuer: () => ({ issuer: null }) as never, audience, clock })
    expect(await codeOf(api.verify(await tenant.token()))).toBe('ERR_INTERNAL')
  })
})
