/** Objects that only look like a request or a principal of this package. */
import {
  requireClaim,
  requireRoles,
  requireScopes,
  requireThat,
  resourceServer,
} from 'express-resource-server'
import type { AsyncGuard, Guard, Principal, ResourceRequest } from 'express-resource-server'
import { assertAccepted, assertRefused, createTestIssuer } from 'express-resource-server/testing'

const issuer = createTestIssuer()
const api = resourceServer({ ...issuer.options, acceptTokenFrom: ['header', { header: 'x-token' }] })
const request = { headers: {} }

const GUARDS: readonly (readonly [string, Guard | AsyncGuard])[] = [
  ['requireScopes', requireScopes('a')],
  ['requireRoles', requireRoles('a')],
  ['requireClaim', requireClaim('a', 1)],
  ['requireThat', requireThat(async () => true)],
]

const COPIES: readonly (readonly [string, (principal: Principal) => unknown])[] = [
  ['a copy', (principal) => ({ ...principal })],
  ['a principal from JSON', (principal) => JSON.parse(JSON.stringify(principal))],
  ['a promise', (principal) => Promise.resolve(principal)],
  ['an object of the same kind', () => ({ scopes: ['a'], roles: ['a'], claims: { a: 1 } })],
  ['a token', ({ token }) => token],
]

describe.each(GUARDS)('%s', (_, guard) => {
  test.each(COPIES)('says of %s that it needs a principal', async (_name, copy) => {
    const wrong = copy(await api.verify(await issuer.token())) as Principal
    const message = 'A guard needs a principal of this package'

    await expect(async () => guard.check(wrong, request)).rejects.toThrow(message)
    await expect(async () => guard.allows(wrong, request)).rejects.toThrow(message)
  })

  test.each([undefined, null])('refuses %s as anonymous', async (none) => {
    await expect(async () => guard.check(none as never, request)).rejects.toMatchObject({ status: 401 })
  })
})

const REQUESTS: readonly (readonly [string, (authorization: string) => unknown])[] = [
  ['a fetch Request', (authorization) => new Request('http://api.test/', { headers: { authorization } })],
  ['Headers', (authorization) => ({ headers: new Headers({ authorization }) })],
  ['a Map', (authorization) => ({ headers: new Map([['authorization', authorization]]) })],
  ['names with capitals', (authorization) => ({ headers: { Authorization: authorization } })],
  ['other names with capitals', (authorization) => ({ headers: { 'X-Token': authorization } })],
  ['no headers', () => ({})],
  ['nothing', () => undefined],
  ['a token', (authorization) => authorization],
]

test.each(REQUESTS)('authenticate says of %s what to pass', async (_, make) => {
  const wrong = make(`Bearer ${await issuer.token()}`) as ResourceRequest

  await expect(api.authenticate(wrong)).rejects.toMatchObject({
    code: 'ERR_WIRING',
    message: expect.stringContaining('headers: Object.fromEntries(request.headers)'),
  })
})

test('authenticate takes what that error says, and refuses a request without credentials', async () => {
  const headers = { authorization: `Bearer ${await issuer.token()}` }
  const { method, url, ...rest } = new Request('http://api.test/', { headers })
  const request = { ...rest, method, url, headers: Object.fromEntries(new Headers(headers)) }

  await expect(api.authenticate(request)).resolves.toMatchObject({ principal: { subject: 'user-1' } })
  await expect(api.authenticate({ headers: { 'X-Other': 'a' } })).rejects.toMatchObject({
    code: 'ERR_CREDENTIALS_MISSING',
  })
})

test('a test token refuses claims and headers that are not JSON', async () => {
  const circular: Record<string, unknown> = {}
  circular['self'] = circular

  for (const claims of [{ amount: 1n }, { circular }])
    await expect(issuer.token(claims)).rejects.toMatchObject({
      option: 'claims',
      cause: expect.any(TypeError),
    })
  await expect(issuer.token({ header: { amount: 1n } })).rejects.toMatchObject({ option: 'header' })
})

test('assertions about an answer say that an await is missing', () => {
  const promise = Promise.resolve({ status: 200 }) as never

  expect(() => {
    assertAccepted(promise)
  }).toThrow('assertAccepted: needs the answer, and not a promise of it. Write await')
  expect(() => {
    assertRefused(promise, 401)
  }).toThrow('assertRefused: needs the answer, and not a promise of it. Write await')
})
