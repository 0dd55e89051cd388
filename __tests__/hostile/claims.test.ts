import { requireAnyScope, requireClaim, requireScopes, resourceServer } from 'express-resource-server'
import { TestClock } from '../support/test-clock.js'
import { describeCases } from './support/cases.js'
import { World } from './support/world.js'
import { claimsCases } from './tables/claims.js'

describeCases('the claims', claimsCases)

describe('with a clock that is moved', () => {
  const clock = new TestClock()
  let w: World
  const status = async (token: string, path: string) => (await w.backend.ask({ path, token })).status

  beforeAll(async () => {
    w = await World.open({ clock })
  })
  afterAll(() => w.close())

  test('exp of exactly now is expired [CLM-003]', async () => {
    const path = await w.mount({ clockToleranceSeconds: 0 })
    expect(await status(w.token({ claims: { exp: w.nowSeconds() } }), path)).toBe(401)
    expect(await status(w.token({ claims: { exp: w.nowSeconds() + 1 } }), path)).toBe(200)
  })

  test('exp and nbf are refused and taken to the second of the tolerance [CLM-004 CLM-013]', async () => {
    const path = await w.mount({ clockToleranceSeconds: 30 })
    const now = w.nowSeconds()
    expect(await status(w.token({ claims: { exp: now - 29 } }), path)).toBe(200)
    expect(await status(w.token({ claims: { exp: now - 30 } }), path)).toBe(401)
    expect(await status(w.token({ claims: { nbf: now + 30 } }), path)).toBe(200)
    expect(await status(w.token({ claims: { nbf: now + 31 } }), path)).toBe(401)
  })

  test('a remembered token is judged by the clock of each use, also when it went back [CLM-019]', async () => {
    const token = w.token({ claims: { nbf: w.nowSeconds() } })
    expect(await status(token, '/base')).toBe(200)
    clock.jump(-3600)
    expect(await status(token, '/base')).toBe(401)
    clock.jump(3600)
    expect(await status(token, '/base')).toBe(200)
    clock.jump(3600)
    expect(await status(token, '/base')).toBe(401)
    clock.jump(-3600)
  })

  test('a tolerance cannot be made to accept everything', () => {
    expect(() => resourceServer(w.options({ clockToleranceSeconds: 301 }))).toThrow('clockToleranceSeconds')
    expect(() => resourceServer(w.options({ clockToleranceSeconds: Infinity }))).toThrow(
      'clockToleranceSeconds',
    )
  })
})

describe('options that would accept everything are refused at set-up', () => {
  const base = { issuer: 'https://as.example', audience: 'https://api.example' }
  const given = (changes: object) => () => resourceServer({ ...base, ...changes })

  test.each([
    ['a pattern', /^https:\/\/api\.example/g],
    ['a slow pattern', [/a+a+$/]],
    ['a function', () => true],
    ['an object', { includes: () => true }],
    ['a number', 1],
    ['true', true],
  ])('audience: %s → throws [CLM-035]', (_, audience) => {
    expect(given({ audience })).toThrow('audience')
  })

  test.each([[''], [[]], [[undefined]], [undefined], [null], [['']], [['x', '']]])(
    'audience: %j → throws [CLM-037]',
    (audience) => {
      expect(given({ audience })).toThrow('audience')
    },
  )

  test.each([
    [''],
    [undefined],
    [null],
    [[]],
    [['']],
    [{}],
    [{ issuer: '' }],
    [{ issuer: undefined }],
    [[undefined]],
    [/x/],
    [true],
  ])('issuer: %j → throws [CLM-052]', (issuer) => {
    expect(given({ issuer })).toThrow('issuer')
  })
})

describe('requirements', () => {
  let w: World
  const principal = async (changes: object) =>
    resourceServer(w.options()).verify(w.token({ claims: changes }))
  const request = { headers: {}, rawHeaders: [] }

  beforeAll(async () => {
    w = await World.open()
  })
  afterAll(() => w.close())

  test('all of two is not any of two [CLM-073]', async () => {
    expect(requireScopes('read', 'write').allows(await principal({ scope: 'read' }), request)).toBe(false)
    expect(requireAnyScope('read', 'write').allows(await principal({ scope: 'write' }), request)).toBe(true)
  })

  test('a name with dots is a name, a path is an array [CLM-079]', async () => {
    const [flat, nested] = [await principal({ 'a.b': 1 }), await principal({ a: { b: 1 } })]
    expect(requireClaim('a.b', 1).allows(flat, request)).toBe(true)
    expect(requireClaim('a.b', 1).allows(nested, request)).toBe(false)
    expect(requireClaim(['a', 'b'], 1).allows(nested, request)).toBe(true)
    expect(requireClaim(['a', 'b'], 1).allows(flat, request)).toBe(false)
  })

  test.each([['constructor'], ['__proto__'], ['toString']])(
    'a claim named %s is not there by itself',
    async (name) => {
      const anything = () => true
      const present = (value: unknown) => value !== undefined
      expect(requireClaim(name, present).allows(await principal({}), request)).toBe(false)
      expect(requireClaim(['act', name], present).allows(await principal({ act: {} }), request)).toBe(false)
      expect(requireClaim(name, anything).allows(await principal({}), request)).toBe(true)
    },
  )
})
