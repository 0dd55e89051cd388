/** RFC 9470: how strongly and how recently the user has logged in. */
import express from 'express'
import request from 'supertest'
import { requireAuthentication, requireScopes, resourceServer, allOf, anyOf } from 'express-resource-server'
import type {
  Guard,
  Principal,
  RequireAuthenticationOptions,
  ResourceServerOptions,
} from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import type { TestTokenOptions } from 'express-resource-server/testing'
import { parseChallenges } from '../support/challenges.js'

const NOW = 1_800_000_000
const clock = { epochMs: (): number => NOW * 1000 + 999 }
const issuer = createTestIssuer({ clock })

interface Outcome {
  readonly status: number
  readonly parameters: Record<string, string | undefined>
}

async function ask(
  guard: Guard,
  claims: TestTokenOptions,
  options: Partial<ResourceServerOptions> = {},
): Promise<Outcome> {
  const app = express()
    .use(resourceServer({ ...issuer.options, ...options }))
    .get('/', guard, (_req, res) => res.end())
  const token = await issuer.token(claims)
  const answer = await request(app).get('/').auth(token, { type: 'bearer' })
  const header = answer.headers['www-authenticate']
  const [challenge] = header === undefined ? [] : parseChallenges(header)
  return { status: answer.status, parameters: { ...challenge?.parameters } }
}

const MFA = 'urn:mfa'
const INSUFFICIENT = 'insufficient_user_authentication'

describe('A login of the wrong class', () => {
  test.each([
    ['no acr [STP-001]', {}],
    ['another acr [STP-002]', { acr: 'urn:pwd' }],
    ['an acr that is not a string', { acr: [MFA] }],
    ['an acr that begins like it', { acr: `${MFA}2` }],
    ['an empty acr', { acr: '' }],
  ])('is 401, and the challenge names the class: %s', async (_title, claims) => {
    const { status, parameters } = await ask(requireAuthentication({ acrValues: [MFA] }), claims)
    expect(status).toBe(401)
    expect(parameters).toMatchObject({ error: INSUFFICIENT, acr_values: MFA })
    expect(parameters['max_age']).toBeUndefined()
  })

  test('passes with one of several, and the challenge names all of them [STP-005]', async () => {
    const guard = requireAuthentication({ acrValues: ['a', 'b'] })
    expect(await ask(guard, { acr: 'b' })).toMatchObject({ status: 200 })
    expect(await ask(guard, { acr: 'c' })).toMatchObject({ status: 401, parameters: { acr_values: 'a b' } })
  })
})

describe('Classes in order, by acrLevels', () => {
  const options = { acrLevels: ['pwd', 'otp', 'hwk'] }

  test.each([
    ['hwk', ['otp'], 200],
    ['otp', ['otp'], 200],
    ['pwd', ['otp'], 401],
    ['hwk', ['hwk'], 200],
    ['otp', ['hwk'], 401],
    ['other', ['pwd'], 401],
    ['other', ['other'], 200],
    ['hwk', ['other'], 401],
    ['hwk', ['hwk', 'otp'], 200],
    ['pwd', ['hwk', 'otp'], 401],
  ])('%s for %j is %d', async (acr, acrValues, status) => {
    const outcome = await ask(requireAuthentication({ acrValues }), { acr }, options)
    expect(outcome.status).toBe(status)
    if (status === 401) expect(outcome.parameters['acr_values']).toBe(acrValues.join(' '))
  })

  test('meet where two guards name different ones', async () => {
    const both = allOf(
      requireAuthentication({ acrValues: ['pwd'] }),
      requireAuthentication({ acrValues: ['otp'] }),
    )
    expect(await ask(both, {}, options)).toMatchObject({ status: 401, parameters: { acr_values: 'otp' } })
    expect(await ask(both, { acr: 'hwk' }, options)).toMatchObject({ status: 200 })
  })
})

describe('The age of a login', () => {
  test.each<[string, unknown, number, number]>([
    ['older than max_age and the tolerance [STP-006]', NOW - 3631, 30, 401],
    ['older than max_age, without tolerance [STP-006]', NOW - 3601, 0, 401],
    ['as old as max_age, without tolerance [STP-007]', NOW - 3600, 0, 200],
    ['as old as max_age and the tolerance [STP-007]', NOW - 3630, 30, 200],
    ['missing: iat is no substitute [STP-009]', undefined, 30, 401],
    ['in the future [STP-010]', NOW + 9999, 30, 401],
    ['ahead by the tolerance', NOW + 30, 30, 200],
    ['a text [STP-010]', String(NOW), 30, 401],
    ['null', null, 30, 401],
  ])('%s', async (_title, authTime, clockToleranceSeconds, status) => {
    const outcome = await ask(
      requireAuthentication({ maxAgeSeconds: 3600 }),
      { auth_time: authTime, iat: NOW },
      { clockToleranceSeconds },
    )
    expect(outcome.status).toBe(status)
    if (status === 401) expect(outcome.parameters).toMatchObject({ error: INSUFFICIENT, max_age: '3600' })
  })

  test('that is infinite [STP-010]', async () => {
    const guard = requireAuthentication({ maxAgeSeconds: 3600 })
    const api = resourceServer(issuer.options)
    const principal = await api.verify(await issuer.token())
    const claims = { ...principal.claims, auth_time: Infinity }
    const hasScope = (): boolean => true
    expect(guard.allows({ ...principal, claims, hasScope }, { headers: {} })).toBe(false)
  })
})

describe('The methods of a login', () => {
  test.each([
    [['pwd', 'hwk'], ['hwk'], 200],
    [['pwd'], ['hwk'], 401],
    ['hwk', ['hwk'], 401],
    [undefined, ['hwk'], 401],
    [['hwk'], ['hwk', 'pin'], 401],
    [['pin', 'hwk'], ['hwk', 'pin'], 200],
    [[['hwk']], ['hwk'], 401],
  ])('amr %j where %j is required is %d [STP-011]', async (amr, required, status) => {
    const outcome = await ask(requireAuthentication({ amr: required }), { amr })
    expect(outcome.status).toBe(status)
    if (status === 401) expect(outcome.parameters['error']).toBe(INSUFFICIENT)
  })
})

test('A missing scope and a missing login are one 401 that names both [STP-012]', async () => {
  const guard = allOf(requireScopes('write'), requireAuthentication({ acrValues: [MFA], maxAgeSeconds: 60 }))
  expect(await ask(guard, {})).toMatchObject({
    status: 401,
    parameters: { error: INSUFFICIENT, acr_values: MFA, max_age: '60', scope: 'write' },
  })
})

test('anyOf prefers a scope to a new login', async () => {
  const guard = anyOf(requireAuthentication({ acrValues: [MFA] }), requireScopes('write'))
  expect(await ask(guard, {})).toMatchObject({ status: 403, parameters: { scope: 'write' } })
})

describe('At set-up', () => {
  const wrong: [string, RequireAuthenticationOptions][] = [
    ['a quote [STP-014]', { acrValues: ['a"b'] }],
    ['a line break [STP-014]', { acrValues: ['a\r\nb'] }],
    ['a space', { acrValues: ['a b'] }],
    ['no class', { acrValues: [] }],
    ['no method', { amr: [] }],
    ['a negative age', { maxAgeSeconds: -1 }],
    ['a fraction of a second', { maxAgeSeconds: 0.5 }],
    ['an unknown option', { maxAge: 5 } as RequireAuthenticationOptions],
  ]
  test.each(wrong)('%s throws', (_title, options) => {
    expect(() => requireAuthentication(options)).toThrow(/^requireAuthentication/)
  })

  test.each([[['a', 'a']], [['a b']], [['a"']], [[]]])('acrLevels %j throws', (acrLevels) => {
    expect(() => resourceServer({ ...issuer.options, acrLevels })).toThrow(/^acrLevels/)
  })
})

test('Without options it asks for a principal only', async () => {
  for (const guard of [requireAuthentication(), requireAuthentication({}), requireAuthentication(undefined)])
    expect(await ask(guard, {})).toMatchObject({ status: 200 })
})

describe('Whoever gets what a challenge asks for passes, for each tree of guards to a depth of two', () => {
  const LEAVES: readonly [string, Guard][] = [
    ['scope a', requireScopes('a')],
    ['scopes a b', requireScopes('a', 'b')],
    ['acr 1', requireAuthentication({ acrValues: ['1'] })],
    ['acr 1 or 2', requireAuthentication({ acrValues: ['1', '2'] })],
    ['age', requireAuthentication({ maxAgeSeconds: 60 })],
    ['never', requireAuthentication({ amr: ['never'] })],
  ]
  const joined = ([left, a]: readonly [string, Guard], [right, b]: readonly [string, Guard]) =>
    [
      [`(${left} and ${right})`, allOf(a, b)],
      [`(${left} or ${right})`, anyOf(a, b)],
    ] as [string, Guard][]
  const pairs = LEAVES.flatMap((left) => LEAVES.flatMap((right) => joined(left, right)))
  const trees = pairs.flatMap((pair) => LEAVES.flatMap((leaf) => joined(pair, leaf)))
  const all = { scope: 'a b', acr: '1', auth_time: NOW, amr: ['never'] }

  const api = resourceServer(issuer.options)
  const principals = new Map<string, Promise<Principal>>()

  function principalWith(claims: TestTokenOptions): Promise<Principal> {
    const key = JSON.stringify(claims)
    const known = principals.get(key)
    if (known !== undefined) return known
    const made = issuer.token({ key: 'ES256', ...claims }).then((token) => api.verify(token))
    principals.set(key, made)
    return made
  }

  test.each([...LEAVES, ...pairs, ...trees].map(([title, guard]) => ({ title, guard })))(
    '$title',
    async ({ guard }) => {
      const passes = async (claims: TestTokenOptions): Promise<boolean> =>
        guard.allows(await principalWith(claims), { headers: {} })
      const parameters = await remedyOf(guard)
      if (parameters === undefined) {
        expect(await passes({})).toBe(true)
        return
      }
      const { scope, acr_values: acrValues, max_age: maxAge } = parameters
      const granted = {
        ...(scope !== undefined && { scope }),
        ...(acrValues !== undefined && { acr: acrValues.split(' ')[0] }),
        ...(maxAge !== undefined && { auth_time: NOW }),
        // No parameter names the methods: a client that logs in again may use any.
        amr: ['never'],
      }
      expect(await passes(granted)).toBe(true)
      expect(await passes(all)).toBe(true)
    },
  )

  async function remedyOf(guard: Guard): Promise<Record<string, string | undefined> | undefined> {
    try {
      guard.check(await principalWith({}), { headers: {} })
      return undefined
    } catch (error) {
      const [challenge] = parseChallenges(api.answerTo(error).headers['www-authenticate'] ?? 'None')
      return challenge?.parameters
    }
  }
})
