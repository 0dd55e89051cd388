/**
 * What answers reveal: nothing before the signature is verified, and never the content of a token.
 */
import { describeCases, Observer } from './support/cases.js'
import type { Case } from './support/cases.js'
import { pairOf, World } from './support/world.js'

const forged = { key: () => pairOf('rsa-thief').privateKey }
const table: Case[] = [
  {
    what: 'a bad signature is all that is told, whatever else is wrong',
    ids: 'ERR-004',
    tokens: (w) =>
      [{}, { exp: 1 }, { aud: 'https://other.example' }, { exp: 'x' }, { cnf: {} }, { sub: 1 }].map(
        (claims) => w.token({ claims, key: forged.key() }),
      ),
    sees: (_, { body }) =>
      expect(body.error_description).toBe(
        'The access token is malformed, expired or not from a trusted issuer',
      ),
  },
]
describeCases('the order of checks', table)

let w: World
beforeAll(async () => {
  w = await World.open()
})
afterAll(() => w.close())
const ask = (token: string | undefined, path = '/base') => w.backend.ask({ path, token })

test('up to the signature every refusal is the same, byte for byte [ERR-003]', async () => {
  const refusals = [
    'x',
    'a.b.c',
    w.token({ key: forged.key() }),
    w.token({ header: { kid: 'unknown' }, key: forged.key() }),
    w.token({ header: { kid: undefined }, key: forged.key() }),
    w.token({ header: { alg: 'none' } }),
    w.token({ header: { typ: 'JWT' } }),
    w.token({ header: { crit: ['x'] } }),
    w.token({ claims: { iss: 'https://stranger.example' } }),
    w.token({ claims: { exp: 1 } }),
    w.token({ payload: '[]' }),
  ]
  const answers = await Promise.all(refusals.map((token) => ask(token)))
  const shapes = answers.map(({ status, text, headers: { date: _date, ...headers } }) =>
    JSON.stringify([status, text, headers]),
  )
  expect(new Set(shapes).size).toBe(1)
})

test('an issuer that is unknown costs no fetch, known or not [ERR-015]', async () => {
  await ask(w.token())
  const before = w.as.log.length
  for (let i = 0; i < 20; i++) await ask(w.token({ claims: { iss: `https://stranger-${i}.example` } }))
  expect(w.as.log.length).toBe(before)
})

test('refusals are not kept by caches, and answers are not made public [ERR-007 ERR-008]', async () => {
  const forbidden = await w.mount({}, ['write'])
  for (const answer of [
    await ask(undefined),
    await ask('x'),
    await ask(w.token(), forbidden),
    await w.backend.ask({ path: '/base', headers: { authorization: 'Bearer' } }),
  ]) {
    expect(answer.headers['cache-control']).toBe('no-store')
  }
  const good = await ask(w.token())
  expect(good.headers['cache-control']).toBeUndefined()
})

test('what observers are told has few values, whatever strangers invent [ERR-016]', async () => {
  const observer = new Observer()
  for (let i = 0; i < 50; i++) {
    await ask(w.token({ header: { kid: `kid-${i}` }, key: forged.key() }))
    await ask(w.token({ claims: { iss: `https://stranger-${i}.example` } }))
    await ask(w.token({ header: { alg: `alg-${i}` } }))
  }
  observer.stop()
  expect(observer.events.length).toBeGreaterThanOrEqual(150)
  expect(new Set(observer.events.map((event) => JSON.stringify(event))).size).toBeLessThan(10)
})

test('options of any text make a challenge that a strict parser reads [TRN-042]', async () => {
  const realm = 'a "quoted" \\ realm, error="none"'
  const path = await w.mount(
    { realm, resourceMetadata: 'https://api.example/m?a="b"\\', challengeScopes: ['read', 'a=b'] },
    ['write'],
  )
  for (const token of [undefined, 'x', w.token()]) {
    const { challenge } = await ask(token, path)
    expect(challenge?.parameters['realm']).toBe(realm)
    expect(challenge?.parameters['resource_metadata']).toBe('https://api.example/m?a="b"\\')
  }
})
