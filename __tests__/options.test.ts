/**
 * Every option: a wrong type or range throws a ConfigurationError at start-up that names the option
 * and holds no value.
 */
import { inspect } from 'node:util'
import { ConfigurationError, resourceServer } from 'express-resource-server'
import type { ResourceServerOptions } from 'express-resource-server'
import { introspection } from 'express-resource-server/introspection'
import { createTestIssuer } from 'express-resource-server/testing'

const issuer = createTestIssuer()
const { jwks } = issuer
const usual = { issuer: { issuer: issuer.issuer, jwks }, audience: issuer.audience }
/** A value that must not appear in any message. */
const SECRET = 's3cr3t'

const make = (changes: object) => resourceServer({ ...usual, ...changes })

const errorOf = (changes: object): ConfigurationError => {
  try {
    make(changes)
  } catch (error) {
    return error as ConfigurationError
  }
  throw new Error('It was accepted')
}

/** A path such as `issuer.keys` sets an option of the issuer. */
const at = (path: string, value: unknown): object => {
  const [outer, inner] = path.split('.') as [string, string | undefined]
  if (inner === undefined) return { [outer]: value }
  return {
    [outer]:
      outer === 'issuer'
        ? { ...usual.issuer, jwks: inner === 'jwks' ? value : jwks, [inner]: value }
        : { [inner]: value },
  }
}

// Enough to see which reader an option has; core/options/reader.test.ts tests what each reader
// refuses.
const noString = [0, '', null]
const noStrings = [0, [], [''], [[SECRET]]]
const noBoolean = [1, SECRET]
const noNumber = [SECRET, null]
const noObject = [0, SECRET, []]
const noSources = [0, '', [], [[]], [[0]], { name: SECRET }]

interface Row {
  readonly good: readonly unknown[]
  readonly bad: readonly unknown[]
}

/** Accepts `min` to `max`, and nothing beyond. */
const range = (min: number, max: number, step = 1): Row => ({
  good: [min, max],
  bad: [min - step, max + step, ...noNumber],
})

const schema = { '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) } }

const options: Record<string, Row> = {
  audience: { good: ['a', ['a'], ['a', 'b']], bad: noStrings },
  'issuer.audience': { good: ['a', ['a', 'b']], bad: noStrings },
  'issuer.audienceClaim': { good: ['client_id'], bad: noString },
  algorithms: {
    good: [['RS256'], 'ES256', ['EdDSA']],
    bad: [...noStrings, ['none'], [SECRET], ['rs256'], ['__proto__'], ['constructor']],
  },
  'issuer.algorithms': {
    good: [['PS256', 'Ed25519']],
    bad: [...noStrings, ['none'], ['HS256'], ['RS256', 'HS256']],
  },
  profile: { good: ['jwt', 'at+jwt'], bad: ['JWT', SECRET, 'at-jwt', 'constructor', ...noString] },
  'issuer.profile': { good: ['jwt', 'at+jwt'], bad: [SECRET, true, null] },
  idTokenMarks: {
    good: [{}, { nonce: true, typ: ['ID'], sid: { unless: ['jti'] } }],
    bad: [
      ...noObject,
      { nonce: false },
      { nonce: SECRET },
      { typ: [0] },
      { nonce: {} },
      { nonce: { unless: SECRET } },
      { nonce: { unless: [], values: [] } },
    ],
  },
  'issuer.idTokenMarks': { good: [{ nonce: true }], bad: [true, { nonce: 1 }] },
  clockToleranceSeconds: range(0, 300),
  'issuer.clockToleranceSeconds': range(0, 300),
  maxTokenAgeSeconds: range(1, 31_536_000, 0.5),
  requiredClaims: {
    good: [[], ['sub'], ['sub', 'tenant'], {}, { tenant: true, use: ['a', 1, false] }],
    bad: [
      ...noStrings.filter((each) => !Array.isArray(each) || each.length > 0),
      { use: SECRET },
      { use: [] },
      { use: [null] },
      { use: [NaN] },
      { use: [[SECRET]] },
      { use: false },
      new Map([['use', [SECRET]]]),
    ],
  },
  'issuer.requiredClaims': { good: [['sub'], { use: ['access'] }], bad: [0, { use: SECRET }, [0]] },
  maxTokenBytes: { good: [256, 1_048_576], bad: [255, 1_048_577, 300.5, ...noNumber] },
  acceptTokenFrom: {
    good: [
      'header',
      'body',
      'query',
      { header: 'X-Token' },
      () => undefined,
      ['header', 'query', { header: 'x-a' }],
    ],
    bad: [
      0,
      true,
      null,
      SECRET,
      'Header',
      'cookie',
      [],
      [SECRET],
      [null],
      [undefined],
      {},
      { header: '' },
      { header: 'a b' },
      { header: 'a:' },
      { header: 1 },
      { name: 'x' },
    ],
  },
  optional: { good: [true, false], bad: noBoolean },
  dangerouslyAllowInsecureHttp: { good: [true, false], bad: noBoolean },
  dangerouslyReportOnly: { good: [false], bad: noBoolean },
  claims: { good: [schema], bad: [...noObject, {}, { '~standard': {} }, { parse: () => ({}) }] },
  scopes: { good: ['scope', ['scope', 'scp'], [['a', 'b'], 'c'], () => []], bad: noSources },
  roles: { good: ['roles', [['realm_access', 'roles']], () => []], bad: noSources },
  clientId: { good: ['azp', ['a', 'b']], bad: noSources },
  'issuer.scopes': { good: ['scope'], bad: noSources },
  'issuer.roles': { good: ['roles'], bad: noSources },
  'issuer.clientId': { good: ['azp'], bad: noSources },
  decryption: {
    good: [{ makeVerifier: () => ({ handles: () => false, verify: () => undefined }) }],
    bad: [...noObject, {}, { makeVerifier: SECRET }],
  },
  confirmation: {
    good: [[], { member: 'x', check: () => ({}) }],
    bad: [{}, { member: 'x' }, [null], 'x', 1, true],
  },
  opaque: {
    good: [introspection({ endpoint: 'https://a.test/', client: { id: 'api', secret: SECRET } })],
    bad: [1, SECRET, {}, [], () => undefined],
  },
  revocation: {
    good: [{ check: () => undefined }],
    bad: [
      ...noObject,
      {},
      { isRevoked: () => false },
      [{ check: () => undefined }],
      Object.create({ check() {} }),
    ],
  },
  acrLevels: { good: ['a', ['a', 'b']], bad: [[], ['a b'], ['a', 'a'], [''], [1], 1, {}] },
  scopeHierarchy: {
    good: [{}, { a: [] }, { a: ['b'], b: ['a'] }],
    bad: [
      ...noObject,
      { a: 'b' },
      { a: [''] },
      { a: ['b c'] },
      { 'a b': ['c'] },
      { '': ['c'] },
      { a: [0] },
      { a: null },
    ],
  },
  resourceMetadata: {
    good: ['https://api.test/.well-known/oauth-protected-resource'],
    bad: [...noString, SECRET, '/relative', 'https://'],
  },
  challengeScopes: {
    good: [['a'], ['a', 'b']],
    bad: [
      ...noStrings.filter((each) => !Array.isArray(each) || each.length > 0),
      ['a b'],
      ['a"'],
      ['a\r\nb'],
      ['ä'],
    ],
  },
  realm: { good: ['a', 'a "b" \\c'], bad: [...noString, 'a\r\nb', 'ä', 'a\tb', '\x7f'] },
  refusals: { good: ['respond', 'next'], bad: [SECRET, true, null, '', 'Next', 'constructor'] },
  tokenCache: { good: [false, {}], bad: [true, 0, SECRET, null, []] },
  'tokenCache.maxEntries': { good: [1, 1_000_000], bad: [0, 1_000_001, 1.5, ...noNumber] },
  'tokenCache.maxBytes': { good: [65_536, 2 ** 32], bad: [65_535, 2 ** 32 + 1, 70_000.5, ...noNumber] },
  fetch: { good: [fetch], bad: [0, true, SECRET, {}, [], null] },
  clock: {
    good: [{ epochMs: () => 0 }, { epochMs: () => 0, monotonicMs: () => 0 }],
    bad: [...noObject, {}, { epochMs: 0 }, { now: () => 0 }],
  },
  keys: { good: [{}], bad: noObject },
  'issuer.keys': { good: [], bad: [true, null] },
  'keys.ttlSeconds': { good: [5, 86_400], bad: [0, 86_401, ...noNumber] },
  'keys.staleSeconds': range(0, 86_400),
  'keys.cooldownSeconds': range(1, 3600),
  'keys.attemptTimeoutMs': { good: [50, 5000], bad: [49, 60_001, ...noNumber] },
  'keys.flightTimeoutMs': { good: [3000, 60_000], bad: [49, 60_001, ...noNumber] },
  'keys.maxBytes': { good: [1024, 16_777_216], bad: [1023, 16_777_217, ...noNumber] },
  'keys.maxKeys': { good: [1, 1000], bad: [0, 1001, ...noNumber] },
  issuer: {
    good: [
      { issuer: 'any', jwks },
      [{ issuer: 'one', jwks }, 'https://two.test'],
      'https://issuer.test',
      () => undefined,
    ],
    bad: [
      0,
      true,
      null,
      '',
      [],
      [''],
      [null],
      {},
      'http://issuer.test',
      SECRET,
      'https://a.test?b',
      'https://a.test#b',
      'https://a:b@c.test',
    ],
  },
  'issuer.issuer': { good: ['any string'], bad: noString },
  'issuer.jwks': {
    good: [jwks],
    bad: [...noObject, {}, { keys: [] }, { keys: SECRET }, { keys: [{ kty: 'oct', k: SECRET }] }],
  },
}

const show = (value: unknown): string => inspect(value, { breakLength: Infinity }).slice(0, 50)
const rowsOf = (kind: keyof Row) =>
  Object.entries(options).flatMap(([path, row]) =>
    row[kind].map((value) => [path, show(value), value] as const),
  )

test.each(rowsOf('good'))('%s may be %s', (path, _, value) => {
  expect(() => make(at(path, value)).close()).not.toThrow()
})

test.each(rowsOf('bad'))('%s must not be %s', (path, _, value) => {
  const error = errorOf(at(path, value))

  expect(error).toBeInstanceOf(ConfigurationError)
  expect(error).toMatchObject({ code: 'ERR_CONFIGURATION', status: 500 })
  if (path === 'issuer') expect(error.option).toMatch(/^issuer/)
  else expect(error.option).toBe(path)
  expect(error.message).toContain(error.option)
  expect(error.message).not.toContain(SECRET)
})

test.each(
  Object.keys(options).filter(
    (path) => path !== 'issuer' && path !== 'audience' && path !== 'issuer.issuer' && path !== 'issuer.jwks',
  ),
)('%s may be undefined', (path) => {
  expect(() => make(at(path, undefined)).close()).not.toThrow()
})

test('each option has its rows here', () => {
  const error = errorOf({ unheardOf: 1 })
  const known = new Set(Object.keys(options).map((path) => path.split('.')[0]))
  expect(error.option).toBe('unheardOf')

  for (const name of ['dangerouslyAcceptAnyAudience', 'dangerouslyAllowPrivateAddresses']) known.add(name)
  for (const name of Object.keys(EVERY_OPTION)) expect(known).toContain(name)
})

/** Fails to compile when an option is added, until it is listed here and in the table. */
const EVERY_OPTION: Readonly<Record<keyof ResourceServerOptions, true>> = {
  issuer: true,
  audience: true,
  algorithms: true,
  profile: true,
  idTokenMarks: true,
  clockToleranceSeconds: true,
  scopes: true,
  roles: true,
  clientId: true,
  keys: true,
  dangerouslyAcceptAnyAudience: true,
  dangerouslyAllowInsecureHttp: true,
  dangerouslyAllowPrivateAddresses: true,
  dangerouslyReportOnly: true,
  maxTokenAgeSeconds: true,
  requiredClaims: true,
  maxTokenBytes: true,
  acceptTokenFrom: true,
  optional: true,
  claims: true,
  confirmation: true,
  decryption: true,
  opaque: true,
  revocation: true,
  scopeHierarchy: true,
  acrLevels: true,
  resourceMetadata: true,
  challengeScopes: true,
  realm: true,
  refusals: true,
  tokenCache: true,
  fetch: true,
  clock: true,
}
