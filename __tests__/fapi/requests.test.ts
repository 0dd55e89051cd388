/**
 * The duties of resource servers in the FAPI 2.0 Security Profile, over HTTP. docs/fapi.md names
 * these tests.
 */
import express from 'express'
import { exportJWK, SignJWT } from 'jose'
import { requireScopes, resourceServer } from 'express-resource-server'
import type { ResourceServer } from 'express-resource-server'
import { dpop } from 'express-resource-server/dpop'
import { createTestIssuer } from 'express-resource-server/testing'
import type { TestTokenOptions } from 'express-resource-server/testing'
import { Client as RawClient } from '../dpop/support/client.js'
import { start } from '../support/http.js'
import type { Answer, Running } from '../support/http.js'
import { newClient, newKey } from './support/client.js'
import type { Alg, Bound } from './support/client.js'
import { generatePair } from '../support/key-pairs.js'

const issuer = createTestIssuer()
const publicUrl = 'https://api.test'
const url = `${publicUrl}/orders`
const nowSeconds = () => Math.floor(Date.now() / 1000)

const serverWith = (options: object = {}): ResourceServer =>
  resourceServer({
    profile: 'fapi2',
    issuer: { issuer: issuer.issuer, jwks: issuer.jwks },
    audience: issuer.audience,
    confirmation: dpop({ publicUrl }),
    ...options,
  })

const running = (server: ResourceServer): Promise<Running> => {
  const app = express()
  app.use(express.urlencoded({ extended: false }), server)
  app.get('/orders', requireScopes('orders:read'), (req, res) => res.json(req.auth?.scheme))
  app.get('/anyone', (req, res) => res.json(req.auth?.scheme ?? 'anonymous'))
  app.post('/orders', (_req, res) => res.json('written'))
  return start(app)
}

let api: Running
let client: Bound

beforeAll(async () => {
  api = await running(serverWith())
  client = await newClient('ES256')
})

/** A token that is bound to the key of a client. */
const boundTo = ({ jkt }: Bound, claims: TestTokenOptions = {}): Promise<string> =>
  issuer.token({ key: 'ES256', scope: 'orders:read', cnf: { jkt }, ...claims })

interface Sent {
  readonly by?: Bound
  readonly to?: Running
  readonly scheme?: string
}

async function send(token: string, { by = client, to = api, scheme = 'DPoP' }: Sent = {}): Promise<Answer> {
  const headers = { authorization: `${scheme} ${token}`, dpop: await by.proof(token, url) }
  return to.ask({ path: '/orders', headers })
}

const outcome = ({ status, challenge }: Answer) => [status, challenge?.scheme, challenge?.parameters['error']]
const REFUSED = [401, 'DPoP', 'invalid_token']

describe('A token is accepted in the Authorization header only', () => {
  test.each(['DPoP', 'dpop', 'DPOP'])('in the scheme %s it is', async (scheme) => {
    const answer = await send(await boundTo(client), { scheme })
    expect([answer.status, answer.body]).toEqual([200, 'DPoP'])
  })

  test('in the query it is not read', async () => {
    const token = await boundTo(client)
    const dpopHeader = { dpop: await client.proof(token, url) }
    const answer = await api.ask({ path: `/orders?access_token=${token}`, headers: dpopHeader })
    expect(outcome(answer)).toEqual([401, 'DPoP', undefined])
  })

  test('in a form it is not read', async () => {
    const token = await boundTo(client)
    const answer = await api.ask({
      method: 'POST',
      path: '/orders',
      body: `access_token=${token}`,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        dpop: await client.proof(token, url, 'POST'),
      },
    })
    expect(outcome(answer)).toEqual([401, 'DPoP', undefined])
  })
})

describe('A token that is not valid is refused', () => {
  test.each<[string, TestTokenOptions]>([
    ['expired', { exp: nowSeconds() - 60 }],
    ['not valid yet', { nbf: nowSeconds() + 600 }],
    ['without an end', { exp: undefined }],
    ['for another API', { aud: 'https://elsewhere.test' }],
    ['by another issuer', { iss: 'https://elsewhere.test' }],
    ['of no type', { header: { typ: undefined } }],
    ['of another type', { header: { typ: 'JWT' } }],
    ['without a client', { client_id: undefined }],
    ['without an id', { jti: undefined }],
  ])('%s', async (_what, claims) => {
    expect(outcome(await send(await boundTo(client, claims)))).toEqual(REFUSED)
  })

  test('changed after it was signed', async () => {
    const [header, , signature] = (await boundTo(client)).split('.')
    const [, claims] = (await boundTo(client, { sub: 'somebody-else' })).split('.')
    expect(outcome(await send([header, claims, signature].join('.')))).toEqual(REFUSED)
  })
})

test('A token without the scope of the route is refused with insufficient_scope', async () => {
  const answer = await send(await boundTo(client, { scope: 'orders:write' }))
  expect(outcome(answer)).toEqual([403, 'DPoP', 'insufficient_scope'])
  expect(answer.challenge?.parameters['scope']).toBe('orders:read')
})

describe('Only bound tokens are accepted', () => {
  test.each<[string, TestTokenOptions, string]>([
    ['an unbound token as Bearer', { cnf: undefined }, 'Bearer'],
    ['an unbound token as DPoP', { cnf: undefined }, 'DPoP'],
    ['a token bound in no way at all', { cnf: {} }, 'DPoP'],
    ['a token bound in a way that is not configured', { cnf: { 'x5t#S256': 'A'.repeat(43) } }, 'Bearer'],
  ])('%s is refused', async (_what, claims, scheme) => {
    const answer = await send(await boundTo(client, claims), { scheme })
    expect(outcome(answer)).toEqual(REFUSED)
  })

  test('a bound token as Bearer is refused', async () => {
    expect(outcome(await send(await boundTo(client), { scheme: 'Bearer' }))).toEqual(REFUSED)
  })

  test('the challenge offers DPoP only, with the algorithms of the profile', async () => {
    const { status, challenge } = await api.ask({ path: '/orders' })
    expect([status, challenge?.scheme, challenge?.parameters['algs']]).toEqual([
      401,
      'DPoP',
      'PS256 ES256 Ed25519',
    ])
  })

  test('verify() refuses every token, as nobody shows a proof', async () => {
    const server = serverWith()
    for (const [cnf, code] of [
      [undefined, 'ERR_CONFIRMATION_MISSING'],
      [{ jkt: client.jkt }, 'ERR_CONFIRMATION_UNSUPPORTED'],
    ] as const) {
      await expect(server.verify(await boundTo(client, { cnf }))).rejects.toMatchObject({ code })
    }
  })
})

describe('A bound token needs a proof of its key', () => {
  test('without a proof it is refused', async () => {
    const headers = { authorization: `DPoP ${await boundTo(client)}` }
    expect(outcome(await api.ask({ path: '/orders', headers }))).toEqual([401, 'DPoP', 'invalid_dpop_proof'])
  })

  test('with a proof of another client it is refused', async () => {
    expect(outcome(await send(await boundTo(client), { by: await newClient('ES256') }))).toEqual(REFUSED)
  })

  test('a proof is good once', async () => {
    const token = await boundTo(client)
    const headers = { authorization: `DPoP ${token}`, dpop: await client.proof(token, url) }
    expect((await api.ask({ path: '/orders', headers })).status).toBe(200)
    expect(outcome(await api.ask({ path: '/orders', headers }))).toEqual([401, 'DPoP', 'invalid_dpop_proof'])
  })

  test('remembered tokens need proofs too', async () => {
    const token = await boundTo(client)
    for (let i = 0; i < 3; i++) expect((await send(token)).status).toBe(200)
    const bare = await api.ask({ path: '/orders', headers: { authorization: `DPoP ${token}` } })
    expect(bare.status).toBe(401)
  })
})

describe('Tokens are signed with PS256, ES256 or Ed25519', () => {
  test.each(['PS256', 'ES256', 'Ed25519'] as const)('%s is accepted', async (key) => {
    expect((await send(await boundTo(client, { key }))).status).toBe(200)
  })

  test('EdDSA with Ed25519 is accepted', async () => {
    const token = await boundTo(client, { key: 'Ed25519', header: { alg: 'EdDSA' } })
    expect((await send(token)).status).toBe(200)
  })
})

describe('Other algorithms and curves are refused', () => {
  test.each(['RS256', 'RS384', 'RS512', 'PS384', 'PS512', 'ES384', 'ES512', 'ES256K', 'Ed448'] as const)(
    '%s, although the issuer publishes such a key',
    async (key) => {
      expect(outcome(await send(await boundTo(client, { key })))).toEqual(REFUSED)
    },
  )

  test('EdDSA with Ed448', async () => {
    const token = await boundTo(client, { key: 'Ed448', header: { alg: 'EdDSA' } })
    expect(outcome(await send(token))).toEqual(REFUSED)
  })
})

describe('A token without a signature, or with a secret one, is refused', () => {
  test.each(['none', 'None', 'HS256'])('%s', async (alg) => {
    const [, claims = ''] = (await boundTo(client)).split('.')
    const header = Buffer.from(JSON.stringify({ alg, typ: 'at+jwt' })).toString('base64url')
    for (const signature of ['', 'AAAA'])
      expect((await send(`${header}.${claims}.${signature}`)).status).toBe(401)
  })
})

describe('Proofs are signed with PS256, ES256 or Ed25519', () => {
  test.each<Alg>(['PS256', 'ES256', 'Ed25519', 'EdDSA'])('%s is accepted', async (alg) => {
    const by = await newClient(alg)
    expect((await send(await boundTo(by), { by })).status).toBe(200)
  })

  test.each<Alg>(['RS256', 'PS384', 'ES384', 'ES512'])('%s is refused', async (alg) => {
    const by = await newClient(alg)
    expect(outcome(await send(await boundTo(by), { by }))).toEqual([401, 'DPoP', 'invalid_dpop_proof'])
  })

  test('one method can serve a server without the profile, whose algorithms stay', async () => {
    const shared = dpop({ publicUrl })
    const [strict, usual] = await Promise.all([
      running(serverWith({ confirmation: shared })),
      running(serverWith({ confirmation: shared, profile: 'at+jwt' })),
    ])
    const by = await newClient('ES384')
    const token = await boundTo(by)
    expect((await send(token, { by, to: strict })).status).toBe(401)
    expect((await send(token, { by, to: usual })).status).toBe(200)
  })
})

describe('Short keys verify nothing', () => {
  const short = generatePair('rsa', { modulusLength: 1024 })

  test('of an issuer', async () => {
    const jwk = { ...(await exportJWK(short.publicKey)), alg: 'PS256' }
    const es256 = issuer.jwks.keys.find(({ alg }) => alg === 'ES256')
    const keys = { issuer: issuer.issuer, jwks: { keys: [jwk, es256] } }
    const to = await running(serverWith({ issuer: keys }))
    expect((await send(await boundTo(client), { to })).status).toBe(200)
    const token = await boundTo(client, { key: 'PS256', header: { kid: undefined } })
    expect(outcome(await send(token, { to }))).toEqual(REFUSED)
    expect(() => serverWith({ issuer: { issuer: issuer.issuer, jwks: { keys: [jwk] } } })).toThrow(
      'at least one public signature key',
    )
  })

  test('of a client', async () => {
    const by = new RawClient('RS256', 1024)
    const token = await issuer.token({ key: 'ES256', scope: 'orders:read', cnf: { jkt: by.thumbprint } })
    const proof = by.proof(token, 'GET', url, nowSeconds(), { header: { alg: 'PS256' } })
    const headers = { authorization: `DPoP ${token}`, dpop: proof }
    expect(outcome(await api.ask({ path: '/orders', headers }))).toEqual([401, 'DPoP', 'invalid_dpop_proof'])
  })
})

describe('Keys with one kid are told apart by kty, use and alg', () => {
  const claims = {
    iss: issuer.issuer,
    aud: issuer.audience,
    sub: 'user-1',
    client_id: 'client-1',
    scope: 'orders:read',
    jti: 'one',
  }

  test('each of them verifies its own tokens', async () => {
    const keys = await Promise.all((['PS256', 'ES256', 'Ed25519', 'PS256'] as const).map(newKey))
    const others = await Promise.all((['RS256', 'ES256'] as const).map(newKey))
    const [rs256, encrypting] = others.map(({ jwk }) => jwk)
    const jwks = {
      keys: [
        { ...encrypting, use: 'enc' },
        { ...rs256, alg: 'RS256' },
        ...keys.map(({ jwk, alg }) => ({ ...jwk, alg, use: 'sig' })),
      ].map((jwk) => ({ ...jwk, kid: 'same' })),
    }
    const to = await running(serverWith({ issuer: { issuer: issuer.issuer, jwks } }))
    const signedBy = ({ alg, privateKey }: (typeof keys)[number]): Promise<string> =>
      new SignJWT({ ...claims, cnf: { jkt: client.jkt } })
        .setProtectedHeader({ alg, kid: 'same', typ: 'at+jwt' })
        .setIssuedAt()
        .setExpirationTime('5m')
        .sign(privateKey)
    for (const key of keys) expect((await send(await signedBy(key), { to })).status).toBe(200)
    for (const key of others) expect((await send(await signedBy(key), { to })).status).toBe(401)
  })
})

describe('Other options keep the profile', () => {
  test('optional lets only requests without credentials pass', async () => {
    const to = await running(serverWith({ optional: true }))
    expect((await to.ask({ path: '/anyone' })).body).toBe('anonymous')
    expect((await to.ask({ path: '/orders' })).status).toBe(401)
    const unbound = await issuer.token({ key: 'ES256', scope: 'orders:read' })
    for (const path of ['/anyone', '/orders'])
      expect((await to.ask({ path, token: unbound })).status).toBe(401)
    expect((await send(await boundTo(client), { to })).status).toBe(200)
  })

  test('dangerouslyReportOnly gives an unbound token no principal', async () => {
    const warning = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const to = await running(serverWith({ dangerouslyReportOnly: true }))
    warning.mockRestore()
    const unbound = await issuer.token({ key: 'ES256', scope: 'orders:read' })
    expect((await to.ask({ path: '/anyone', token: unbound })).body).toBe('anonymous')
  })

  test('refusals: next refuses the same', async () => {
    const to = await running(serverWith({ refusals: 'next' }))
    const unbound = await issuer.token({ key: 'ES256', scope: 'orders:read' })
    expect((await to.ask({ path: '/anyone', token: unbound })).status).toBe(401)
  })
})

describe('An issuer of a resolver', () => {
  const { jwks } = issuer
  const own = { issuer: issuer.issuer, jwks }

  test('has the rules of the profile', async () => {
    const to = await running(serverWith({ issuer: () => own }))
    expect((await send(await boundTo(client), { to })).status).toBe(200)
    for (const claims of [
      { key: 'RS256' },
      { key: 'ES384' },
      { cnf: undefined },
      { header: { typ: 'JWT' } },
    ] as const) {
      expect(outcome(await send(await boundTo(client, claims), { to }))).toEqual(REFUSED)
    }
  })

  test('is not even looked up for a token of another algorithm or type', async () => {
    const resolve = jest.fn(() => own)
    const to = await running(serverWith({ issuer: resolve }))
    for (const claims of [{ key: 'RS256' }, { header: { typ: 'JWT' } }] as const)
      expect((await send(await boundTo(client, claims), { to })).status).toBe(401)
    expect(resolve).not.toHaveBeenCalled()
  })

  test.each<[string, object]>([
    ['a profile of its own', { ...own, profile: 'jwt' }],
    ['an algorithm that the profile forbids', { ...own, algorithms: ['ES256', 'RS256'] }],
    ['a secret', { issuer: issuer.issuer, secret: issuer.secret }],
  ])('with %s is a fault of the application, and no token passes', async (_what, answer) => {
    const server = serverWith({ issuer: () => answer })
    const token = await boundTo(client)
    const headers = { authorization: `DPoP ${token}`, dpop: await client.proof(token, url) }
    await expect(server.authenticate({ method: 'GET', url: '/orders', headers })).rejects.toMatchObject({
      status: 500,
      cause: { code: 'ERR_CONFIGURATION' },
    })
  })

  test.each<[string, object]>([
    ['repeat the profile', { ...own, profile: 'fapi2' }],
    ['have null for what it does not set', { ...own, profile: null, algorithms: null, secret: null }],
    ['have fewer algorithms', { ...own, algorithms: ['ES256'] }],
  ])('may %s', async (_what, answer) => {
    const to = await running(serverWith({ issuer: () => answer }))
    expect((await send(await boundTo(client), { to })).status).toBe(200)
    expect((await send(await boundTo(client, { key: 'RS256' }), { to })).status).toBe(401)
  })
})

test('Two servers in front of one route use up a proof of one method once', async () => {
  const shared = dpop({ publicUrl })
  const [first, second] = [shared, shared].map((confirmation) => serverWith({ confirmation }))
  const app = express().get('/orders', first!, second!, (_req, res) => res.json('both'))
  const to = await start(app)
  const token = await boundTo(client)
  const headers = { authorization: `DPoP ${token}`, dpop: await client.proof(token, url) }
  expect((await to.ask({ path: '/orders', headers })).status).toBe(200)
  expect((await to.ask({ path: '/orders', headers })).status).toBe(401)
})

test('With several issuers, each has the rules of the profile', async () => {
  const second = createTestIssuer({ issuer: 'https://second.test' })
  const to = await running(
    serverWith({
      issuer: [
        { issuer: issuer.issuer, jwks: issuer.jwks, algorithms: ['ES256'] },
        { issuer: second.issuer, jwks: second.jwks },
      ],
    }),
  )
  const by = (key: 'PS256' | 'RS256' | 'ES256') =>
    second.token({ key, scope: 'orders:read', cnf: { jkt: client.jkt } })
  expect((await send(await by('PS256'), { to })).status).toBe(200)
  expect((await send(await by('ES256'), { to })).status).toBe(200)
  expect((await send(await by('RS256'), { to })).status).toBe(401)
  expect((await send(await boundTo(client, { key: 'PS256' }), { to })).status).toBe(401)
})
