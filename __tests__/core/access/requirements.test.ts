import {
  allOf,
  anyOf,
  ConfigurationError,
  ForbiddenError,
  InternalError,
  requireAnyRole,
  requireAnyScope,
  requireAuthentication,
  requireClaim,
  requireRoles,
  requireScopes,
  requireThat,
  resourceServer,
  UnauthorizedError,
} from 'express-resource-server'
import type { AsyncGuard, Guard, Principal, ResourceRequest } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'

const issuer = createTestIssuer()
const api = resourceServer({ ...issuer.options, scopeHierarchy: { write: ['read'], admin: ['write'] } })
const get: ResourceRequest = { method: 'GET', url: '/', headers: {}, rawHeaders: [] }

const principalWith = async (claims: Record<string, unknown>): Promise<Principal> =>
  api.verify(await issuer.token(claims))

/** What the guard asks for, or `passes`. The three ways of asking must agree. */
const decide = async (guard: Guard | AsyncGuard, principal: Principal): Promise<unknown> => {
  const isAllowed = await guard.allows(principal, get)
  try {
    await guard.check(principal, get)
    expect(isAllowed).toBe(true)
    return 'passes'
  } catch (error) {
    expect(isAllowed).toBe(false)
    expect(error).toBeInstanceOf(ForbiddenError)
    const { code, requiredScopes } = error as ForbiddenError
    return [code, ...requiredScopes]
  }
}

const SCOPE = 'ERR_SCOPE_INSUFFICIENT'
const ROLE = 'ERR_ROLE_INSUFFICIENT'
const CLAIM = 'ERR_CLAIM_INSUFFICIENT'
const DENIED = 'ERR_ACCESS_DENIED'
const claims = {
  scope: 'a b write',
  roles: ['clerk', 'auditor'],
  tenant: 't1',
  level: 3,
  is_admin: false,
  nothing: null,
  groups: ['g1', 'g2'],
  'https://a.test/x.y': 'dotted',
  realm_access: { roles: ['deep'] },
}

test.each<[string, Guard | AsyncGuard, unknown]>([
  ['requireAuthentication', requireAuthentication(), 'passes'],
  ['requireScopes of one named twice', requireScopes('x', 'y', 'x'), [SCOPE, 'x', 'y']],
  ['requireScopes by a function that names one twice', requireScopes(() => ['x', 'x']), [SCOPE, 'x']],
  [
    'anyOf, in which one named twice costs as one',
    anyOf(requireScopes('x', 'y'), requireScopes('z', 'z')),
    [SCOPE, 'z'],
  ],
  ['requireScopes of held ones', requireScopes('a', 'b'), 'passes'],
  ['requireScopes of one that is implied', requireScopes('read'), 'passes'],
  ['requireScopes of one that is missing names all', requireScopes('a', 'c'), [SCOPE, 'a', 'c']],
  ['requireScopes of one that would imply a held one', requireScopes('admin'), [SCOPE, 'admin']],
  ['requireScopes of a prefix', requireScopes('writ'), [SCOPE, 'writ']],
  ['requireScopes in another case', requireScopes('A'), [SCOPE, 'A']],
  ['requireScopes of a prototype member', requireScopes('constructor'), [SCOPE, 'constructor']],
  ['requireScopes of __proto__', requireScopes('__proto__'), [SCOPE, '__proto__']],
  ['requireScopes of a function', requireScopes(() => ['a', 'read']), 'passes'],
  ['requireScopes of a function of the request', requireScopes((r) => [String(r.method)]), [SCOPE, 'GET']],
  ['requireAnyScope of one held', requireAnyScope('x', 'b'), 'passes'],
  ['requireAnyScope of one implied', requireAnyScope('x', 'read'), 'passes'],
  ['requireAnyScope of none held names the first', requireAnyScope('x', 'y'), [SCOPE, 'x']],
  ['requireRoles of held ones', requireRoles('clerk', 'auditor'), 'passes'],
  ['requireRoles of one that is missing', requireRoles('clerk', 'boss'), [ROLE]],
  ['requireRoles knows no hierarchy of scopes', requireRoles('a'), [ROLE]],
  ['requireRoles of a prototype member', requireRoles('constructor'), [ROLE]],
  ['requireAnyRole of one held', requireAnyRole('boss', 'clerk'), 'passes'],
  ['requireAnyRole of none held', requireAnyRole('boss', 'chief'), [ROLE]],
  ['requireClaim of an equal string', requireClaim('tenant', 't1'), 'passes'],
  ['requireClaim of another string', requireClaim('tenant', 't2'), [CLAIM]],
  ['requireClaim of an equal number', requireClaim('level', 3), 'passes'],
  ['requireClaim of a number as a string', requireClaim('level', '3'), [CLAIM]],
  ['requireClaim of false', requireClaim('is_admin', false), 'passes'],
  ['requireClaim of null', requireClaim('nothing', null), 'passes'],
  ['requireClaim of null where there is no claim', requireClaim('absent', null), [CLAIM]],
  ['requireClaim of an array member', requireClaim('groups', 'g2'), 'passes'],
  ['requireClaim of no array member', requireClaim('groups', 'g3'), [CLAIM]],
  ['requireClaim of a name with dots and slashes', requireClaim('https://a.test/x.y', 'dotted'), 'passes'],
  ['requireClaim of a path', requireClaim(['realm_access', 'roles'], 'deep'), 'passes'],
  ['requireClaim of a path that breaks off', requireClaim(['tenant', 'length'], 2), [CLAIM]],
  ['requireClaim of a path into an array', requireClaim(['groups', 'length'], 2), [CLAIM]],
  ['requireClaim of a name that is no path', requireClaim('realm_access.roles', 'deep'), [CLAIM]],
  [
    'requireClaim of a prototype member',
    requireClaim('constructor', (value) => value !== undefined),
    [CLAIM],
  ],
  ['requireClaim of __proto__', requireClaim('__proto__', (value) => value !== undefined), [CLAIM]],
  ['requireClaim of a path through a prototype', requireClaim(['constructor', 'name'], 'Object'), [CLAIM]],
  ['requireClaim of a predicate', requireClaim('level', (value) => Number(value) > 2), 'passes'],
  ['requireClaim of a predicate that says no', requireClaim('level', (value) => Number(value) > 3), [CLAIM]],
  ['requireClaim of an async predicate', requireClaim('level', async (value) => value === 3), 'passes'],
  ['requireClaim of an async predicate that says no', requireClaim('level', async () => false), [CLAIM]],
  ['requireThat of the principal', requireThat((principal) => principal.subject === 'user-1'), 'passes'],
  ['requireThat of the request', requireThat((_, request) => request.method === 'POST'), [DENIED]],
  ['requireThat with a scope', requireThat(() => false, { scope: 'x y' }), [DENIED, 'x', 'y']],
  ['requireThat without a scope', requireThat(() => false, {}), [DENIED]],
  ['requireThat of an async predicate', requireThat(async () => true), 'passes'],
  ['requireThat of an async predicate that says no', requireThat(async () => false), [DENIED]],
])('%s', async (_, guard, expected) => {
  expect(await decide(guard, await principalWith(claims))).toEqual(expected)
})

test.each<[string, Guard | AsyncGuard, unknown]>([
  ['all of one', allOf(requireScopes('a')), 'passes'],
  ['all that pass', allOf(requireScopes('a'), requireRoles('clerk')), 'passes'],
  [
    'all: one challenge names all scopes',
    allOf(requireScopes('a', 'x'), requireScopes('y')),
    [SCOPE, 'a', 'x', 'y'],
  ],
  [
    'all: scopes that are held are named with the missing ones',
    allOf(requireScopes('a', 'b'), requireScopes('x')),
    [SCOPE, 'a', 'b', 'x'],
  ],
  ['all: a role that is missing outweighs scopes', allOf(requireScopes('x'), requireRoles('boss')), [ROLE]],
  [
    'all: the first of two that no scope can lift',
    allOf(requireClaim('tenant', 1), requireRoles('boss')),
    [CLAIM],
  ],
  ['any that passes', anyOf(requireRoles('boss'), requireScopes('a')), 'passes'],
  [
    'any: the fewest further scopes',
    anyOf(requireScopes('x', 'y'), requireScopes('a', 'z')),
    [SCOPE, 'a', 'z'],
  ],
  ['any: a scope before a role', anyOf(requireRoles('boss'), requireScopes('x')), [SCOPE, 'x']],
  ['any: roles alone', anyOf(requireRoles('boss'), requireAnyRole('chief')), [ROLE]],
  [
    'all in any in all',
    allOf(
      requireScopes('x'),
      anyOf(requireRoles('boss'), allOf(requireScopes('y'), requireScopes('z', 'a'))),
    ),
    [SCOPE, 'x', 'y', 'z', 'a'],
  ],
  [
    'a scope that is held by way of any is named with the missing ones',
    allOf(requireAnyScope('nope', 'b'), requireScopes('x')),
    [SCOPE, 'b', 'x'],
  ],
  [
    'a scope beside a predicate that a scope can lift',
    allOf(
      requireScopes('x'),
      requireThat(() => false, { scope: 'y' }),
    ),
    [SCOPE, 'x', 'y'],
  ],
  [
    'sync and async together',
    allOf(
      requireScopes('a'),
      requireThat(async () => true),
    ),
    'passes',
  ],
  [
    'any with an async one that passes',
    anyOf(
      requireScopes('x'),
      requireThat(async () => true),
    ),
    'passes',
  ],
  [
    'any with an async one that does not',
    anyOf(
      requireThat(async () => false),
      requireScopes('x'),
    ),
    [SCOPE, 'x'],
  ],
])('%s', async (_, guard, expected) => {
  expect(await decide(guard, await principalWith(claims))).toEqual(expected)
})

test('what decides at once answers at once', async () => {
  const principal = await principalWith(claims)

  expect(allOf(requireScopes('a'), anyOf(requireRoles('clerk'))).allows(principal, get)).toBe(true)
  expect(requireThat(async () => true).allows(principal, get)).toBeInstanceOf(Promise)
})

test('an async guard answers at once when one beside it has decided', async () => {
  const principal = await principalWith(claims)

  expect(
    allOf(
      requireRoles('boss'),
      requireThat(async () => true),
    ).allows(principal, get),
  ).toBe(false)
})

test.each([
  requireAuthentication(),
  requireScopes('a'),
  requireThat(() => true),
  allOf(requireAuthentication()),
])('without a principal there is nothing that $name could pass', (guard) => {
  const nobody = undefined as unknown as Principal

  expect(() => guard.check(nobody, get)).toThrow(UnauthorizedError)
  expect(() => guard.allows(nobody, get)).toThrow(UnauthorizedError)
})

test('a predicate is asked after those before it, and not at all when one before it ends the matter', async () => {
  const principal = await principalWith(claims)
  const asked: string[] = []
  const ask = (name: string, answer: boolean) =>
    requireThat(() => {
      asked.push(name)
      return answer
    })

  expect(allOf(ask('a', true), ask('b', false), ask('c', true)).allows(principal, get)).toBe(false)
  expect(anyOf(ask('d', false), ask('e', true), ask('f', true)).allows(principal, get)).toBe(true)
  expect(asked).toEqual(['a', 'b', 'd', 'e'])
})

test.each<[string, () => unknown]>([
  ['requireScopes of nothing', () => (requireScopes as any)()],
  ['requireScopes of an empty one', () => requireScopes('')],
  ['requireScopes of two in one string', () => requireScopes('a b')],
  ['requireScopes of a quote', () => requireScopes('a"b')],
  ['requireScopes of a line break', () => requireScopes('a\r\nb')],
  ['requireScopes of undefined', () => requireScopes(undefined as any)],
  ['requireScopes of an array', () => requireScopes(['a'] as any)],
  ['requireScopes of a function and a scope', () => (requireScopes as any)(() => ['a'], 'b')],
  ['requireScopes of a scope and a function', () => (requireScopes as any)('b', () => ['a'])],
  ['requireAnyScope of nothing', () => (requireAnyScope as any)()],
  ['requireAnyScope of an empty one', () => requireAnyScope('a', '')],
  ['requireRoles of nothing', () => (requireRoles as any)()],
  ['requireRoles of an empty one', () => requireRoles('a', '')],
  ['requireRoles of an array', () => requireRoles(['a'] as any)],
  ['requireAnyRole of nothing', () => (requireAnyRole as any)()],
  ['requireAnyRole of undefined', () => requireAnyRole(undefined as any)],
  ['requireClaim without a name', () => requireClaim(undefined as any, 'a')],
  ['requireClaim of an empty name', () => requireClaim('', 'a')],
  ['requireClaim of an empty path', () => requireClaim([], 'a')],
  ['requireClaim of a value that is undefined', () => requireClaim('tenant', undefined as any)],
  ['requireClaim of a value that nothing can equal', () => requireClaim('tenant', { a: 1 } as any)],
  ['requireClaim of NaN', () => requireClaim('tenant', Number.NaN)],
  ['requireThat without a function', () => requireThat(true as any)],
  ['requireThat.scope that is empty', () => requireThat(() => true, { scope: '' })],
  ['requireThat.scope with two spaces between', () => requireThat(() => true, { scope: 'a  b' })],
  ['requireThat.scope that is no string', () => requireThat(() => true, { scope: ['a'] as any })],
  ['allOf nothing', () => (allOf as any)()],
  ['anyOf nothing', () => (anyOf as any)()],
  ['allOf a function', () => (allOf as any)(() => true)],
  ['anyOf a handler', () => (anyOf as any)(requireScopes('a'), api)],
  ['allOf undefined', () => (allOf as any)(undefined)],
])('%s is refused at set-up', (title, make) => {
  const option = String(title.split(' ')[0])

  expect(make).toThrow(ConfigurationError)
  expect(make).toThrow(expect.objectContaining({ option, message: expect.stringContaining(`${option}: `) }))
})

test.each([
  ['nothing', []],
  ['an empty scope', ['']],
  ['two scopes in one', ['a b']],
  ['a good one before a bad one', ['a', 'b c']],
  ['no array', 'a'],
  ['undefined', undefined],
  ['a promise', Promise.resolve(['a'])],
  ['no strings', [1]],
])('a function given to requireScopes that returns %s never lets pass', async (_, scopes) => {
  const principal = await principalWith(claims)
  const guard = requireScopes(() => scopes as string[])

  expect(() => guard.check(principal, get)).toThrow(InternalError)
  expect(() => guard.check(principal, get)).toThrow(expect.objectContaining({ cause: expect.any(TypeError) }))
})

test('a guard is called by its name, so that a stack or a route list shows it', () => {
  const guards = [
    requireAuthentication(),
    requireScopes('a'),
    requireAnyScope('a'),
    requireRoles('a'),
    requireAnyRole('a'),
    requireClaim('a', 'b'),
    requireThat(() => true),
    allOf(requireScopes('a')),
    anyOf(requireScopes('a')),
  ]

  expect(guards.map((guard) => guard.name)).toEqual([
    'requireAuthentication',
    'requireScopes',
    'requireAnyScope',
    'requireRoles',
    'requireAnyRole',
    'requireClaim',
    'requireThat',
    'allOf',
    'anyOf',
  ])
})

test("an array given to a guard's function may change later without changing another request", async () => {
  const principal = await principalWith(claims)
  const scopes = ['a', 'x']
  const guard = requireScopes(() => scopes)
  const error = await Promise.resolve()
    .then(() => guard.check(principal, get))
    .catch((thrown: unknown) => thrown)
  scopes.push('y')

  expect(error).toMatchObject({ requiredScopes: ['a', 'x'] })
})
