/** RFC 9396: fine-grained permissions in a token. */
import express from 'express'
import request from 'supertest'
import * as v from 'valibot'
import { allOf, requireAuthorizationDetails, requireScopes, resourceServer } from 'express-resource-server'
import type { AsyncGuard, Guard } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'

const issuer = createTestIssuer()

interface Payment {
  readonly type: 'payment'
  readonly amount: number
}

/** The status, and the error of the body. */
async function ask(guard: Guard | AsyncGuard, details: unknown, url = '/accounts/1'): Promise<string> {
  const app = express()
    .use(resourceServer(issuer.options))
    .get('/accounts/:id', guard, (_req, res) => res.json({ error: 'none' }))
  const token = await issuer.token({ authorization_details: details })
  const answer = await request(app).get(url).auth(token, { type: 'bearer' })
  return `${answer.status} ${answer.body.error as string}`
}

const small = requireAuthorizationDetails('payment', ({ amount }: Payment) => amount < 100)
const PASSED = '200 none'
const DENIED = '403 access_denied'

test.each<[string, unknown, string]>([
  ['one that matches', [{ type: 'payment', amount: 1 }], PASSED],
  ['one that does not', [{ type: 'payment', amount: 100 }], DENIED],
  [
    'one of two that matches',
    [
      { type: 'payment', amount: 100 },
      { type: 'payment', amount: 1 },
    ],
    PASSED,
  ],
  ['another type beside it', [{ type: 'account' }, { type: 'payment', amount: 1 }], PASSED],
  ['another type only', [{ type: 'account', amount: 1 }], DENIED],
  ['a type in other letters', [{ type: 'Payment', amount: 1 }], DENIED],
  ['none', [], DENIED],
  ['no claim', undefined, DENIED],
  ['null', null, DENIED],
  ['an object in place of the array', { type: 'payment', amount: 1 }, DENIED],
  ['members that are no objects', ['payment', null, 1, ['payment']], DENIED],
  ['an array inside the array', [[{ type: 'payment', amount: 1 }]], DENIED],
  ['a type that is an array', [{ type: ['payment'], amount: 1 }], DENIED],
  ['JSON in a string', '[{"type":"payment","amount":1}]', DENIED],
])('Details with %s', async (_title, details, expected) => {
  expect(await ask(small, details)).toBe(expected)
})

test.each<[string, (payment: Payment) => boolean | Promise<boolean>]>([
  ['at once', ({ amount }) => amount === 1],
  ['later', async ({ amount }) => amount === 1],
])(
  'As many details as an answer of introspection holds are judged one by one, %s',
  async (_title, matches) => {
    const judged: number[] = []
    const guard: Guard | AsyncGuard = requireAuthorizationDetails('payment', (detail: Payment) => {
      judged.push(detail.amount)
      return matches(detail)
    })
    const principal = await resourceServer(issuer.options).verify(await issuer.token())
    const amounts = Array.from({ length: 20_000 }, (_, index) => 20_000 - index)
    const claims = {
      ...principal.claims,
      authorization_details: [...amounts, 0].map((amount) => ({ type: 'payment', amount })),
    }
    const hasScope = (): boolean => true
    expect(await guard.allows({ ...principal, claims, hasScope }, { headers: {} })).toBe(true)
    expect(judged).toEqual(amounts)
  },
)

test('A token with more details than claims may have is refused for that, and not as something else', async () => {
  const details = Array.from({ length: 300 }, (_, amount) => ({ type: 'payment', amount }))
  const token = await issuer.token({ authorization_details: details })
  await expect(resourceServer(issuer.options).verify(token)).rejects.toMatchObject({
    code: 'ERR_TOKEN_MALFORMED',
    detail: expect.stringContaining('has too many claims') as unknown,
    expected: [expect.stringMatching(/too many values .*maxTokenBytes/) as unknown],
  })
  const larger = resourceServer({ ...issuer.options, maxTokenBytes: 65_536 })
  expect((await larger.verify(token)).claims['authorization_details']).toHaveLength(300)
})

const payments = [{ type: 'payment', amount: 1 }]

test.each<[string, Guard | AsyncGuard, string]>([
  ['true', requireAuthorizationDetails('payment', () => true), PASSED],
  ['true, later', requireAuthorizationDetails('payment', async () => true), PASSED],
  ['false, later', requireAuthorizationDetails('payment', async () => false), DENIED],
  ['something else that is true', requireAuthorizationDetails('payment', (() => 1) as never), DENIED],
])('A predicate that returns %s', async (_title, guard, expected) => {
  expect(await ask(guard, payments)).toBe(expected)
})

test('A predicate gets one detail and the request', async () => {
  const own = requireAuthorizationDetails(
    'account',
    ({ id }: { readonly type: 'account'; readonly id: string }, req: express.Request) =>
      id === req.params['id'],
  )
  const details = [{ type: 'account', id: '1' }]
  expect(await ask(own, details)).toBe(PASSED)
  expect(await ask(own, details, '/accounts/2')).toBe(DENIED)
})

test('A predicate that throws is a 500, and says nothing', async () => {
  const guard = requireAuthorizationDetails('payment', () => {
    throw new Error('secret')
  })
  expect(await ask(guard, payments)).toMatch(/^500/)
})

test('A predicate cannot change a detail for others', async () => {
  const changes = requireAuthorizationDetails('payment', (detail) => Object.isFrozen(detail))
  expect(await ask(changes, payments)).toBe(PASSED)
})

test('A schema takes what fits it, and an asynchronous schema too', async () => {
  const amount = v.pipe(v.number(), v.maxValue(10))
  const schema = v.object({ type: v.literal('payment'), amount })
  const later = v.pipeAsync(
    schema,
    v.checkAsync(async () => true),
  )
  for (const guard of [schema, later].map((each) => requireAuthorizationDetails('payment', each))) {
    expect(await ask(guard, payments)).toBe(PASSED)
    expect(await ask(guard, [{ type: 'payment', amount: 11 }])).toBe(DENIED)
    expect(await ask(guard, [{ type: 'payment' }])).toBe(DENIED)
  }
})

test('No scope would help: the refusal wins over that of a scope', async () => {
  const guard = allOf(requireScopes('pay'), small)
  expect(await ask(guard, undefined)).toBe(DENIED)
})

test.each<[string, readonly unknown[]]>([
  ['no type', []],
  ['an empty type', ['', () => true]],
  ['no rule', ['payment']],
  ['a rule that is a plain object', ['payment', {}]],
  ['a third argument', ['payment', () => true, {}]],
])('%s throws at set-up', (_title, args) => {
  const loose = requireAuthorizationDetails as (...args: readonly unknown[]) => unknown
  expect(() => loose(...args)).toThrow(/^requireAuthorizationDetails/)
})
