import { ConfigurationError, resourceServer } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import { sourceCount } from '../../../lib/core/keys/registry.js'

const { jwks } = createTestIssuer()
const issuer = 'https://issuer.test'
const usual = { issuer, audience: 'https://api.test' }
const two = [issuer, { issuer: 'https://other.test', jwksUri: 'https://other.test/jwks' }]

describe('a wrong configuration leaves no key source behind', () => {
  test.each<[string, object]>([
    ['realm that is not ASCII', { ...usual, realm: 'ä' }],
    ['claims that are no schema', { ...usual, claims: 5 }],
    [
      'second issuer that is wrong',
      { ...usual, issuer: [issuer, { issuer: 'https://b.test', jwksUri: 'x' }] },
    ],
    ['issuer named twice', { ...usual, issuer: [issuer, issuer] }],
    ['issuer named twice, in two forms', { ...usual, issuer: [issuer, { issuer, jwks }] }],
    ['third issuer without a name', { ...usual, issuer: [...two, {}] }],
    [
      'second issuer with an unknown option',
      { ...usual, issuer: [issuer, { issuer: 'https://b.test', foo: 1 }] },
    ],
    ['audience that is missing', { issuer }],
    [
      'audience that is missing for the second issuer',
      { issuer: [{ issuer, audience: 'a' }, 'https://b.test'] },
    ],
    ['unknown option', { ...usual, foo: 1 }],
    ['clock that is none', { ...usual, clock: {} }],
    ['fetch that is no function', { ...usual, fetch: 'fetch' }],
    ['token size out of range', { ...usual, maxTokenBytes: 1 }],
    ['token cache that is none', { ...usual, tokenCache: true }],
    ['token cache with an unknown option', { ...usual, tokenCache: { entries: 1 } }],
    ['place named twice', { ...usual, acceptTokenFrom: ['header', 'header'] }],
    ['place that does not exist', { ...usual, acceptTokenFrom: 'cookie' }],
    ['scope hierarchy of strings', { ...usual, scopeHierarchy: { a: 'b' } }],
    ['challenge scope with a space', { ...usual, challengeScopes: ['a b'] }],
    ['metadata that is no URL', { ...usual, resourceMetadata: 'metadata' }],
    ['refusals that are neither', { ...usual, refusals: 'throw' }],
    ['optional that is no boolean', { ...usual, optional: 'yes' }],
    ['report-only that is no boolean', { ...usual, dangerouslyReportOnly: 1 }],
    ['required claims that are numbers', { ...usual, requiredClaims: [1] }],
    ['token age out of range', { ...usual, maxTokenAgeSeconds: 0 }],
    ['key option out of range', { ...usual, keys: { ttlSeconds: 0 } }],
    ['HS256 without a secret', { ...usual, algorithms: ['HS256'] }],
    [
      'secret that is too short, for the second issuer',
      { ...usual, issuer: [issuer, { issuer: 'b', secret: 'x' }] },
    ],
    ['audience next to any audience', { ...usual, dangerouslyAcceptAnyAudience: true }],
  ])('%s', (_, options) => {
    expect(() => resourceServer(options as typeof usual)).toThrow(ConfigurationError)
    expect(sourceCount()).toBe(0)
  })

  const check = () => ({})
  const challengeOf = (challenge: unknown) => ({ confirmation: { member: 'x', check, challenge } })
  const narrowedTo = (narrowed: unknown) => ({
    profile: 'fapi2',
    confirmation: { member: 'x', check, narrowedTo: () => narrowed },
  })
  const opaque = (makeVerifier: unknown) => ({ opaque: { plan: () => ({ issuer, makeVerifier }) } })
  const decryption = (makeVerifier: unknown) => ({ decryption: { makeVerifier } })
  const failing = () => {
    throw new Error('boo')
  }
  const verifier = { handles: () => false, verify: failing }

  test.each<[string, object]>([
    ['a challenge without members', challengeOf({})],
    ['a challenge that is a string', challengeOf('X')],
    ['a challenge that is null', challengeOf(null)],
    ['a scheme that is a number', challengeOf({ scheme: 5, parameters: {} })],
    ['a scheme with a space', challengeOf({ scheme: 'a b', parameters: {} })],
    ['the scheme Bearer', challengeOf({ scheme: 'bearer', parameters: {} })],
    ['parameters that are null', challengeOf({ scheme: 'X', parameters: null })],
    ['a parameter that is a number', challengeOf({ scheme: 'X', parameters: { a: 5 } })],
    ['a parameter with a space', challengeOf({ scheme: 'X', parameters: { 'a b': '5' } })],
    [
      'a scheme of two methods',
      {
        confirmation: ['X', 'x'].map((scheme) => ({
          member: scheme,
          check,
          challenge: { scheme, parameters: {} },
        })),
      },
    ],
    ['isRequired that is no boolean', { confirmation: { member: 'x', check, isRequired: 'yes' } }],
    ['a method that narrows to nothing', narrowedTo(undefined)],
    ['a method that narrows to a promise', narrowedTo(Promise.resolve())],
    ['a method that narrows to a wrong challenge', narrowedTo({ member: 'x', check, challenge: {} })],
    [
      'a method that fails to narrow',
      { profile: 'fapi2', confirmation: { member: 'x', check, narrowedTo: failing } },
    ],
    ['a plan that fails', { opaque: { plan: failing } }],
    ['a plan of nothing', { opaque: { plan: () => undefined } }],
    ['a plan without makeVerifier', opaque(undefined)],
    ['an opaque verifier that fails', opaque(failing)],
    ['an opaque verifier that is none', opaque(() => undefined)],
    ['an opaque verifier that comes later', opaque(async () => verifier)],
    ['a verifier with a wrong member', opaque(() => ({ ...verifier, close: 5 }))],
    ['a decryption that fails', decryption(failing)],
    ['a decryption that makes none', decryption(() => ({}))],
  ])('%s, in the value of an option', (_, options) => {
    const names = ['confirmation', 'opaque', 'decryption']
    const option = names.find((name) => name in options)
    expect(() => resourceServer({ ...usual, ...options })).toThrow(
      expect.objectContaining({ name: 'ConfigurationError', code: 'ERR_CONFIGURATION', option }),
    )
    expect(sourceCount()).toBe(0)
  })

  test('nor a verifier that was made before another one failed, and the cause is at hand', () => {
    const close = jest.fn()
    const options = { ...decryption(() => ({ ...verifier, close })), ...opaque(failing) }
    const make = () => resourceServer({ ...usual, ...options } as typeof usual)
    expect(make).toThrow(expect.objectContaining({ cause: new Error('boo'), option: 'opaque' }))
    expect(close).toHaveBeenCalledTimes(1)
    expect(sourceCount()).toBe(0)
  })

  test('the count would show one: a good configuration holds its sources until it is closed', () => {
    const server = resourceServer({ ...usual, issuer: two })
    expect(sourceCount()).toBe(2)
    server.close()
    expect(sourceCount()).toBe(0)
  })

  test('a wrong answer of a resolver holds none either', async () => {
    const wrong = createTestIssuer({ issuer })
    const server = resourceServer({
      issuer: (iss: string) => ({ issuer: iss, keys: { ttlSeconds: 0 } }),
      audience: wrong.audience,
    })
    await expect(server.verify(await wrong.token())).rejects.toMatchObject({ code: 'ERR_INTERNAL' })
    expect(sourceCount()).toBe(0)
    server.close()
  })
})
