/**
 * Options that contradict each other, misspelled names, and values that must never be read or
 * shown.
 */
import { ConfigurationError, resourceServer } from 'express-resource-server'
import type { ResourceServerOptions } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'

const issuer = createTestIssuer()
const { jwks } = issuer
const given = { issuer: 'https://issuer.test', jwks }
const secret = 'a secret of 32 bytes or more, s3cr3t'
const bySecret = { issuer: 'https://issuer.test', secret }
const usual = { issuer: given, audience: 'https://api.test' }

const errorOf = (options: unknown): ConfigurationError => {
  try {
    resourceServer(options as ResourceServerOptions)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError)
    return error as ConfigurationError
  }
  throw new Error('It was accepted')
}

test.each<[string, unknown, string, RegExp]>([
  ['no options', undefined, 'options', /must be an object/],
  ['null', null, 'options', /must be an object/],
  ['a string', 'https://issuer.test', 'options', /must be an object/],
  ['an array', [usual], 'options', /must be an object/],
  ['no issuer', { audience: 'a' }, 'issuer', /is required/],
  ['an issuer without its name', { ...usual, issuer: { jwks } }, 'issuer.issuer', /is required/],
  ['no audience', { issuer: given }, 'audience', /is required/],
  [
    'an audience that may be any',
    { ...usual, dangerouslyAcceptAnyAudience: true },
    'dangerouslyAcceptAnyAudience',
    /contradicts audience/,
  ],
  [
    'no audience for one of two issuers',
    { issuer: [{ ...given, audience: 'a' }, 'https://two.test'] },
    'audience',
    /is required/,
  ],
  [
    'one issuer twice',
    { ...usual, issuer: [given, 'https://issuer.test'] },
    'issuer',
    /names one issuer twice/,
  ],
  [
    'keys and their place',
    { ...usual, issuer: { ...given, jwksUri: 'https://a.test' } },
    'issuer.jwks',
    /one source/,
  ],
  ['keys and a secret', { ...usual, issuer: { ...given, secret } }, 'issuer.secret', /one source/],
  [
    'a place and a secret',
    { ...usual, issuer: { ...bySecret, jwksUri: 'https://a.test' } },
    'issuer.secret',
    /one source/,
  ],
  [
    'keys and metadata',
    { ...usual, issuer: { ...given, metadataUrl: 'https://a.test' } },
    'issuer.metadataUrl',
    /combined with jwks/,
  ],
  [
    'keys that are given, and how to fetch them',
    { ...usual, issuer: { ...given, keys: {} } },
    'issuer.keys',
    /jwks/,
  ],
  [
    'HS256 for published keys',
    { ...usual, issuer: { ...given, algorithms: ['RS256', 'HS256'] } },
    'issuer.algorithms',
    /needs a secret/,
  ],
  [
    'HS256 where no issuer has a secret',
    { ...usual, algorithms: ['RS256', 'HS256'] },
    'algorithms',
    /secret/,
  ],
  [
    'RS256 for a secret',
    { ...usual, issuer: { ...bySecret, algorithms: ['RS256'] } },
    'issuer.algorithms',
    /no HS\* algorithm/,
  ],
  [
    'a secret that is too short',
    { ...usual, issuer: { ...bySecret, secret: 's3cr3t' } },
    'issuer.secret',
    /32 bytes/,
  ],
  [
    'a secret too short for HS512',
    { ...usual, issuer: { ...bySecret, algorithms: ['HS512'] } },
    'issuer.secret',
    /64 for HS512/,
  ],
  [
    'one short secret of two',
    { ...usual, issuer: { ...bySecret, secret: [secret, 's3cr3t'] } },
    'issuer.secret',
    /32 bytes/,
  ],
  [
    'no secret in an array',
    { ...usual, issuer: { ...bySecret, secret: [] } },
    'issuer.secret',
    /empty array/,
  ],
  ['a secret that is a number', { ...usual, issuer: { ...bySecret, secret: 1 } }, 'issuer.secret', /string/],
  [
    'a private key',
    { ...usual, issuer: { ...given, jwks: { keys: [{ ...jwks.keys[0], d: 's3cr3t' }] } } },
    'issuer.jwks',
    /private|at least one/,
  ],
  ['http', { ...usual, issuer: 'http://issuer.test' }, 'issuer', /https/],
  [
    'http for the keys',
    { ...usual, issuer: { issuer: 'a', jwksUri: 'http://issuer.test' } },
    'issuer.jwksUri',
    /https/,
  ],
  [
    'http for the metadata',
    { ...usual, issuer: { issuer: 'a', metadataUrl: 'http://issuer.test' } },
    'issuer.metadataUrl',
    /https/,
  ],
  [
    'a password in the URL',
    { ...usual, issuer: { issuer: 'a', jwksUri: 'https://u:s3cr3t@a.test' } },
    'issuer.jwksUri',
    /user information/,
  ],
  [
    'a second issuer that is wrong',
    { ...usual, issuer: [given, { issuer: 'b', jwksUri: 's3cr3t' }] },
    'issuer[1].jwksUri',
    /https/,
  ],
  [
    'an attempt that outlasts the flight',
    { ...usual, issuer: 'https://a.test', keys: { attemptTimeoutMs: 6000 } },
    'keys.attemptTimeoutMs',
    /flightTimeoutMs/,
  ],
])('%s', (_, options, option, message) => {
  const error = errorOf(options)

  expect(error.option).toBe(option)
  expect(error.message).toMatch(message)
  expect(error.message).not.toContain('s3cr3t')
  expect(error.stack).toContain('options-together.test.ts')
})

test('HS256 as the only algorithm for published keys is an error that names its option', () => {
  expect(errorOf({ ...usual, algorithms: ['HS256'] }).option).toBe('algorithms')
})

test.each([
  ['issuers', 'issuer'],
  ['isuer', 'issuer'],
  ['issuerBaseURL', 'issuer'],
  ['domain', 'issuer'],
  ['Issuer', 'issuer'],
  ['audiance', 'audience'],
  ['aud', 'audience'],
  ['algorithm', 'algorithms'],
  ['tokenSigningAlg', 'algorithms'],
  ['clockTolerance', 'clockToleranceSeconds'],
  ['leeway', 'clockToleranceSeconds'],
  ['maxTokenAge', 'maxTokenAgeSeconds'],
  ['requiredClaim', 'requiredClaims'],
  ['authRequired', 'optional'],
  ['credentialsRequired', 'optional'],
  ['getToken', 'acceptTokenFrom'],
  ['acceptTokensFrom', 'acceptTokenFrom'],
  ['strict', 'profile'],
  ['scope', 'scopes'],
  ['role', 'roles'],
  ['clientID', 'clientId'],
  ['key', 'keys'],
  ['scopesHierarchy', 'scopeHierarchy'],
  ['resourceMetaData', 'resourceMetadata'],
  ['challengeScope', 'challengeScopes'],
  ['relm', 'realm'],
  ['refusal', 'refusals'],
  ['tokencache', 'tokenCache'],
  ['clocks', 'clock'],
  ['dangerouslyAllowAnyAudience', 'dangerouslyAcceptAnyAudience'],
])('%s is probably meant to be %s', (wrong, right) => {
  const error = errorOf({ ...usual, [wrong]: 's3cr3t' })

  expect(error.option).toBe(wrong)
  expect(error.message).toContain(wrong)
  expect(error.message).toContain(`"${right}"`)
})

test.each([
  ['issuer', { ...usual, issuer: { ...given, jwksURL: 's3cr3t' } }, 'issuer.jwksURL', 'jwksUri'],
  ['issuer', { ...usual, issuer: { ...given, jwks_uri: 's3cr3t' } }, 'issuer.jwks_uri', 'jwksUri'],
  [
    'issuer',
    { ...usual, issuer: { ...given, discoveryUrl: 's3cr3t' } },
    'issuer.discoveryUrl',
    'metadataUrl',
  ],
  [
    'issuer',
    { ...usual, issuer: [given, { issuer: 'b', secrets: 's3cr3t' }] },
    'issuer[1].secrets',
    'secret',
  ],
  ['keys', { ...usual, issuer: 'https://a.test', keys: { ttl: 1, ttlSecond: 1 } }, 'keys.ttl', 'ttlSeconds'],
  ['keys', { ...usual, issuer: 'https://a.test', keys: { ttlSecond: 1 } }, 'keys.ttlSecond', 'ttlSeconds'],
  ['tokenCache', { ...usual, tokenCache: { maxEntry: 1 } }, 'tokenCache.maxEntry', 'maxEntries'],
])('names are looked at inside %s too: %p', (_, options, option, meant) => {
  const error = errorOf(options)

  expect(error.option).toBe(option)
  expect(error.message).toContain(`"${meant}"`)
})

test.each(['foo', 'constructor', 'x'.repeat(100), 'ISSUER_BASE_URL', ''])(
  'nothing is suggested for %s',
  (name) => {
    const { message } = errorOf({ ...usual, [name]: 1 })
    expect(message).toContain(name)
    expect(message).not.toContain('did you mean')
  },
)

test('for a misspelled algorithm the right one is suggested', () => {
  expect(errorOf({ ...usual, algorithms: ['RS25'] }).message).toContain('"RS256"')
})

test('options are own properties: inherited ones do not count', () => {
  expect(errorOf(Object.create(usual)).option).toBe('issuer')
  expect(errorOf({ ...usual, audience: undefined }).option).toBe('audience')
  expect(() =>
    resourceServer(Object.assign(Object.create(null), usual) as ResourceServerOptions),
  ).not.toThrow()
})

test('a polluted prototype sets no option', () => {
  const names = ['dangerouslyAcceptAnyAudience', 'optional', 'dangerouslyReportOnly']
  for (const name of names) Object.defineProperty(Object.prototype, name, { value: true, configurable: true })
  try {
    expect(errorOf({ issuer: given }).option).toBe('audience')
    expect(resourceServer(usual).health().isReportOnly).toBe(false)
  } finally {
    for (const name of names) Reflect.deleteProperty(Object.prototype, name)
  }
})

test('options that change later change nothing', async () => {
  const audience = ['https://api.test']
  const server = resourceServer({ ...usual, audience })
  audience.push('https://other.test')

  await expect(server.verify(await issuer.token({ aud: 'https://other.test' }))).rejects.toMatchObject({
    code: 'ERR_AUDIENCE_MISMATCH',
  })
})

test('options are not written to', () => {
  const frozen = Object.freeze({ ...usual, scopeHierarchy: Object.freeze({ a: Object.freeze(['b']) }) })

  expect(() => resourceServer(frozen)).not.toThrow()
})

test('an issuer value stands in place of the top-level one, and undefined there does not', async () => {
  const server = resourceServer({
    issuer: [
      { ...given, audience: 'https://one.test', scopes: 'own', clockToleranceSeconds: undefined },
      { issuer: 'https://two.test', jwks, audience: undefined },
    ],
    audience: 'https://top.test',
    scopes: 'top',
  })
  const verify = async (claims: object) =>
    server.verify(await issuer.token({ own: 'a', top: 'b', ...claims }))

  expect((await verify({ aud: 'https://one.test' })).scopes).toEqual(['a'])
  expect((await verify({ iss: 'https://two.test', aud: 'https://top.test' })).scopes).toEqual(['b'])
  await expect(verify({ aud: 'https://top.test' })).rejects.toMatchObject({ code: 'ERR_AUDIENCE_MISMATCH' })
})

test('claims that one issuer requires are added to those of all issuers', async () => {
  const api = resourceServer({
    audience: issuer.audience,
    requiredClaims: ['tenant'],
    issuer: { issuer: issuer.issuer, jwks, requiredClaims: { use: ['access'] } },
  })
  const codeOf = async (claims: object): Promise<string> =>
    api.verify(await issuer.token({ ...claims })).then(
      () => 'accepted',
      (error: unknown) => (error as ConfigurationError).code,
    )
  expect(await codeOf({ tenant: 'a', use: 'access' })).toBe('accepted')
  expect(await codeOf({ use: 'access' })).toBe('ERR_CLAIM_MISSING')
  expect(await codeOf({ tenant: 'a' })).toBe('ERR_CLAIM_MISSING')
  expect(await codeOf({ tenant: 'a', use: 'refresh' })).toBe('ERR_CLAIMS_REFUSED')
})
