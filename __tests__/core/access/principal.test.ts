import { inspect } from 'node:util'
import { resourceServer } from 'express-resource-server'
import type { Principal, ResourceServerOptions } from 'express-resource-server'
import { rawClaimsOf } from '../../../lib/core/access/principal.js'
import { AUDIENCE, claims, ISSUER, NOW, options, rawToken, verify } from '../../support/tokens.js'
import type { Part } from '../../support/tokens.js'

function principalOf(payload: Part, changes: Partial<ResourceServerOptions> = {}): Promise<Principal> {
  return verify(rawToken({ payload }), changes)
}

describe('the principal', () => {
  test('says who was let in, in words of its own', async () => {
    const token = rawToken({ payload: claims({ roles: ['admin'], scope: 'read write' }) })
    const principal = await verify(token)
    expect({ ...principal }).toEqual({
      issuer: ISSUER,
      subject: 'user-1',
      clientId: 'client-1',
      audience: [AUDIENCE],
      scopes: ['read', 'write'],
      roles: ['admin'],
      expiresAt: NOW + 300,
      issuedAt: NOW,
      scheme: 'Bearer',
      claims: claims({ roles: ['admin'], scope: 'read write' }),
      header: { alg: 'ES256', kid: 'es256', typ: 'at+jwt' },
    })
    expect(principal.token).toBe(token)
  })

  test('has no members for what the token does not say', async () => {
    const principal = await principalOf({ iss: ISSUER, aud: AUDIENCE, exp: NOW + 300 })
    expect(Object.keys(principal).sort()).toEqual(
      ['audience', 'claims', 'expiresAt', 'header', 'issuer', 'roles', 'scheme', 'scopes'].sort(),
    )
    expect([principal.scopes, principal.roles]).toEqual([[], []])
  })

  test.each<[string, unknown, object | undefined]>([
    ['its subject', { sub: 'agent' }, { subject: 'agent' }],
    [
      'issuer and client too',
      { iss: 'https://a.test', client_id: 'c', sub: 's' },
      { issuer: 'https://a.test', subject: 's', clientId: 'c' },
    ],
    [
      'the current one, and the one before it',
      { sub: 'b', act: { sub: 'a' } },
      { subject: 'b', actor: { subject: 'a' } },
    ],
    ['nothing of the wrong type', { sub: 7, client_id: ['c'] }, {}],
    ['nothing inherited', JSON.parse('{"__proto__":{"sub":"x"}}'), {}],
    ['no actor when act is a string', 'agent', undefined],
    ['no actor when act is null', null, undefined],
    ['no actor when act is an array', [{ sub: 'agent' }], undefined],
  ])('names the actor: %s', async (_title, act, expected) => {
    expect((await principalOf(claims({ act }))).actor).toEqual(expected)
  })

  test('keeps subject and client apart, though one client chose a user as its id', async () => {
    const principal = await principalOf(claims({ sub: 'admin', client_id: 'admin' }))
    expect([principal.subject, principal.clientId]).toEqual(['admin', 'admin'])
  })

  test('knows the scopes that held ones imply', async () => {
    const scopeHierarchy = { admin: ['write'], write: ['read'] }
    const principal = await principalOf(claims({ scope: 'admin' }), { scopeHierarchy })
    expect(['admin', 'write', 'read', 'other', ''].map((scope) => principal.hasScope(scope))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ])
    expect(principal.scopes).toEqual(['admin'])
  })

  test.each(['constructor', '__proto__', 'toString'])('does not hold a scope called %s', async (scope) => {
    expect((await principalOf(claims())).hasScope(scope)).toBe(false)
  })

  test('reads scopes, roles and client where the options say', async () => {
    const changes = {
      scopes: 'https://a.b/scopes',
      roles: [['realm_access', 'roles']],
      clientId: (all: Readonly<Record<string, unknown>>): unknown => `client of ${String(all['sub'])}`,
    }
    const payload = claims({ 'https://a.b/scopes': ['read'], realm_access: { roles: ['admin'] } })
    expect(await principalOf(payload, changes)).toMatchObject({
      scopes: ['read'],
      roles: ['admin'],
      clientId: 'client of user-1',
    })
  })
})

describe('frozen', () => {
  test('is the principal with all that it holds', async () => {
    const payload = claims({ act: { sub: 'a' }, nested: { list: [{ deep: 1 }] }, roles: ['r'] })
    const principal = await principalOf(payload)
    const nested = principal.claims['nested'] as { list: object[] }
    const parts = [principal, principal.claims, nested, nested.list, nested.list[0], principal.header]
    const lists = [principal.audience, principal.scopes, principal.roles, principal.actor]
    expect([...parts, ...lists].every(Object.isFrozen)).toBe(true)
    expect(() => Object.assign(principal, { subject: 'admin' })).toThrow(TypeError)
    expect(() => (principal.scopes as string[]).push('admin')).toThrow(TypeError)
  })

  test('is the audience also where aud is a string', async () => {
    const principal = await principalOf(claims({ aud: AUDIENCE }))
    expect(() => (principal.audience as string[]).push('x')).toThrow(TypeError)
  })
})

describe('the token', () => {
  test.each<[string, (principal: Principal) => string]>([
    ['JSON', (principal): string => JSON.stringify(principal)],
    ['inspection', (principal): string => inspect(principal, { depth: 10, showHidden: true })],
    ['spreading', (principal): string => inspect({ ...principal }, { depth: 10 })],
    [
      'its members',
      (principal): string => inspect(Object.entries(Object.getOwnPropertyDescriptors(principal))),
    ],
    ['cloning', (principal): string => inspect(structuredClone({ ...principal }), { depth: 10 })],
  ])('is not shown by %s', async (_title, show) => {
    const token = rawToken()
    const shown = show(await verify(token))
    expect(shown).not.toContain(token)
    expect(shown).not.toContain(token.split('.')[2])
  })
})

describe('claims with names of the language', () => {
  const names =
    '"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}},"hasOwnProperty":1,"":1,"toString":null'
  const payload = `{${names},${JSON.stringify(claims()).slice(1)}`

  test('are claims, and give neither the principal nor any object a member', async () => {
    const before = Object.getOwnPropertyNames(Object.prototype)
    const principal = (await principalOf(payload)) as Principal & { isAdmin?: unknown }
    expect([principal.isAdmin, principal.claims['isAdmin'], ({} as { isAdmin?: unknown }).isAdmin]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before)
    expect(Object.keys(principal.claims)).toEqual(expect.arrayContaining(['__proto__', 'constructor', '']))
    expect(principal.subject).toBe('user-1')
  })

  test('five hundred claims with numbers for names pass', async () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [String(i), i]))
    expect((await principalOf(claims(many))).subject).toBe('user-1')
  })
})

test('the claims as signed stay known when a schema makes others of them', async () => {
  const schema = {
    '~standard': { version: 1, vendor: 'test', validate: () => ({ value: { mine: true } }) },
  } as const
  const principal = await resourceServer({ ...options(), claims: schema }).verify(rawToken())
  expect(principal.claims).toEqual({ mine: true })
  expect(rawClaimsOf(principal)).toMatchObject({ sub: 'user-1' })
})

test('an object of the same shape that this library did not make is read by its claims', () => {
  expect(rawClaimsOf({ claims: { sub: 'x' } } as unknown as Principal)).toEqual({ sub: 'x' })
})
