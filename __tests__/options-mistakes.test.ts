/** Mistakes of the first hour, told at start-up: each message says what to write instead. */
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import express from 'express'
import {
  allOf,
  anyOf,
  ConfigurationError,
  requireAnyRole,
  requireAnyScope,
  requireAuthentication,
  requireClaim,
  requireRoles,
  requireScopes,
  requireThat,
  resourceServer,
} from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import { start } from './support/http.js'

const issuer = createTestIssuer()
const { jwks } = issuer
const given = { issuer: issuer.issuer, jwks }
const discovered = { issuer: 'https://issuer.test', audience: 'https://api.test' }
const usual = { ...discovered, issuer: given }
const secret = 'a secret of 32 bytes or more, s3cr3t'

function errorOf(run: () => unknown): ConfigurationError {
  try {
    run()
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError)
    const { message, option } = error as ConfigurationError
    expect(message.startsWith(`${option}: `)).toBe(true)
    expect(message).not.toContain('s3cr3t')
    return error as ConfigurationError
  }
  throw new Error('It was accepted')
}

const make = (options: unknown) => resourceServer(options as typeof usual)

const ENTRA = 'https://login.microsoftonline.com'

describe('White space around a value is refused', () => {
  test.each<[string, object, string]>([
    ['issuer', { ...discovered, issuer: ' https://issuer.test' }, 'issuer'],
    ['issuer, a line break', { ...discovered, issuer: 'https://issuer.test\n' }, 'issuer'],
    [
      'one of several issuers',
      { ...discovered, issuer: ['https://a.test', 'https://b.test '] },
      'issuer[1].issuer',
    ],
    [
      'an issuer with keys',
      { ...usual, issuer: { ...given, issuer: `${given.issuer}\r\n` } },
      'issuer.issuer',
    ],
    ['audience', { ...usual, audience: 'https://api.test ' }, 'audience'],
    [
      'one of several audiences',
      { ...usual, audience: ['https://api.test', '\thttps://a.test'] },
      'audience',
    ],
    ['the audience of an issuer', { issuer: { ...given, audience: '\u00a0a' } }, 'issuer.audience'],
    ['jwksUri', { ...usual, issuer: { issuer: 'a', jwksUri: ' https://a.test' } }, 'issuer.jwksUri'],
    [
      'metadataUrl',
      { ...usual, issuer: { issuer: 'a', metadataUrl: 'https://a.test\n' } },
      'issuer.metadataUrl',
    ],
    [
      'audienceClaim',
      { ...usual, issuer: { ...given, audienceClaim: 'client_id ' } },
      'issuer.audienceClaim',
    ],
    ['requiredClaims', { ...usual, requiredClaims: ['sub '] }, 'requiredClaims'],
    ['realm', { ...usual, realm: ' api' }, 'realm'],
  ])('%s', (_, options, option) => {
    const error = errorOf(() => make(options))
    expect(error.option).toBe(option)
    expect(error.message).toMatch(/begins or ends with white space/)
  })

  test('white space inside an identifier is left alone', () => {
    expect(() => make({ issuer: { ...given, issuer: 'my issuer' }, audience: 'my api' })).not.toThrow()
  })
})

test.each<[string, unknown, RegExp]>([
  [
    'metadata',
    'https://issuer.test/.well-known/openid-configuration',
    /before \/\.well-known\/.*metadataUrl/,
  ],
  [
    'metadata by RFC 8414',
    'https://issuer.test/.well-known/oauth-authorization-server/a',
    /URL of a document/,
  ],
  ['keys', 'https://issuer.test/.well-known/jwks.json', /jwksUri/],
  ['metadata, with keys', { issuer: 'https://a.test/.well-known/openid-configuration', jwks }, /metadataUrl/],
  ['all tenants', `${ENTRA}/common/v2.0`, /tenant/],
  ['all tenants, version 1', 'https://sts.windows.net/common/', /tenant/],
  ['all organizations', `${ENTRA}/organizations/v2.0`, /tenant/],
  ['all private accounts', `${ENTRA}/consumers/v2.0`, /tenant/],
  ['all tenants, with keys', { issuer: `${ENTRA}/common/v2.0`, jwksUri: `${ENTRA}/keys` }, /tenant/],
  ['all tenants of the American government', 'https://login.microsoftonline.us/common/v2.0', /tenant/],
  ['a template', `${ENTRA}/{tenantid}/v2.0`, /tenant/],
  ['a document, without its name', 'https://issuer.test/.well-known', /URL of a document/],
  ['another template', `${ENTRA}/{tenant-id}/v2.0`, /placeholder/],
  ['a template with angle brackets', `${ENTRA}/<tenant-id>/v2.0`, /placeholder/],
  ['a template in capitals', `${ENTRA}/YOUR_TENANT_ID/v2.0`, /placeholder/],
  ['a template of the host', 'https://{yourOktaDomain}/oauth2/default', /placeholder/],
  ['a pattern of the host', 'https://*.issuer.test', /placeholder/],
  ['an unset variable', 'https://undefined/', /"undefined".*environment variable/],
  ['an unset subdomain', 'https://undefined.issuer.test', /"undefined"/],
  ['an unset realm', 'https://issuer.test/realms/undefined', /"undefined"/],
])('an issuer that is not one is refused: the URL of %s', (_, value, message) => {
  const error = errorOf(() => make({ ...discovered, issuer: value }))
  expect(error.option).toMatch(/^issuer/)
  expect(error.message).toMatch(message)
})

test.each([
  'https://issuer.test/common',
  'https://issuer.test/{tenantid}',
  'https://issuer.test/undefined-behaviour',
  'https://issuer.test/your_tenant',
  `${ENTRA}/commons/v2.0`,
  `${ENTRA}/7f4c5e1a-0000-4000-8000-0123456789ab/v2.0`,
])('an issuer that only resembles these is accepted: %s', (value) => {
  expect(() => make({ ...discovered, issuer: value }).close()).not.toThrow()
})

test('braces are no placeholder where the keys are given', () => {
  const issuer = { issuer: 'https://{tenant}.issuer.test', jwks }
  expect(() => make({ ...discovered, issuer }).close()).not.toThrow()
})

describe('An option in the wrong place is refused, with the right one', () => {
  test.each<[string, object, string, string]>([
    [
      'jwksUri at the top',
      { ...discovered, jwksUri: 'https://a.test' },
      'jwksUri',
      'put it inside issuer: { issuer, jwksUri }',
    ],
    ['jwks at the top', { ...discovered, jwks }, 'jwks', 'put it inside issuer: { issuer, jwks }'],
    ['secret at the top', { ...discovered, secret }, 'secret', 'put it inside issuer: { issuer, secret }'],
    [
      'metadataUrl at the top',
      { ...discovered, metadataUrl: 's3cr3t' },
      'metadataUrl',
      'issuer: { issuer, metadataUrl }',
    ],
    [
      'audienceClaim at the top',
      { ...discovered, audienceClaim: 'a' },
      'audienceClaim',
      'issuer: { issuer, audienceClaim }',
    ],
    ['jwksUrl at the top', { ...discovered, jwksUrl: 's3cr3t' }, 'jwksUrl', 'issuer: { issuer, jwksUri }'],
    [
      'ttlSeconds at the top',
      { ...discovered, ttlSeconds: 1 },
      'ttlSeconds',
      'put it inside keys: { ttlSeconds }',
    ],
    [
      'maxEntries at the top',
      { ...discovered, maxEntries: 1 },
      'maxEntries',
      'put it inside tokenCache: { maxEntries }',
    ],
    [
      'optional in an issuer',
      { ...usual, issuer: { ...given, optional: true } },
      'issuer.optional',
      'option of the top level',
    ],
    [
      'ttlSeconds in an issuer',
      { ...usual, issuer: { issuer: 'a', ttlSeconds: 1 } },
      'issuer.ttlSeconds',
      'keys: { ttlSeconds }',
    ],
    [
      'jwksUri in keys',
      { ...discovered, keys: { jwksUri: 's3cr3t' } },
      'keys.jwksUri',
      'issuer: { issuer, jwksUri }',
    ],
    ['ttl in keys', { ...discovered, keys: { ttl: 300 } }, 'keys.ttl', 'did you mean "ttlSeconds"?'],
    ['stale in keys', { ...discovered, keys: { stale: 300 } }, 'keys.stale', 'did you mean "staleSeconds"?'],
    [
      'cacheMaxAge in keys',
      { ...discovered, keys: { cacheMaxAge: 3 } },
      'keys.cacheMaxAge',
      'did you mean "ttlSeconds"?',
    ],
  ])('%s', (_, options, option, advice) => {
    const error = errorOf(() => make(options))
    expect(error.option).toBe(option)
    expect(error.message).toContain(advice)
  })
})

describe('A source of keys that is undefined does not turn into discovery', () => {
  test.each(['secret', 'jwks', 'jwksUri'])('%s', (name) => {
    const error = errorOf(() =>
      make({ ...discovered, issuer: { issuer: 'https://issuer.test', [name]: undefined } }),
    )
    expect(error.option).toBe(`issuer.${name}`)
    expect(error.message).toMatch(/is undefined.*leave it out/)
  })

  test('of one of several issuers, and of a resolver', async () => {
    const wrong = { issuer: issuer.issuer, secret: undefined }
    expect(errorOf(() => make({ ...discovered, issuer: ['https://a.test', wrong] })).option).toBe(
      'issuer[1].secret',
    )
    const api = make({ ...discovered, issuer: () => wrong })
    await expect(api.verify(await issuer.token())).rejects.toMatchObject({
      code: 'ERR_INTERNAL',
      cause: { option: 'issuer.secret' },
    })
  })

  test.each<[string, object]>([
    ['another source', { jwksUri: undefined, jwks }],
    ['metadataUrl', { secret: undefined, metadataUrl: 'https://a.test/metadata' }],
    ['no source at all', {}],
    ['metadataUrl that is undefined', { metadataUrl: undefined }],
  ])('and is left out beside %s', (_, options) => {
    expect(() =>
      make({ ...discovered, issuer: { issuer: 'https://issuer.test', ...options } }).close(),
    ).not.toThrow()
  })
})

describe('Options that are not own properties', () => {
  class Config {
    get issuer() {
      return given
    }
    get audience() {
      return 'https://api.test'
    }
  }

  test.each<[string, () => unknown, string]>([
    ['getters of a class', () => new Config(), 'issuer'],
    ['those of a prototype', () => Object.create(usual), 'issuer'],
    [
      'those of a prototype without a prototype',
      () => Object.create(Object.assign(Object.create(null), usual)),
      'issuer',
    ],
    ['one that is inherited', () => Object.assign(Object.create({ optional: true }), usual), 'optional'],
    [
      'those of an issuer',
      () => ({ ...usual, issuer: Object.assign(Object.create({ audience: 'a' }), given) }),
      'issuer.audience',
    ],
    ['those of keys', () => ({ ...discovered, keys: Object.create({ ttlSeconds: 300 }) }), 'keys.ttlSeconds'],
    [
      'those of tokenCache',
      () => ({ ...usual, tokenCache: Object.create({ maxEntries: 3 }) }),
      'tokenCache.maxEntries',
    ],
  ])('are refused: %s', (_, options, option) => {
    const error = errorOf(() => make(options()))
    expect(error.option).toBe(option)
    expect(error.message).toMatch(/is inherited/)
  })

  test.each<[string, object]>([
    ['scopeHierarchy', { scopeHierarchy: new Map([['a', ['b']]]) }],
    ['idTokenMarks', { idTokenMarks: new Map([['nonce', true]]) }],
  ])('a Map, which would seem empty, is refused for %s', (option, changes) => {
    expect(errorOf(() => make({ ...usual, ...changes }))).toMatchObject({
      option,
      message: expect.stringContaining('plain object'),
    })
  })

  class Own {
    readonly realm = 'api'
  }

  test.each<[string, object]>([
    ['an object without prototype', Object.assign(Object.create(null) as object, usual)],
    ['an instance with own properties', Object.assign(new Own(), usual)],
  ])('%s is accepted', (_, options) => {
    expect(() => make(options)).not.toThrow()
  })
})

test('an issuer over http that is not on loopback is told how', () => {
  const { message } = errorOf(() => make({ ...discovered, issuer: 'http://keycloak:8080/realms/a' }))
  expect(message).toContain('dangerouslyAllowInsecureHttp')
  expect(message).toContain('docs/docker.md')
})

describe('A value that cannot work is refused, with what to write', () => {
  const bySecret = { issuer: 'https://issuer.test', secret: 's3cr3t'.repeat(12) }
  const remote = (options: object) => ({
    ...discovered,
    issuer: { issuer: 'https://issuer.test', ...options },
  })
  const metadata = 'https://issuer.test/.well-known/openid-configuration'
  // eslint-disable-next-line no-sparse-arrays -- what a double comma makes
  const sparse = ['a', , 'b']

  test.each<[string, object, string, RegExp]>([
    ['a JWK Set as keys', { ...discovered, keys: jwks }, 'keys', /issuer: \{ issuer, jwks \}/],
    ['an array of keys as keys', { ...discovered, keys: jwks.keys }, 'keys', /issuer: \{ issuer, jwks \}/],
    ['a JWK Set as keys of an issuer', remote({ keys: jwks }), 'issuer.keys', /jwks/],
    ['a URL as jwks', remote({ jwks: 'https://a.test/jwks' }), 'issuer.jwks', /Write it as jwksUri/],
    ['JSON as jwks', remote({ jwks: '{"keys":[]}' }), 'issuer.jwks', /parse its JSON/],
    ['an array as jwks', remote({ jwks: jwks.keys }), 'issuer.jwks', /\{ keys: \[\.\.\.\] \}/],
    ['a list in a string', { ...usual, algorithms: 'RS256,ES256' }, 'algorithms', /\['RS256', 'ES256'\]/],
    ['"none"', { ...usual, algorithms: ['none'] }, 'algorithms', /never accepted/],
    [
      'RS256 for a secret',
      remote({ ...bySecret, algorithms: ['HS256', 'RS256'] }),
      'issuer.algorithms',
      /Write only HS\*/,
    ],
    [
      'RS256 where all issuers have secrets',
      { ...discovered, issuer: bySecret, algorithms: ['HS256', 'RS256'] },
      'algorithms',
      /Write only HS\*/,
    ],
    ['metadata as jwksUri', remote({ jwksUri: metadata }), 'issuer.jwksUri', /metadataUrl/],
    [
      'keys as metadataUrl',
      remote({ metadataUrl: 'https://issuer.test/.well-known/jwks.json' }),
      'issuer.metadataUrl',
      /jwksUri/,
    ],
    [
      'the issuer as metadataUrl',
      remote({ metadataUrl: 'https://issuer.test/' }),
      'issuer.metadataUrl',
      /Leave it out/,
    ],
    ['an unset audience', { ...discovered, audience: 'undefined' }, 'audience', /environment variable/],
    [
      'an audience with an unset part',
      { ...discovered, audience: 'api://undefined' },
      'audience',
      /variable/,
    ],
    ['a space before a claim', { ...usual, requiredClaims: { ' sub': true } }, 'requiredClaims', /space/],
    ['a claim without name', { ...usual, requiredClaims: { '': true } }, 'requiredClaims', /empty/],
    ['a space after a claim', { ...usual, roles: 'roles ' }, 'roles', /white space/],
    ['an empty step of a path', { ...usual, roles: { path: ['realm_access', ''] } }, 'roles', /empty/],
    [
      'the header Cookie',
      { ...usual, acceptTokenFrom: { header: 'cookie' } },
      'acceptTokenFrom',
      /req\.cookies/,
    ],
    ['a hole in issuer', { ...usual, issuer: [given, ...sparse.slice(1)] }, 'issuer[1]', /must be an object/],
    ['a hole in audience', { ...usual, audience: sparse }, 'audience', /array of strings/],
    ['a hole in algorithms', { ...usual, algorithms: sparse }, 'algorithms', /array of strings/],
    ['a hole in roles', { ...usual, roles: sparse }, 'roles', /must be a claim name/],
    [
      'a hole in acceptTokenFrom',
      { ...usual, acceptTokenFrom: sparse },
      'acceptTokenFrom',
      /must be "header"/,
    ],
    ['a hole in confirmation', { ...usual, confirmation: sparse }, 'confirmation', /must hold/],
    ['a hole in secret', remote({ secret: [secret, ...sparse] }), 'issuer.secret', /must be a string/],
  ])('%s', (_, options, option, message) => {
    const error = errorOf(() => make(options))
    expect(error.option).toBe(option)
    expect(error.message).toMatch(message)
  })

  test.each<[string, object]>([
    [
      'algorithms of both kinds for issuers of both kinds',
      {
        ...discovered,
        issuer: [given, { ...bySecret, issuer: 'https://a.test' }],
        algorithms: ['HS256', 'RS256'],
      },
    ],
    ['keys below the metadata', remote({ jwksUri: `${metadata}/jwks` })],
    ['metadata elsewhere on the host', remote({ metadataUrl: 'https://issuer.test/metadata' })],
    ['a word with "undefined" in it', { ...discovered, audience: 'undefined-api' }],
  ])('and this is accepted: %s', (_, options) => {
    expect(() => make(options).close()).not.toThrow()
  })
})

const loose = (guard: unknown) => guard as (...args: readonly unknown[]) => unknown

describe('Guards refuse arguments that do not mean what they look like', () => {
  test.each<[string, unknown, readonly unknown[], RegExp]>([
    ['requireScopes', requireScopes, [['a', 'b']], /separate arguments: requireScopes\(a, b\)/],
    ['requireScopes', requireScopes, ['a b'], /separate arguments/],
    ['requireScopes', requireScopes, ['a', ['b']], /separate arguments/],
    ['requireAnyScope', requireAnyScope, [['a', 'b']], /separate arguments/],
    ['requireAnyScope', requireAnyScope, ['a b'], /separate arguments/],
    ['requireRoles', requireRoles, [['a', 'b']], /separate arguments/],
    ['requireRoles', requireRoles, [' a'], /white space/],
    ['requireAnyRole', requireAnyRole, [['a']], /separate arguments/],
    ['allOf', allOf, [[requireScopes('a')]], /separate arguments/],
    ['anyOf', anyOf, [[requireScopes('a'), requireScopes('b')]], /separate arguments/],
    ['requireAuthentication.scopes', requireAuthentication, [{ scopes: ['a'] }], /no such option/],
    ['requireAuthentication.acr', requireAuthentication, [{ acr: ['a'] }], /no such option/],
    ['requireAuthentication', requireAuthentication, ['a'], /must be an object/],
    ['requireAuthentication', requireAuthentication, [{}, 'a'], /at most 1 argument/],
    ['requireThat.scop', requireThat, [() => true, { scop: 'a' }], /did you mean "scope"\?/],
    ['requireThat.scope', requireThat, [() => true, Object.create({ scope: 'a' })], /is inherited/],
    ['requireThat', requireThat, [() => true, 'a'], /must be an object/],
    ['requireThat.scope', requireThat, [() => true, { scope: ['a', 'b'] }], /one string.*scope: 'a b'/],
    ['requireThat.scope', requireThat, [() => true, { scope: '' }], /one string/],
    [
      'requireAuthentication.acrValues',
      requireAuthentication,
      [{ acrValues: 'a b' }],
      /acrValues: \['a', 'b'\]/,
    ],
    ['requireThat', requireThat, [() => true, {}, 'a'], /at most 2 arguments/],
    ['requireClaim', requireClaim, ['a', 1, 2], /at most 2 arguments/],
    ['requireClaim', requireClaim, [{ path: 'a.b' }, 1], /name or path/],
    ['requireClaim', requireClaim, [' email', 'a'], /begins or ends with white space/],
    ['requireClaim', requireClaim, ['email\n', () => true], /begins or ends with white space/],
    ['requireClaim', requireClaim, [{ path: [''] }, 1], /empty/],
    ['requireClaim', requireClaim, [{ path: ['a', 'b '] }, 1], /begins or ends with white space/],
  ])('%s', (option, guard, args, message) => {
    const error = errorOf(() => loose(guard)(...args))
    expect(error.option).toBe(option)
    expect(error.message).toMatch(message)
  })

  test('undefined counts as no argument', () => {
    expect(() => loose(requireAuthentication)(undefined)).not.toThrow()
    expect(() => loose(requireThat)(() => true, undefined, undefined)).not.toThrow()
  })
})

describe('A factory that was given to Express in place of a handler', () => {
  const factories = {
    resourceServer,
    requireAuthentication,
    requireScopes,
    requireAnyScope,
    requireRoles,
    requireAnyRole,
    requireClaim,
    requireThat,
    allOf,
    anyOf,
  }

  test.each(Object.entries(factories))('answers with an error that says so: %s', async (name, factory) => {
    let message = ''
    const app = express()
    app.use(factory as unknown as express.RequestHandler)
    app.use(((error, _req, res, _next) => {
      message = error.message
      res.status(error.status).end()
    }) as express.ErrorRequestHandler)
    const { status } = await (await start(app)).ask()

    expect(status).toBe(500)
    expect(message).toContain(`${name}(...)`)
  })

  test('is recognised as an error handler too', () => {
    const req = new IncomingMessage(new Socket())
    const res = new ServerResponse(req)
    expect(() => loose(requireScopes)(new Error('x'), req, res, () => undefined)).toThrow(ConfigurationError)
  })
})

describe('The methods of a server refuse unknown members', () => {
  const api = resourceServer(issuer.options)

  test.each<[string, () => unknown, string]>([
    ['verify', async () => api.verify(await issuer.token(), { sginal: 1 } as never), 'verify.sginal'],
    ['ready', () => api.ready({ timeout: 5 } as never), 'ready.timeout'],
    ['ready, of a wrong type', () => api.ready({ timeoutMs: '5' } as never), 'ready.timeoutMs'],
    ['refresh', () => api.refresh({ isuer: issuer.issuer } as never), 'refresh.isuer'],
    ['purge', async () => api.purge({ isuer: issuer.issuer } as never), 'purge.isuer'],
    ['healthRoute', async () => api.healthRoute({ detail: true } as never), 'healthRoute.detail'],
  ])('%s', async (_, call, option) => {
    await expect(call()).rejects.toMatchObject({ name: 'ConfigurationError', option })
  })

  test('a purge with a wrong name drops no keys', async () => {
    expect(() => api.purge({ isuer: issuer.issuer } as never)).toThrow(ConfigurationError)
    await expect(api.verify(await issuer.token())).resolves.toBeDefined()
  })
})
