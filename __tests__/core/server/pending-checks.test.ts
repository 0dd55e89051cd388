/** A check that waits for a store, or a schema that waits: what ends in the meantime is not accepted. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import request from 'supertest'
import express from 'express'
import { createTestIssuer } from 'express-resource-server/testing'
import { resourceServer } from 'express-resource-server'
import type { ResourceServer, StandardSchema } from 'express-resource-server'
import { parseOptions } from '../../../lib/core/options/server.js'
import { assemble } from '../../../lib/core/server/assemble.js'
import { expose } from '../../../lib/express/resource-server.js'

const START_SECONDS = 1_800_000_000
let nowSeconds = START_SECONDS
const clock = { epochMs: (): number => nowSeconds * 1000 }
const issuer = createTestIssuer({ clock })

beforeEach(() => {
  nowSeconds = START_SECONDS
})

/** `during` runs while the check is pending. */
function serverThatWaits(options: object, during: (api: ResourceServer) => void): ResourceServer {
  const check = async (): Promise<undefined> => {
    await new Promise(setImmediate)
    during(api)
    return undefined
  }
  const api: ResourceServer = expose(
    assemble({ ...parseOptions({ ...issuer.options, clock, ...options }), checks: [check] }),
  )
  return api
}

const ENDS: readonly [string, number, (api: ResourceServer) => void][] = [
  ['the token expires', 401, () => (nowSeconds += 70)],
  ['the keys are purged', 503, (api) => api.purge()],
  ['the server is closed', 503, (api) => api.close()],
]
let http: Awaited<ReturnType<typeof issuer.listen>>

beforeAll(async () => {
  http = await issuer.listen()
})

afterAll(() => http.close())

describe.each(ENDS)('When %s while a check is pending', (_title, status, during) => {
  test.each([
    ['a new token', 0],
    ['a token that was used before', 1],
    ['a token that was used twice', 2],
  ])(`%s is answered with ${status}`, async (_kind, uses) => {
    let isArmed = false
    const api = serverThatWaits(http.options, (server) => {
      if (isArmed) during(server)
    })
    const token = await issuer.token({ exp: START_SECONDS + 60 })
    for (let i = 0; i < uses; i++) await api.verify(token)
    isArmed = true
    const app = express().use(api, (_req, res) => res.json('passed'))
    await request(app).get('/').auth(token, { type: 'bearer' }).expect(status)
  })

  test('verify() rejects too', async () => {
    const api = serverThatWaits(http.options, during)
    const token = await issuer.token({ exp: START_SECONDS + 60 })
    await expect(api.verify(token)).rejects.toMatchObject({ status })
  })
})

/** `during` runs while the run of the schema that was armed is pending: 1 is the next one. */
function serverWithSlowSchema(output: () => object, options: object, during: (api: ResourceServer) => void) {
  let left = 0
  const claims: StandardSchema<object> = {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: async () => {
        const isArmed = --left === 0
        await new Promise(setImmediate)
        if (isArmed) during(api)
        return { value: output() }
      },
    },
  }
  const api: ResourceServer = resourceServer({ ...http.options, clock, claims, ...options } as never)
  return { api, arm: (run: number) => (left = run) }
}

const dated = (): object => ({ since: new Date(0) })
const plain = (): object => ({ sub: 'user' })

describe.each(ENDS)('When %s while a schema is pending', (_title, status, during) => {
  test.each<[string, number, number, () => object, object]>([
    ['the renewal for a new token', 0, 2, dated, {}],
    ['the renewal for a token that was used before', 1, 1, dated, {}],
    ['the renewal for a token that was used twice', 2, 1, dated, {}],
    ['the first run', 0, 1, dated, {}],
    ['the first run with an output that requests share', 0, 1, plain, {}],
    ['the run of a server that remembers no tokens', 0, 1, dated, { tokenCache: false }],
  ])(`in %s, the answer is ${status}, and verify() rejects`, async (_run, uses, run, output, options) => {
    for (const isRequest of [true, false]) {
      nowSeconds = START_SECONDS
      const { api, arm } = serverWithSlowSchema(output, options, during)
      const token = await issuer.token({ exp: START_SECONDS + 60 })
      for (let i = 0; i < uses; i++) await api.verify(token)
      arm(run)
      const app = express().use(api, (_req, res) => res.json('passed'))
      if (isRequest) await request(app).get('/').auth(token, { type: 'bearer' }).expect(status)
      else await expect(api.verify(token)).rejects.toMatchObject({ status })
      api.close()
    }
  })
})

test('purge() and close() end a renewal that never settles', async () => {
  const ends: [string, (api: Pick<ResourceServer, 'purge' | 'close'>) => void][] = [
    ['ERR_KEYS_UNAVAILABLE', (api) => api.purge()],
    ['ERR_CLOSED', (api) => api.close()],
  ]
  for (const [code, end] of ends) {
    let runs = 0
    const claims: StandardSchema<object> = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: () => {
          if (++runs === 1) return { value: dated() }
          setImmediate(() => {
            end(api)
          })
          return new Promise(() => undefined)
        },
      },
    }
    const api = resourceServer({ ...issuer.options, clock, claims })
    await expect(api.verify(await issuer.token())).rejects.toMatchObject({ code })
  }
})

test('A request whose renewal is refused is not published as accepted', async () => {
  const published: unknown[] = []
  const listener = (event: unknown): unknown => published.push(event)
  subscribe('express-resource-server:accepted', listener)
  const { api, arm } = serverWithSlowSchema(dated, {}, (server) => server.purge())
  const token = await issuer.token()
  await api.verify(token)
  arm(1)
  await expect(api.verify(token)).rejects.toMatchObject({ status: 503 })
  unsubscribe('express-resource-server:accepted', listener)
  api.close()
  expect(published).toMatchObject([{ isCached: false }])
})

test('A function that finds a token returns null, as for undefined, where there is none', async () => {
  const api = serverThatWaits({ acceptTokenFrom: [() => null] }, () => undefined)
  const answer = await request(express().use(api)).get('/').expect(401)
  expect(answer.headers['www-authenticate']).toBe('Bearer')
})
