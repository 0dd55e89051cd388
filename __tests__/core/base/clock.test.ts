/** Clocks from the options that return no time: no comparison with their readings may let a request pass. */
import express from 'express'
import { InternalError, requireAuthentication, resourceServer } from 'express-resource-server'
import type { Clock, FetchFunction } from 'express-resource-server'
import { dpop } from 'express-resource-server/dpop'
import { createTestIssuer } from 'express-resource-server/testing'
import { start } from '../../support/http.js'

const issuer = createTestIssuer()

const READINGS: readonly (readonly [string, unknown, string])[] = [
  ['NaN', NaN, 'returned NaN'],
  ['undefined', undefined, 'returned a value of type undefined'],
  ['null', null, 'returned null'],
  ['Infinity', Infinity, 'returned Infinity'],
  ['-Infinity', -Infinity, 'returned -Infinity'],
  ['a promise', Promise.resolve(Date.now()), 'returned a value of type object'],
  ['a date', new Date(), 'returned a value of type object'],
  ['a string', String(Date.now()), 'returned a value of type string'],
  ['a bigint', BigInt(Date.now()), 'returned a value of type bigint'],
]

/** A clock that a user could have written in JavaScript. */
const clockOf = (epochMs: () => unknown, monotonicMs?: () => unknown): Clock =>
  ({ epochMs, ...(monotonicMs && { monotonicMs }) }) as Clock

const clockError = (name: string, shown: string) =>
  expect.objectContaining({
    code: 'ERR_INTERNAL',
    cause: new TypeError(`clock.${name}() must return milliseconds as a finite number, but ${shown}`),
  })

describe.each(READINGS)('A clock that returns %s', (_, reading, shown) => {
  const clock = clockOf(() => reading)

  test('verifies no token, neither good nor expired nor not yet valid', async () => {
    const api = resourceServer({ ...issuer.options, clock })

    for (const times of [{}, { exp: 5 }, { nbf: 4e9, exp: 5e9 }]) {
      const token = await issuer.token(times)
      await expect(api.verify(token)).rejects.toEqual(clockError('epochMs', shown))
    }
  })

  test('fails each request once, with the clock as cause', async () => {
    const errors: unknown[] = []
    const app = express()
    app.use(resourceServer({ ...issuer.options, clock }))
    app.get('/', (_req, res) => {
      res.end('passed')
    })
    app.use(((error, _req, res, _next) => {
      errors.push(error)
      res.status(500).end()
    }) as express.ErrorRequestHandler)
    const client = await start(app)

    for (const exp of [5, undefined]) {
      expect((await client.ask({ token: await issuer.token({ exp }) })).status).toBe(500)
    }
    expect(errors).toEqual([clockError('epochMs', shown), clockError('epochMs', shown)])
    expect((errors[0] as Error).stack).toContain(`clock.epochMs() must return milliseconds`)
  })

  test('accepts no remembered token, if it returned times before', async () => {
    let now: unknown = Date.now()
    const api = resourceServer({ ...issuer.options, clock: clockOf(() => now) })
    const token = await issuer.token()
    const principal = await api.verify(token)
    const guard = requireAuthentication({ maxAgeSeconds: 60 })
    now = reading

    await expect(api.verify(token)).rejects.toEqual(clockError('epochMs', shown))
    expect(() => guard.allows(principal, { headers: {} })).toThrow(InternalError)
  })

  test('as a monotonic clock, accepts no token by fetched keys', async () => {
    const remote = createTestIssuer()
    const { close } = await remote.listen()
    let now: unknown = 5
    const broken = clockOf(
      () => Date.now(),
      () => now,
    )
    const { issuer, audience } = remote
    const api = resourceServer({ issuer, audience, clock: broken, tokenCache: false })
    await api.verify(await remote.token())
    now = reading

    await expect(api.verify(await remote.token())).rejects.toEqual(clockError('monotonicMs', shown))
    now = 10
    await expect(api.verify(await remote.token())).resolves.toMatchObject({ issuer })
    await close()
  })

  test('accepts no proof of DPoP', async () => {
    const url = 'https://api.example.com/'
    const api = resourceServer({
      ...issuer.options,
      confirmation: dpop({ publicUrl: 'https://api.example.com', clock }),
    })
    const client = issuer.dpop()
    const token = await client.token()
    const proof = await client.proof('GET', url, { token })
    const request = { method: 'GET', url: '/', headers: { authorization: `DPoP ${token}`, dpop: proof } }

    await expect(api.authenticate(request)).rejects.toEqual(clockError('epochMs', shown))
  })
})

test('keys that could not be fetched while the clock failed are fetched when it works again', async () => {
  const remote = createTestIssuer()
  const { close } = await remote.listen()
  let now: unknown
  const clock = clockOf(
    () => Date.now(),
    () => now,
  )
  let isFailing = true
  const fetchOrFail = (async (url: string, init: RequestInit) => {
    if (isFailing) {
      now = NaN
      throw new TypeError('fetch failed')
    }
    return fetch(url, init)
  }) as unknown as FetchFunction
  const { issuer, audience } = remote
  now = 5000
  const api = resourceServer({ issuer, audience, clock, fetch: fetchOrFail })

  await expect(api.verify(await remote.token())).rejects.toEqual(clockError('monotonicMs', 'returned NaN'))
  isFailing = false
  now = 60_000
  await api.refresh()
  await expect(api.verify(await remote.token())).resolves.toMatchObject({ issuer })
  await close()
})
