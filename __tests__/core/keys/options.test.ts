import { ConfigurationError, resourceServer } from 'express-resource-server'
import type { KeyOptions } from 'express-resource-server'

const ISSUER = 'https://issuer.test'
const serve = (keys: unknown) =>
  resourceServer({ issuer: ISSUER, audience: 'https://api.test', keys: keys as KeyOptions })

describe('the keys option', () => {
  test.each([
    ['ttlSeconds', 0],
    ['ttlSeconds', 86_401],
    ['ttlSeconds', '600'],
    ['ttlSeconds', NaN],
    ['staleSeconds', -1],
    ['staleSeconds', 86_401],
    ['staleSeconds', Infinity],
    ['cooldownSeconds', 0],
    ['attemptTimeoutMs', 0],
    ['flightTimeoutMs', 60_001],
    ['maxBytes', 0],
    ['maxKeys', 0],
    ['snapshot', []],
  ])('refuses %s of %p', (name, value) => {
    expect(() => serve({ [name]: value })).toThrow(expect.objectContaining({ option: `keys.${name}` }))
  })

  test.each([
    ['an attempt longer than its flight', { attemptTimeoutMs: 6000 }, 'keys.attemptTimeoutMs'],
    ['a flight shorter than its attempt', { flightTimeoutMs: 2000 }, 'keys.attemptTimeoutMs'],
    ['a TTL shorter than a flight', { ttlSeconds: 4 }, 'keys.ttlSeconds'],
    ['a flight longer than the TTL', { ttlSeconds: 10, flightTimeoutMs: 20_000 }, 'keys.ttlSeconds'],
    ['an unknown name', { ttl: 600 }, 'keys.ttl'],
  ])('refuses %s', (_title, keys, option) => {
    expect(() => serve(keys)).toThrow(expect.objectContaining({ name: 'ConfigurationError', option }))
  })

  test.each([
    [{}],
    [{ staleSeconds: 0 }],
    [{ staleSeconds: 86_400 }],
    [{ ttlSeconds: undefined, snapshot: undefined }],
    [{ ttlSeconds: 1, attemptTimeoutMs: 500, flightTimeoutMs: 1000 }],
  ])('takes %j', (keys) => {
    expect(() => serve(keys).close()).not.toThrow()
  })

  test.each([
    ['jwks', { jwks: { keys: [] } }],
    ['a secret', { secret: 's'.repeat(64) }],
  ])('is refused beside %s, where nothing is fetched', (_title, source) => {
    const issuer = { issuer: ISSUER, keys: {}, ...source } as never
    expect(() => resourceServer({ issuer, audience: 'https://api.test' })).toThrow(ConfigurationError)
  })
})
