/**
 * A client that knows the URL of the API only: oauth4webapi, a strict reader, finds the metadata, gets
 * tokens from a real authorization server, and understands every challenge.
 */
import express from 'express'
import * as oauth from 'oauth4webapi'
import {
  allOf,
  requireAuthentication,
  requireAuthorizationDetails,
  requireScopes,
  resourceServer,
} from 'express-resource-server'
import { dpop } from 'express-resource-server/dpop'
import { protectedResource } from 'express-resource-server/metadata'
import { createTestIssuer } from 'express-resource-server/testing'
import { run } from '../demo/support/child.js'
import type { Child } from '../demo/support/child.js'
import { start } from '../support/http.js'
import type { Running } from '../support/http.js'

const REDIRECT_URI = 'http://127.0.0.1/callback'
// The servers of this test have no certificates.
// eslint-disable-next-line @typescript-eslint/no-deprecated
const INSECURE = { [oauth.allowInsecureRequests]: true }

let authorizationServer: Child
let issuer: string
let api: Running
let resource: URL

beforeAll(async () => {
  authorizationServer = run('__tests__/metadata/support/login-server.ts')
  issuer = (await authorizationServer.until(/^issuer (\S+)$/m))[1] ?? ''
  const app = express()
  api = await start((req, res) => void app(req, res))
  resource = new URL(`${api.url}/api`)
  const metadata = protectedResource({
    resource: resource.href,
    authorizationServers: issuer,
    scopesSupported: 'read',
    authorizationDetailsTypesSupported: 'payment',
  })
  const payment = requireAuthorizationDetails('payment', ({ amount }) => Number(amount) <= 100)
  app.use(resourceServer({ issuer, resourceMetadata: metadata, challengeScopes: ['read'] }))
  app.get('/api', requireScopes('read'), (req, res) => res.json(req.auth?.subject))
  app.get(
    '/api/transfer',
    allOf(requireScopes('read'), requireAuthentication({ acrValues: ['urn:mfa'], maxAgeSeconds: 300 })),
    (req, res) => res.json(req.auth?.claims['acr']),
  )
  app.get('/api/payment', payment, (_req, res) => res.json('paid'))
  app.get(
    '/api/payments/:creditor/:amount',
    requireAuthorizationDetails('payment', ({ amount, creditor }, { params }: express.Request) => {
      return creditor === params['creditor'] && Number(params['amount']) <= Number(amount)
    }),
    (req, res) => res.json(`paid by ${req.auth?.subject}`),
  )
})
afterAll(async () => authorizationServer.interrupt())

/** Rejects with the challenges of an answer. */
async function call(path: string, token: string): Promise<unknown> {
  const url = new URL(`${resource.href}${path}`)
  const response = await oauth.protectedResourceRequest(token, 'GET', url, undefined, undefined, INSECURE)
  return response.json()
}

/** Of an answer with or without challenges. */
async function statusOf(path: string, token: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}` }
  return (await fetch(`${resource.href}${path}`, { headers })).status
}

async function challengesOf(attempt: Promise<unknown>): Promise<readonly oauth.WWWAuthenticateChallenge[]> {
  const error: unknown = await attempt.catch((thrown: unknown) => thrown)
  if (error instanceof oauth.WWWAuthenticateChallengeError) return error.cause
  throw new Error('There is no challenge that oauth4webapi understands', { cause: error })
}

async function discover(identifier = resource): Promise<oauth.AuthorizationServer> {
  const response = await oauth.resourceDiscoveryRequest(identifier, INSECURE)
  const { authorization_servers: [first = ''] = [] } = await oauth.processResourceDiscoveryResponse(
    identifier,
    response,
  )
  const found = await oauth.discoveryRequest(new URL(first), INSECURE)
  return oauth.processDiscoveryResponse(new URL(first), found)
}

/** Follows redirects with cookies, as a browser whose user logs in at once. */
async function authorize(
  as: oauth.AuthorizationServer,
  parameters: Readonly<Record<string, string>>,
  cookies: Map<string, string>,
): Promise<URL> {
  let url = new URL(as.authorization_endpoint ?? '')
  url.search = String(new URLSearchParams(parameters))
  while (!url.href.startsWith(REDIRECT_URI)) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, { redirect: 'manual', headers: { cookie } })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      cookies.set(name, value)
    }
    const location = response.headers.get('location')
    if (location === null) throw new Error(`${response.status}: ${await response.text()}`)
    url = new URL(location, url)
  }
  return url
}

async function login(
  as: oauth.AuthorizationServer,
  wishes: Readonly<Record<string, string>>,
  cookies: Map<string, string> = new Map(),
): Promise<string> {
  const client = { client_id: 'app' }
  const verifier = oauth.generateRandomCodeVerifier()
  const parameters = {
    client_id: 'app',
    response_type: 'code',
    redirect_uri: REDIRECT_URI,
    resource: resource.href,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...wishes,
  }
  const callback = await authorize(as, parameters, cookies)
  const code = oauth.validateAuthResponse(as, client, callback, oauth.skipStateCheck)
  const response = await oauth.authorizationCodeGrantRequest(
    as,
    client,
    oauth.None(),
    code,
    REDIRECT_URI,
    verifier,
    INSECURE,
  )
  return (await oauth.processAuthorizationCodeResponse(as, client, response)).access_token
}

test('A client gets from a 401 to the metadata, a login, and the API', async () => {
  const [challenge] = await challengesOf(call('', 'unknown.token.here'))
  expect(challenge?.scheme).toBe('bearer')
  expect(challenge?.parameters.resource_metadata).toBe(`${api.url}/.well-known/oauth-protected-resource/api`)
  const as = await discover()
  expect(as.issuer).toBe(issuer)
  const token = await login(as, { scope: challenge?.parameters.scope ?? '' })
  expect(await call('', token)).toBe('ann')
})

test('A step-up leads from 401 with acr_values, through a stronger login, to 200', async () => {
  const as = await discover()
  const session = new Map<string, string>()
  const weak = await login(as, { scope: 'openid read' }, session)
  expect(await call('', weak)).toBe('ann')
  const [challenge] = await challengesOf(call('/transfer', weak))
  expect(challenge?.parameters).toMatchObject({
    error: 'insufficient_user_authentication',
    acr_values: 'urn:mfa',
    max_age: '300',
  })
  // Another token of the same login does not help.
  const again = await login(as, { scope: 'openid read' }, session)
  expect(await statusOf('/transfer', again)).toBe(401)
  const { acr_values = '', max_age = '' } = challenge?.parameters ?? {}
  // oidc-provider knows acr_values of OpenID Connect only.
  const strong = await login(as, { scope: 'openid read', acr_values, max_age }, session)
  expect(await call('/transfer', strong)).toBe('urn:mfa')
})

test('Rich authorization by code: the user agrees to details, which let one request pass and refuse others', async () => {
  const as = await discover()
  const detail = (amount: number) => [{ type: 'payment', amount, creditor: 'bob' }]
  const token = await login(as, { scope: 'read', authorization_details: JSON.stringify(detail(45)) })
  expect(await call('/payments/bob/45', token)).toBe('paid by ann')
  expect(await statusOf('/payments/bob/46', token)).toBe(403)
  expect(await statusOf('/payments/eve/45', token)).toBe(403)
  // The user agreed to less than the client requested.
  const reduced = await login(as, { scope: 'read', authorization_details: JSON.stringify(detail(500)) })
  expect(await call('/payments/bob/100', reduced)).toBe('paid by ann')
  expect(await statusOf('/payments/bob/500', reduced)).toBe(403)
  const without = await login(as, { scope: 'read' })
  expect(await statusOf('/payments/bob/45', without)).toBe(403)
  expect(await call('', without)).toBe('ann')
})

test('Rich authorization by client credentials: the details decide', async () => {
  const as = await discover()
  const client = { client_id: 'machine' }
  const tokenFor = async (details: readonly object[]): Promise<string> => {
    const response = await oauth.clientCredentialsGrantRequest(
      as,
      client,
      oauth.ClientSecretPost('a secret of the machine'),
      { resource: resource.href, authorization_details: JSON.stringify(details) },
      INSECURE,
    )
    return (await oauth.processClientCredentialsResponse(as, client, response)).access_token
  }
  expect(await call('/payment', await tokenFor([{ type: 'payment', amount: 50 }]))).toBe('paid')
  expect(await statusOf('/payment', await tokenFor([{ type: 'payment', amount: 500 }]))).toBe(403)
})

test.each([
  ['http://{host}', 'http://{host}'],
  ['http://{host}', 'http://{host}/'],
  ['http://{host}/', 'http://{host}'],
  ['http://{host}/a/b', 'http://{host}/a/b'],
  ['http://{host}/a/', 'http://{host}/a/'],
])('oauth4webapi finds the document of %s by %s', async (configured, known) => {
  const app = express()
  const { port } = await start((req, res) => void app(req, res))
  const [identifier = '', wanted = ''] = [configured, known].map((each) =>
    each.replace('{host}', `127.0.0.1:${port}`),
  )
  const metadata = protectedResource({
    resource: identifier,
    authorizationServers: ['https://a.test/', 'https://b.test'],
    scopesSupported: ['a'],
    bearerMethodsSupported: ['header', 'body', 'query'],
    jwksUri: 'https://a.test/jwks',
    localized: { de: { resourceName: 'Aufträge' } },
    otherMembers: { x: { y: [1] } },
  })
  app.use(metadata)
  const response = await oauth.resourceDiscoveryRequest(new URL(wanted), INSECURE)
  const found = await oauth.processResourceDiscoveryResponse(new URL(wanted), response)
  expect(found).toMatchObject({
    resource: identifier,
    authorization_servers: ['https://a.test/', 'https://b.test'],
    'resource_name#de': 'Aufträge',
  })
})

describe('oauth4webapi reads every challenge', () => {
  const testIssuer = createTestIssuer({ audience: 'http://localhost/api' })
  const metadata = protectedResource({
    resource: 'http://localhost/api',
    authorizationServers: testIssuer.issuer,
  })
  const plain = { issuer: testIssuer.options.issuer, resourceMetadata: metadata }
  const guards = {
    scope: requireScopes('a', 'b'),
    login: requireAuthentication({ acrValues: ['x', 'y'], maxAgeSeconds: 60 }),
    all: allOf(requireScopes('a'), requireAuthentication({ acrValues: ['x'] })),
  }
  const servers = {
    plain: resourceServer(plain),
    verbose: resourceServer({ ...plain, realm: 'a "b", \\c=', challengeScopes: ['a', 'b'] }),
    dpop: resourceServer({ ...plain, confirmation: dpop({ publicUrl: 'http://localhost' }) }),
  }
  const credentials = {
    none: undefined,
    malformed: 'Bearer a b',
    bad: 'Bearer a.b.c',
    unbound: 'DPoP a.b.c',
    good: 'good',
  }
  const rows = Object.entries(servers).flatMap(([server, handler]) =>
    Object.entries(guards).flatMap(([guard, check]) =>
      Object.entries(credentials).map(([name, value]) => ({
        title: `${server}, ${guard}, ${name}`,
        handler,
        check,
        value,
      })),
    ),
  )

  test.each(rows)('$title', async ({ handler, check, value }) => {
    const { url } = await start(express().use(handler, check))
    const authorization = value === 'good' ? `Bearer ${await testIssuer.token()}` : value
    const response = await fetch(url, { headers: authorization === undefined ? {} : { authorization } })
    expect([400, 401, 403]).toContain(response.status)
    // The function that reads challenges is private, so that a failed request has to show them.
    const challenges = await challengesOf(
      oauth.protectedResourceRequest('a', 'GET', new URL(url), undefined, undefined, {
        ...INSECURE,
        [oauth.customFetch]: async () => new Response(response.body, response),
      }),
    )
    expect(challenges[0]?.scheme).toBe('bearer')
    for (const { parameters } of challenges) expect(parameters.resource_metadata).toBe(metadata.url)
  })
})
