/** Answers that only the owner of one token can cause: they refuse this token and nobody else's. */
import { sign } from 'node:crypto'
import { generatePair } from '../support/key-pairs.js'
import { active, clock, CLIENT, issuer, nowSeconds, raw, startWorld } from './support/endpoint.js'
import type { Reply, World } from './support/endpoint.js'

const JSON_TYPE = { 'content-type': 'application/json' }
const withMember = (member: string, start: object = active()): string =>
  `${JSON.stringify(start).slice(0, -1)},${member}}`
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
const MANY = JSON.stringify(Array.from({ length: 5000 }, () => ({})))
const HALF_LONG = JSON.stringify('x'.repeat(70_000))
const LONG = JSON.stringify('x'.repeat(300_000))

/** Members of an answer that users can cause, and the status for the token. */
const MEMBERS: readonly (readonly [string, string, number])[] = [
  ['half an emoji', String.raw`"name":"Zoe \ud83d"`, 401],
  ['half an emoji in a name', String.raw`"\udc00":1`, 401],
  ['a repeated member', '"name":"a","name":"b"', 401],
  ['a repeated member of an object inside', '"a":{"b":1,"b":2}', 401],
  ['100 arrays in each other', `"deep":${nested(100)}`, 401],
  ['30000 arrays in each other', `"deep":${nested(30_000)}`, 401],
  ['half an emoji beside a long text', String.raw`"text":${HALF_LONG},"name":"\ud83d"`, 503],
  ['too many values', `"groups":${MANY}`, 401],
  ['more bytes than the limit', `"groups":${LONG}`, 503],
  ['a number that JSON does not have', '"level":NaN', 503],
  ['a line break in a text', '"name":"a\nb"', 503],
  ['a quote in a text', '"name":"a"b"', 503],
  ['a second active', '"active":true', 503],
  ['a second active that is no boolean', '"active":"yes"', 503],
  ['half an emoji and no boolean active', String.raw`"active":1,"name":"\ud83d"`, 503],
]

/** Ten tokens in a row would open the circuit. */
async function expectOneRefused(world: World, reply: Reply, status: number, good: Reply): Promise<void> {
  const { ask, api, endpoint } = world
  endpoint.reply(good)
  for (let i = 0; i < 10; i++) {
    endpoint.reply(reply, `mallory-${i}`)
    expect((await ask({ token: `mallory-${i}` })).status).toBe(status)
  }
  expect((await ask({ token: 'bob' })).status).toBe(200)
  expect(api.health().introspection).toMatchObject({ status: 'up', consecutiveFailures: 0 })
}

describe('an answer with status 200 refuses its token only', () => {
  test.each(MEMBERS)('with %s', async (_, member, status) => {
    await expectOneRefused(await startWorld(), raw(200, withMember(member), JSON_TYPE), status, active())
  })

  test.each(MEMBERS)('without a media type, with %s', async (_, member, status) => {
    await expectOneRefused(await startWorld(), raw(200, withMember(member)), status, active())
  })

  test('with a character that was cut in its middle', async () => {
    const body = Buffer.from(withMember('"name":"Zoé"')).toString('latin1').replace('\u00a9', '')
    const reply: Reply = (res) => res.writeHead(200, JSON_TYPE).end(Buffer.from(body, 'latin1'))
    await expectOneRefused(await startWorld(), reply, 401, active())
  })

  test('in pieces that are too large together', async () => {
    const reply: Reply = (res) => {
      res.writeHead(200)
      for (let i = 0; i < 40; i++) res.write(i === 0 ? '{"active":true,"groups":"' : 'x'.repeat(10_000))
      res.end('"}')
    }
    await expectOneRefused(await startWorld(), reply, 503, active())
  })

  test('about a JWT', async () => {
    const { api, endpoint } = await startWorld({ tokens: 'all' })
    endpoint.reply({ active: true })
    for (let i = 0; i < 5; i++) {
      const token = await issuer.token({ sub: `mallory-${i}` })
      endpoint.reply(raw(200, withMember(MEMBERS[0]![1], { active: true })), token)
      await expect(api.verify(token)).rejects.toMatchObject({ status: 401, code: 'ERR_TOKEN_MALFORMED' })
    }
    expect((await api.verify(await issuer.token({ sub: 'bob' }))).subject).toBe('bob')
  })

  test.each([413, 422])('and so does status %p', async (status) => {
    await expectOneRefused(await startWorld(), raw(status), 503, active())
  })
})

test.each([MEMBERS[0]!, MEMBERS[8]!])(
  '%s refuses the token for negativeSeconds without a call',
  async (...row) => {
    const [, member, status] = row
    const { ask, endpoint } = await startWorld({ negativeSeconds: 10 })
    endpoint.reply(raw(200, withMember(member)))
    for (let i = 0; i < 3; i++) expect((await ask({ token: 't' })).status).toBe(status)
    expect(endpoint.asked).toHaveLength(1)
    endpoint.reply(active())
    clock.advance(10)
    expect((await ask({ token: 't' })).status).toBe(200)
  },
)

test('a malformed answer says by what rules, and shows nothing of itself', async () => {
  const { api, endpoint } = await startWorld()
  endpoint.reply(raw(200, withMember(String.raw`"name":"canary \ud83d"`)))
  const error = await api.verify('t').catch((thrown: unknown) => thrown as Error)
  expect(error).toMatchObject({ code: 'ERR_TOKEN_MALFORMED', expected: [/surrogate/] as never })
  expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain('canary')
})

test('each request gets an error and a cause of its own, at once and later', async () => {
  const { api, endpoint } = await startWorld({ negativeSeconds: 10 })
  endpoint.reply(raw(200, withMember(MEMBERS[8]![1])))
  const ask = (): Promise<Error> => api.verify('t').catch((thrown: unknown) => thrown as Error) as never
  const errors = [...(await Promise.all([ask(), ask()])), await ask(), await ask()]
  expect(errors.map(({ cause }) => cause)).toEqual(
    Array(4).fill(expect.objectContaining({ problem: 'too_large' })),
  )
  expect(new Set(errors.flatMap((error) => [error, error.cause])).size).toBe(8)
})

test('an answer about one token ends a pause, since the endpoint works', async () => {
  const { ask, api, endpoint } = await startWorld()
  endpoint.reply(raw(500))
  for (let i = 0; i < 3; i++) await ask({ token: `x-${i}` })
  clock.advance(60)
  endpoint.reply(raw(200, withMember(MEMBERS[0]![1])))
  expect((await ask({ token: 'mallory' })).status).toBe(401)
  expect(api.health().introspection).toMatchObject({ status: 'up', consecutiveFailures: 0 })
})

test('a byte order mark before an answer is skipped, as before keys', async () => {
  const { ask, endpoint } = await startWorld()
  endpoint.reply(raw(200, `\ufeff${JSON.stringify(active())}`))
  expect((await ask({ token: 'good' })).status).toBe(200)
  endpoint.reply(raw(200, '\ufeff{"active":true,"a":1,"a":2}'))
  expect((await ask({ token: 'bad' })).status).toBe(401)
  endpoint.reply(raw(200, `\ufeff{"active":true,"a":"${'x'.repeat(300_000)}"}`))
  for (const token of ['1', '2', '3']) expect((await ask({ token })).status).toBe(503)
  endpoint.reply(active())
  expect((await ask({ token: 'next' })).status).toBe(200)
})

describe('what no user can cause is a failure of the endpoint', () => {
  test.each<[string, Reply, string]>([
    ['a page of HTML', raw(200, '<!doctype html><p>{"active":true}'), 'not_json'],
    ['a large page of HTML', raw(200, `<!doctype html>${' '.repeat(300_000)}`), 'too_large'],
    ['nothing', raw(200), 'not_json'],
    ['an array', raw(200, `[${JSON.stringify(active())}]`), 'not_json'],
    ['two byte order marks', raw(200, `\ufeff\ufeff${JSON.stringify(active())}`), 'not_json'],
    ['an object without active', { error: 'x' }, 'active_missing'],
    ['active as text', active({ active: 'true' }), 'active_missing'],
  ])('%s', async (_, reply, lastFailure) => {
    const { ask, api, endpoint } = await startWorld()
    endpoint.reply(reply)
    for (let i = 0; i < 3; i++) expect((await ask({ token: `x-${i}` })).status).toBe(503)
    expect(api.health().introspection).toMatchObject({ status: 'down', lastFailure })
  })
})

describe('a signed answer', () => {
  const { privateKey, publicKey } = generatePair('rsa', { modulusLength: 2048 })
  const trusted = { issuer: issuer.issuer, jwks: { keys: [publicKey.export({ format: 'jwk' })] } }
  const start = () => startWorld({ jwt: true }, { issuer: trusted as never })
  const claims = (changes: object = {}, answer: object = active()): object => ({
    iss: issuer.issuer,
    aud: CLIENT.id,
    iat: nowSeconds(),
    ...changes,
    token_introspection: answer,
  })
  const signed = (payload: string): Reply => {
    const header = JSON.stringify({ alg: 'RS256', typ: 'token-introspection+jwt' })
    const input = [header, payload].map((part) => Buffer.from(part).toString('base64url')).join('.')
    const signature = sign('sha256', Buffer.from(input), privateKey).toString('base64url')
    return raw(200, `${input}.${signature}`, { 'content-type': 'application/token-introspection+jwt' })
  }
  const good = (): Reply => signed(JSON.stringify(claims()))
  /** The last member is the answer, whose last one is this. */
  const withAnswerMember = (member: string, changes: object = {}): Reply =>
    signed(`${JSON.stringify(claims(changes)).slice(0, -2)},${member}}}`)

  test.each(MEMBERS)('refuses its token only, with %s', async (_, member, status) => {
    await expectOneRefused(await start(), withAnswerMember(member), status, good())
  })

  test.each<[string, object]>([
    ['another issuer', { iss: 'https://elsewhere.test' }],
    ['another audience', { aud: 'https://elsewhere.test' }],
    ['an old answer', { iat: nowSeconds() - 3600 }],
  ])('that has faults, and those of %s, does not refuse with 401', async (_, changes) => {
    await expectOneRefused(await start(), withAnswerMember(MEMBERS[0]![1], changes), 503, good())
  })

  test('for the audience of the token refuses this token only', async () => {
    const reply = signed(JSON.stringify(claims({ aud: 'https://another-api.test' })))
    await expectOneRefused(await start(), reply, 503, good())
  })

  test.each<[string, Reply]>([
    ['of another issuer', signed(JSON.stringify(claims({ iss: 'https://elsewhere.test' })))],
    ['made long ago', signed(JSON.stringify(claims({ iat: nowSeconds() - 3600 })))],
    ['without active', signed(JSON.stringify(claims({}, { sub: 'x' })))],
    ['that is no object', signed('[]')],
  ])('%s is a failure of the endpoint', async (_, reply) => {
    const { ask, api, endpoint } = await start()
    endpoint.reply(reply)
    for (let i = 0; i < 3; i++) expect((await ask({ token: `x-${i}` })).status).toBe(503)
    expect(api.health().introspection).toMatchObject({ status: 'down' })
  })
})
