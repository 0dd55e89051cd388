/** What `key` of the test issuer takes: names of algorithms, and private keys of every kind. */
import { createSecretKey, randomBytes, webcrypto } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { decodeProtectedHeader } from 'jose'
import { resourceServer } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import { generatePair } from '../support/key-pairs.js'

const issuer = createTestIssuer()
const { verify } = resourceServer(issuer.options)

const rsa = generatePair('rsa', { modulusLength: 2048 })
const [p256, p384, p521, k256] = ['P-256', 'P-384', 'P-521', 'secp256k1'].map((namedCurve) =>
  generatePair('ec', { namedCurve }),
)
const [ed25519, ed448] = ['ed25519', 'ed448'].map((type) => generatePair(type))

const header = (alg?: string) => ({ kid: 'own', ...(alg !== undefined && { alg }) })

describe('A private key from elsewhere signs by its own algorithm, or by the one in header.alg', () => {
  test.each([
    ['RSA', rsa, undefined, 'RS256'],
    ['RSA', rsa, 'RS512', 'RS512'],
    ['RSA', rsa, 'PS384', 'PS384'],
    ['P-256', p256, undefined, 'ES256'],
    ['P-256', p256, 'ES256', 'ES256'],
    ['P-384', p384, undefined, 'ES384'],
    ['P-521', p521, undefined, 'ES512'],
    ['secp256k1', k256, undefined, 'ES256K'],
    ['Ed25519', ed25519, undefined, 'Ed25519'],
    ['Ed25519', ed25519, 'EdDSA', 'EdDSA'],
    ['Ed448', ed448, undefined, 'Ed448'],
    ['Ed448', ed448, 'EdDSA', 'EdDSA'],
  ])('%s (%#)', async (_, pair, alg, expected) => {
    const jwks = { keys: [{ ...pair!.publicKey.export({ format: 'jwk' }), kid: 'own' }] }
    const api = resourceServer({ ...issuer.options, issuer: { issuer: issuer.issuer, jwks } })
    const token = await issuer.token({ key: pair!.privateKey, header: header(alg) })
    expect((await api.verify(token)).header?.alg).toBe(expected)
  })

  test('a secret', async () => {
    const secret = randomBytes(64)
    const api = resourceServer({ ...issuer.options, issuer: { issuer: issuer.issuer, secret } })
    for (const alg of ['HS256', 'HS512'])
      await api.verify(await issuer.token({ key: createSecretKey(secret), header: header(alg) }))
  })

  test('RSA-PSS', async () => {
    const { privateKey } = generatePair('rsa-pss', { modulusLength: 2048 })
    expect(decodeProtectedHeader(await issuer.token({ key: privateKey })).alg).toBe('PS256')
  })
})

test.each([rsa, p256, p384, ed25519, ed448])(
  'without a kid, it pretends to be the key of the issuer (%#)',
  async (pair) => {
    const token = await issuer.token({ key: pair!.privateKey })
    await expect(verify(token)).rejects.toMatchObject({ code: 'ERR_SIGNATURE_INVALID' })
  },
)

test('a header may still lie', async () => {
  const tokens = [
    await issuer.token({ key: p256!.privateKey, header: { alg: 'none' } }),
    await issuer.token({ key: ed25519!.privateKey, header: { alg: 'ES257' } }),
    await issuer.token({ key: 'RS256', header: { alg: 'ES256' } }),
  ]
  for (const token of tokens) await expect(verify(token)).rejects.toMatchObject({ status: 401 })
})

test('EdDSA is the older name of Ed25519', async () => {
  const token = await issuer.token({ key: 'EdDSA' })
  expect((await verify(token)).header).toMatchObject({ alg: 'EdDSA', kid: 'ed25519-1' })
  expect(issuer.dpop({ algorithm: 'EdDSA' }).jwk).toMatchObject({ crv: 'Ed25519' })
})

const client = issuer.dpop()
const url = 'https://api.test/orders'

test('a proof by a key from elsewhere names its algorithm', async () => {
  const proof = await client.proof('GET', url, { key: ed25519!.privateKey })
  expect(decodeProtectedHeader(proof)).toMatchObject({ alg: 'Ed25519', jwk: client.jwk })
})

const x25519 = generatePair('x25519').privateKey
const unfit: readonly (readonly [string, unknown, string | undefined, RegExp])[] = [
  ['a wrong name', 'RS257', undefined, /must be the name of an algorithm.*'ES256'/],
  ['no name', '', undefined, /must be the name of an algorithm/],
  ['a name that objects have', 'constructor', undefined, /must be the name of an algorithm/],
  ['PEM', p256!.privateKey.export({ format: 'pem', type: 'pkcs8' }), undefined, /createPrivateKey\(pem\)/],
  ['a JWK', p256!.privateKey.export({ format: 'jwk' }), undefined, /a private KeyObject/],
  ['null', null, undefined, /must be the name/],
  ['a public key', p256!.publicKey, undefined, /is not a private key/],
  ['a key that only encrypts', x25519, undefined, /is not a private key that signs/],
  ['an EC key for RS256', p256!.privateKey, 'RS256', /does not fit header\.alg.* ES256/],
  ['an EC key of another curve', p384!.privateKey, 'ES256', /does not fit header\.alg.* ES384/],
  ['an EC key for EdDSA', p256!.privateKey, 'EdDSA', /does not fit/],
  ['an Ed25519 key for Ed448', ed25519!.privateKey, 'Ed448', /does not fit header\.alg.* Ed25519/],
  ['an RSA key for HS256', rsa.privateKey, 'HS256', /does not fit header\.alg.* RS256/],
]

describe.each(unfit)('%s', (_, key, alg, message) => {
  const wrong = { key: key as KeyObject, header: { alg } }
  const error = (option: string) => ({ option, message: expect.stringMatching(message) })

  test('is refused by token(), whose promise rejects', async () => {
    const promise = issuer.token(alg === undefined ? { key: wrong.key } : wrong)
    await expect(promise).rejects.toMatchObject(error('token.key'))
  })

  test('is refused by proof(), whose promise rejects', async () => {
    const promise = client.proof('GET', url, alg === undefined ? { key: wrong.key } : wrong)
    await expect(promise).rejects.toMatchObject(error('proof.key'))
  })
})

test('a CryptoKey is refused', async () => {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  const { privateKey } = await webcrypto.subtle.generateKey(algorithm, true, ['sign'])
  await expect(issuer.token({ key: privateKey as never })).rejects.toMatchObject({ option: 'token.key' })
})

test.each<[string, () => Promise<string>, string]>([
  ['claims in a Map', () => issuer.token(new Map([['scope', 'a']]) as never), 'token'],
  ['null for claims', () => issuer.token(null as never), 'token'],
  ['a header in a Map', () => issuer.token({ header: new Map() as never }), 'token.header'],
  ['claims of a bound token in a Map', () => client.token(new Map([['scope', 'a']]) as never), 'token'],
  ['claims of a proof in a Promise', () => client.proof('GET', url, Promise.resolve({}) as never), 'proof'],
  ['a null header of a proof', () => client.proof('GET', url, { header: null as never }), 'proof.header'],
])('%s: the promise rejects', async (_, make, option) => {
  await expect(make()).rejects.toMatchObject({ name: 'ConfigurationError', option })
})

test('a claim that is not JSON makes the promise reject', async () => {
  await expect(issuer.token({ amount: 5n })).rejects.toMatchObject({
    name: 'ConfigurationError',
    option: 'claims',
  })
})
