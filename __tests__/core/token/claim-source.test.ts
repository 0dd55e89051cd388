import { InternalError } from 'express-resource-server'
import {
  flattenedValues,
  readClaim,
  rolesReader,
  scopesReader,
  stringReader,
  toClaimSource,
} from '../../../lib/core/token/claim-source.js'
import type { PlainClaimSource } from '../../../lib/core/token/claim-source.js'
import type { JsonObject } from '../../../lib/core/base/own.js'

describe('scopes', () => {
  const scopesOf = scopesReader(['scope', 'scp'])

  test.each<[string, JsonObject, readonly string[]]>([
    ['a string', { scope: 'read write' }, ['read', 'write']],
    ['one value', { scope: 'read' }, ['read']],
    ['doubled, leading and trailing spaces', { scope: '  read   write ' }, ['read', 'write']],
    ['legal odd characters', { scope: 'https://a/b:read.x!#$' }, ['https://a/b:read.x!#$']],
    ['an array', { scope: ['read', 'write'] }, ['read', 'write']],
    ['an array with an empty value', { scope: ['', 'read'] }, ['read']],
    ['scp as a string', { scp: 'read write' }, ['read', 'write']],
    ['scp as an array', { scp: ['read'] }, ['read']],
    ['scope before scp, without union', { scope: 'read', scp: 'write' }, ['read']],
    ['an empty scope before scp', { scope: '', scp: 'write' }, []],
    ['a scope of the wrong type before scp', { scope: 1, scp: 'write' }, []],
    ['a scope that is null before scp', { scope: null, scp: 'write' }, ['write']],
    ['a member of an array keeps its spaces', { scope: ['read write'] }, ['read write']],
    ['commas separate nothing', { scope: 'read,write' }, ['read,write']],
    ['semicolons separate nothing', { scope: 'read;write' }, ['read;write']],
    ['tabs separate nothing', { scope: 'read\twrite' }, ['read\twrite']],
    ['line breaks separate nothing', { scope: 'read\nwrite' }, ['read\nwrite']],
    ['no-break spaces separate nothing', { scope: 'read\u00a0write' }, ['read\u00a0write']],
    ['a number', { scope: 1 }, []],
    ['true', { scope: true }, []],
    ['null', { scope: null }, []],
    ['an object', { scope: { read: true } }, []],
    ['a nested array', { scope: [['read']] }, []],
    ['an array that also holds a number', { scope: ['read', 1] }, []],
    ['an empty string', { scope: '' }, []],
    ['spaces alone', { scope: '   ' }, []],
    ['nothing', {}, []],
    ['claims that other providers use', { permissions: ['read'], scopes: 'read', roles: ['read'] }, []],
    ['an inherited scope', Object.create({ scope: 'read' }) as JsonObject, []],
  ])('%s', (_title, claims, expected) => {
    expect(scopesOf(claims)).toEqual(expected)
  })
})

describe('roles', () => {
  const realm: PlainClaimSource = ['realm_access', 'roles']

  test.each<[string, readonly PlainClaimSource[], JsonObject, readonly string[]]>([
    ['an array', ['roles'], { roles: ['admin', 'dev'] }, ['admin', 'dev']],
    ['one name, spaces and all', ['roles'], { roles: 'chief editor' }, ['chief editor']],
    ['a path', [realm], { realm_access: { roles: ['admin'] } }, ['admin']],
    [
      'a path through a name with dots and slashes',
      [['resource_access', 'https://a.b/c', 'roles']],
      { resource_access: { 'https://a.b/c': { roles: ['admin'] } } },
      ['admin'],
    ],
    ['a name with dots and slashes', ['https://a.b/roles'], { 'https://a.b/roles': ['admin'] }, ['admin']],
    ['a dot is no path', ['realm_access.roles'], { realm_access: { roles: ['admin'] } }, []],
    ['a path that breaks off', [realm], { realm_access: 'x' }, []],
    ['a path through an array', [['list', '0']], { list: ['admin'] }, []],
    ['a path through null', [realm], { realm_access: null }, []],
    ['the first that is present', [realm, 'roles'], { roles: ['dev'] }, ['dev']],
    [
      'the first that is present, though empty',
      ['roles', realm],
      { roles: [], realm_access: { roles: ['admin'] } },
      [],
    ],
    ['a function', [(claims): unknown => claims['groups']], { groups: ['admin'] }, ['admin']],
    [
      'a function that gives nothing, then a name',
      [(): unknown => undefined, 'roles'],
      { roles: ['dev'] },
      ['dev'],
    ],
    ['an array that also holds an object', ['roles'], { roles: ['admin', {}] }, []],
    ['an object', ['roles'], { roles: { admin: true } }, []],
    ['no source', [], { roles: ['admin'] }, []],
    ['a member of Object.prototype', ['constructor', ['constructor', 'name']], {}, []],
    ['the prototype', [['__proto__', 'roles']], {}, []],
  ])('%s', (_title, sources, claims, expected) => {
    expect(rolesReader(sources)(claims)).toEqual(expected)
  })

  test.each<[string, unknown]>([
    ['an error', new Error('mine')],
    ['undefined', undefined],
    ['route', 'route'],
  ])('a function that throws %s is an internal error', (_title, thrown) => {
    const reader = rolesReader([
      () => {
        throw thrown
      },
    ])
    const error = (() => {
      try {
        return reader({})
      } catch (caught) {
        return caught
      }
    })()
    expect(error).toBeInstanceOf(InternalError)
    expect((error as Error).cause).toBe(thrown)
  })
})

describe('the client', () => {
  const clientOf = stringReader(['client_id', 'azp', 'cid', 'appid'])

  test.each<[JsonObject, string | undefined]>([
    [{ client_id: 'a', azp: 'b', cid: 'c', appid: 'd' }, 'a'],
    [{ azp: 'b', cid: 'c', appid: 'd' }, 'b'],
    [{ cid: 'c', appid: 'd' }, 'c'],
    [{ appid: 'd' }, 'd'],
    [{ client_id: '', azp: 'b' }, 'b'],
    [{ client_id: '', azp: '', cid: '', appid: '' }, undefined],
    [{ azp: 7, appid: 'd' }, 'd'],
    [{ azp: null, appid: 'd' }, 'd'],
    [{ azp: ['x'], appid: null }, undefined],
    [{}, undefined],
  ])('of %j is %s', (claims, expected) => {
    expect(clientOf(claims)).toBe(expected)
  })
})

test.each<[unknown, boolean]>([
  ['roles', true],
  [['realm_access', 'roles'], true],
  [(): string[] => [], true],
  ['', false],
  [[], false],
  [['a', 1], false],
  [[['a']], false],
  [{ path: ['realm_access', 'roles'] }, true],
  [{ path: [] }, false],
  [{ path: ['a', 1] }, false],
  [{ path: 'realm_access.roles' }, false],
  [{ path: ['a'], other: 1 }, false],
  [Object.create({ path: ['a'] }), false],
  [{}, false],
  [null, false],
  [undefined, false],
  [1, false],
])('%p as a claim source: %s', (value, expected) => {
  expect(toClaimSource(value) !== undefined).toBe(expected)
})

test('a path is copied: what the caller does to the array later has no effect', () => {
  const path = ['realm_access', 'roles']
  const sources = [toClaimSource({ path }), toClaimSource(path)]
  path[0] = 'other'

  expect(sources).toEqual([
    ['realm_access', 'roles'],
    ['realm_access', 'roles'],
  ])
})

const keycloak = { realm_access: { roles: ['admin'] }, resource_access: { api: { roles: ['clerk'] } } }
test.each<[string, PlainClaimSource[], JsonObject, boolean]>([
  ['two names of which the second is inside the first', ['realm_access', 'roles'], keycloak, true],
  ['three names', ['resource_access', 'api', 'roles'], keycloak, true],
  ['names after a good one', ['groups', 'realm_access', 'roles'], keycloak, true],
  ['a name with dots', ['realm_access.roles'], keycloak, true],
  ['two alternatives', ['roles', 'groups'], { roles: ['a'], groups: ['b'] }, false],
  ['a real path', [['realm_access', 'roles']], keycloak, false],
  ['a function', [() => []], keycloak, false],
  ['a name with dots that is there', ['a.b'], { 'a.b': 1, a: { b: 2 } }, false],
  ['a URL', ['https://example.com/roles'], {}, false],
  ['a member of the prototype', ['realm_access', 'constructor'], keycloak, false],
])('%s: whether it is a path that was flattened', (_, sources, claims, expected) => {
  expect(flattenedValues(sources, claims).length > 0).toBe(expected)
})

test('a name is read verbatim, and as an own property alone', () => {
  expect(readClaim('a.b', { 'a.b': 1, a: { b: 2 } })).toBe(1)
  expect(readClaim(['a', 'b'], { 'a.b': 1, a: { b: 2 } })).toBe(2)
  expect([readClaim('toString', {}), readClaim(['a', 'toString'], { a: {} })]).toEqual([undefined, undefined])
})
