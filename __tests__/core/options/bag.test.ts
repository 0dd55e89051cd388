/** What cannot be a bag of options is refused wherever one is read: it would seem to be empty. */
import { isModuleNamespaceObject } from 'node:util/types'
import { constants, runInNewContext, runInThisContext } from 'node:vm'
import {
  ConfigurationError,
  requireActor,
  requireAuthentication,
  requireThat,
  resourceServer,
} from 'express-resource-server'
import { dpop } from 'express-resource-server/dpop'
import { introspection } from 'express-resource-server/introspection'
import { jwe } from 'express-resource-server/jwe'
import { requireTools } from 'express-resource-server/mcp'
import { protectedResource } from 'express-resource-server/metadata'
import { mtls } from 'express-resource-server/mtls'
import { keycloak } from 'express-resource-server/providers'
import { redisStores } from 'express-resource-server/redis'
import { backChannelLogout, memoryRevocations, revocation } from 'express-resource-server/revocation'
import { assertRefused, createTestIssuer } from 'express-resource-server/testing'
import { OptionReader } from '../../../lib/core/options/reader.js'

class Settings {
  readonly #values = new Map<string, unknown>()
  get(name: string): unknown {
    return this.#values.get(name)
  }
}

const inRealm = (code: string): unknown => runInNewContext(code) as unknown

const collection = /must be a plain object\. A Map or another collection seems empty/
const promise = /must be a plain object, and is a promise\. Await it first/
const instance = /must be a plain object\. This instance of a class has no properties of its own/

const noBags: readonly (readonly [string, unknown, RegExp])[] = [
  ['a Map', new Map([['required', true]]), collection],
  ['a Map of another realm', inRealm('new Map()'), collection],
  ['a Set', new Set(['required']), collection],
  ['URLSearchParams', new URLSearchParams('required=true'), collection],
  ['Headers', new Headers({ required: 'true' }), collection],
  ['FormData', new FormData(), collection],
  ['a Buffer', Buffer.from('{}'), collection],
  ['an empty Uint8Array', new Uint8Array(), collection],
  ['a Map with properties', Object.assign(new Map(), { required: true }), collection],
  ['a generator', (function* () {})(), collection],
  ['a Promise', Promise.resolve({ required: true }), promise],
  ['a Promise of another realm', inRealm('Promise.resolve({})'), promise],
  [
    'a thenable',
    new (class Later {
      then(): void {}
    })(),
    promise,
  ],
  ['a Date', new Date(0), instance],
  ['a URL', new URL('https://api.test'), instance],
  ['a WeakMap', new WeakMap(), instance],
  ['an ArrayBuffer', new ArrayBuffer(8), instance],
  ['a RegExp', /a/, instance],
  ['an Error', new Error('a'), instance],
  ['an AbortSignal', AbortSignal.abort(), instance],
  ['an instance that hides its values', new Settings(), instance],
  ['an array', [['required', true]], /must be an object/],
  ['a function', () => ({ required: true }), /must be an object/],
]

test.each(noBags)('%s is no bag of options', (_, value, message) => {
  const act = () => new OptionReader(value, 'bag', ['required'])
  expect(act).toThrow(ConfigurationError)
  expect(act).toThrow(expect.objectContaining({ option: 'bag', message: expect.stringMatching(message) }))
})

class Defaults {
  required?: boolean
}

test.each<[string, object]>([
  ['an object', {}],
  ['an object without prototype', Object.assign(Object.create(null) as object, { required: true })],
  ['an object of another realm', inRealm('({ required: true })') as object],
  ['a frozen object', Object.freeze({ required: true })],
  ['a Proxy', new Proxy({ required: true }, {})],
  ['an instance with properties of its own', Object.assign(new Settings(), { required: true })],
  ['an instance with hidden properties', Object.defineProperty(new Settings(), 'required', { value: true })],
  ['an instance without any', Object.create(Defaults.prototype) as object],
])('%s is one', (_, value) => {
  expect(() => new OptionReader(value, 'bag', ['required'])).not.toThrow()
})

test('a module namespace is one: import * as config', async () => {
  const load: unknown = runInThisContext(`import('data:text/javascript,export const required = true')`, {
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  })
  const config = await load

  expect(isModuleNamespaceObject(config)).toBe(true)
  expect(new OptionReader(config, 'bag', ['required']).boolean('required')).toBe(true)
})

test('what pollutes Object.prototype does not make a bag a promise or a collection', () => {
  let reader: OptionReader
  Object.assign(Object.prototype, { then: () => undefined, [Symbol.iterator]: () => [] })
  try {
    reader = new OptionReader({}, 'bag', ['required'])
  } finally {
    Reflect.deleteProperty(Object.prototype, 'then')
    Reflect.deleteProperty(Object.prototype, Symbol.iterator)
  }
  expect(reader.has('required')).toBe(false)
})

const issuer = createTestIssuer()
const usual = issuer.options
const discovered = { issuer: 'https://issuer.test', audience: 'https://api.test' }
const api = resourceServer(usual)
const key = { id: 'orders', secret: 'a' }

const logout = { server: api, store: memoryRevocations() }

type Give = (bag: never) => unknown

const places: Readonly<Record<string, Give>> = {
  options: (bag) => resourceServer(bag),
  issuer: (bag) => resourceServer({ ...usual, issuer: bag }),
  'issuer[1]': (bag) => resourceServer({ ...usual, issuer: [discovered.issuer, bag] }),
  keys: (bag) => resourceServer({ ...discovered, keys: bag }),
  'issuer.keys': (bag) => resourceServer({ ...discovered, issuer: { issuer: 'https://a.test', keys: bag } }),
  'keys.snapshot': (bag) => resourceServer({ ...discovered, keys: { snapshot: bag } }),
  tokenCache: (bag) => resourceServer({ ...usual, tokenCache: bag }),
  scopeHierarchy: (bag) => resourceServer({ ...usual, scopeHierarchy: bag }),
  idTokenMarks: (bag) => resourceServer({ ...usual, idTokenMarks: bag }),
  requireAuthentication: (bag) => requireAuthentication(bag),
  requireThat: (bag) => requireThat(() => true, bag),
  requireActor: (bag) => requireActor(bag),
  healthRoute: (bag) => api.healthRoute(bag),
  purge: (bag) => api.purge(bag),
  mtls: (bag) => mtls(bag),
  'mtls.header': (bag) => mtls({ header: bag }),
  dpop: (bag) => dpop(bag),
  'dpop.nonce': (bag) => dpop({ publicUrl: 'https://api.test', nonce: bag }),
  introspection: (bag) => introspection(bag),
  'introspection.client': (bag) => introspection({ client: bag }),
  'introspection.cache': (bag) => introspection({ client: key, cache: bag }),
  jwe: (bag) => jwe(bag),
  requireTools: (bag) => requireTools(bag),
  'requireTools.tools': (bag) => requireTools({ tools: bag, otherwise: 'deny' }),
  protectedResource: (bag) => protectedResource(bag),
  'protectedResource.localized': (bag) =>
    protectedResource({
      resource: 'https://api.test',
      authorizationServers: ['https://a.test'],
      localized: bag,
    }),
  revocation: (bag) => revocation(memoryRevocations(), bag),
  memoryRevocations: (bag) => memoryRevocations(bag),
  revoke: (bag) => memoryRevocations().revoke(bag),
  backChannelLogout: (bag) => backChannelLogout(bag),
  redisStores: (bag) => redisStores({} as never, bag),
  keycloak: (bag) => keycloak(bag),
  createTestIssuer: (bag) => createTestIssuer(bag),
}

describe.each(Object.entries(places))('As %s', (option, give) => {
  test.each<[string, unknown]>([
    ['a Map', new Map([['required', true]])],
    ['a Promise', Promise.resolve({})],
    ['a Date', new Date(0)],
    ['URLSearchParams', new URLSearchParams('acrValues=gold')],
    ['a Buffer', Buffer.from('{}')],
  ])('%s is refused by a message that names the option', (_, bag) => {
    const act = () => give(bag as never)
    expect(act).toThrow(ConfigurationError)
    expect(act).toThrow(expect.objectContaining({ option, message: expect.stringMatching(/plain object/) }))
  })
})

test.each(['ready', 'refresh'] as const)('%s() rejects for a Map', async (method) => {
  await expect(api[method](new Map() as never)).rejects.toMatchObject({ option: method })
})

test('verify() rejects for a signal in place of { signal }', async () => {
  const verified = api.verify(await issuer.token(), AbortSignal.timeout(1000) as never)
  await expect(verified).rejects.toMatchObject({ option: 'verify' })
})

test.each<[string, Give]>([
  ['dpop.nonce.secret', (list) => dpop({ publicUrl: 'https://api.test', nonce: { secret: list } })],
  ['jwe.keys[0]', (list) => jwe({ keys: list })],
  ['requireTools.tools', (list) => requireTools({ tools: { a: list }, otherwise: 'deny' })],
  ['requireTools.otherwise', (list) => requireTools({ tools: { a: ['a'] }, otherwise: list })],
  ['scopeHierarchy', (list) => resourceServer({ ...usual, scopeHierarchy: { a: list } })],
  ['idTokenMarks', (list) => resourceServer({ ...usual, idTokenMarks: { typ: list } })],
  ['requiredClaims', (list) => resourceServer({ ...usual, requiredClaims: { typ: list } })],
  ['roles', (list) => resourceServer({ ...usual, roles: { path: list } })],
  ['backChannelLogout.clientId', (list) => backChannelLogout({ ...logout, clientId: list })],
])('a hole in an array is refused: %s', (option, give) => {
  // eslint-disable-next-line no-sparse-arrays -- what a double comma makes
  const act = () => give([, 'a'.repeat(32)] as never)
  expect(act).toThrow(expect.objectContaining({ name: 'ConfigurationError', option }))
})

test('an assertion that expects a Map would expect nothing', () => {
  const answer = { status: 401, headers: { 'www-authenticate': 'Bearer' } }
  expect(() => assertRefused(answer, 401, new Map([['error', 'invalid_token']]) as never)).toThrow(
    expect.objectContaining({ option: 'assertRefused' }),
  )
})

test('an issuer that is a URL object must be a string', () => {
  expect(() => resourceServer({ ...discovered, issuer: new URL('https://a.test') as never })).toThrow(
    'issuer: must be a string, exactly as tokens have it in "iss", and not a URL object',
  )
})

test.each<[string, object, string]>([
  [
    'jwksUri at the top',
    {
      get jwksUri() {
        return 'https://a.test'
      },
    },
    'jwksUri',
  ],
  ['a value for keys at the top', { ttlSeconds: 5 }, 'ttlSeconds'],
])('an inherited option of another bag is refused: %s', (_, prototype, option) => {
  const options = Object.assign(Object.create(prototype) as object, discovered)
  expect(() => resourceServer(options)).toThrow(
    expect.objectContaining({ option, message: expect.stringMatching(/put it inside/) }),
  )
})

test('a method with the name of an option of another bag is none', () => {
  const options = Object.assign(Object.create({ snapshot: () => 1 }) as object, discovered)
  expect(() => resourceServer(options).close()).not.toThrow()
})

test('a snapshot that is not awaited is refused', () => {
  const make = () => resourceServer({ ...discovered, keys: { snapshot: Promise.resolve({}) as never } })
  expect(make).toThrow(/^keys\.snapshot: .*Await it first/)
})

test('a snapshot that is something else is refused', () => {
  const make = () => resourceServer({ ...discovered, keys: { snapshot: issuer.jwks as never } })
  expect(make).toThrow(/^keys\.snapshot: must be what snapshot\(\) returned/)
})
