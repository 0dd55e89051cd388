/** Revoked tokens over HTTP, remembered ones too. */
import express from 'express'
import { resourceServer } from 'express-resource-server'
import { memoryRevocations, revocation } from 'express-resource-server/revocation'
import type { RevocableToken, RevocationStore } from 'express-resource-server/revocation'
import { createTestIssuer } from 'express-resource-server/testing'
import { start } from '../support/http.js'

const issuer = createTestIssuer()
const iss = issuer.issuer
const now = Math.floor(Date.now() / 1000)
const claims = { jti: 'j', sid: 's', sub: 'u', client_id: 'c', iat: now - 50 }

async function startApi(store: RevocationStore, changes: object = {}) {
  const api = resourceServer({ ...issuer.options, revocation: revocation(store), ...changes })
  const app = express()
  app.use(api)
  app.get('/', (req, res) => void res.json(req.auth?.subject))
  return { ...(await start(app)), api }
}

const TARGETS = [
  ['jti', 'j'],
  ['sid', 's'],
  ['subject', 'u'],
  ['clientId', 'c'],
] as const

const TIMES = [
  ['without a time', undefined, now - 50, 401],
  ['up to a later time', now - 10, now - 50, 401],
  ['up to the second of its issue', now - 50, now - 50, 401],
  ['up to an earlier time', now - 60, now - 50, 200],
  ['without a time, for a token without iat', undefined, undefined, 401],
  ['up to any time, for a token without iat', now - 1000, undefined, 401],
] as const

describe.each(TARGETS)('a revocation by %s', (kind, value) => {
  test.each(TIMES)('%s', async (_, before, iat, status) => {
    for (const uses of [0, 1, 2, 3]) {
      const store = memoryRevocations()
      const { ask } = await startApi(store)
      const token = await issuer.token({ ...claims, iat })
      for (let use = 0; use < uses; use++) expect((await ask({ token })).status).toBe(200)
      store.revoke({ issuer: iss, [kind]: value, before, forSeconds: 600 } as never)
      for (let use = 0; use < 3; use++) expect((await ask({ token })).status).toBe(status)
    }
  })

  test('spares tokens with another value, without the claim, and of another issuer', async () => {
    const store = memoryRevocations()
    const { ask } = await startApi(store)
    store.revoke({ issuer: iss, [kind]: `${value}2`, forSeconds: 600 } as never)
    store.revoke({ issuer: 'https://other.test', [kind]: value, forSeconds: 600 } as never)
    expect((await ask({ token: await issuer.token(claims) })).status).toBe(200)
    const none = { jti: undefined, sid: undefined, sub: undefined, client_id: undefined }
    expect((await ask({ token: await issuer.token(none) })).status).toBe(200)
  })
})

test('the answer is 401 invalid_token, which says that the token was revoked', async () => {
  const { ask, api } = await startApi({ isRevoked: () => true })
  const token = await issuer.token(claims)
  const answer = await ask({ token })
  expect(answer.status).toBe(401)
  expect(answer.body).toEqual({
    error: 'invalid_token',
    error_description: 'The access token was revoked',
  })
  expect(answer.challenge).toMatchObject({ scheme: 'Bearer', parameters: { error: 'invalid_token' } })
  await expect(api.verify(token)).rejects.toMatchObject({ code: 'ERR_TOKEN_REVOKED' })
})

test('the store sees what identifies the token, own claims only, and the client id as the principal has it', async () => {
  const seen: RevocableToken[] = []
  const store = { isRevoked: (token: RevocableToken) => (seen.push(token), false) }
  const { ask } = await startApi(store, { clientId: 'azp' })
  const token = await issuer.token({ ...claims, azp: 'party' })
  for (let use = 0; use < 4; use++) await ask({ token })
  await ask({ token: await issuer.token({ jti: '', sid: 5, sub: undefined, iat: undefined }) })
  const all = { issuer: iss, jti: 'j', sid: 's', subject: 'u', clientId: 'party', issuedAt: now - 50 }
  expect(seen).toEqual([all, all, all, all, { issuer: iss }])
  expect(seen.every((each) => Object.isFrozen(each))).toBe(true)
  // A remembered token is one object, so that stores can remember it too.
  expect(seen[3]).toBe(seen[2])
})

const FAILURES: readonly (readonly [string, () => unknown])[] = [
  ['throws', () => { throw new Error('secret') }], // prettier-ignore
  ['rejects', () => Promise.reject(new Error('secret'))],
  ['answers undefined', () => undefined],
  ['answers a text', () => 'false'],
  ['answers null later', () => Promise.resolve(null)],
]

describe.each(FAILURES)('a store that %s', (_, isRevoked) => {
  const store = { isRevoked } as RevocationStore

  test('causes 503 without challenge, for new and remembered tokens', async () => {
    const { ask } = await startApi(store)
    const token = await issuer.token(claims)
    for (let use = 0; use < 3; use++) {
      const answer = await ask({ token })
      expect(answer.status).toBe(503)
      expect(answer.headers['retry-after']).toBe('1')
      expect(answer.challenge).toBeUndefined()
      expect(answer.text).not.toContain('secret')
    }
  })

  test('does no harm with dangerouslyAcceptOnStoreFailure', async () => {
    const accepting = revocation(store, { dangerouslyAcceptOnStoreFailure: true })
    const { ask } = await startApi(store, { revocation: accepting })
    expect((await ask({ token: await issuer.token(claims) })).status).toBe(200)
  })
})

test.each([
  [true, 401],
  [false, 200],
])('a store may answer later, with any thenable: %p', async (answer, status) => {
  // prettier-ignore
  const isRevoked = () => ({ then: (resolve: (value: boolean) => void) => resolve(answer) })
  const { ask } = await startApi({ isRevoked } as never)
  const token = await issuer.token(claims)
  for (let use = 0; use < 3; use++) expect((await ask({ token })).status).toBe(status)
})

test('a token that is refused anyway, or bound to a key, does not reach the store', async () => {
  let calls = 0
  const { ask } = await startApi({ isRevoked: () => (calls++, false) })
  expect((await ask({ token: `${await issuer.token()}x` })).status).toBe(401)
  expect((await ask({ token: await issuer.token({ exp: now - 60 }) })).status).toBe(401)
  expect((await ask({ token: await issuer.token({ cnf: { jkt: 'x' } }) })).status).toBe(401)
  expect((await ask({})).status).toBe(401)
  expect(calls).toBe(0)
})

test.each<[string, unknown, unknown, string]>([
  ['no store', undefined, undefined, 'revocation.store'],
  ['an object without isRevoked', {}, undefined, 'revocation.store'],
  ['an unknown option', { isRevoked: () => false }, { failOpen: true }, 'revocation.failOpen'],
  [
    'an option of the wrong type',
    { isRevoked: () => false },
    { dangerouslyAcceptOnStoreFailure: 1 },
    'revocation.dangerouslyAcceptOnStoreFailure',
  ],
])('revocation() with %s is refused', (_, store, options, option) => {
  // prettier-ignore
  expect(() => revocation(store as never, options as never)).toThrow(
    expect.objectContaining({ code: 'ERR_CONFIGURATION', option }),
  )
})

test('a store in place of revocation(store) is refused with the right spelling', () => {
  const options = { ...issuer.options, revocation: memoryRevocations() as never }
  expect(() => resourceServer(options)).toThrow(
    /revocation: is a store; it must be made by revocation\(store\)/,
  )
})
