/** Scopes of MCP tools, judged by the JSON-RPC body that the server will execute. */
import { inspect } from 'node:util'
import express from 'express'
import express4 from 'express4'
import request from 'supertest'
import { allOf, ConfigurationError, requireScopes, resourceServer } from 'express-resource-server'
import { authInfo, requireTools } from 'express-resource-server/mcp'
import type { RequireToolsOptions } from 'express-resource-server/mcp'
import { createTestIssuer } from 'express-resource-server/testing'
import { parseChallenges } from '../support/challenges.js'
import { clientOf, start } from '../support/http.js'

const issuer = createTestIssuer()
const TOOLS = { read: ['files:read'], write: ['files:read', 'files:write'], time: [] }

function appWith(guard: express.Handler, ...before: express.Handler[]): express.Express {
  const app = express()
  app.use(resourceServer({ ...issuer.options, scopeHierarchy: { all: ['files:read', 'files:write'] } }))
  app.all('/mcp', ...before, guard, (_req, res) => res.json('passed'))
  return app
}

const denying = appWith(requireTools({ tools: TOOLS, otherwise: 'deny' }), express.json())
const call = (name: unknown, more = {}) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name, arguments: {} },
  ...more,
})

interface Outcome {
  readonly status: number
  readonly error: unknown
  readonly scope: string | undefined
}

async function send(app: express.Express, body: unknown, scope = ''): Promise<Outcome> {
  const token = await issuer.token({ scope })
  const answer = await request(app)
    .post('/mcp')
    .auth(token, { type: 'bearer' })
    .set('content-type', 'application/json')
    .send(typeof body === 'string' ? body : JSON.stringify(body))
  const header = answer.headers['www-authenticate']
  const [challenge] = header === undefined ? [] : parseChallenges(header)
  return { status: answer.status, error: answer.body.error, scope: challenge?.parameters['scope'] }
}

const PASSED = { status: 200 }
const DENIED = { status: 403, error: 'access_denied', scope: undefined }
const MALFORMED = { status: 400, error: 'invalid_request' }
const lacking = (scope: string) => ({ status: 403, error: 'insufficient_scope', scope })

test.each<[string, unknown, string, Partial<Outcome>]>([
  ['a tool whose scope is held', call('read'), 'files:read', PASSED],
  ['a tool whose scope is implied', call('write'), 'all', PASSED],
  ['a tool whose scope is missing', call('read'), '', lacking('files:read')],
  ['a tool of which one scope is missing', call('write'), 'files:read', lacking('files:read files:write')],
  ['a tool without scopes', call('time'), '', PASSED],
  ['a tool that is not listed', call('other'), 'all', DENIED],
  ['a tool named like a member of every object', call('constructor'), 'all', DENIED],
  ['a tool named __proto__', call('__proto__'), 'all', DENIED],
  ['a tool in other letters', call('Read'), 'all', DENIED],
  [
    'a call without an id',
    { jsonrpc: '2.0', method: 'tools/call', params: { name: 'read' } },
    '',
    lacking('files:read'),
  ],
  ['another method', { jsonrpc: '2.0', id: 1, method: 'tools/list' }, '', PASSED],
  ['a notification', { jsonrpc: '2.0', method: 'notifications/initialized' }, '', PASSED],
  ['a response to the server', { jsonrpc: '2.0', id: 1, result: {} }, '', PASSED],
  ['an error for the server', { jsonrpc: '2.0', id: 1, error: { code: 1, message: '' } }, '', PASSED],
  ['a call that also has a result', call('read', { result: {} }), '', lacking('files:read')],
])('%s', async (_title, body, scope, expected) => {
  expect(await send(denying, body, scope)).toMatchObject(expected)
})

test.each<[string, unknown, string, Partial<Outcome>]>([
  ['two calls, of which one lacks its scope', [call('time'), call('read')], '', lacking('files:read')],
  [
    'two calls that lack scopes: the union',
    [call('read'), call('write')],
    '',
    lacking('files:read files:write'),
  ],
  ['two calls that pass', [call('read'), call('time')], 'files:read', PASSED],
  ['a call that is denied behind one that passes', [call('time'), call('other')], 'all', DENIED],
  [
    'a call behind a notification',
    [{ jsonrpc: '2.0', method: 'x' }, call('read')],
    '',
    lacking('files:read'),
  ],
  ['no message', [], 'all', MALFORMED],
  ['a malformed message among good ones', [call('time'), {}], 'all', MALFORMED],
  ['a batch in a batch', [[call('read')]], 'all', MALFORMED],
  ['null', [null], 'all', MALFORMED],
  ['a call at the end of many', [...Array(800).fill(call('time')), call('read')], '', lacking('files:read')],
  ['a malformed message behind a denied call', [call('other'), {}], 'all', MALFORMED],
])('A batch: %s', async (_title, body, scope, expected) => {
  expect(await send(denying, body, scope)).toMatchObject(expected)
})

test.each<[string, unknown]>([
  ['an empty object', {}],
  ['no jsonrpc', { id: 1, method: 'tools/call', params: { name: 'time' } }],
  ['another version', call('time', { jsonrpc: '1.0' })],
  ['a method that is not a string', call('time', { method: ['tools/call'] })],
  ['a call without params', call('time', { params: undefined })],
  ['params that are an array', call('time', { params: ['time'] })],
  ['a name that is not a string', call(['time'])],
  ['no name', call(undefined)],
  ['a method that is inherited', '{"__proto__":{"jsonrpc":"2.0","method":"x"}}'],
  [
    'a name that is inherited',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"__proto__":{"name":"time"}}}',
  ],
  ['an id without a method', { jsonrpc: '2.0', id: 1 }],
  ['a version that is a number', '{"jsonrpc":2.0,"id":1,"method":"tools/list"}'],
])('A malformed message is a 400: %s', async (_title, body) => {
  expect(await send(denying, body, 'all')).toMatchObject(MALFORMED)
})

describe('Tools that are not listed', () => {
  test.each<[string, RequireToolsOptions['otherwise'], string, Partial<Outcome>]>([
    ['pass', 'allow', '', PASSED],
    ['need scopes', ['tools:any'], '', lacking('tools:any')],
    ['pass with these scopes', ['tools:any'], 'tools:any', PASSED],
    ['are refused', 'deny', 'all', DENIED],
  ])('%s', async (_title, otherwise, scope, expected) => {
    const app = appWith(requireTools({ tools: TOOLS, otherwise }), express.json())
    expect(await send(app, call('other'), scope)).toMatchObject(expected)
  })
})

describe('Requests without a parsed message', () => {
  const ask = async (app: express.Express, method: 'get' | 'delete' | 'post' | 'put', type?: string) => {
    const agent = request(app)
    const asked = agent[method]('/mcp').auth(await issuer.token(), { type: 'bearer' })
    const answer = await (type === undefined
      ? asked
      : asked.set('content-type', type).send('{"jsonrpc":"2.0"}'))
    return answer.status
  }
  const bare = appWith(requireTools({ tools: TOOLS, otherwise: 'deny' }))

  test.each(['get', 'delete'] as const)('%s passes', async (method) => {
    expect([await ask(bare, method), await ask(denying, method)]).toEqual([200, 200])
  })

  test.each(['application/json', 'Application/JSON; charset=utf-8', 'application/json ;a="b;\\"c" ; d=e'])(
    'a body of type %s that nothing parsed is a 500: the application lacks a parser',
    async (type) => {
      expect([await ask(bare, 'post', type), await ask(bare, 'put', type)]).toEqual([500, 500])
    },
  )

  test.each(['express.text', 'express.raw'] as const)('nor does %s() parse it', async (name) => {
    const parser = name === 'express.text' ? express.text({ type: '*/*' }) : express.raw({ type: '*/*' })
    expect(
      await ask(
        appWith(requireTools({ tools: TOOLS, otherwise: 'deny' }), parser),
        'post',
        'application/json',
      ),
    ).toBe(500)
  })

  test.each<[string, express.Handler[]]>([
    ['behind a parser', [express.json()]],
    ['behind the parser of Express 4', [express4.json()]],
    ['without a parser, as no usual one would read them', []],
  ])('bodies of other JSON types, and none at all, are a 400 %s', async (_title, parsers) => {
    const app = appWith(requireTools({ tools: TOOLS, otherwise: 'deny' }), ...parsers)
    const { port } = await start((req, res) => void app(req, res))
    const asking = { method: 'POST', path: '/mcp', token: await issuer.token({ scope: 'all' }) }
    const statusOf = async (type: string, body?: string): Promise<number> =>
      (await clientOf(port).ask({ ...asking, headers: { 'content-type': type }, ...(body && { body }) }))
        .status
    const body = JSON.stringify(call('time'))
    for (const type of [
      'application/json-rpc',
      'application/vnd.api+json',
      'application/json,text/plain',
      'json',
    ])
      expect([type, await statusOf(type, body)]).toEqual([type, 400])
    expect(await statusOf('application/json')).toBe(400)
    const empty = await clientOf(port).ask({
      ...asking,
      headers: { 'content-length': '0', 'content-type': 'application/json' },
    })
    expect(empty.status).toBe(400)
  })

  test('a body of another type is a 400: the client is at fault', async () => {
    expect([await ask(denying, 'post', 'text/plain'), await ask(denying, 'post')]).toEqual([400, 400])
  })

  test.each<[string, string]>([
    ['GET', 'text/plain'],
    ['DELETE', 'text/plain'],
    ['OPTIONS', 'application/octet-stream'],
  ])('a %s with a body that is not JSON is a 400', async (method, type) => {
    const { port } = await start((req, res) => void denying(req, res))
    const asking = { method, path: '/mcp', token: await issuer.token({ scope: 'all' }) }
    const body = JSON.stringify(call('time'))
    const { status } = await clientOf(port).ask({ ...asking, body, headers: { 'content-type': type } })
    expect(status).toBe(400)
    const chunked = { 'content-type': type, 'transfer-encoding': 'chunked' }
    const guard = requireTools({ tools: TOOLS, otherwise: 'deny' })
    const principal = await resourceServer(issuer.options).verify(asking.token)
    // What the parsers of Express 5 and 4 leave.
    for (const left of [undefined, {}])
      expect(() => guard.allows(principal, { method, headers: chunked, body: left })).toThrow(
        /not a JSON-RPC message/,
      )
  })

  test('a DELETE with a JSON body that nothing parsed is a 500', async () => {
    const { port } = await start((req, res) => void bare(req, res))
    const asking = { method: 'DELETE', path: '/mcp', token: await issuer.token() }
    const headers = { 'content-type': 'application/json' }
    expect((await clientOf(port).ask({ ...asking, headers, body: '{}' })).status).toBe(500)
    expect((await clientOf(port).ask({ ...asking, headers, body: '' })).status).toBe(200)
  })

  test.each(['GET', 'HEAD', 'DELETE', 'OPTIONS'])(
    'a %s without a body passes, whatever its parser leaves',
    async (method) => {
      const principal = await resourceServer(issuer.options).verify(await issuer.token())
      const guard = requireTools({ tools: TOOLS, otherwise: 'deny' })
      // What the parsers of Express 5 and 4 leave.
      for (const body of [undefined, {}]) {
        expect(guard.allows(principal, { method, headers: {}, body })).toBe(true)
        expect(guard.allows(principal, { method, headers: { 'content-length': '0' }, body })).toBe(true)
      }
    },
  )

  test('a GET with a message is judged', async () => {
    const principal = await resourceServer(issuer.options).verify(await issuer.token())
    const guard = requireTools({ tools: TOOLS, otherwise: 'deny' })
    expect(guard.allows(principal, { method: 'GET', headers: {}, body: call('read') })).toBe(false)
  })
})

test('A request without a token is 401, whatever its body', async () => {
  await request(denying).post('/mcp').send([]).expect(401)
  await request(denying).get('/mcp').expect(401)
})

test('It combines with other guards: one challenge names all scopes', async () => {
  const both = allOf(requireScopes('mcp'), requireTools({ tools: TOOLS, otherwise: 'deny' }))
  expect(await send(appWith(both, express.json()), call('read'))).toMatchObject(lacking('mcp files:read'))
})

test('Options are read at set-up: changing them later changes nothing', async () => {
  const scopes = ['files:read']
  const otherwise = ['tools:any']
  const app = appWith(requireTools({ tools: { read: scopes }, otherwise }), express.json())
  scopes.length = 0
  otherwise.length = 0
  expect(await send(app, call('read'))).toMatchObject(lacking('files:read'))
  expect(await send(app, call('other'))).toMatchObject(lacking('tools:any'))
})

test('A log of what the handler of a tool receives shows no token', async () => {
  const token = await issuer.token({ client_id: 'app' })
  const info = authInfo(await resourceServer(issuer.options).verify(token))
  expect(info.token).toBe(token)
  expect({ ...info }.token).toBe(token)
  for (const shown of [inspect({ info }, { depth: 9 }), JSON.stringify({ info })]) {
    expect(shown).toContain('app')
    expect(shown).not.toContain(token)
    expect(shown).not.toContain(token.split('.')[2])
  }
})

test.each<[string, (principal: object) => unknown]>([
  ['undefined', () => undefined],
  ['null', () => null],
  ['a promise', (principal) => Promise.resolve(principal)],
  ['a copy', (principal) => ({ ...principal })],
  ['JSON', (principal) => JSON.parse(JSON.stringify(principal))],
  ['a token', () => 'a.b.c'],
])('authInfo explains what is wrong with %s', async (_title, make) => {
  const principal = await resourceServer(issuer.options).verify(await issuer.token())
  const info = () => authInfo(make(principal) as typeof principal)
  expect(info).toThrow(ConfigurationError)
  expect(info).toThrow(/^authInfo needs a principal of this package, .* neither is a promise$/)
})

test.each<[string, unknown, RegExp]>([
  ['no options', undefined, /^requireTools: must be an object/],
  ['no tools', { otherwise: 'deny' }, /^requireTools\.tools: is required/],
  ['no otherwise', { tools: {} }, /^requireTools\.otherwise: must be "deny"/],
  [
    'a prototype in place of a tool',
    { tools: { ['a']: [], __proto__: { b: ['c'] } }, otherwise: 'allow' },
    /^requireTools\.tools: must be a plain object/,
  ],
  ['a map', { tools: new Map([['a', ['b']]]), otherwise: 'allow' }, /^requireTools\.tools: must be a plain/],
  ['another otherwise', { tools: {}, otherwise: 'refuse' }, /^requireTools\.otherwise: must be "deny"/],
  ['scopes that are a string', { tools: { a: 'b' }, otherwise: 'deny' }, /^requireTools\.tools: must map/],
  ['a scope with a space', { tools: { a: ['b c'] }, otherwise: 'deny' }, /^requireTools\.tools: must map/],
  ['an unknown option', { tools: {}, otherwise: 'deny', others: 1 }, /^requireTools\.others: /],
])('At set-up, %s throws', (_title, options, message) => {
  expect(() => requireTools(options as RequireToolsOptions)).toThrow(message)
})
