/** The options of `protectedResource`: each good value in the document, each bad one refused by name. */
import { ConfigurationError } from 'express-resource-server'
import { protectedResource } from 'express-resource-server/metadata'
import type { ProtectedResourceOptions } from 'express-resource-server/metadata'

const usual = { resource: 'https://api.test', authorizationServers: ['https://login.test'] }

function documentOf(options: object): any {
  const metadata = protectedResource({ ...usual, ...options })
  const { pathname, search } = new URL(metadata.url)
  return JSON.parse(
    metadata.answerFor({ method: 'GET', url: `${pathname}${search}`, headers: {} })?.body ?? '',
  )
}

function errorOf(options: object): ConfigurationError {
  try {
    protectedResource(options as ProtectedResourceOptions)
  } catch (error) {
    if (error instanceof ConfigurationError) return error
    throw error
  }
  throw new Error('Nothing was thrown')
}

const SECRET = 'hunter2'
const noString = [1, true, null, {}, '', ' a ']
const noStrings = [1, true, null, {}, [], [''], [1], '']
const noUrl = [
  ...noString,
  SECRET,
  '/path',
  'ftp://a.test/',
  'javascript:alert(1)',
  'https://',
  'https://ä.test',
  'https://undefined/',
  'https://a.test/undefined/b',
  'https://YOUR_DOMAIN/',
  'https://a.test/<tenant>',
]
const noFlag = [1, 'true', null, 'false', []]

interface Row {
  readonly wire: string
  /** What is written, and what is sent if that differs. */
  readonly good: readonly (readonly [written: unknown, sent?: unknown])[]
  readonly bad: readonly unknown[]
}

const rows: Readonly<Record<string, Row>> = {
  resource: {
    wire: 'resource',
    good: [
      ['https://api.test'],
      ['https://api.test/'],
      ['https://API.test:443/a/../b'],
      ['https://api.test/mcp?tenant=a'],
      ['http://localhost:3000'],
      ['http://127.0.0.1/a'],
      ['http://[::1]:80/'],
    ],
    bad: [
      ...noUrl,
      'http://api.test',
      'urn:a',
      'https://a.test/#',
      'https://a:b@c.test',
      'https://a.test/.well-known/x',
      'https://a.test/.well-known',
    ],
  },
  authorizationServers: {
    wire: 'authorization_servers',
    good: [
      [['https://a.test', 'https://b.test/c/']],
      ['https://a.test', ['https://a.test']],
      [['http://localhost:3000']],
      [['https://login.microsoftonline.com/organizations/v2.0']],
    ],
    bad: [
      ...noStrings,
      SECRET,
      ['http://a.test'],
      ['https://a.test?b'],
      ['https://a.test#b'],
      ['https://a@b.test'],
      ['https://a.test', 'https://b.test/.well-known/openid-configuration'],
      'https://a.test/.well-known/oauth-authorization-server/tenant',
      'https://undefined',
      ['https://a.test', 'https://a.test/undefined/v2.0'],
      'https://YOUR_DOMAIN/',
    ],
  },
  jwksUri: {
    wire: 'jwks_uri',
    good: [['https://api.test/keys?a=b'], ['http://localhost/keys']],
    bad: [...noUrl, 'http://a.test/keys'],
  },
  scopesSupported: {
    wire: 'scopes_supported',
    good: [[['a', 'b:c']], ['a', ['a']]],
    bad: [...noStrings, ['a b'], ['a"'], ['ä'], ['a', 'offline_access']],
  },
  bearerMethodsSupported: {
    wire: 'bearer_methods_supported',
    good: [[undefined, ['header']], [['header', 'body', 'query']], ['query', ['query']], [[]]],
    bad: [1, null, {}, SECRET, ['Header'], ['header', 'header'], ['cookie'], ['']],
  },
  resourceSigningAlgValuesSupported: {
    wire: 'resource_signing_alg_values_supported',
    good: [[['ES256', 'PS256']], ['EdDSA', ['EdDSA']]],
    bad: [...noStrings, ['none'], ['HS256'], ['ES257'], [SECRET]],
  },
  resourceName: { wire: 'resource_name', good: [['Aufträge "A"']], bad: noString },
  resourceDocumentation: {
    wire: 'resource_documentation',
    good: [['https://a.test/b#c'], ['http://a.test/']],
    bad: noUrl,
  },
  resourcePolicyUri: { wire: 'resource_policy_uri', good: [['https://a.test/b']], bad: noUrl },
  resourceTosUri: { wire: 'resource_tos_uri', good: [['https://a.test/b']], bad: noUrl },
  tlsClientCertificateBoundAccessTokens: {
    wire: 'tls_client_certificate_bound_access_tokens',
    good: [[true], [false]],
    bad: noFlag,
  },
  authorizationDetailsTypesSupported: {
    wire: 'authorization_details_types_supported',
    good: [[['payment', 'https://a.test/type']], ['payment', ['payment']]],
    bad: noStrings,
  },
  dpopSigningAlgValuesSupported: {
    wire: 'dpop_signing_alg_values_supported',
    good: [[['ES256', 'Ed25519']]],
    bad: [...noStrings, ['none'], ['HS256']],
  },
  dpopBoundAccessTokensRequired: {
    wire: 'dpop_bound_access_tokens_required',
    good: [[true], [false]],
    bad: noFlag,
  },
  signedMetadata: {
    wire: 'signed_metadata',
    good: [['eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJhIn0.c2ln']],
    bad: [...noString, SECRET, 'a.b', 'a.b.', 'a.b.c.d', 'a.b.c=', { a: 1 }],
  },
}

describe.each(Object.entries(rows))('%s', (name, { wire, good, bad }) => {
  test.each(good)(`as %j is sent as ${wire}`, (...[written, sent = written]) => {
    expect(documentOf({ [name]: written })[wire]).toEqual(sent)
  })

  test.each(bad.map((value) => [value]))('is not %j', (value) => {
    const error = errorOf({ ...usual, [name]: value })
    expect(error.option).toBe(`protectedResource.${name}`)
    expect(error.message).not.toContain(SECRET)
  })

  test('is left out unless it is given, or required', () => {
    const required = ['resource', 'authorizationServers']
    if (required.includes(name))
      expect(errorOf({ ...usual, [name]: undefined }).message).toMatch(/is required/)
    else expect(documentOf({ [name]: undefined })).toEqual(documentOf({}))
  })
})

test('The smallest document has three members', () => {
  expect(documentOf({})).toEqual({
    resource: 'https://api.test',
    authorization_servers: ['https://login.test'],
    bearer_methods_supported: ['header'],
  })
})

test.each([
  ['authorization_servers', 'authorizationServers'],
  ['scopes_supported', 'scopesSupported'],
  ['bearer_methods_supported', 'bearerMethodsSupported'],
  ['resource_tos_uri', 'resourceTosUri'],
  ['dpop_bound_access_tokens_required', 'dpopBoundAccessTokensRequired'],
  ['tls_client_certificate_bound_access_tokens', 'tlsClientCertificateBoundAccessTokens'],
  ['resourceUri', 'resource'],
  ['scopes', 'scopesSupported'],
  ['cache', 'cacheSeconds'],
])('The unknown name %s is refused, and %s is suggested', (name, meant) => {
  const error = errorOf({ ...usual, [name]: ['a'] })
  expect(error.option).toBe(`protectedResource.${name}`)
  expect(error.message).toContain(`did you mean "${meant}"?`)
})

test.each([undefined, null, 1, 'https://api.test', [], ['a']])('Options are an object, not %j', (options) => {
  expect(errorOf(options as never).option).toBe('protectedResource')
})

describe('localized', () => {
  const all = {
    resourceName: 'Aufträge',
    resourceDocumentation: 'https://a.test/de',
    resourcePolicyUri: 'https://a.test/de/p',
    resourceTosUri: 'https://a.test/de/t',
  }

  test('adds members with a language tag', () => {
    const localized = { de: all, 'pt-BR': { resourceName: 'Pedidos' } }
    const document = documentOf({ resourceName: 'Orders', localized })
    expect(document).toMatchObject({
      resource_name: 'Orders',
      'resource_name#de': 'Aufträge',
      'resource_documentation#de': 'https://a.test/de',
      'resource_policy_uri#de': 'https://a.test/de/p',
      'resource_tos_uri#de': 'https://a.test/de/t',
      'resource_name#pt-BR': 'Pedidos',
    })
    expect(document).not.toHaveProperty(['resource_tos_uri#pt-BR'])
  })

  test.each([
    [{ 'de_DE!': all }, 'localized'],
    [{ '': all }, 'localized'],
    [{ 'de#x': all }, 'localized'],
    [[all], 'localized'],
    ['de', 'localized'],
    [{ de: 'Aufträge' }, 'localized.de'],
    [{ de: { resourceName: 1 } }, 'localized.de.resourceName'],
    [{ de: { resourceTosUri: 'x' } }, 'localized.de.resourceTosUri'],
    [{ de: { resource: 'https://a.test' } }, 'localized.de.resource'],
  ])('is refused as %j', (localized, option) => {
    expect(errorOf({ ...usual, localized }).option).toBe(`protectedResource.${option}`)
  })
})

describe('otherMembers', () => {
  test('are sent as they are written, and later changes have no effect', () => {
    const list = ['a']
    const metadata = protectedResource({
      ...usual,
      otherMembers: {
        x_list: list,
        'x#de': null,
        resource2: 1,
        absent: undefined,
        at: new Date(0),
        x: { y: [{}] },
      },
    })
    list.push('b')
    const path = '/.well-known/oauth-protected-resource'
    const body = metadata.answerFor({ method: 'GET', url: path, headers: {} })?.body ?? ''
    const others = {
      x_list: ['a'],
      'x#de': null,
      resource2: 1,
      at: '1970-01-01T00:00:00.000Z',
      x: { y: [{}] },
    }
    expect(JSON.parse(body)).toMatchObject(others)
    expect(JSON.parse(body)).not.toHaveProperty('absent')
  })

  test.each([
    [{ resource: 'https://evil.test' }, /Write the option resource instead/],
    [{ authorization_servers: [] }, /Write the option authorizationServers instead/],
    [{ 'resource_name#fr': 'x' }, /Write the option resourceName instead/],
    [new Map([['a', 1]]), /must be a plain object/],
    ['a', /must be an object/],
    [{ a: 1n }, /must be JSON/],
    [{ a: () => 1 }, /must be JSON/],
    [{ a: NaN }, /must be JSON/],
    [{ a: Symbol('a') }, /must be JSON/],
    [{ a: { b: () => 1 } }, /must be JSON/],
    [{ a: { b: { c: Symbol('c') } } }, /must be JSON/],
    [{ a: [1, NaN] }, /must be JSON/],
    [{ a: [-Infinity] }, /must be JSON/],
    [{ a: [() => 1] }, /must be JSON/],
    [{ a: [undefined] }, /must be JSON/],
    [{ a: new Map([['b', 1]]) }, /must be JSON/],
    [{ a: { b: new Set(['c']) } }, /must be JSON/],
    [{ a: Promise.resolve(1) }, /must be JSON/],
    [{ toJSON: () => ({ resource: 'https://evil.test' }) }, /must be JSON/],
    [{ toJSON: () => undefined }, /must be JSON/],
    [changing({ a: 1 }, 'toJSON', () => () => ({ resource: 'https://evil.test' })), /resource instead/],
    [changing({ a: 1 }, 'toJSON', () => () => 'text'), /must be JSON/],
  ])('are refused, case %#', (otherMembers, message) => {
    const error = errorOf({ ...usual, otherMembers })
    expect(error.option).toBe('protectedResource.otherMembers')
    expect(error.message).toMatch(message)
  })
})

/** Has a member that is what `make` returns from the second reading on. */
function changing(object: object, name: string, make: () => unknown): object {
  let readings = 0
  const get = (): unknown => (readings++ === 0 ? 1 : make())
  return Object.defineProperty(object, name, { get, enumerable: true })
}

test.each([-1, 1.5, 86_401, '60', null, NaN])('cacheSeconds is not %j', (cacheSeconds) => {
  expect(errorOf({ ...usual, cacheSeconds }).option).toBe('protectedResource.cacheSeconds')
})
