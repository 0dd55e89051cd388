/** The options of introspection, and what they mean together with those of the server. */
import { createPublicKey, createSecretKey, KeyObject } from 'node:crypto'
import type { JsonWebKey } from 'node:crypto'
import { jwtVerify } from 'jose'
import { ConfigurationError, resourceServer } from 'express-resource-server'
import { dpop } from 'express-resource-server/dpop'
import { introspection } from 'express-resource-server/introspection'
import { createTestIssuer } from 'express-resource-server/testing'
import { sourceCount } from '../../lib/core/keys/registry.js'
import { generatePair } from '../support/key-pairs.js'
import { selfSigned } from '../support/tls.js'
import { active, CLIENT, clock, issuer, startWorld } from './support/endpoint.js'

const ec = generatePair('ec', { namedCurve: 'P-256' })
const rsa = generatePair('rsa', { modulusLength: 2048 })
const ed = generatePair('ed25519')
const jwk = ec.privateKey.export({ format: 'jwk' })
const pem = ec.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
const certified = { id: 'api', certificate: selfSigned.cert, key: selfSigned.key }

/** The path of the wrong option; `undefined` if there is none. */
function wrongOption(options: object, server: object = {}): string | undefined {
  const before = sourceCount()
  try {
    const opaque = introspection({ client: CLIENT, ...options })
    resourceServer({ ...issuer.options, ...server, opaque }).close()
    return undefined
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    expect(sourceCount()).toBe(before)
    expect(error.message).toMatch(/^[\w.[\]]+: .{10,}$/)
    return error.option
  }
}

test.each<[string, object, string]>([
  ['no client', { client: undefined }, 'introspection.client'],
  ['a client that is text', { client: 'api' }, 'introspection.client'],
  ['a client without id', { client: { secret: 's' } }, 'introspection.client.id'],
  ['a client with an id only', { client: { id: 'api' } }, 'introspection.client'],
  ['an unknown member', { client: { ...CLIENT, password: 'x' } }, 'introspection.client.password'],
  ['an unknown method', { client: { ...CLIENT, method: 'none' } }, 'introspection.client.method'],
  ['an unset secret', { client: { id: 'api', secret: undefined } }, 'introspection.client.secret'],
  ['an empty secret', { client: { id: 'api', secret: '' } }, 'introspection.client.secret'],
  [
    'a secret with a line break of its file',
    { client: { id: 'api', secret: 's\n' } },
    'introspection.client.secret',
  ],
  ['a private key as secret', { client: { id: 'api', secret: pem.trim() } }, 'introspection.client.secret'],
  ['a JWK as secret', { client: { id: 'api', secret: JSON.stringify(jwk) } }, 'introspection.client.secret'],
  ['half an emoji in a secret', { client: { id: 'api', secret: 's\ud83d' } }, 'introspection.client.secret'],
  ['a secret and a key', { client: { ...CLIENT, key: jwk } }, 'introspection.client.key'],
  ['a certificate and a secret', { client: { ...certified, secret: 's' } }, 'introspection.client.secret'],
  ['a key without algorithm', { client: { id: 'api', key: jwk } }, 'introspection.client.algorithm'],
  [
    'an unknown algorithm',
    { client: { id: 'api', key: jwk, algorithm: 'ES25' } },
    'introspection.client.algorithm',
  ],
  ['HS256', { client: { id: 'api', key: jwk, algorithm: 'HS256' } }, 'introspection.client.algorithm'],
  [
    'an algorithm of another curve',
    { client: { id: 'api', key: jwk, algorithm: 'ES384' } },
    'introspection.client.algorithm',
  ],
  [
    'a public key',
    { client: { id: 'api', key: ec.publicKey, algorithm: 'ES256' } },
    'introspection.client.key',
  ],
  [
    'a public JWK',
    { client: { id: 'api', key: { ...jwk, d: undefined }, algorithm: 'ES256' } },
    'introspection.client.key',
  ],
  [
    'a certificate with another key',
    { client: { ...certified, key: pem } },
    'introspection.client.certificate',
  ],
  ['half an emoji in the id', { client: { id: 'api\ud83d', secret: 's' } }, 'introspection.client.id'],
  ['a misspelled option', { negativeSecond: 1 }, 'introspection.negativeSecond'],
  ['tokens of another kind', { tokens: 'jwt' }, 'introspection.tokens'],
  ['a cache that is false', { cache: false }, 'introspection.cache'],
  ['maxEntries 0', { cache: { maxEntries: 0 } }, 'introspection.cache.maxEntries'],
  ['maxSeconds beyond an hour', { cache: { maxSeconds: 3601 } }, 'introspection.cache.maxSeconds'],
  ['negativeSeconds below 0', { negativeSeconds: -1 }, 'introspection.negativeSeconds'],
  ['timeoutMs in seconds', { timeoutMs: 3 }, 'introspection.timeoutMs'],
  ['an issuer of somebody else', { issuer: 'https://elsewhere.test' }, 'introspection.issuer'],
  ['plain http', { endpoint: 'http://example.com/introspect' }, 'introspection.endpoint'],
  ['user information in the URL', { endpoint: 'https://a:b@example.com/' }, 'introspection.endpoint'],
])('%s is refused', (_, options, option) => {
  expect(wrongOption(options)).toBe(option)
})

const rsaJwk = rsa.privateKey.export({ format: 'jwk' })
const other = generatePair('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
const otherRsa = generatePair('rsa', { modulusLength: 2048, publicExponent: 3 }).privateKey.export({
  format: 'jwk',
})
const pair = (type: string, parameters: object = {}): KeyObject => generatePair(type, parameters).privateKey
const onCurve = (namedCurve: string): KeyObject => pair('ec', { namedCurve })

test.each<[string, unknown, string, 'key' | 'algorithm']>([
  ['a key on secp256k1 with ES256K', onCurve('secp256k1'), 'ES256K', 'algorithm'],
  ['a key on secp256k1 with ES256', onCurve('secp256k1'), 'ES256', 'key'],
  ['a key on a Brainpool curve', onCurve('brainpoolP256r1'), 'ES256', 'key'],
  ['a key on P-224', onCurve('secp224r1'), 'ES256', 'key'],
  ['an Ed448 key with Ed448', pair('ed448'), 'Ed448', 'algorithm'],
  ['an Ed448 key with EdDSA', pair('ed448'), 'EdDSA', 'key'],
  ['an X25519 key', pair('x25519'), 'EdDSA', 'key'],
  ['an RSA key of 1024 bits', pair('rsa', { modulusLength: 1024 }), 'RS256', 'key'],
  ['an RSA key of 512 bits', pair('rsa', { modulusLength: 512 }), 'PS512', 'key'],
  ['an RSA-PSS key', pair('rsa-pss', { modulusLength: 2048 }), 'PS256', 'key'],
  ['a DSA key', pair('dsa', { modulusLength: 1024, divisorLength: 160 }), 'RS256', 'key'],
  ['a Diffie-Hellman key', pair('dh', { group: 'modp14' }), 'RS256', 'key'],
  ['a secret key', createSecretKey(Buffer.alloc(32)), 'HS256', 'algorithm'],
  ['a secret key with ES256', createSecretKey(Buffer.alloc(32)), 'ES256', 'key'],
  ['none', jwk, 'none', 'algorithm'],
  ['ML-DSA', jwk, 'ML-DSA-44', 'algorithm'],
  ['a JWK for encryption', { ...rsaJwk, use: 'enc' }, 'RS256', 'key'],
  ['a JWK with key_ops for encryption', { ...rsaJwk, key_ops: ['decrypt'] }, 'RS256', 'key'],
  ['a JWK with key_ops that are text', { ...rsaJwk, key_ops: 'sign' }, 'RS256', 'key'],
  ['a JWK with another alg', { ...rsaJwk, alg: 'PS256' }, 'RS256', 'key'],
  ['a JWK of two keys', { ...jwk, d: other.d }, 'ES256', 'key'],
  ['an RSA JWK of two keys', { ...rsaJwk, n: otherRsa.n }, 'RS256', 'key'],
  ['a number', 1, 'ES256', 'key'],
])('a key that cannot sign is refused at start-up: %s', (_, key, algorithm, option) => {
  expect(wrongOption({ client: { id: 'api', key, algorithm } })).toBe(`introspection.client.${option}`)
})

const encrypted = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' } as const
test.each<[string, unknown, string]>([
  ['bytes', Buffer.from(pem), "readFileSync(path, 'utf8')"],
  ['JSON text', JSON.stringify(jwk), 'JSON.parse(text)'],
  ['encrypted PEM', ec.privateKey.export(encrypted), 'createPrivateKey({ key, passphrase })'],
  ['PEM with \\n', pem.replaceAll('\n', '\\n'), String.raw`text.replaceAll('\\n', '\n')`],
])('a good key that is given as %s is refused with what to write', (_, key, advice) => {
  expect(() => introspection({ client: { id: 'api', key, algorithm: 'ES256' } as never })).toThrow(advice)
})

test('the issuer of opaque tokens cannot be one of a resolver, and the error says what to write', () => {
  const opaque = introspection({ client: CLIENT, issuer: issuer.issuer })
  const start = () => resourceServer({ ...issuer.options, issuer: () => undefined, opaque })
  expect(start).toThrow(/^introspection.issuer: cannot be .* another resourceServer for opaque tokens/)
})

test.each<[string, string, unknown]>([
  ['RS256', 'an RSA key', rsa.privateKey],
  ['RS384', 'an RSA key', rsa.privateKey],
  ['RS512', 'an RSA key', rsa.privateKey],
  ['PS256', 'an RSA key', rsa.privateKey],
  ['PS384', 'an RSA key', rsa.privateKey],
  ['PS512', 'an RSA key', rsa.privateKey],
  ['ES256', 'a key on P-256', onCurve('P-256')],
  ['ES384', 'a key on P-384', onCurve('P-384')],
  ['ES512', 'a key on P-521', onCurve('P-521')],
  ['Ed25519', 'an Ed25519 key', ed.privateKey],
  ['EdDSA', 'an Ed25519 key', ed.privateKey],
  ['EdDSA', 'a JWK for Ed25519', { ...ed.privateKey.export({ format: 'jwk' }), alg: 'Ed25519', use: 'sig' }],
  ['ES256', 'a JWK that says so', { ...jwk, alg: 'ES256', key_ops: ['sign'] }],
  ['ES256', 'a JWK with empty members', { ...jwk, alg: null, use: '', key_ops: [] }],
])('a key that is accepted signs: %s by %s', async (algorithm, _, key) => {
  const { ask, endpoint } = await startWorld({ client: { id: 'api', key, algorithm } as never })
  endpoint.reply(active())
  expect((await ask({ token: 't' })).status).toBe(200)
  const assertion = endpoint.asked[0]?.form.get('client_assertion') ?? ''
  const half = createPublicKey(key instanceof KeyObject ? key : { key: key as JsonWebKey, format: 'jwk' })
  const { protectedHeader } = await jwtVerify(assertion, half, { currentDate: new Date(clock.epochMs()) })
  expect(protectedHeader).toEqual({ alg: algorithm })
})

const second = createTestIssuer({ issuer: 'https://second.test' }).options.issuer
const keyless = { issuer: 'https://keyless.test', opaqueOnly: true }

test.each<[string, object, object, string]>([
  ['no issuer, with several', {}, { issuer: [issuer.options.issuer, second] }, 'introspection.issuer'],
  ['a resolver', {}, { issuer: () => undefined }, 'introspection.issuer'],
  ['a certificate and fetch', { client: certified }, { fetch }, 'introspection.client.certificate'],
  ['signed answers without keys', { jwt: true }, { issuer: keyless }, 'introspection.jwt'],
  [
    'a second question about JWTs without keys',
    { tokens: 'all' },
    { issuer: keyless },
    'introspection.tokens',
  ],
  [
    'any audience, twice',
    { dangerouslyAcceptMissingAudience: true },
    { audience: undefined, dangerouslyAcceptAnyAudience: true },
    'introspection.dangerouslyAcceptMissingAudience',
  ],
  [
    'no audience in FAPI',
    { dangerouslyAcceptMissingAudience: true },
    { profile: 'fapi2', confirmation: dpop({ publicUrl: 'https://api.test' }) },
    'introspection.dangerouslyAcceptMissingAudience',
  ],
  [
    'no endpoint, where the issuer is no URL',
    {},
    { issuer: { issuer: 'accounts', jwks: issuer.jwks } },
    'introspection.endpoint',
  ],
  [
    'another issuer than the one without keys',
    { issuer: issuer.issuer },
    { issuer: [issuer.options.issuer, keyless] },
    'opaque',
  ],
  ['keys of an issuer without keys', {}, { issuer: { ...keyless, jwks: issuer.jwks } }, 'issuer.jwks'],
  [
    'algorithms of an issuer without keys',
    {},
    { issuer: { ...keyless, algorithms: ['RS256'] } },
    'issuer.algorithms',
  ],
  ['opaqueOnly as text', {}, { issuer: { ...keyless, opaqueOnly: 'yes' } }, 'issuer.opaqueOnly'],
])('%s is refused', (_, options, server, option) => {
  expect(wrongOption(options, server)).toBe(option)
})

test.each<[string, object, object?]>([
  ['a JWK', { client: { id: 'api', key: jwk, algorithm: 'ES256' } }],
  ['a KeyObject', { client: { id: 'api', key: rsa.privateKey, algorithm: 'PS256' } }],
  ['PEM', { client: { id: 'api', key: pem, algorithm: 'ES256' } }],
  ['EdDSA', { client: { id: 'api', key: ed.privateKey, algorithm: 'EdDSA' } }],
  ['Ed25519', { client: { id: 'api', key: ed.privateKey, algorithm: 'Ed25519' } }],
  ['a certificate', { client: certified }],
  ['a certificate as bytes', { client: { ...certified, certificate: Buffer.from(selfSigned.cert) } }],
  [
    'options that are undefined',
    { issuer: undefined, cache: undefined, timeoutMs: undefined, jwt: undefined },
  ],
  ['the only issuer, named', { issuer: issuer.issuer }],
  ['one of several issuers', { issuer: 'https://second.test' }, { issuer: [issuer.options.issuer, second] }],
  ['an issuer without keys', {}, { issuer: keyless }],
  ['limits for the metadata of one', {}, { issuer: { ...keyless, keys: { attemptTimeoutMs: 300 } } }],
  [
    'an issuer without keys, by its metadata',
    {},
    { issuer: { ...keyless, metadataUrl: 'https://a.test/m' } },
  ],
  [
    'plain http where the server allows it',
    { endpoint: 'http://as:80/' },
    { dangerouslyAllowInsecureHttp: true },
  ],
])('%s is accepted', (_, options, server = {}) => {
  expect(wrongOption(options, server)).toBeUndefined()
})

test('an issuer without keys needs `opaque`, and a resolver cannot name one', async () => {
  const make = () => resourceServer({ issuer: keyless as never, audience: 'a' })
  expect(make).toThrow(expect.objectContaining({ option: 'opaque' }))
  const api = resourceServer({
    issuer: () => ({ ...keyless, issuer: issuer.issuer }) as never,
    audience: 'a',
  })
  await expect(api.verify(await issuer.token())).rejects.toMatchObject({ status: 500 })
})

test.each([1, 'introspection', {}, () => undefined])(
  'opaque must be a value of introspection(): %p',
  (opaque) => {
    const make = () => resourceServer({ ...issuer.options, opaque: opaque as never })
    expect(make).toThrow(expect.objectContaining({ option: 'opaque' }))
  },
)
