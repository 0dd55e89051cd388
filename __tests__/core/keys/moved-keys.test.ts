/** Keys that changed without a new kid in the tokens: one refresh each, and bounded. */
import { createTestIssuer } from 'express-resource-server/testing'
import { resourceServer } from 'express-resource-server'
import { AUDIENCE, faults, signingKey } from '../../support/key-server.js'
import type { KeyServer, SigningKey } from '../../support/key-server.js'
import { generatePair } from '../../support/key-pairs.js'
import { Harness, outcome, tally } from '../../support/key-harness.js'

const harness = new Harness()
afterEach(() => harness.close())

const many = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make)

/** As an issuer publishes it that has no key ids, or empty ones. */
function kidless(kid?: ''): SigningKey {
  const key = signingKey('')
  const { kid: _kid, ...jwk } = key.jwk
  return { ...key, jwk: { ...jwk, ...(kid !== undefined && { kid }) } }
}

const anonymous = { header: { kid: undefined } }

async function warm(key: SigningKey, keys = {}) {
  const server = await harness.keyServer()
  server.keys = [key]
  const api = harness.api(server, { cooldownSeconds: 30, ...keys })
  await api.ready()
  return { server, api }
}

let serial = 0

/** By a stranger's key, so that every key of the issuer is tried in vain. */
function forged(server: KeyServer): string {
  return server.token(signingKey('x'), { ...anonymous, claims: { jti: String(++serial) } })
}

describe('an issuer that replaces a key without kid', () => {
  test.each<[string, '' | undefined, string | undefined]>([
    ['no kid anywhere', undefined, undefined],
    ['an empty kid in the set', '', undefined],
    ['an empty kid in the token', undefined, ''],
    ['an empty kid in both', '', ''],
  ])('is noticed by one refresh, with %s', async (_title, published, sent) => {
    const { server, api } = await warm(kidless(published))
    const key = kidless(published)
    server.keys = [key]
    const tokens = many(50, () =>
      server.token(key, { header: { kid: sent }, claims: { jti: String(++serial) } }),
    )
    expect(await tally(tokens.map((token) => api.verify(token)))).toEqual({ 200: 50 })
    expect(server.hits.keys).toBe(2)
  })

  test('is noticed within one cool-down while forged tokens flood the server', async () => {
    const { server, api } = await warm(kidless())
    const key = kidless()
    expect(await tally(many(20, () => api.verify(forged(server))))).toEqual({ 401: 20 })
    server.keys = [key]
    let seconds = 0
    while ((await outcome(api.verify(server.token(key, anonymous)))).status !== 200) {
      await tally(many(5, () => api.verify(forged(server))))
      harness.clock.advance(1)
      seconds++
    }
    expect(seconds).toBeLessThanOrEqual(30)
  })

  test('is not asked again for keys that were fetched for this very token', async () => {
    const server = await harness.keyServer()
    server.keys = [kidless()]
    const api = harness.api(server)
    expect(await tally(many(20, () => api.verify(forged(server))))).toEqual({ 401: 20 })
    expect(server.hits.keys).toBe(1)
  })
})

describe('forged tokens without kid', () => {
  test('cost one fetch a cool-down', async () => {
    const { server, api } = await warm(kidless())
    for (let second = 0; second < 120; second++) {
      expect(await outcome(api.verify(forged(server)))).toMatchObject({ status: 401 })
      harness.clock.advance(1)
    }
    expect(server.hits.keys - 1).toBeLessThanOrEqual(Math.ceil(120 / 30))
    expect(server.hits.keys - 1).toBeGreaterThan(0)
  })

  test('do not use up the refreshes of genuine new kids', async () => {
    const { server, api } = await warm(kidless())
    await tally(many(20, () => api.verify(forged(server))))
    for (const kid of ['first', 'second']) {
      server.rotate(kid)
      expect(await outcome(api.verify(server.token()))).toEqual({ status: 200 })
    }
  })

  test('are 401 while the keys are fresh, and 503 where they may be outdated and cannot be fetched', async () => {
    const { server, api } = await warm(kidless())
    await outcome(api.verify(forged(server)))
    server.answer = faults.status(404)
    expect(await outcome(api.verify(forged(server)))).toMatchObject({
      status: 401,
      code: 'ERR_SIGNATURE_INVALID',
    })
    harness.clock.advance(31)
    expect(await outcome(api.verify(forged(server)))).toMatchObject({ status: 503 })
  })

  test('cause no fetch where the keys are given', async () => {
    const key = kidless()
    const fetch = jest.fn()
    const issuer = { issuer: 'https://given.test', jwks: { keys: [key.jwk] } as never }
    const api = resourceServer({ issuer, audience: AUDIENCE, fetch })
    const token = createTestIssuer({ issuer: 'https://given.test', audience: AUDIENCE })
    expect((await outcome(api.verify(await token.token({ header: { kid: undefined } })))).status).toBe(401)
    expect(fetch).not.toHaveBeenCalled()
  })
})

describe('an issuer that moves to another algorithm', () => {
  type Named = 'RS256' | 'ES256'

  test.each<[string, string | undefined]>([
    ['under one kid', 'only'],
    ['without kids', undefined],
  ])('%s is noticed by one refresh', async (_title, kid) => {
    const server = await harness.keyServer()
    const issuer = createTestIssuer({ issuer: server.issuer, audience: AUDIENCE, clock: harness.clock })
    const publish = (alg: Named): void => {
      const keys = issuer.jwks.keys.filter((jwk) => jwk.alg === alg).map((jwk) => ({ ...jwk, kid }))
      server.answer = (res) => server.json(res, { keys })
    }
    const api = harness.api(server)
    const verify = async (key: Named) => outcome(api.verify(await issuer.token({ key, header: { kid } })))
    publish('RS256')
    expect(await verify('RS256')).toEqual({ status: 200 })
    publish('ES256')
    expect(await verify('ES256')).toEqual({ status: 200 })
    expect(await verify('RS256')).toMatchObject({ status: 401, code: 'ERR_KEY_UNKNOWN' })
    expect(server.hits.keys).toBeLessThanOrEqual(3)
  })

  test('in invented tokens costs no more than invented kids do', async () => {
    const { server, api } = await warm(signingKey('known'))
    const token = (alg: string): string =>
      server.token(undefined, { header: { alg, kid: 'known' }, claims: { jti: String(++serial) } })
    for (let i = 0; i < 50; i++)
      for (const alg of ['RS256', 'PS256', 'ES256', 'ES384'])
        expect(await outcome(api.verify(token(alg)))).toMatchObject({ status: 401, code: 'ERR_KEY_UNKNOWN' })
    expect(server.hits.keys).toBe(3)
  })

  test('is told from a bad signature under a known kid, which causes no fetch', async () => {
    const { server, api } = await warm(signingKey('known'))
    const { privateKey } = generatePair('ed25519')
    const token = server.token({ ...signingKey('known'), privateKey })
    expect(await outcome(api.verify(token))).toMatchObject({ code: 'ERR_SIGNATURE_INVALID' })
    expect(server.hits.keys).toBe(1)
  })
})
