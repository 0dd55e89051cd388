import { createSecretKey } from 'node:crypto'
import { inspect } from 'node:util'
import type { JWK } from 'jose'
import { ConfigurationError, resourceServer } from 'express-resource-server'
import { jwe } from 'express-resource-server/jwe'
import type { JweOptions } from 'express-resource-server/jwe'
import { createTestIssuer } from 'express-resource-server/testing'
import { generatePair } from '../support/key-pairs.js'

const rsa = generatePair('rsa', { modulusLength: 2048 })
const ec = generatePair('ec', { namedCurve: 'P-256' })
const rsa2 = generatePair('rsa', { modulusLength: 2048 })
const ec2 = generatePair('ec', { namedCurve: 'P-256' })
const jwkOf = (pair: typeof rsa, members: object = {}): JWK => ({
  ...pair.privateKey.export({ format: 'jwk' }),
  ...members,
})
const SECRET = Buffer.alloc(32, 'secret').toString('base64url')
const oct = (bytes: number, members: object = {}): JWK => ({
  kty: 'oct',
  k: Buffer.alloc(bytes, 'secret').toString('base64url'),
  ...members,
})
const weak = generatePair('rsa', { modulusLength: 1024 })

function errorOf(options: unknown): ConfigurationError {
  try {
    jwe(options as JweOptions)
  } catch (error) {
    if (error instanceof ConfigurationError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('The options of jwe', () => {
  test.each<[string, JweOptions]>([
    ['an RSA key', { keys: [jwkOf(rsa)] }],
    [
      'with kid, use, alg and key_ops',
      { keys: [jwkOf(rsa, { kid: 'a', use: 'enc', alg: 'RSA-OAEP', key_ops: ['unwrapKey'] })] },
    ],
    ['an EC key', { keys: [jwkOf(ec, { key_ops: ['deriveBits'] })] }],
    ['an X25519 key', { keys: [jwkOf(generatePair('x25519'))] }],
    [
      'secrets of each length',
      { keys: [16, 24, 32, 48, 64].map((bytes) => oct(bytes, { kid: String(bytes) })) },
    ],
    [
      'a secret for the content itself',
      { keys: [oct(32, { alg: 'A128CBC-HS256' }), oct(32, { alg: 'dir' })] },
    ],
    [
      'KeyObjects',
      {
        keys: [
          { key: rsa.privateKey, kid: 'a' },
          { key: ec.privateKey },
          { key: createSecretKey(SECRET, 'base64url'), alg: 'A256KW' },
        ],
      },
    ],
    [
      'fewer algorithms',
      { keys: [jwkOf(rsa)], algorithms: ['RSA-OAEP-256', 'ECDH-ES'], encryptions: ['A256GCM'] },
    ],
    [
      'undefined for everything else',
      { keys: [jwkOf(rsa)], algorithms: undefined, encryptions: undefined, required: undefined },
    ],
  ])('may have %s', (_, options) => {
    expect(() => jwe(options)).not.toThrow()
  })

  test.each<[string, unknown, string, RegExp]>([
    ['nothing', undefined, 'jwe', /must be an object/],
    ['no keys', {}, 'jwe.keys', /array of 1 to 16/],
    ['one key without an array', { keys: jwkOf(rsa) }, 'jwe.keys', /array of 1 to 16/],
    ['an empty array', { keys: [] }, 'jwe.keys', /array of 1 to 16/],
    ['17 keys', { keys: Array(17).fill(oct(32)) }, 'jwe.keys', /array of 1 to 16/],
    [
      'a misspelled name',
      { keys: [jwkOf(rsa)], algorithm: [] },
      'jwe.algorithm',
      /did you mean "algorithms"/,
    ],
    ['a string', { keys: [SECRET] }, 'jwe.keys[0]', /must be a JWK/],
    ['a KeyObject alone', { keys: [rsa.privateKey] }, 'jwe.keys[0]', /\{ key, kid \}/],
    ['null', { keys: [jwkOf(rsa), null] }, 'jwe.keys[1]', /must be a JWK/],
    ['a public JWK', { keys: [rsa.publicKey.export({ format: 'jwk' })] }, 'jwe.keys[0]', /private JWK/],
    ['a public KeyObject', { keys: [{ key: rsa.publicKey }] }, 'jwe.keys[0]', /private key/],
    ['a key for signatures', { keys: [jwkOf(rsa, { use: 'sig' })] }, 'jwe.keys[0]', /use other than "enc"/],
    ['operations of signatures', { keys: [jwkOf(rsa, { key_ops: ['sign'] })] }, 'jwe.keys[0]', /key_ops/],
    ['operations of another type', { keys: [jwkOf(rsa, { key_ops: 'decrypt' })] }, 'jwe.keys[0]', /key_ops/],
    ['RSA1_5', { keys: [jwkOf(rsa, { alg: 'RSA1_5' })] }, 'jwe.keys[0]', /alg/],
    ['alg of a signature', { keys: [jwkOf(ec, { alg: 'ES256' })] }, 'jwe.keys[0]', /alg/],
    ['alg of another type of key', { keys: [jwkOf(ec, { alg: 'RSA-OAEP' })] }, 'jwe.keys[0]', /fits none/],
    ['alg of another length', { keys: [oct(16, { alg: 'A256KW' })] }, 'jwe.keys[0]', /fits none/],
    ['an Edwards key', { keys: [jwkOf(generatePair('ed25519'))] }, 'jwe.keys[0]', /cannot decrypt/],
    [
      'a curve without ECDH-ES',
      { keys: [jwkOf(generatePair('ec', { namedCurve: 'secp256k1' }))] },
      'jwe.keys[0]',
      /curve/,
    ],
    ['a short RSA key', { keys: [{ key: weak.privateKey }] }, 'jwe.keys[0]', /weak/],
    ['a secret of a strange length', { keys: [oct(20)] }, 'jwe.keys[0]', /fits none/],
    ['a secret with padding', { keys: [{ kty: 'oct', k: 'AAAA=' }] }, 'jwe.keys[0]', /symmetric JWK/],
    ['no d that is text', { keys: [{ ...jwkOf(ec), d: 1 }] }, 'jwe.keys[0]', /private JWK/],
    [
      'the private half of another key',
      { keys: [{ ...jwkOf(ec), d: jwkOf(ec2).d }] },
      'jwe.keys[0]',
      // Node.js 26 finds it out itself.
      /does not belong|not a valid/,
    ],
    [
      'the private half of another RSA key',
      { keys: [{ ...jwkOf(rsa), d: jwkOf(rsa2).d, p: jwkOf(rsa2)['p'], q: jwkOf(rsa2)['q'] }] },
      'jwe.keys[0]',
      /does not belong|not a valid/,
    ],
    ['a kid of another type', { keys: [jwkOf(rsa, { kid: 1 })] }, 'jwe.keys[0]', /kid/],
    ['an empty kid', { keys: [jwkOf(rsa, { kid: '' })] }, 'jwe.keys[0]', /kid/],
    ['one kid twice', { keys: [jwkOf(rsa, { kid: 'a' }), jwkOf(ec, { kid: 'a' })] }, 'jwe.keys', /same kid/],
    [
      'a misspelled member next to a KeyObject',
      { keys: [{ key: rsa.privateKey, kidd: 'a' }] },
      'jwe.keys[0].kidd',
      /"kid"/,
    ],
    [
      'RSA1_5 among the algorithms',
      { keys: [jwkOf(rsa)], algorithms: ['RSA1_5'] },
      'jwe.algorithms',
      /only RSA-OAEP-256/,
    ],
    [
      'PBES2 among the algorithms',
      { keys: [jwkOf(rsa)], algorithms: ['PBES2-HS256+A128KW'] },
      'jwe.algorithms',
      /no others/,
    ],
    ['no algorithm', { keys: [jwkOf(rsa)], algorithms: [] }, 'jwe.algorithms', /array of strings/],
    [
      'an algorithm of prototypes',
      { keys: [jwkOf(rsa)], algorithms: ['__proto__'] },
      'jwe.algorithms',
      /only/,
    ],
    [
      'a signature among the encryptions',
      { keys: [jwkOf(rsa)], encryptions: ['HS256'] },
      'jwe.encryptions',
      /only A128GCM/,
    ],
    [
      'algorithms that fit no key',
      { keys: [jwkOf(rsa)], algorithms: ['ECDH-ES'] },
      'jwe.keys[0]',
      /fits none/,
    ],
    [
      'a required that is not boolean',
      { keys: [jwkOf(rsa)], required: 'yes' },
      'jwe.required',
      /true or false/,
    ],
  ])('must not have %s', (_, options, option, message) => {
    const error = errorOf(options)
    expect([error.option, error.message]).toEqual([option, expect.stringMatching(message)])
    expect(error.message).not.toContain(SECRET)
  })

  test('have a value that shows no key', () => {
    const keys = [jwkOf(rsa, { kid: 'kid-of-rsa' }), oct(32)]
    const value = jwe({ keys })
    const server = resourceServer({ ...createTestIssuer().options, decryption: value })
    for (const shown of [value, { decryption: value }, server]) {
      const text = inspect(shown, { depth: null, showHidden: true }) + JSON.stringify(shown)
      for (const secret of [keys[0]?.d, keys[0]?.n, keys[1]?.k, 'kid-of-rsa'])
        expect(text).not.toContain(secret)
    }
  })

  test('are copied: a key that changes afterwards has no effect', () => {
    const key = jwkOf(rsa)
    const value = jwe({ keys: [key] })
    key.kid = 'changed'
    expect(published(value)).toEqual([expect.not.objectContaining({ kid: 'changed' })])
  })

  test('belong into decryption, whose value is checked', () => {
    expect(() =>
      resourceServer({ ...createTestIssuer().options, decryption: { keys: [] } as never }),
    ).toThrow(/decryption: must be a value such as jwe/)
  })
})

function published(value: ReturnType<typeof jwe>): unknown[] {
  let text = ''
  const response = { setHeader: () => undefined, end: (body: string) => (text = body) }
  value.jwksRoute()({} as never, response as never, () => undefined)
  return JSON.parse(text).keys
}
