import { KeyIndex, parseKeySet, readKeySet } from '../../../lib/core/jws/jwk-set.js'
import { largeRsaKey } from '../../support/rsa.js'
import { generatePair, keyPair, publicJwk, rawToken, trusting, verdict } from '../../support/tokens.js'

function indexOf(keys: readonly unknown[], known?: KeyIndex): KeyIndex {
  const index = readKeySet({ keys }, 100, known)
  if (typeof index === 'string') throw new Error(index)
  return index
}

/** As many keys of one kid, or of none. */
function someKeys(count: number, kid?: string, algorithm: 'ES256' | 'ES384' = 'ES256'): object[] {
  return Array.from({ length: count }, () => ({
    ...generatePair(algorithm).publicKey.export({ format: 'jwk' }),
    ...(kid !== undefined && { kid }),
  }))
}

describe('a key set document', () => {
  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a string, such as an HTML page', '<html>'],
    ['an array of keys', [publicJwk('ES256')]],
    ['an empty object', {}],
    ['keys null', { keys: null }],
    ['keys an object', { keys: { 0: publicJwk('ES256') } }],
    ['keys a string', { keys: 'x' }],
    ['keys inherited', Object.create({ keys: [publicJwk('ES256')] })],
    ['a single JWK', publicJwk('ES256')],
  ])('%s: is none', (_title, document) => {
    expect(parseKeySet(document, 100)).toBe('not_a_key_set')
  })

  test.each<[string, readonly unknown[]]>([
    ['none', []],
    ['one for encryption', [publicJwk('RS256', { use: 'enc' })]],
    ['a private one', [keyPair('ES256').privateKey.export({ format: 'jwk' })]],
    ['a symmetric one', [{ kty: 'oct', k: 'AAAA', kid: 'x' }]],
    ['junk', [null, 1, 'x', [], {}]],
  ])('with %s: has no usable key', (_title, keys) => {
    expect(parseKeySet({ keys }, 100)).toBe('no_usable_key')
  })

  test('may have as many members as the limit says, usable or not', () => {
    const keys = [publicJwk('ES256'), null, null]
    expect(parseKeySet({ keys }, 3)).toBeInstanceOf(KeyIndex)
    expect(parseKeySet({ keys }, 2)).toBe('too_many_keys')
  })

  test('members that are of no use are left out one by one, and do not spoil the good key beside them', async () => {
    const bad = [
      null,
      1,
      'x',
      publicJwk('ES256', { crv: 'P-999' }),
      { kty: 5 },
      publicJwk('RS256', { n: '!!' }),
      publicJwk('ES256', { y: undefined }),
      publicJwk('RS256', { e: 'AQ' }),
      publicJwk('RS256', { use: 'enc' }),
      { kty: 'oct', k: 'AAAA' },
      keyPair('ES256').privateKey.export({ format: 'jwk' }),
      JSON.parse('{"__proto__":{"kty":"oct","k":""},"kid":"es256"}'),
    ]
    expect(indexOf([...bad, publicJwk('ES256')]).dropped).toEqual([
      'not_a_jwk',
      'not_a_jwk',
      'not_a_jwk',
      'unsupported',
      'not_a_jwk',
      'malformed',
      'malformed',
      'weak',
      'not_for_signatures',
      'symmetric_key',
      'private_key',
      'not_a_jwk',
    ])
    const publishable = [...bad.slice(0, 9), bad.at(-1)]
    expect(await verdict(rawToken(), trusting(...publishable, publicJwk('ES256')))).toBe('accepted')
  })

  test('keys that did not change stay the same objects; others are new', () => {
    const before = indexOf([publicJwk('ES256'), publicJwk('RS256')])
    const after = indexOf([publicJwk('RS256', { kid: 'new' }), publicJwk('ES256')], before)
    const [old] = before.keys
    expect([...after.keys][1]).toBe(old)
    expect(before.keys.has([...after.keys][0]!)).toBe(false)
  })
})

describe('the candidates for a token', () => {
  const index = indexOf([publicJwk('ES256'), publicJwk('RS256'), publicJwk('PS256', { alg: undefined })])

  test.each<[string, string, string | undefined, readonly string[]]>([
    ['the key with its kid', 'ES256', 'es256', ['es256']],
    ['none when its kid is unknown', 'ES256', 'other', []],
    ['none when kid is another in case', 'ES256', 'ES256', []],
    ['none when the key of its kid is for another alg', 'ES256', 'rs256', []],
    ['every key that fits alg when it has no kid', 'RS256', undefined, ['rs256', 'ps256']],
    ['only those bound to nothing else', 'PS256', undefined, ['ps256']],
    ['none when no key fits alg', 'ES512', undefined, []],
    ['none for the name of the prototype', 'ES256', '__proto__', []],
    ['none for a member of Object.prototype', 'ES256', 'constructor', []],
  ])('are %s', (_title, alg, kid, expected) => {
    expect(index.candidates(alg, kid).map((key) => key.kid)).toEqual(expected)
  })

  test('are all keys of one kid that fit alg', async () => {
    const twins = [
      ...someKeys(2, 'twin'),
      publicJwk('RS256', { kid: 'twin' }),
      publicJwk('ES256', { kid: 'twin' }),
    ]
    expect(indexOf(twins).candidates('ES256', 'twin')).toHaveLength(3)
    const token = rawToken({ header: { alg: 'ES256', kid: 'twin' } })
    expect(await verdict(token, trusting(...twins))).toBe('accepted')
  })

  test.each<[string, string | undefined]>([
    ['of one kid', 'same'],
    ['without kid', undefined],
  ])('are ten at most on the event loop, %s', async (_title, kid) => {
    const right = publicJwk('ES256', { kid })
    expect(indexOf(someKeys(20, kid)).candidates('ES256', kid)).toHaveLength(10)
    const token = rawToken({ header: { alg: 'ES256', kid } })
    expect(await verdict(token, trusting(...someKeys(9, kid), right))).toBe('accepted')
    expect(await verdict(token, trusting(...someKeys(10, kid), right))).toBe('ERR_SIGNATURE_INVALID')
  })

  test.each<[string, string | undefined]>([
    ['of one kid', 'same'],
    ['without kid', undefined],
  ])('are four at most in the thread pool, %s', async (_title, kid) => {
    const right = publicJwk('ES384', { kid })
    const token = rawToken({ header: { alg: 'ES384', kid }, algorithm: 'ES384' })
    expect(indexOf(someKeys(20, kid, 'ES384')).candidates('ES384', kid)).toHaveLength(4)
    expect(await verdict(token, trusting(...someKeys(3, kid, 'ES384'), right))).toBe('accepted')
    expect(await verdict(token, trusting(...someKeys(4, kid, 'ES384'), right))).toBe('ERR_SIGNATURE_INVALID')
  })

  test('of two sizes are bounded apart', () => {
    const large = Array.from({ length: 6 }, (_, i) => ({
      kty: 'RSA',
      n: largeRsaKey().n,
      e: Buffer.from([2 * i + 3]).toString('base64url'),
    }))
    const index = indexOf([...large, publicJwk('RS256', { kid: undefined })])
    expect(index.candidates('RS256', undefined)).toHaveLength(5)
  })

  test('one key that is published many times is one of them', async () => {
    const [copy] = someKeys(1)
    const copies = Array.from({ length: 20 }, () => ({ ...copy }))
    const token = rawToken({ header: { alg: 'ES256' } })
    expect(await verdict(token, trusting(...copies, publicJwk('ES256', { kid: undefined })))).toBe('accepted')
  })

  test('keys that do not fit alg are not counted among them', async () => {
    const others = ['RS256', 'PS256', 'Ed25519', 'ES384', 'ES512'] as const
    const keys = [...others.map((name) => publicJwk(name)), publicJwk('ES256')]
    expect(await verdict(rawToken({ header: { alg: 'ES256' } }), trusting(...keys))).toBe('accepted')
  })
})
