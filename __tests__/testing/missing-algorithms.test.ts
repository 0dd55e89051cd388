/** The test issuer on runtimes that lack a curve or an algorithm. */
import { ConfigurationError, resourceServer } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import type { KeyPair, KeyPairParameters } from '../../lib/testing/key-pair.js'

interface Pairs {
  generatePair(type: string, parameters: KeyPairParameters): KeyPair
}

let missing = new Set<string>()

jest.mock('../support/key-pairs', () => {
  const actual = jest.requireActual<Pairs>('../support/key-pairs')
  return {
    generatePair: (type: string, parameters: KeyPairParameters = {}): KeyPair => {
      const { namedCurve } = parameters
      if (missing.has(namedCurve ?? type)) throw new Error('The property is not supported')
      const pair = actual.generatePair(type, parameters)
      if (!missing.has(`JWK of ${namedCurve ?? type}`)) return pair
      const publicKey = { export: () => { throw new Error('Unsupported JWK') } } // prettier-ignore
      return { ...pair, publicKey: publicKey as unknown as KeyPair['publicKey'] }
    },
  }
})

afterEach(() => {
  missing = new Set()
})

test.each([
  ['secp256k1, as on Bun', 'secp256k1', 'ES256K'],
  ['P-521', 'P-521', 'ES512'],
  ['P-256', 'P-256', 'ES256'],
  ['Ed448', 'ed448', 'Ed448'],
  ['Ed25519, as in FIPS mode', 'ed25519', 'Ed25519'],
  ['the JWK form of Ed448', 'JWK of ed448', 'Ed448'],
  ['the JWK form of secp256k1', 'JWK of secp256k1', 'ES256K'],
] as const)('createTestIssuer works without %s', async (_, name, algorithm) => {
  missing.add(name)
  const issuer = createTestIssuer()
  const api = resourceServer(issuer.options)

  expect(issuer.jwks.keys.map(({ alg }) => alg)).not.toContain(algorithm)
  await expect(api.verify(await issuer.token())).resolves.toMatchObject({ subject: 'user-1' })
  await expect(issuer.token({ key: algorithm })).rejects.toThrow(ConfigurationError)
  issuer.rotate()
  expect(issuer.jwks.keys.length).toBeGreaterThan(5)
})

test('nothing is left out where everything is there', () => {
  expect(createTestIssuer().jwks.keys.map(({ alg }) => alg)).toEqual(
    expect.arrayContaining(['RS256', 'PS512', 'ES256', 'ES384', 'ES512', 'ES256K', 'Ed25519', 'Ed448']),
  )
})

test.each<[string, () => unknown, string]>([
  ['a misspelled option', () => createTestIssuer({ audeince: 'a' } as never), 'createTestIssuer.audeince'],
  [
    'an audience of a wrong type',
    () => createTestIssuer({ audience: 1 } as never),
    'createTestIssuer.audience',
  ],
  ['a misspelled option of listen', () => createTestIssuer().listen({ prot: 1 } as never), 'listen.prot'],
])('%s is refused', async (_, call, option) => {
  await expect((async () => call())()).rejects.toMatchObject({ name: 'ConfigurationError', option })
})
