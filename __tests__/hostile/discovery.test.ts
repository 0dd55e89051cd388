import { resourceServer } from 'express-resource-server'
import type { FetchFunction, ResourceServerOptions } from 'express-resource-server'
import { HANGS_LATER } from '../support/key-harness.js'
import { faults } from '../support/key-server.js'
import { TestClock } from '../support/test-clock.js'
import { describeCases } from './support/cases.js'
import { jwk, pairOf, publishedKeys, World } from './support/world.js'
import { discoveryCases } from './tables/discovery.js'

describeCases('the metadata', discoveryCases)

let w: World
const clock = new TestClock()
beforeAll(async () => {
  w = await World.open({ clock })
})
afterAll(() => w.close())

const HTTPS = 'https://as.example'

/** An https origin, simulated by a `fetch` function. */
function playing(documents: Record<string, unknown>): { asked: string[]; fetch: FetchFunction } {
  const asked: string[] = []
  return {
    asked,
    fetch: (url) => {
      asked.push(url)
      const found = documents[url]
      return Promise.resolve(found === undefined ? new Response(null, { status: 404 }) : Response.json(found))
    },
  }
}

test('metadata over https cannot lead to plain http → 503 [DSC-005]', async () => {
  const { asked, fetch } = playing({
    [`${HTTPS}/.well-known/openid-configuration`]: { issuer: HTTPS, jwks_uri: 'http://as.example/jwks' },
    [`${HTTPS}/.well-known/oauth-authorization-server`]: { issuer: HTTPS, jwks_uri: 'http://127.0.0.1/jwks' },
  })
  const api = resourceServer(w.options({ issuer: HTTPS, fetch }))
  await expect(api.verify(w.token({ claims: { iss: HTTPS } }))).rejects.toMatchObject({ status: 503 })
  expect(asked.filter((url) => !url.startsWith(HTTPS))).toEqual([])
})

test.each([
  ['the form of RFC 8414', 'DSC-008', `${HTTPS}/.well-known/oauth-authorization-server/tenant1`],
  ['the form of OpenID Connect', 'DSC-009', `${HTTPS}/tenant1/.well-known/openid-configuration`],
])('an issuer with a path is found in %s alone → 200 [%s]', async (_what, _ids, url) => {
  const issuer = `${HTTPS}/tenant1`
  const { fetch } = playing({
    [url]: { issuer, jwks_uri: `${HTTPS}/jwks` },
    [`${HTTPS}/jwks`]: { keys: publishedKeys() },
  })
  const api = resourceServer(w.options({ issuer, fetch }))
  expect((await api.verify(w.token({ claims: { iss: issuer } }))).issuer).toBe(issuer)
})

test.each([
  'https://u:p@as.example',
  'https://u@as.example',
  `${HTTPS}?x`,
  `${HTTPS}#x`,
  'http://as.example',
  'as.example',
  'file:///x',
  'https://',
])('the issuer %s → throws [DSC-011]', (issuer) => {
  expect(() => resourceServer({ issuer, audience: 'x' })).toThrow('issuer')
})

test('a failure of discovery is tried again → 200 [DSC-014]', async () => {
  let isDown = true
  const metadataUrl = w.publish((res) => {
    if (isDown) res.writeHead(500).end()
    else w.as.json(res, w.as.metadataDocument)
  })
  const path = await w.mount({ issuer: { issuer: w.issuer, metadataUrl } })
  const status = async () => (await w.backend.ask({ path, token: w.token() })).status
  expect(await status()).toBe(503)
  isDown = false
  clock.advance(6)
  expect(await status()).toBe(200)
})

test('a jwks_uri that changes replaces the keys → 200 [DSC-016]', async () => {
  const urls = [
    w.publish((res) => w.as.json(res, { keys: [jwk('rs1')] })),
    w.publish((res) => w.as.json(res, { keys: [jwk('rs2')] })),
  ]
  let current = urls[0]
  const metadataUrl = w.publish((res) => w.as.json(res, { issuer: w.issuer, jwks_uri: current }))
  const path = await w.mount({ issuer: { issuer: w.issuer, metadataUrl }, keys: { ttlSeconds: 300 } })
  const claims = { exp: w.nowSeconds() + 86_400 }
  const [old, fresh] = [
    w.token({ claims }),
    w.token({ claims, header: { kid: 'rs2' }, key: pairOf('rs2').privateKey }),
  ]
  const status = async (token: string) => (await w.backend.ask({ path, token })).status
  expect(await status(old)).toBe(200)
  current = urls[1]
  clock.advance(301)
  expect([await status(old), await status(fresh)]).toEqual([401, 200])
})

describe('issuers that a resolver adds', () => {
  /** The answer to a token of an issuer whose keys a resolver finds at that URL. */
  const answerBy = async (jwksUri: string, changes: Partial<ResourceServerOptions>): Promise<number> => {
    const issuer = w.issuer
    const api = resourceServer(w.options({ ...changes, issuer: () => ({ issuer, jwksUri }) }))
    const status = await api.verify(w.token()).then(
      () => 200,
      (error: unknown) => (error as { status: number }).status,
    )
    api.close()
    return status
  }
  const within = { dangerouslyAllowPrivateAddresses: true }

  test('the address that is connected to is the one that was checked → 503 [DSC-018]', async () => {
    const http = { dangerouslyAllowInsecureHttp: true }
    let hits = 0
    const publish = (): string =>
      w
        .publish((res) => {
          hits++
          w.as.json(res, { keys: publishedKeys() })
        })
        .replace('127.0.0.1', 'localhost')
    expect([await answerBy(publish(), http), hits]).toEqual([503, 0])
    expect([await answerBy(publish(), { ...http, ...within }), hits]).toEqual([200, 1])
  })

  test.each([
    '127.0.0.1',
    '10.0.0.1',
    '169.254.169.254',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[64:ff9b::7f00:1]',
    '[fe80::1]',
    '[fc00::1]',
    '0.0.0.0',
    '100.64.0.1',
    '192.168.1.1',
    '[::]',
    '224.0.0.1',
    '255.255.255.255',
  ])('%s is refused as a host', async (host) => {
    const jwksUri = `https://${host}/jwks`
    const { asked, fetch } = playing({ [new URL(jwksUri).href]: { keys: publishedKeys() } })
    expect([await answerBy(jwksUri, { fetch }), asked]).toEqual([503, []])
    expect(await answerBy(jwksUri, { fetch, ...within })).toBe(200)
  })
})

test('one dead issuer does not harm a living one beside it', async () => {
  const dead = w.publish(faults.hang)
  const path = await w.mount({
    issuer: [w.issuer, { issuer: HTTPS, jwksUri: dead }],
    keys: HANGS_LATER,
  })
  const pending = w.backend.ask({ path, token: w.token({ claims: { iss: HTTPS } }) })
  expect((await w.backend.ask({ path, token: w.token() })).status).toBe(200)
  expect((await pending).status).toBe(503)
})
