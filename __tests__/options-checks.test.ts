/** Wrong values that are easy to miss, because nothing reads them or because they look harmless. */
import { ConfigurationError, resourceServer } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'

const issuer = createTestIssuer()
const given = { issuer: issuer.issuer, jwks: issuer.jwks }
const usual = { issuer: given, audience: issuer.audience }
const make = (changes: object) => resourceServer({ ...usual, ...changes })

test.each<[string, object, string]>([
  ['null for a boolean', { optional: null }, 'optional'],
  [
    'a wrong type that static issuers never ask for',
    { dangerouslyAllowPrivateAddresses: 'yes' },
    'dangerouslyAllowPrivateAddresses',
  ],
  ['a wrong type that each issuer replaces', { issuer: { ...given, scopes: 'scope' }, scopes: 5 }, 'scopes'],
  ['a wrong type next to a resolver', { issuer: () => undefined, roles: 5 }, 'roles'],
  [
    'a wrong number next to a resolver',
    { issuer: () => undefined, maxTokenAgeSeconds: -1 },
    'maxTokenAgeSeconds',
  ],
  ['a clock whose other half is no function', { clock: { epochMs: () => 0, monotonicMs: 5 } }, 'clock'],
  [
    'a URL that no header can carry: its host would lose letters',
    { resourceMetadata: 'https://bücher.test/' },
    'resourceMetadata',
  ],
  [
    'one place twice, which refuses every good request',
    { acceptTokenFrom: ['header', { header: 'Authorization' }] },
    'acceptTokenFrom',
  ],
  [
    'an unknown member of a place',
    { acceptTokenFrom: { header: 'x-token', scheme: 'Token' } },
    'acceptTokenFrom',
  ],
])('%s is refused', (_, changes, option) => {
  expect(() => make(changes)).toThrow(ConfigurationError)
  expect(() => make(changes)).toThrow(expect.objectContaining({ option }))
})

test.each([
  ['requiredClaims', { requiredClaims: [] }],
  ['challengeScopes', { challengeScopes: [] }],
])('an empty array is the same as the default for %s', (_, changes) => {
  expect(() => make(changes)).not.toThrow()
})
