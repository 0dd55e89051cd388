/** Each request has errors of its own: whoever changes one changes what no other request is judged by. */
import express from 'express'
import {
  allOf,
  anyOf,
  requireActor,
  requireAnyRole,
  requireAnyScope,
  requireAuthentication,
  requireAuthorizationDetails,
  requireClaim,
  requireRoles,
  requireScopes,
  requireThat,
  resourceServer,
} from 'express-resource-server'
import type { Guard, AsyncGuard } from 'express-resource-server'
import { introspection } from 'express-resource-server/introspection'
import { createTestIssuer } from 'express-resource-server/testing'
import { start } from '../support/http.js'

const issuer = createTestIssuer()

/** Empties every list of an error and of what hangs on it, and writes to every object there. */
function spoil(value: unknown, depth = 0): void {
  if (typeof value !== 'object' || value === null || depth > 4) return
  for (const name of Reflect.ownKeys(value)) {
    if (name !== 'stack') spoil(Reflect.get(value, name), depth + 1)
  }
  try {
    if (Array.isArray(value)) value.length = 0
    else Object.assign(value, { spoilt: 'EVIL' })
  } catch {
    // Frozen.
  }
  try {
    if (Array.isArray(value)) value.push('EVIL')
  } catch {
    // Frozen.
  }
}

const guards: readonly [string, () => Guard | AsyncGuard][] = [
  ['requireScopes', () => requireScopes('orders:write', 'orders:admin')],
  ['requireScopes of a function', () => requireScopes(() => ['orders:write'])],
  ['requireAnyScope', () => requireAnyScope('orders:write', 'orders:admin')],
  ['requireRoles', () => requireRoles('clerk')],
  ['requireAnyRole', () => requireAnyRole('clerk', 'boss')],
  ['requireClaim', () => requireClaim('tenant', 'acme')],
  ['requireActor', () => requireActor({ subject: 'desk' })],
  ['requireThat', () => requireThat(() => false)],
  ['requireThat with a scope', () => requireThat(() => false, { scope: 'orders:write' })],
  ['requireAuthentication', () => requireAuthentication({ acrValues: ['gold'] })],
  ['requireAuthorizationDetails', () => requireAuthorizationDetails('payment', () => false)],
  ['allOf', () => allOf(requireScopes('orders:write'), requireRoles('clerk'))],
  ['anyOf', () => anyOf(requireScopes('orders:write'), requireScopes('orders:admin'))],
]

test.each(guards)('%s refuses the next request as it refused the first', async (_, guard) => {
  const app = express()
  app.use(resourceServer({ ...issuer.options, refusals: 'next' }))
  app.get('/', guard() as never, (_req, res) => void res.json('in'))
  app.use(((error, _req, res, _next) => {
    const { status, code, error: kind, requiredScopes, expected } = error
    res.status(status).set(error.headers).json({ code, kind, requiredScopes, expected })
    spoil(error)
  }) as express.ErrorRequestHandler)
  const { ask } = await start(app)
  const authorization = `Bearer ${await issuer.token()}`
  const answers = []
  for (let i = 0; i < 3; i++) {
    const { status, headers, body } = await ask({ headers: { authorization } })
    answers.push({ status, challenge: headers['www-authenticate'], body })
  }
  expect(answers[0]?.status).toBeGreaterThan(400)
  expect(answers[1]).toEqual(answers[0])
  expect(answers[2]).toEqual(answers[0])
})

test('an outage is told to each request by an error, a cause and a source of its own', async () => {
  const api = resourceServer({
    issuer: { issuer: 'https://down.test', jwksUri: 'https://down.test/jwks' },
    audience: issuer.audience,
    fetch: () => Promise.reject(new Error('unreachable', { cause: new Error('deeper') })),
  })
  const token = await issuer.token({ iss: 'https://down.test', aud: issuer.audience })
  const ask = () =>
    api.verify(token).then(
      () => undefined,
      (error: unknown) => error as Error & { source: object; cause: { dropped: string[]; cause: object } },
    )
  const first = await ask()
  expect(first).toMatchObject({ status: 503 })
  spoil(first)
  for (const later of [await ask(), ...(await Promise.all([ask(), ask()]))]) {
    expect(JSON.stringify([later?.source, later?.cause, later?.cause.dropped])).not.toContain('EVIL')
    expect(later?.cause.cause).not.toHaveProperty('spoilt')
  }
})

test('an introspection endpoint that is not asked for a while is told to each request by a cause of its own', async () => {
  const api = resourceServer({
    ...issuer.options,
    opaque: introspection({ endpoint: 'https://down.test/i', client: { id: 'a', secret: 's' } }),
    fetch: () => Promise.reject(new Error('unreachable')),
  })
  const ask = (token: string) =>
    api.verify(token).then(
      () => undefined,
      (error: unknown) => error as Error & { cause: object },
    )
  for (const token of ['a', 'b', 'c']) await ask(token)
  const first = await ask('d')
  expect(first).toMatchObject({ status: 503, cause: { problem: 'network' } })
  spoil(first)
  expect((await ask('e'))?.cause).not.toHaveProperty('spoilt')
})
