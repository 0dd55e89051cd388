/**
 * `req.auth` as handlers and loggers use it. For what it says about a token see
 * `__tests__/core/access/principal.test.ts`.
 */
import express from 'express'
import { format, inspect } from 'node:util'
import { resourceServer } from 'express-resource-server'
import type { Principal } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import { start } from '../support/http.js'

const issuer = createTestIssuer()
const claims = { scope: 'a', roles: ['clerk'], act: { sub: 'b' }, address: { country: 'NO' } }
const api = resourceServer({ ...issuer.options, scopeHierarchy: { a: ['b'] } })

/** Returns what a handler computes from its request. */
const inHandler = async <T>(read: (req: express.Request, principal: Principal) => T): Promise<T> => {
  let result: T | undefined
  const app = express()
  app.use(api, (req, res) => {
    result = read(req, api.principalOf(req))
    res.end()
  })
  const { ask, close } = await start(app)
  const { status, text } = await ask({ token: await issuer.token(claims) })
  await close()
  if (status !== 200) throw new Error(text)
  return result as T
}

test('is what principalOf gives', async () => {
  expect(await inHandler((req, principal) => req.auth === principal && principal.subject)).toBe('user-1')
})

test('is a copy: what a handler writes there does not reach principalOf', async () => {
  const subject = await inHandler((req) => {
    Object.assign(req, { auth: { subject: 'admin' } })
    return api.principalOf(req).subject
  })

  expect(subject).toBe('user-1')
})

// A fault of express/context.ts: a setter is assumed. Where keys are fetched first, the TypeError
// is an unhandled rejection.
test('is written also where the application has an accessor of that name', async () => {
  const app = express()
  Object.defineProperty(app.request, 'auth', { get: () => ({ subject: 'theirs' }), configurable: true })
  app.use(api, (req, res) => {
    res.json({ subject: req.auth?.subject })
  })
  app.use(((_error, _req, res, _next) => {
    res.status(500).json({})
  }) as express.ErrorRequestHandler)

  expect((await (await start(app)).ask({ token: await issuer.token() })).body).toEqual({ subject: 'user-1' })
})

test.each<[string, (principal: any) => unknown]>([
  ['a member', (principal) => Object.assign(principal, { subject: 'admin' })],
  ['the scopes', (principal) => principal.scopes.push('admin')],
  ['the roles', (principal) => (principal.roles[0] = 'admin')],
  ['the actor', (principal) => (principal.actor.subject = 'admin')],
  ['a claim', (principal) => (principal.claims.sub = 'admin')],
  ['a claim in a claim', (principal) => (principal.claims.address.country = 'SE')],
  ['the header', (principal) => (principal.header.kid = 'other')],
  ['hasScope', (principal) => Object.defineProperty(principal, 'hasScope', { value: () => true })],
  ['the prototype', (principal) => Object.setPrototypeOf(principal, { hasScope: () => true })],
])('cannot be changed: %s', async (_, change) => {
  const thrown = await inHandler((_req, principal) => {
    try {
      return change(principal)
    } catch (error) {
      return error
    }
  })

  expect(thrown).toBeInstanceOf(TypeError)
})

test.each<[string, (principal: Principal, req: express.Request) => string]>([
  ['JSON.stringify', (principal) => JSON.stringify({ principal })],
  ['a spread', (principal) => inspect({ ...principal }, { depth: null, showHidden: true })],
  ['Object.assign', (principal) => inspect(Object.assign({}, principal), { depth: null })],
  ['its names', (principal) => [...Object.entries(principal), ...Reflect.ownKeys(principal)].join()],
  [
    'for…in',
    (principal) => {
      const names: string[] = []
      for (const name in principal) names.push(name, String(principal[name as 'subject']))
      return names.join()
    },
  ],
  ['structuredClone', (principal) => inspect(structuredClone(principal), { depth: null })],
  ['inspect', (principal) => inspect(principal, { depth: null })],
  ['inspect of all', (principal) => inspect(principal, { depth: null, showHidden: true, showProxy: true })],
  ['%o', (principal) => format('%o', principal)],
  ['%O', (principal) => format('%O', principal)],
  ['%j', (principal) => format('%j', principal)],
  ['%s', (principal) => format('%s', principal)],
  ['an object that holds it', (principal) => inspect({ req: { auth: [principal] } }, { depth: null })],
])('does not reveal the token through %s', async (_, write) => {
  const [written, token] = await inHandler(
    (req, principal) => [write(principal, req), principal.token] as const,
  )

  expect(written).not.toBe('')
  expect(token.split('.')).toHaveLength(3)
  for (const part of token.split('.')) expect(written).not.toContain(part)
})

test('holds scopes that were granted or are implied, whatever they are called', async () => {
  const principal = await api.verify(await issuer.token({ scope: 'a constructor __proto__' }))
  const held = (scope: string) => principal.hasScope(scope)

  expect(['a', 'b', 'constructor', '__proto__'].map(held)).toEqual([true, true, true, true])
  expect(['toString', 'valueOf', 'A', ''].map(held)).toEqual([false, false, false, false])
})
