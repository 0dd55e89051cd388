/** RFC 9470: the login that several guards ask for together, whatever login there is already. */
import fc from 'fast-check'
import {
  allOf,
  anyOf,
  ForbiddenError,
  requireAuthentication,
  requireRoles,
  requireScopes,
  requireThat,
  resourceServer,
  UnauthorizedError,
} from 'express-resource-server'
import type { Guard, Principal, ResourceServer, ResourceServerOptions } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import type { TestTokenOptions } from 'express-resource-server/testing'
import { parseChallenges } from '../support/challenges.js'
import { sized } from '../support/sized.js'

const NOW = 1_800_000_000
const issuer = createTestIssuer({ clock: { epochMs: (): number => NOW * 1000 } })
const INSUFFICIENT = 'insufficient_user_authentication'

interface Outcome {
  readonly status: number
  readonly parameters: Readonly<Record<string, string | undefined>>
}

function outcomeOf(guard: Guard, principal: Principal, api: ResourceServer): Outcome {
  try {
    guard.check(principal, { headers: {} })
    return { status: 200, parameters: {} }
  } catch (error) {
    const { status, headers } = api.answerTo(error)
    const [challenge] = parseChallenges(headers['www-authenticate'] ?? 'None')
    return { status, parameters: { ...challenge?.parameters } }
  }
}

async function ask(
  guard: Guard,
  claims: TestTokenOptions,
  options: Partial<ResourceServerOptions> = {},
): Promise<Outcome> {
  const api = resourceServer({ ...issuer.options, ...options })
  return outcomeOf(guard, await api.verify(await issuer.token(claims)), api)
}

describe('A login that one guard of allOf accepts already', () => {
  const acr = (...acrValues: string[]): Guard => requireAuthentication({ acrValues })
  const age = requireAuthentication({ maxAgeSeconds: 60 })
  let asked = 0
  const counted = (): Guard =>
    requireThat(() => {
      asked++
      return false
    })
  const disjoint = allOf(acr('a'), acr('b'))
  const options = { acrLevels: ['pwd', 'otp', 'hwk'] }
  const lacking = {
    error: 'insufficient_scope',
    error_description: 'The access token lacks a required scope',
  }
  const hopeless = { status: 403, parameters: {} }
  const login = (parameters: Record<string, string>): Outcome => ({
    status: 401,
    parameters: expect.objectContaining({ error: INSUFFICIENT, ...parameters }) as Outcome['parameters'],
  })

  test.each<[string, Guard, TestTokenOptions, Outcome]>([
    ['no class is accepted by both, with the first', disjoint, { acr: 'a' }, hopeless],
    ['no class is accepted by both, with the second', disjoint, { acr: 'b' }, hopeless],
    ['no class is accepted by both, with none', disjoint, {}, hopeless],
    ['one class in common', allOf(acr('a', 'c'), acr('b', 'c')), { acr: 'a' }, login({ acr_values: 'c' })],
    [
      'the class is right, the login too old',
      allOf(acr('hwk'), age),
      { acr: 'hwk', auth_time: NOW - 1000 },
      login({ acr_values: 'hwk', max_age: '60' }),
    ],
    [
      'the age is right, the class is not',
      allOf(acr('hwk'), age),
      { acr: 'pwd', auth_time: NOW },
      login({ acr_values: 'hwk', max_age: '60' }),
    ],
    [
      'two ages, of which the shorter is too short',
      allOf(requireAuthentication({ maxAgeSeconds: 3600 }), age),
      { auth_time: NOW - 1000 },
      login({ max_age: '60' }),
    ],
    [
      'a weaker class is enough for one guard',
      allOf(acr('pwd'), acr('otp')),
      { acr: 'pwd' },
      login({ acr_values: 'otp' }),
    ],
    [
      'the methods are wrong, the class is right',
      allOf(acr('hwk'), requireAuthentication({ amr: ['hwk'] })),
      { acr: 'hwk' },
      login({ acr_values: 'hwk' }),
    ],
    [
      'one class in common, named twice',
      allOf(acr('c', 'a', 'c'), acr('b', 'c', 'c')),
      { acr: 'a' },
      login({ acr_values: 'c' }),
    ],
    [
      'an allOf inside',
      allOf(allOf(acr('a', 'c'), requireScopes('x')), acr('b', 'c')),
      { acr: 'a', scope: 'x' },
      login({ acr_values: 'c', scope: 'x' }),
    ],
    [
      'only a scope is missing',
      allOf(acr('a'), requireScopes('x')),
      { acr: 'a' },
      { status: 403, parameters: { ...lacking, scope: 'x' } },
    ],
    [
      'an anyOf inside, another member of which agrees',
      allOf(anyOf(acr('a'), acr('b')), acr('b')),
      { acr: 'a' },
      login({ acr_values: 'b' }),
    ],
    [
      'an anyOf inside, of which a scope can take the place of the login',
      allOf(anyOf(acr('a'), requireScopes('x')), acr('b')),
      { acr: 'a' },
      login({ acr_values: 'b', scope: 'x' }),
    ],
    [
      'an anyOf inside, no member of which agrees',
      allOf(anyOf(acr('a'), acr('c')), acr('b')),
      { acr: 'a' },
      hopeless,
    ],
    [
      'two anyOf, which agree on one class only',
      allOf(anyOf(acr('a'), acr('c')), anyOf(acr('b'), acr('c'))),
      { acr: 'a' },
      login({ acr_values: 'c' }),
    ],
    [
      'an allOf without a common class, inside an anyOf',
      anyOf(disjoint, acr('c')),
      { acr: 'a' },
      login({ acr_values: 'c' }),
    ],
  ])('%s', async (_title, guard, claims, expected) => {
    expect(await ask(guard, claims, options)).toEqual(expected)
  })

  test('counts for the operator, too', async () => {
    const api = resourceServer({ ...issuer.options, ...options })
    const guard = allOf(requireScopes('x'), allOf(acr('a', 'c'), requireScopes('y')), acr('b', 'c'))
    const principal = await api.verify(await issuer.token({ acr: 'a', scope: 'x y' }))
    const expected = ['acr: a', 'acr: c', 'acr: b']
    expect(() => guard.check(principal, { headers: {} })).toThrow(expect.objectContaining({ expected }))
  })

  test('lets a predicate be asked that was skipped, since the login cannot stay, also a slow one', async () => {
    const api = resourceServer(issuer.options)
    const principal = await api.verify(await issuer.token({ acr: 'a' }))
    const asked: string[] = []
    const guard = (answer: boolean) =>
      allOf(
        anyOf(
          acr('a'),
          requireThat(async () => {
            asked.push('predicate')
            return answer
          }),
        ),
        acr('b'),
      )
    await expect(guard(true).check(principal, { headers: {} })).rejects.toBeInstanceOf(UnauthorizedError)
    await expect(guard(false).check(principal, { headers: {} })).rejects.toBeInstanceOf(ForbiddenError)
    expect(asked).toEqual(['predicate', 'predicate'])
  })

  test.each<[string, Guard, TestTokenOptions, number, number]>([
    ['behind a member of anyOf that passes', anyOf(requireScopes('x'), counted()), { scope: 'x' }, 200, 0],
    ['behind a refusal without remedy', allOf(requireRoles('boss'), counted()), { scope: 'x' }, 403, 0],
    ['behind a missing scope', allOf(requireScopes('y'), counted()), { scope: 'x' }, 403, 1],
    ['where a class is missing and one is enough', allOf(anyOf(acr('a'), counted()), acr('a')), {}, 401, 1],
    [
      'that was skipped, where no login helps and a refusal is final',
      allOf(anyOf(acr('a'), counted()), acr('b'), requireRoles('boss')),
      { acr: 'a' },
      403,
      0,
    ],
  ])('a predicate %s is asked as often as needed', async (_title, guard, claims, status, times) => {
    asked = 0
    expect((await ask(guard, claims, options)).status).toBe(status)
    expect(asked).toBe(times)
  })

  test('is judged by the order of each server that a guard serves', async () => {
    const both = allOf(acr('otp'), acr('pwd'))
    const answers = await Promise.all(
      [['pwd', 'otp'], ['otp', 'pwd'], undefined].map((acrLevels) =>
        ask(both, { acr: 'pwd' }, { acrLevels }),
      ),
    )
    expect(answers).toEqual([login({ acr_values: 'otp' }), { status: 200, parameters: {} }, hopeless])
  })
})

describe('Of many classes, allOf finds the one that fits, in whichever order its guards stand', () => {
  const every = (guards: readonly Guard[]): Guard => allOf(...(guards as [Guard, ...Guard[]]))
  const some = (guards: readonly Guard[]): Guard => anyOf(...(guards as [Guard, ...Guard[]]))
  const acr = (...acrValues: string[]): Guard => requireAuthentication({ acrValues })
  const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index)
  const api = resourceServer(issuer.options)
  const principalWith = async (acr: string): Promise<Principal> => api.verify(await issuer.token({ acr }))
  const found = (value: string): Outcome => ({
    status: 401,
    parameters: expect.objectContaining({ error: INSUFFICIENT, acr_values: value }) as Outcome['parameters'],
  })

  /** Each guard is an anyOf, whose members each accept the pairs with one of the values in one place. */
  const pairs = upTo(3).flatMap((a) => upTo(3).flatMap((b) => upTo(2).map((c) => [a, b, c])))
  const byPlace = [3, 3, 2].map((count, place) =>
    some(
      upTo(count).map((value) =>
        acr(...pairs.filter((each) => each[place] === value).map((each) => `m${each.join('')}`)),
      ),
    ),
  )
  const grid = (letter: string, name: (row: number, column: number) => string): Guard =>
    some(upTo(5).map((row) => acr(`${letter}${row}`, ...upTo(5).map((column) => name(row, column)))))

  test.each<[string, readonly Guard[], string]>([
    ['17 classes', [some(upTo(17).map((i) => acr(`c${i}`))), acr('c16')], 'c16'],
    ['500 classes', [some(upTo(500).map((i) => acr(`c${i}`))), acr('c499')], 'c499'],
    ['classes of three places', [...byPlace, acr('m221')], 'm221'],
    [
      'a grid of classes',
      [
        grid('a', (row, column) => `x${row}${column}`),
        grid('b', (row, column) => `x${column}${row}`),
        acr('x44'),
      ],
      'x44',
    ],
  ])('%s', async (_title, guards, value) => {
    const orders = [guards, guards.toReversed(), [...guards.slice(1), ...guards.slice(0, 1)]]
    for (const guard of orders.map((each) => every(each)))
      for (const acrOfToken of ['none', 'c0', 'm000', 'x00', 'e'])
        expect(outcomeOf(guard, await principalWith(acrOfToken), api)).toEqual(found(value))
    expect(every(guards).allows(await principalWith(value), { headers: {} })).toBe(true)
  })

  // One way after another would never end.
  test('without trying each of 16 ** 30 combinations', async () => {
    const guards = upTo(30).map((i) => some(upTo(16).map((j) => acr(`q${j}`, `w${i}-${j}`))))
    const principal = await principalWith('none')
    const outcome = (...others: readonly Guard[]): Outcome =>
      outcomeOf(every([...guards, ...others]), principal, api)
    expect(outcome(acr('q15'))).toEqual(found('q15'))
    expect(outcome(acr('other'))).toEqual({ status: 403, parameters: {} })
  })

  test('also deep inside', async () => {
    const deep = (depth: number, path: string): Guard =>
      depth === 0
        ? acr(path, 'common')
        : allOf(
            anyOf(deep(depth - 1, `${path}l`), acr(`${path}m`)),
            anyOf(acr(`${path}n`), deep(depth - 1, `${path}r`)),
          )
    expect(outcomeOf(deep(6, 'c'), await principalWith('none'), api)).toEqual(found('common'))
  })
})

describe('From any token, what the challenge asks for passes at once, and a 403 without a scope is final', () => {
  const LEAVES: readonly (readonly [string, Guard])[] = [
    ['scope a', requireScopes('a')],
    ['scopes a b', requireScopes('a', 'b')],
    ['acr 1', requireAuthentication({ acrValues: ['1'] })],
    ['acr 2', requireAuthentication({ acrValues: ['2'] })],
    ['acr 1 or 2', requireAuthentication({ acrValues: ['1', '2'] })],
    ['acr 2 or 3', requireAuthentication({ acrValues: ['2', '3'] })],
    ['acr 1, age', requireAuthentication({ acrValues: ['1'], maxAgeSeconds: 60 })],
    ['age', requireAuthentication({ maxAgeSeconds: 600 })],
  ]
  type Tree = readonly [title: string, guard: Guard]
  interface Claims {
    readonly scope: string
    readonly acr: string
    readonly auth_time: number
  }

  const and = ([left, a]: Tree, [right, b]: Tree): Tree => [`(${left} and ${right})`, allOf(a, b)]
  const or = ([left, a]: Tree, [right, b]: Tree): Tree => [`(${left} or ${right})`, anyOf(a, b)]
  const joined = (left: Tree, right: Tree): readonly Tree[] => [and(left, right), or(left, right)]

  const api = resourceServer({ ...issuer.options, acrLevels: ['0', '1'] })
  const principals = new Map<string, readonly [Claims, Principal]>()
  const keyOf = ({ scope, acr, auth_time: at }: Claims): string => [scope, acr, NOW - at].join()

  beforeAll(async () => {
    for (const scope of ['', 'a', 'a b'])
      for (const acr of ['0', '1', '2', '3'])
        for (const age of [0, 1000]) {
          const claims = { scope, acr, auth_time: NOW - age }
          const token = await issuer.token({ key: 'ES256', ...claims })
          principals.set(keyOf(claims), [claims, await api.verify(token)])
        }
  })

  const passes = (guard: Guard, claims: Claims): boolean => {
    const known = principals.get(keyOf(claims))
    if (known === undefined) throw new Error(`No token was made for ${keyOf(claims)}`)
    return guard.allows(known[1], { headers: {} })
  }

  /** The tokens that a client gets which does as it is told, and no more. */
  function granted(claims: Claims, parameters: Outcome['parameters']): readonly Claims[] {
    const { scope = claims.scope, acr_values: acrValues, max_age: maxAge } = parameters
    const classes = acrValues?.split(' ') ?? [claims.acr]
    const authTime = maxAge === undefined ? claims.auth_time : NOW
    return classes.map((acr) => ({ scope: scope.split(' ').sort().join(' '), acr, auth_time: authTime }))
  }

  function faultsOf([title, guard]: Tree): readonly string[] {
    const all = [...principals.values()]
    const isHopeless = !all.some(([claims]) => passes(guard, claims))
    return all.flatMap(([claims, principal]) => {
      const { status, parameters } = outcomeOf(guard, principal, api)
      if (status === 200) return []
      const isFinal = status === 403 && parameters['scope'] === undefined
      const isRight = isFinal
        ? isHopeless
        : granted(claims, parameters).every((better) => passes(guard, better))
      return isRight
        ? []
        : [`${title} with ${keyOf(claims)}: ${String(status)} ${JSON.stringify(parameters)}`]
    })
  }

  const every = sized({ usual: 7, thorough: 1 })
  const pairs = LEAVES.flatMap((left, index) =>
    LEAVES.slice(index).flatMap((right) => joined(left, right)),
  ).filter((_, index) => index % every === 0)

  test.each(LEAVES)('each tree of three guards with %s', (...leaf) => {
    const trees = pairs.flatMap((pair) => [...joined(pair, leaf), ...joined(leaf, pair)])
    expect([leaf, ...trees].flatMap(faultsOf)).toEqual([])
  })

  test('deeper trees', () => {
    const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4, depthSize: 'large' },
        fc.constantFrom(...LEAVES),
        fc.tuple(tie('tree'), tie('tree')).map(([left, right]) => and(left, right)),
        fc.tuple(tie('tree'), tie('tree')).map(([left, right]) => or(left, right)),
      ),
    }))
    fc.assert(
      fc.property(tree, (each) => {
        expect(faultsOf(each)).toEqual([])
      }),
      { numRuns: sized({ usual: 20, thorough: 100 }) },
    )
  })
})
