/** An endpoint that fails: back-off, one probe at a time, and what goes on meanwhile. */
import type { ServerResponse } from 'node:http'
import { until } from '../support/key-harness.js'
import { active, clock, raw, startWorld } from './support/endpoint.js'

async function fail(
  ask: (token: { token: string }) => Promise<{ status: number }>,
  count: number,
  name = 'x',
) {
  for (let i = 0; i < count; i++) expect((await ask({ token: `${name}-${i}` })).status).toBe(503)
}

test('after three failures in a row calls pause, with Retry-After; a success ends the pause', async () => {
  const { ask, api, endpoint } = await startWorld()
  endpoint.reply(raw(500))
  await fail(ask, 2)
  endpoint.reply(active())
  expect((await ask({ token: 'between' })).status).toBe(200)
  endpoint.reply(raw(500))
  await fail(ask, 2)
  endpoint.reply(raw(500, '', { 'retry-after': '20' }))
  await fail(ask, 1, 'third')
  expect(api.health().introspection).toMatchObject({
    status: 'down',
    consecutiveFailures: 3,
    lastFailure: 'status',
  })
  const before = endpoint.asked.length
  const answer = await ask({ token: 'later' })
  expect([answer.status, Number(answer.headers['retry-after'])]).toEqual([503, 20])
  await fail(ask, 20, 'y')
  expect(endpoint.asked).toHaveLength(before)
  endpoint.reply(active())
  clock.advance(20)
  expect((await ask({ token: 'probe' })).status).toBe(200)
  expect(api.health().introspection).toMatchObject({ status: 'up', consecutiveFailures: 0 })
  expect(api.health().introspection).not.toHaveProperty('lastFailure')
})

test.each<[number, string, number]>([
  [429, '20', 20],
  [503, '7', 7],
  [429, '3600', 30],
])(
  '%s with Retry-After %s pauses calls for %s s at once, and clients are told so',
  async (status, value, seconds) => {
    const { ask, api, endpoint } = await startWorld()
    endpoint.reply(raw(status, '', { 'retry-after': value }))
    const first = await ask({ token: 'first' })
    clock.advance(seconds - 1)
    const second = await ask({ token: 'second' })
    expect([first.headers['retry-after'], second.headers['retry-after']]).toEqual([String(seconds), '1'])
    expect(endpoint.asked).toHaveLength(1)
    expect(api.health().introspection).toMatchObject({ status: 'up', consecutiveFailures: 1 })
    endpoint.reply(active())
    clock.advance(1)
    expect((await ask({ token: 'third' })).status).toBe(200)
    endpoint.reply(raw(status))
    await fail(ask, 2, 'without')
    expect(endpoint.asked).toHaveLength(4)
  },
)

test('while the endpoint is down, one call at a time finds out', async () => {
  const { ask, api, endpoint } = await startWorld()
  endpoint.reply(raw(503))
  await fail(ask, 3)
  clock.advance(60)
  const held: ServerResponse[] = []
  endpoint.reply((res) => void held.push(res))
  const before = endpoint.asked.length
  const probe = ask({ token: 'probe' })
  await until(() => held.length === 1)
  await fail(ask, 10, 'during')
  expect(endpoint.asked).toHaveLength(before + 1)
  held[0]!.end(JSON.stringify(active()))
  expect((await probe).status).toBe(200)
  endpoint.reply(active())
  expect((await ask({ token: 'next' })).status).toBe(200)
  expect(api.health().introspection?.status).toBe('up')
})

test('tokens that are remembered go on to their own end, and no further', async () => {
  const { ask, endpoint } = await startWorld({ cache: { maxSeconds: 60 } })
  endpoint.reply(active())
  expect((await ask({ token: 'known' })).status).toBe(200)
  endpoint.reply(raw(500))
  await fail(ask, 4)
  clock.advance(59)
  expect((await ask({ token: 'known' })).status).toBe(200)
  clock.advance(1)
  expect((await ask({ token: 'known' })).status).toBe(503)
})

test('400 is about one token: it neither starts nor ends a pause', async () => {
  const { ask, api, endpoint } = await startWorld()
  endpoint.reply(raw(400, '{"error":"unsupported_token_type"}'))
  await fail(ask, 10)
  expect(api.health().introspection).toMatchObject({ status: 'up', consecutiveFailures: 0 })
  endpoint.reply(active())
  expect((await ask({ token: 'other' })).status).toBe(200)
  expect((await ask({ token: 'x-0' })).status).toBe(503)
  endpoint.reply(raw(500))
  await fail(ask, 3, 'down')
  clock.advance(60)
  endpoint.reply(raw(400))
  await fail(ask, 1, 'probe')
  expect(api.health().introspection).toMatchObject({ status: 'down' })
  endpoint.reply(active())
  expect((await ask({ token: 'again' })).status).toBe(200)
})

test.each([
  ['401', raw(401), { lastFailure: 'status' }],
  ['HTML', raw(200, '<html>'), { lastFailure: 'not_json' }],
  ['an error without active', { error: 'x' }, { lastFailure: 'active_missing' }],
  ['a redirect', raw(302, '', { location: '/' }), { lastFailure: 'redirect' }],
  ['40 MB', raw(200, ' '.repeat(1e6)), { lastFailure: 'too_large' }],
])('health() tells failures apart: %s', async (_, reply, expected) => {
  const { ask, api, endpoint } = await startWorld()
  endpoint.reply(reply)
  await fail(ask, 1)
  expect(api.health().introspection).toMatchObject(expected)
})

test('a probe of readiness shows an endpoint that is down as degraded, since JWTs still work', async () => {
  const { ask, api, endpoint } = await startWorld()
  endpoint.reply(raw(500))
  await fail(ask, 3)
  let body = ''
  const res = { setHeader: () => undefined, end: (text: string) => void (body = text) }
  api.healthRoute({ details: true })({} as never, res as never, () => undefined)
  expect(JSON.parse(body)).toMatchObject({ status: 'degraded', introspection: { status: 'down' } })
})
