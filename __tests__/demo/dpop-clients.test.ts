/** DPoP as its users have it: tokens of oidc-provider, sent by oauth4webapi and openid-client, with and without nonces. */
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { parseChallenges } from '../support/challenges.js'
import type { Child } from './support/child.js'
import { PATIENCE_MS, run } from './support/child.js'
import type { DpopApi } from './support/dpop-api.js'
import { serveApi } from './support/dpop-api.js'
import { API, APP, MACHINE, PERSON, REDIRECT_URI, SCOPE } from './support/dpop-names.js'
import { signIn } from './support/sign-in.js'

jest.setTimeout(PATIENCE_MS)

/** How a client gets a token, and sends requests with it. */
interface Session {
  readonly token: string
  call(url: string): Promise<Response>
}

// eslint-disable-next-line @typescript-eslint/no-deprecated -- that is how the clients mark it as unsafe
const onLoopback = { [oauth.allowInsecureRequests]: true }
const grants = ['client credentials', 'a code'] as const
type Grant = (typeof grants)[number]

let provider: Child
let issuer: string
const apis: DpopApi[] = []

async function startApi(nonce?: { secret: string; windowSeconds?: number }): Promise<DpopApi> {
  const api = await serveApi(issuer, nonce)
  apis.push(api)
  return api
}

beforeAll(async () => {
  provider = run('__tests__/demo/support/dpop-provider.ts')
  ;[, issuer = ''] = await provider.until(/^issuer (\S+)$/m)
})

afterAll(async () => {
  for (const api of apis) api.close()
  await provider.interrupt()
})

/** Repeats a request once, with the nonce that the handle took from the error. */
async function withNonce<T>(send: () => Promise<T>): Promise<T> {
  try {
    return await send()
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error
    return send()
  }
}

async function metadataOf(): Promise<oauth.AuthorizationServer> {
  const url = new URL(issuer)
  return oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, onLoopback))
}

async function withOauth4webapi(grant: Grant): Promise<Session> {
  const server = await metadataOf()
  const client: oauth.Client = { client_id: grant === 'a code' ? APP.id : MACHINE.id }
  const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))
  const { access_token: token } =
    grant === 'a code' ? await redeemed(server, client, DPoP) : await granted(server, client, DPoP)
  const call = (url: string) =>
    oauth.protectedResourceRequest(token, 'GET', new URL(url), undefined, undefined, { DPoP, ...onLoopback })
  return { token, call: (url) => withNonce(() => call(url)) }
}

function granted(server: oauth.AuthorizationServer, client: oauth.Client, DPoP: oauth.DPoPHandle) {
  return withNonce(async () => {
    const authentication = oauth.ClientSecretBasic(MACHINE.secret)
    const parameters = new URLSearchParams({ resource: API, scope: SCOPE })
    const options = { DPoP, ...onLoopback }
    const response = await oauth.clientCredentialsGrantRequest(
      server,
      client,
      authentication,
      parameters,
      options,
    )
    return oauth.processClientCredentialsResponse(server, client, response)
  })
}

async function redeemed(server: oauth.AuthorizationServer, client: oauth.Client, DPoP: oauth.DPoPHandle) {
  const verifier = oauth.generateRandomCodeVerifier()
  const url = new URL(server.authorization_endpoint ?? '')
  url.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: REDIRECT_URI,
    response_type: 'code',
    scope: `openid ${SCOPE}`,
    resource: API,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  }).toString()
  const answer = oauth.validateAuthResponse(server, client, await signIn(url, REDIRECT_URI))
  return withNonce(async () => {
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      oauth.None(),
      answer,
      REDIRECT_URI,
      verifier,
      { DPoP, ...onLoopback },
    )
    return oauth.processAuthorizationCodeResponse(server, client, response)
  })
}

async function withOpenidClient(grant: Grant): Promise<Session> {
  const isCode = grant === 'a code'
  const authentication = isCode ? openid.None() : openid.ClientSecretBasic(MACHINE.secret)
  const config = await openid.discovery(new URL(issuer), isCode ? APP.id : MACHINE.id, {}, authentication, {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- that is how the clients mark it as unsafe
    execute: [openid.allowInsecureRequests],
  })
  const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair())
  const wanted = { resource: API, scope: isCode ? `openid ${SCOPE}` : SCOPE }
  const { access_token: token } = isCode
    ? await redeemedBy(config, wanted, DPoP)
    : await openid.clientCredentialsGrant(config, wanted, { DPoP })
  return {
    token,
    call: (url) =>
      openid.fetchProtectedResource(config, token, new URL(url), 'GET', undefined, undefined, { DPoP }),
  }
}

async function redeemedBy(config: openid.Configuration, wanted: object, DPoP: openid.DPoPHandle) {
  const pkceCodeVerifier = openid.randomPKCECodeVerifier()
  const url = openid.buildAuthorizationUrl(config, {
    ...wanted,
    redirect_uri: REDIRECT_URI,
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  })
  const answer = await signIn(url, REDIRECT_URI)
  return openid.authorizationCodeGrant(config, answer, { pkceCodeVerifier }, undefined, { DPoP })
}

const clients = { oauth4webapi: withOauth4webapi, 'openid-client': withOpenidClient }
const nonces = { 'without nonces': undefined, 'with nonces': { secret: 's'.repeat(32) } }

const cases = Object.entries(clients).flatMap(([client, connect]) =>
  grants.flatMap((grant) =>
    Object.entries(nonces).map(([mode, nonce]) => [client, grant, mode, connect, nonce] as const),
  ),
)

test.each(cases)('%s with a token for %s calls an API %s', async (_client, grant, _mode, connect, nonce) => {
  const api = await startApi(nonce)
  const session = await connect(grant)

  const first = await session.call(`${api.url}/orders?page=1`)
  const more = [await session.call(`${api.url}/orders/a%20b`), await session.call(`${api.url}/`)]

  const subject = grant === 'a code' ? PERSON : MACHINE.id
  expect(await first.json()).toMatchObject({ scheme: 'DPoP', subject })
  expect(more.map(({ status }) => status)).toEqual([200, 200])
  // Only the first request needs a second attempt: the clients keep the nonce.
  expect(api.statuses()).toEqual(nonce === undefined ? [200, 200, 200] : [401, 200, 200, 200])
})

test.each(Object.entries(clients))(
  '%s follows to the next nonce before the last one ends',
  async (_, connect) => {
    let now = Date.now()
    const clock = { epochMs: () => now }
    const api = await serveApi(issuer, { secret: 's'.repeat(32), windowSeconds: 10 }, clock)
    apis.push(api)
    const session = await connect('client credentials')
    for (let i = 0; i < 4; i++) {
      expect((await session.call(api.url)).status).toBe(200)
      now += 11_000
    }
    expect(api.statuses()).toEqual([401, 200, 200, 200, 200])
  },
)

describe('challenges', () => {
  async function challengesOf(call: () => Promise<Response>): Promise<unknown> {
    const error: unknown = await call().catch((thrown: unknown) => thrown)
    if (!(error instanceof oauth.WWWAuthenticateChallengeError)) throw error
    return error.cause.map(({ scheme, parameters }) => [scheme, parameters.error])
  }

  test('oauth4webapi reads both, and the error in that of the scheme used', async () => {
    const api = await startApi()
    const { token } = await withOauth4webapi('client credentials')
    const stranger = oauth.DPoP({}, await oauth.generateKeyPair('ES256'))
    const url = new URL(api.url)
    const send = (bearer: string, options = {}) =>
      oauth.protectedResourceRequest(bearer, 'GET', url, undefined, undefined, { ...onLoopback, ...options })

    expect(await challengesOf(() => send(token))).toEqual([
      ['bearer', 'invalid_token'],
      ['dpop', undefined],
    ])
    expect(await challengesOf(() => send(token, { DPoP: stranger }))).toEqual([
      ['bearer', undefined],
      ['dpop', 'invalid_token'],
    ])
  })

  test('name the algorithms of proofs, which the client can sign with', async () => {
    const api = await startApi()
    const answer = await fetch(api.url)
    const [, challenge] = parseChallenges(answer.headers.get('www-authenticate') ?? '')
    expect([challenge?.scheme, challenge?.parameters['algs']?.split(' ')]).toEqual([
      'DPoP',
      expect.arrayContaining(['ES256', 'Ed25519', 'PS256', 'RS256']),
    ])
  })
})

test('a proof that was caught on its way is refused, and so is one for another path', async () => {
  const api = await startApi()
  const { token } = await withOauth4webapi('client credentials')
  const client: oauth.Client = { client_id: MACHINE.id }
  const headers: Headers[] = []
  const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))
  const own = (await withNonce(async () => granted(await metadataOf(), client, DPoP))).access_token
  await oauth.protectedResourceRequest(own, 'GET', new URL(api.url), undefined, undefined, {
    DPoP,
    ...onLoopback,
    [oauth.customFetch]: (url: string, init: { headers: Record<string, string> }) => {
      headers.push(new Headers(init.headers))
      return fetch(url, init)
    },
  })
  const [caught = new Headers()] = headers
  expect(api.statuses()).toEqual([200])
  expect((await fetch(api.url, { headers: caught })).status).toBe(401)
  expect((await fetch(`${api.url}/other`, { headers: caught })).status).toBe(401)
  caught.set('authorization', `DPoP ${token}`)
  expect((await fetch(api.url, { headers: caught })).status).toBe(401)
})
