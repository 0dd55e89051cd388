/** A check that waits for a store: what ends in the meantime is not accepted. */
import request from 'supertest'
import express from 'express'
import { createTestIssuer } from 'express-resource-server/testing'
import type { ResourceServer } from 'express-resource-server'
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

test('A function that finds a token returns null, as for undefined, where there is none', async () => {
  const api = serverThatWaits({ acceptTokenFrom: [() => null] }, () => undefined)
  const answer = await request(express().use(api)).get('/').expect(401)
  expect(answer.headers['www-authenticate']).toBe('Bearer')
})
