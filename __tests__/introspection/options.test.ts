/** The options of introspection, and what they mean together with those of the server. */
import { generateKeyPairSync } from 'node:crypto'
import { ConfigurationError, resourceServer } from 'express-resource-server'
import { dpop } from 'express-resource-server/dpop'
import { introspection } from 'express-resource-server/introspection'
import { createTestIssuer } from 'express-resource-server/testing'
import { sourceCount } from '../../lib/core/keys/registry.js'
import { generatePair } from '../support/key-pairs.js'
import { selfSigned } from '../support/tls.js'
import { CLIENT, issuer } from './support/endpoint.js'

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const rsa = generatePair('rsa', { modulusLength: 2048 })
const ed = generateKeyPairSync('ed25519')
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
  ['key options of an issuer without keys', {}, { issuer: { ...keyless, keys: {} } }, 'issuer.keys'],
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
