import { closeHierarchy, holdsScope, isScopeToken } from '../../../lib/core/access/scopes.js'

test.each([
  'a',
  'orders:read',
  'https://a.test/b:read.x!#$',
  '!',
  '~',
  "a'b(c)[d]{e}",
  'a=b',
  'constructor',
  '__proto__',
])('%s is a scope value', (text) => {
  expect(isScopeToken(text)).toBe(true)
})

test.each([
  '',
  ' ',
  'a b',
  'a"b',
  'a\\b',
  'a\tb',
  'a\n',
  'ä',
  '\u{1f600}',
  '\x7f',
  undefined,
  null,
  1,
  ['a'],
  { a: 1 },
])('%j is no scope value', (text) => {
  expect(isScopeToken(text)).toBe(false)
})

test('every printable ASCII character but space, quote and backslash may stand in a scope value', () => {
  const characters = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code))

  expect(characters.filter(isScopeToken).join('')).toBe(
    characters.slice(0x21, 0x7f).join('').replace('"', '').replace('\\', ''),
  )
})

describe('a hierarchy', () => {
  const hierarchy = closeHierarchy({
    admin: ['write', 'delete'],
    write: ['read'],
    read: ['list'],
    one: ['two'],
    two: ['one'],
    self: ['self'],
    ['__proto__']: ['proto'],
    constructor: ['ctor'],
  })

  test.each([
    ['admin', 'admin'],
    ['admin', 'write'],
    ['admin', 'read'],
    ['admin', 'list'],
    ['admin', 'delete'],
    ['write', 'list'],
    ['one', 'two'],
    ['two', 'one'],
    ['self', 'self'],
    ['constructor', 'ctor'],
    ['__proto__', 'proto'],
    ['unknown', 'unknown'],
  ])('%s holds %s', (held, scope) => {
    expect(holdsScope([held], scope, hierarchy)).toBe(true)
  })

  test.each([
    ['read', 'write'],
    ['write', 'delete'],
    ['list', 'read'],
    ['one', 'self'],
    ['unknown', 'list'],
    ['toString', 'list'],
    ['Admin', 'read'],
    ['admin', 'Read'],
    ['admin', ''],
  ])('%s does not hold %s', (held, scope) => {
    expect(holdsScope([held], scope, hierarchy)).toBe(false)
  })

  test('joins what several held scopes imply', () => {
    expect(['list', 'two', 'x'].map((scope) => holdsScope(['write', 'one'], scope, hierarchy))).toEqual([
      true,
      true,
      false,
    ])
  })

  test('may be a long chain', () => {
    const chain = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`s${i}`, [`s${i + 1}`]]))

    expect(holdsScope(['s0'], 's300', closeHierarchy(chain))).toBe(true)
  })

  test('that is empty implies nothing', () => {
    expect(holdsScope(['a'], 'b', closeHierarchy({}))).toBe(false)
    expect(holdsScope([], 'a', closeHierarchy({}))).toBe(false)
  })
})
