import crypto from 'node:crypto'
import { toCanonicalJwk } from '../../../lib/core/jws/canonical-jwk.js'
import type { KeyIndex } from '../../../lib/core/jws/jwk-set.js'
import { readKeySet } from '../../../lib/core/jws/jwk-set.js'
import { publicMembers } from '../../../lib/core/jws/public-members.js'
import { generatePair, publicJwk, rawToken, trusting, verdict } from '../../support/tokens.js'

type Algorithm = 'RS256' | 'ES256' | 'ES512' | 'Ed25519'

/** All members that Microsoft's JsonWebKey serializes, unset ones included. */
const UNSET_BY_DOTNET = {
  ...Object.fromEntries(
    ['d', 'dp', 'dq', 'k', 'p', 'q', 'qi', 'x5t', 'x5tS256', 'x5u'].map((name) => [name, null]),
  ),
  key_ops: [],
  oth: [],
  x5c: [],
}

const map = (value: string | undefined, change: (bytes: Buffer) => Buffer): string =>
  change(Buffer.from(value ?? '', 'base64url')).toString('base64url')
const zeroBefore = (bytes: Buffer): Buffer => Buffer.concat([Buffer.alloc(1), bytes])
const padded = (text = ''): string => text.padEnd(Math.ceil(text.length / 4) * 4, '=')
const plain = (text = ''): string => padded(text).replaceAll('-', '+').replaceAll('_', '/')

const spellings: readonly [string, Algorithm, (jwk: Record<string, string | undefined>) => object][] = [
  ['unset members as .NET writes them', 'RS256', () => UNSET_BY_DOTNET],
  ['unset members as .NET writes them', 'ES256', () => UNSET_BY_DOTNET],
  ['members that are null', 'RS256', () => ({ use: null, key_ops: null, crv: null, oth: null, x5c: null })],
  ['members that are empty', 'ES256', () => ({ d: '', k: '', x5t: '' })],
  ['padding', 'RS256', ({ n, e }) => ({ n: padded(n), e: padded(e) })],
  ['padding', 'ES512', ({ x, y }) => ({ x: padded(x), y: padded(y) })],
  ['plain base64', 'RS256', ({ n }) => ({ n: plain(n) })],
  ['plain base64', 'ES256', ({ x, y }) => ({ x: plain(x), y: plain(y) })],
  ['plain base64', 'Ed25519', ({ x }) => ({ x: plain(x) })],
  ['a zero octet before n', 'RS256', ({ n }) => ({ n: map(n, zeroBefore) })],
  ['a zero octet before e', 'RS256', () => ({ e: 'AAEAAQ' })],
  [
    'a zero octet before each coordinate',
    'ES256',
    ({ x, y }) => ({ x: map(x, zeroBefore), y: map(y, zeroBefore) }),
  ],
  [
    'a zero octet before each coordinate',
    'ES512',
    ({ x, y }) => ({ x: map(x, zeroBefore), y: map(y, zeroBefore) }),
  ],
]

describe('a key that is published with', () => {
  test.each(spellings)(
    '%s (%s) verifies, and is the same key as without',
    async (_title, algorithm, change) => {
      const jwk = publicJwk(algorithm)
      const published = { ...jwk, ...change(jwk as Record<string, string | undefined>) }
      expect(await verdict(rawToken({ algorithm }), trusting(published))).toBe('accepted')
      const { use: _use, ...unbound } = jwk
      const same = 'use' in change(jwk as never) ? unbound : jwk
      expect(toCanonicalJwk(published)).toEqual(toCanonicalJwk(same))
    },
  )

  test.each<[string, object]>([
    ['a private exponent', { d: 'AAAA' }],
    ['another prime', { oth: [{ r: 'AAAA' }] }],
    ['a private exponent that is a number', { d: 0 }],
    ['a private exponent that is an object', { d: {} }],
  ])('%s is still private', (_title, members) => {
    expect(toCanonicalJwk({ ...publicJwk('RS256'), ...UNSET_BY_DOTNET, ...members })).toBe('private_key')
  })

  test.each<[string, object]>([
    ['three padding characters', { n: `${publicJwk('RS256').n!}===` }],
    ['padding in front', { n: `=${publicJwk('RS256').n!}` }],
    ['white space', { n: ` ${publicJwk('RS256').n!}` }],
    ['nothing but padding', { n: '==' }],
    ['bits after the last octet', { e: 'AQAC'.slice(0, 2) + 'B' }],
  ])('%s is malformed', (_title, members) => {
    expect(toCanonicalJwk({ ...publicJwk('RS256'), ...members })).toBe('malformed')
  })

  test('unset members goes into a snapshot', () => {
    const jwk = publicJwk('RS256')
    expect(publicMembers({ keys: [{ ...jwk, ...UNSET_BY_DOTNET }] })).toEqual([{ ...jwk, key_ops: [] }])
    expect(publicMembers({ keys: [{ ...jwk, d: 'AAAA' }] })).toEqual([])
  })
})

describe('a key set that is read again', () => {
  function keysOf(count: number, curve: 'ES256' | 'ES512'): object[] {
    return Array.from({ length: count }, (_, i) => ({
      ...generatePair(curve).publicKey.export({ format: 'jwk' }),
      kid: `k${i}`,
    }))
  }

  function read(keys: readonly unknown[], known?: KeyIndex): KeyIndex {
    const index = readKeySet({ keys }, 100, known)
    if (typeof index === 'string') throw new Error(index)
    return index
  }

  afterEach(() => jest.restoreAllMocks())

  test('imports no key that did not change, however it is spelt', () => {
    const keys = keysOf(5, 'ES256')
    const before = read(keys)
    const imports = jest.spyOn(crypto, 'createPublicKey')
    const respelt = keys.map((jwk) => ({ ...UNSET_BY_DOTNET, ...jwk, x: padded((jwk as { x: string }).x) }))
    const after = read(respelt.reverse(), before)
    expect(imports).not.toHaveBeenCalled()
    expect(new Set(after.keys)).toEqual(new Set(before.keys))
    expect([...after.keys].every((key) => before.keys.has(key))).toBe(true)
  })

  test('imports only the keys that are new', () => {
    const keys = keysOf(5, 'ES256')
    const before = read(keys)
    const fresh = keysOf(2, 'ES512')
    const imports = jest.spyOn(crypto, 'createPublicKey')
    read([...keys.slice(1), ...fresh], before)
    expect(imports).toHaveBeenCalledTimes(2)
  })

  test('imports a key once that is published many times', () => {
    const [jwk] = keysOf(1, 'ES512')
    const imports = jest.spyOn(crypto, 'createPublicKey')
    expect(read(Array.from({ length: 100 }, () => ({ ...jwk }))).keys.size).toBe(1)
    expect(imports).toHaveBeenCalledTimes(1)
  })

  test.each(['ES384', 'ES512', 'ES256K'] as const)(
    '%s keys are imported without multiplying their point by the order of the curve',
    async (algorithm) => {
      const [token, jwk] = [rawToken({ algorithm }), publicJwk(algorithm)]
      const imports = jest.spyOn(crypto, 'createPublicKey')
      expect(await verdict(token, trusting(jwk))).toBe('accepted')
      expect(imports.mock.calls.map(([input]) => (input as { format: string }).format)).toEqual(['der'])
    },
  )
})
