import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { inspect } from 'node:util'
import express from 'express'
import {
  requireAuthentication,
  requireClaim,
  requireRoles,
  requireScopes,
  resourceServer,
} from 'express-resource-server'
import type { ErrorCode, Handler, Hint, RefusedEvent, ResourceServerOptions } from 'express-resource-server'
import { dpop } from 'express-resource-server/dpop'
import { mtls } from 'express-resource-server/mtls'
import { createTestIssuer } from 'express-resource-server/testing'
import type { TestProofOptions, TestTokenOptions } from 'express-resource-server/testing'
import { plain, rowsOf, sectionOf } from '../docs/support/markdown.js'
import { hintsOfTheSource } from '../docs/support/source.js'
import { start } from '../support/http.js'
import type { Ask } from '../support/http.js'

const issuer = createTestIssuer()
const nowSeconds = Math.floor(Date.now() / 1000)
const closing: (() => Promise<void>)[] = []

afterAll(async () => {
  await Promise.all(closing.map((close) => close()))
})

interface Mistake {
  /** The mistake in the set-up or in the request. */
  readonly title: string
  readonly hint: Hint
  readonly status: number
  readonly code: ErrorCode
  readonly options?: Partial<ResourceServerOptions> | (() => Promise<Partial<ResourceServerOptions>>)
  readonly token: TestTokenOptions | (() => Promise<string>)
  /** The request, if it is not one with the token in the usual place. */
  readonly ask?: (token: string) => Ask | Promise<Ask>
  readonly guard?: Handler
}

/** Trusts an identifier other than the `iss` of the tokens. */
function trusting(identifier: string): Partial<ResourceServerOptions> {
  return { issuer: { issuer: identifier, jwks: issuer.jwks } }
}

function unknownIssuer(hint: Hint, title: string, [iss, trusted]: readonly [string, string]): Mistake {
  return { title, hint, status: 401, code: 'ERR_ISSUER_UNKNOWN', options: trusting(trusted), token: { iss } }
}

const PUBLIC_URL = 'https://api.test'
const client = issuer.dpop()

function wrongProof(hint: Hint, title: string, changes: TestProofOptions): Mistake {
  return {
    title,
    hint,
    status: 401,
    code: 'ERR_PROOF_INVALID',
    // Required, so that there is one challenge.
    options: { confirmation: dpop({ publicUrl: PUBLIC_URL, required: true }) },
    token: () => client.token({ scope: 'orders:read' }),
    ask: async (token) => {
      const proof = await client.proof('GET', `${PUBLIC_URL}/`, { token, ...changes })
      return { headers: { authorization: `DPoP ${token}`, dpop: proof } }
    },
  }
}

const TENANT = '7f4c5e1a-0000-4000-8000-0123456789ab'
const ENTRA_V1 = `https://sts.windows.net/${TENANT}/`
const ENTRA_V2 = `https://login.microsoftonline.com/${TENANT}/v2.0`

/**
 * Replaces the `nonce` in the header of a signed token, as Microsoft does with the tokens for
 * Graph.
 */
async function graphToken(): Promise<string> {
  const [header = '', ...rest] = (await issuer.token({ header: { nonce: 'hashed' } })).split('.')
  const shown = { ...(JSON.parse(Buffer.from(header, 'base64url').toString()) as object), nonce: 'plain' }
  return [Buffer.from(JSON.stringify(shown)).toString('base64url'), ...rest].join('.')
}

/** A request with these headers, which carries its token nowhere else. */
function sent(headers: (token: string) => Record<string, string>): (token: string) => Ask {
  return (token) => ({ headers: headers(token) })
}

function malformed(hint: Hint, title: string, authorization: (token: string) => string): Mistake {
  const ask = sent((token) => ({ authorization: authorization(token) }))
  return { title, hint, status: 400, code: 'ERR_CREDENTIALS_MALFORMED', token: {}, ask }
}

function missing(hint: Hint, title: string, ask: (token: string) => Ask): Mistake {
  return { title, hint, status: 401, code: 'ERR_CREDENTIALS_MISSING', token: {}, ask }
}

function otherAudience(hint: Hint, title: string, [aud, audience]: readonly [unknown, string]): Mistake {
  const token = { aud, client_id: undefined, azp: 'client-1' }
  return { title, hint, status: 401, code: 'ERR_AUDIENCE_MISMATCH', options: { audience }, token }
}

const role = { status: 403, code: 'ERR_ROLE_INSUFFICIENT', guard: requireRoles('clerk') } as const

/** An authorization server on loopback; the port is that of the identifier it should have. */
async function authorizationServer(metadata: object | undefined): Promise<string> {
  const running = await start((_req, res) => {
    if (metadata === undefined) res.writeHead(404).end()
    else res.setHeader('content-type', 'application/json').end(JSON.stringify(metadata))
  })
  return running.url
}

const bound = { cnf: { 'x5t#S256': 'ab'.repeat(32) } }

const MISTAKES: readonly Mistake[] = [
  unknownIssuer('issuer_trailing_slash', 'the issuer lacks the slash that tokens have at the end', [
    'https://tenant.test/',
    'https://tenant.test',
  ]),
  unknownIssuer('issuer_trailing_slash', 'the issuer has a slash at the end that tokens lack', [
    'https://tenant.test',
    'https://tenant.test/',
  ]),
  unknownIssuer('issuer_http', 'a proxy makes the issuer call itself http', [
    'http://tenant.test/realms/main',
    'https://tenant.test/realms/main',
  ]),
  unknownIssuer('issuer_case', 'the issuer is written in another case', [
    'https://tenant.test/Realms/Main',
    'https://tenant.test/realms/main',
  ]),
  unknownIssuer('issuer_local_name', 'the server is called localhost here and by its address there', [
    'http://localhost:8080/realms/main',
    'http://127.0.0.1:8080/realms/main',
  ]),
  unknownIssuer('issuer_local_name', 'the server is called by the name of its container', [
    'http://localhost:8080/realms/main',
    'http://keycloak:8080/realms/main',
  ]),
  unknownIssuer('issuer_local_name', 'the server is called by the IPv6 form of loopback', [
    'http://[::1]:8080',
    'http://localhost:8080',
  ]),
  unknownIssuer('issuer_other_entra_version', 'Entra ID issues v1.0 tokens, v2.0 is trusted', [
    ENTRA_V1,
    ENTRA_V2,
  ]),
  unknownIssuer('issuer_other_entra_version', 'Entra ID issues v2.0 tokens, v1.0 is trusted', [
    ENTRA_V2,
    ENTRA_V1,
  ]),
  unknownIssuer('issuer_same_host', 'the token is of another realm of the same server', [
    'https://tenant.test/realms/other',
    'https://tenant.test/realms/main',
  ]),
  {
    title: "the token's audience is its own client",
    hint: 'audience_is_client_id',
    status: 401,
    code: 'ERR_AUDIENCE_MISMATCH',
    token: { aud: 'client-1', client_id: 'client-1' },
  },
  {
    title: 'the audience lacks the slash that tokens have at the end',
    hint: 'audience_trailing_slash',
    status: 401,
    code: 'ERR_AUDIENCE_MISMATCH',
    token: { aud: `${issuer.audience}/` },
  },
  otherAudience('audience_http', 'the audience is https here and http in tokens', [
    'http://api.test',
    'https://api.test',
  ]),
  otherAudience('audience_case', 'the audience is written in another case', ['Orders-API', 'orders-api']),
  otherAudience('audience_local_name', 'the API is called localhost here and by its address there', [
    'http://127.0.0.1:3000',
    'http://localhost:3000',
  ]),
  otherAudience('audience_app_id_uri', 'Entra ID writes the id, and its URI is configured', [
    TENANT,
    `api://${TENANT}`,
  ]),
  otherAudience('audience_app_id_uri', 'Entra ID writes the URI, and the id is configured', [
    `api://${TENANT}`,
    TENANT,
  ]),
  otherAudience('audience_app_id_uri', 'the URI has the host of a Teams application', [
    `api://tab.example.com/${TENANT}`,
    TENANT,
  ]),
  otherAudience('audience_account', 'Keycloak has no mapper for the audience', ['account', 'orders-api']),
  otherAudience('audience_account', 'Keycloak has a mapper for another audience', [
    ['other-api', 'account'],
    'orders-api',
  ]),
  {
    title: 'the client sends an ID token of the code flow, which has no hash of an access token',
    hint: 'id_token',
    status: 401,
    code: 'ERR_AUDIENCE_MISMATCH',
    token: {
      aud: 'client-1',
      azp: 'client-1',
      scope: undefined,
      client_id: undefined,
      jti: undefined,
      email: 'alice@example.com',
      header: { typ: 'JWT' },
    },
  },
  {
    title: 'the client sends an ID token to an API of the at+jwt profile',
    hint: 'id_token',
    status: 401,
    code: 'ERR_TOKEN_TYPE',
    options: { profile: 'at+jwt' },
    token: { nonce: 'n', scope: undefined, client_id: undefined, header: { typ: 'JWT' } },
  },
  {
    title: 'the client and the API are one application, and the client sends its ID token',
    hint: 'id_token',
    status: 401,
    code: 'ERR_CLAIM_MISSING',
    options: { requiredClaims: ['azp'] },
    token: { scope: undefined, client_id: undefined, name: 'Jane Doe', header: { typ: 'JWT' } },
  },
  {
    title: 'the client did not say for which API it wants the token, so that it has no audience',
    hint: 'audience_missing',
    status: 401,
    code: 'ERR_CLAIM_MISSING',
    token: { aud: undefined },
  },
  {
    title: 'the client sends its ID token',
    hint: 'id_token',
    status: 401,
    code: 'ERR_NOT_AN_ACCESS_TOKEN',
    token: { at_hash: 'MTIzNDU2Nzg5MDEyMzQ1Ng', header: { typ: 'JWT' } },
  },
  {
    title: 'the authorization server issues opaque tokens',
    hint: 'opaque_token',
    status: 401,
    code: 'ERR_TOKEN_MALFORMED',
    token: () => Promise.resolve('2YotnFZFEjr1zCsicMWpAA'),
  },
  {
    title: 'the authorization server encrypts its tokens',
    hint: 'encrypted_token',
    status: 401,
    code: 'ERR_TOKEN_MALFORMED',
    token: () => Promise.resolve('eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..MTIzNDU2Nzg5MDEy.Y2lwaGVy.dGFn'),
  },
  {
    title: 'the token has two parts, because it is not signed',
    hint: 'unsigned_token',
    status: 401,
    code: 'ERR_TOKEN_MALFORMED',
    token: async () => (await issuer.token({ header: { alg: 'none' } })).split('.', 2).join('.'),
  },
  {
    title: 'the third part of the token is empty',
    hint: 'unsigned_token',
    status: 401,
    code: 'ERR_TOKEN_MALFORMED',
    token: async () => `${(await issuer.token()).split('.', 2).join('.')}.`,
  },
  {
    title: 'the token says alg: none',
    hint: 'unsigned_token',
    status: 401,
    code: 'ERR_ALGORITHM_NOT_ALLOWED',
    token: { header: { alg: 'None' } },
  },
  malformed('scheme_missing', 'the scheme is missing', (token) => token),
  malformed('scheme_colon', 'there is a colon behind the scheme', (token) => `Bearer: ${token}`),
  malformed('scheme_colon', 'there is a colon in place of the space', (token) => `bearer:${token}`),
  malformed('scheme_repeated', 'the scheme is there twice', (token) => `Bearer Bearer ${token}`),
  malformed(
    'scheme_repeated',
    'the scheme is there twice, in lower case',
    (token) => `Bearer bearer ${token}`,
  ),
  malformed('token_placeholder', 'the token is missing', () => 'Bearer'),
  malformed('token_placeholder', 'the client sends an object', () => 'Bearer [object Object]'),
  malformed('token_placeholder', 'a template was not filled in', () => 'Bearer {{token}}'),
  malformed('token_quoted', 'the token is in quotes', (token) => `Bearer "${token}"`),
  {
    title: 'the client has no token yet',
    hint: 'token_placeholder',
    status: 401,
    code: 'ERR_TOKEN_MALFORMED',
    token: () => Promise.resolve('undefined'),
  },
  missing(
    'scheme_other',
    'the client uses a scheme of its own',
    sent((token) => ({ authorization: `JWT ${token}` })),
  ),
  missing(
    'token_in_cookie',
    'the token is in a cookie',
    sent((token) => ({ cookie: `a=b; session=${token}` })),
  ),
  missing('token_in_body', 'the token is in the body, which is not asked for', (token) => ({
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ access_token: token }),
  })),
  missing('body_not_parsed', 'the token is in a form that nobody has read', (token) => ({
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `access_token=${token}`,
  })),
  missing('token_in_query', 'the token is in the query', (token) => ({ path: `/?access_token=${token}` })),
  missing(
    'token_in_other_header',
    'the token is in another header',
    sent((token) => ({ 'x-auth-token': token })),
  ),
  missing(
    'token_in_other_header',
    'a proxy has moved the token',
    sent((token) => ({ 'x-forwarded-authorization': `Bearer ${token}` })),
  ),
  {
    ...missing('token_in_cookie', 'the token is in a cookie, and a guard needs it', (token) => ({
      headers: { cookie: `session=${token}` },
    })),
    options: { optional: true },
    guard: requireAuthentication(),
  },
  {
    title: 'the clock of this machine is ahead, so that a new token is expired',
    hint: 'clock_skew',
    status: 401,
    code: 'ERR_TOKEN_EXPIRED',
    token: { exp: nowSeconds - 60 },
  },
  {
    title: 'the clock of this machine is behind, so that a new token is not valid yet',
    hint: 'clock_skew',
    status: 401,
    code: 'ERR_TOKEN_NOT_YET_VALID',
    token: { nbf: nowSeconds + 60 },
  },
  {
    title: 'the issuer writes times in milliseconds',
    hint: 'milliseconds',
    status: 401,
    code: 'ERR_CLAIM_INVALID',
    token: { exp: (nowSeconds + 300) * 1000 },
  },
  {
    title: 'the API is set to HS256 at the authorization server',
    hint: 'symmetric_algorithm',
    status: 401,
    code: 'ERR_ALGORITHM_NOT_ALLOWED',
    token: { key: 'HS256' },
  },
  {
    title: 'the API is set to HS256 at one of several issuers, another of which has a secret',
    hint: 'symmetric_algorithm',
    status: 401,
    code: 'ERR_ALGORITHM_NOT_ALLOWED',
    options: {
      issuer: [
        { issuer: issuer.issuer, jwks: issuer.jwks },
        { issuer: 'https://other.test', secret: issuer.secret },
      ],
    },
    token: { key: 'HS256' },
  },
  {
    title: 'the at+jwt profile is asked of an issuer that writes JWT',
    hint: 'typ_not_at_jwt',
    status: 401,
    code: 'ERR_TOKEN_TYPE',
    options: { profile: 'at+jwt' },
    token: { header: { typ: 'JWT' } },
  },
  {
    title: "the client sends Keycloak's refresh token, which Keycloak signs with a secret of its own",
    hint: 'refresh_token',
    status: 401,
    code: 'ERR_ALGORITHM_NOT_ALLOWED',
    token: { typ: 'Refresh', key: 'HS512', header: { typ: 'JWT' } },
  },
  {
    title: "the client sends Keycloak's offline token, and another issuer has a secret",
    hint: 'refresh_token',
    status: 401,
    code: 'ERR_ALGORITHM_NOT_ALLOWED',
    options: {
      algorithms: ['RS256', 'HS512'],
      issuer: [
        { issuer: issuer.issuer, jwks: issuer.jwks },
        { issuer: 'https://other.test', secret: issuer.secret },
      ],
    },
    token: { typ: 'Offline', key: 'HS512', header: { typ: 'JWT' } },
  },
  {
    title: 'the client sends a refresh token that is signed like an access token',
    hint: 'refresh_token',
    status: 401,
    code: 'ERR_NOT_AN_ACCESS_TOKEN',
    token: { typ: 'Refresh', header: { typ: 'JWT' } },
  },
  {
    title: "the token is for Microsoft Graph, whose tokens have Entra's issuer of version 1",
    hint: 'microsoft_graph_token',
    status: 401,
    code: 'ERR_ISSUER_UNKNOWN',
    options: trusting(ENTRA_V2),
    token: { iss: ENTRA_V1, aud: '00000003-0000-0000-c000-000000000000', header: { nonce: 'n' } },
  },
  {
    title: 'the token is for Microsoft Graph, and a resolver knows no issuer of version 1',
    hint: 'microsoft_graph_token',
    status: 401,
    code: 'ERR_ISSUER_UNKNOWN',
    options: { issuer: () => undefined },
    token: { iss: ENTRA_V1, aud: 'https://graph.microsoft.com', header: { nonce: 'n' } },
  },
  {
    title: 'the token is for Microsoft Graph and of the trusted issuer',
    hint: 'microsoft_graph_token',
    status: 401,
    code: 'ERR_AUDIENCE_MISMATCH',
    token: { aud: 'https://graph.microsoft.com/' },
  },
  {
    title: 'the token is one for Microsoft Graph',
    hint: 'microsoft_graph_token',
    status: 401,
    code: 'ERR_SIGNATURE_INVALID',
    token: graphToken,
  },
  {
    title: 'the scopes are in permissions, which is not looked at',
    hint: 'scope_in_permissions',
    status: 403,
    code: 'ERR_SCOPE_INSUFFICIENT',
    token: { scope: 'openid', permissions: ['orders:read'] },
  },
  {
    title: 'the scopes are among the roles, as Entra ID writes those of applications',
    hint: 'scope_elsewhere',
    status: 403,
    code: 'ERR_SCOPE_INSUFFICIENT',
    token: { scope: undefined, roles: ['orders:read'] },
  },
  {
    title: 'a machine has roles of other names and no scopes, as at Entra ID',
    hint: 'scope_elsewhere',
    status: 403,
    code: 'ERR_SCOPE_INSUFFICIENT',
    token: { scope: undefined, roles: ['Orders.Read.All'] },
  },
  {
    title: 'the scopes are text in a claim of another name',
    hint: 'scope_elsewhere',
    status: 403,
    code: 'ERR_SCOPE_INSUFFICIENT',
    token: { scope: 'openid', 'https://example.com/scopes': 'orders:write orders:read' },
  },
  {
    ...role,
    title: 'Keycloak writes the roles',
    hint: 'role_elsewhere',
    token: { realm_access: { roles: ['clerk'] } },
  },
  {
    ...role,
    title: 'roles are groups',
    hint: 'role_elsewhere',
    token: { 'cognito:groups': ['clerk'], roles: ['a'] },
  },
  {
    ...role,
    title: 'roles are the members of an object',
    hint: 'role_elsewhere',
    token: { 'urn:zitadel:iam:org:project:roles': { clerk: { 1: 'acme' } } },
  },
  {
    ...role,
    title: 'the path to the roles is an array of two names, which are two alternatives',
    hint: 'claim_path_flattened',
    options: { roles: ['realm_access', 'roles'] },
    token: { realm_access: { roles: ['clerk'] } },
  },
  {
    ...role,
    title: 'the path to the roles is written with a dot',
    hint: 'claim_path_flattened',
    options: { roles: 'realm_access.roles' },
    token: { realm_access: { roles: ['clerk'] } },
  },
  {
    title: 'the path to the scopes is an array of two names',
    hint: 'claim_path_flattened',
    status: 403,
    code: 'ERR_SCOPE_INSUFFICIENT',
    options: { scopes: ['grants', 'scopes'] },
    token: { grants: { scopes: ['orders:read'] } },
  },
  {
    title: 'the path to a claim is written with a dot',
    hint: 'claim_path_flattened',
    status: 403,
    code: 'ERR_CLAIM_INSUFFICIENT',
    guard: requireClaim('address.country', 'NL'),
    token: { address: { country: 'NL' } },
  },
  {
    title: 'the issuer writes the hash of a certificate in hexadecimal',
    hint: 'thumbprint_hex',
    status: 401,
    code: 'ERR_CONFIRMATION_MISMATCH',
    // The shortest value in DER: an empty sequence.
    options: { confirmation: mtls({ certificate: () => Buffer.from([0x30, 0]) }) },
    token: bound,
  },
  {
    title: "the proxy's address is not in from",
    hint: 'proxy_not_trusted',
    status: 401,
    code: 'ERR_CERTIFICATE_MISSING',
    options: { confirmation: mtls({ header: { name: 'x-cert', format: 'pem', from: '10.0.0.1' } }) },
    token: bound,
    ask: (token) => ({ token, headers: { 'x-cert': 'x' } }),
  },
  wrongProof('proof_other_method', 'the client uses one proof for two methods', { htm: 'POST' }),
  wrongProof('proof_other_method', 'the client writes the method in lower case', { htm: 'get' }),
  wrongProof('proof_other_url', 'publicUrl has another host than the client', { htu: 'http://localhost/' }),
  wrongProof('proof_other_url', 'the path that a proxy strips is not in publicUrl', {
    htu: `${PUBLIC_URL}/v1/`,
  }),
  wrongProof('proof_other_url', 'htu is not a URL', { htu: '/' }),
  wrongProof('proof_other_token', 'the proof was made for the token before', { ath: 'x'.repeat(43) }),
  wrongProof('proof_other_token', 'the proof has no ath', { ath: undefined }),
  wrongProof('clock_skew', "the client's clock is slow", { iat: nowSeconds - 200 }),
  wrongProof('clock_skew', "the client's clock is fast", { iat: nowSeconds + 200 }),
  wrongProof('clock_skew', 'the proof is valid from some minutes on', { nbf: nowSeconds + 200 }),
  wrongProof('clock_skew', 'the proof ended some minutes ago', { exp: nowSeconds - 200 }),
  wrongProof('milliseconds', 'the client writes iat in milliseconds', { iat: nowSeconds * 1000 }),
  {
    title: 'the issuer has no metadata at either well-known place',
    hint: 'discovery_not_found',
    status: 503,
    code: 'ERR_KEYS_UNAVAILABLE',
    options: async () => ({ issuer: await authorizationServer(undefined) }),
    token: {},
  },
  {
    title: 'the metadata at the issuer names another issuer',
    hint: 'discovery_issuer_mismatch',
    status: 503,
    code: 'ERR_KEYS_UNAVAILABLE',
    options: async () => ({
      issuer: await authorizationServer({
        issuer: 'https://{tenantid}.test',
        jwks_uri: 'https://a.test/jwks',
      }),
    }),
    token: {},
  },
]

interface Seen {
  readonly error: unknown
  readonly event: RefusedEvent | undefined
  readonly answer: Awaited<ReturnType<Awaited<ReturnType<typeof start>>['ask']>>
}

/** What the error handler, the channel and the client see of one refused request. */
async function makeMistake(mistake: Mistake, refusals: 'next' | 'respond'): Promise<Seen> {
  const changes = typeof mistake.options === 'function' ? await mistake.options() : mistake.options
  const options = { ...issuer.options, ...changes, refusals }
  const trusted = typeof options.issuer === 'string' ? options.issuer : undefined
  const token =
    typeof mistake.token === 'function'
      ? await mistake.token()
      : await issuer.token({ scope: 'orders:read', ...(trusted && { iss: trusted }), ...mistake.token })
  let error: unknown
  const events: RefusedEvent[] = []
  const listen = (message: unknown): void => void events.push(message as RefusedEvent)
  const api = resourceServer(options)
  const handleError: express.ErrorRequestHandler = (thrown, _req, res, _next) => {
    error = thrown
    res.status(thrown.status).json({ error: thrown.error, error_description: thrown.description })
  }
  const app = express()
    .use(express.json(), api)
    .use(mistake.guard ?? requireScopes('orders:read'), (_req, res) => res.json('reached'))
    .use(handleError)
  subscribe('express-resource-server:refused', listen)
  try {
    const answer = await (await start(app)).ask((await mistake.ask?.(token)) ?? { token })
    return { error, event: events[0], answer }
  } finally {
    unsubscribe('express-resource-server:refused', listen)
    api.close()
  }
}

/** `invalid_token` does not count as `id_token`. */
function word(hint: Hint): RegExp {
  return new RegExp(`\\b${hint}\\b`)
}

describe.each(MISTAKES.map((mistake) => [mistake.hint, mistake.title, mistake] as const))(
  '%s: when %s',
  (hint, _title, mistake) => {
    const { code, status } = mistake

    test('the error that an error handler gets has the hint', async () => {
      const { error, answer } = await makeMistake(mistake, 'next')
      expect(error).toMatchObject({ code, status, hint })
      expect(answer.status).toBe(status)
    })

    test('the diagnostics channel has the hint', async () => {
      const { event } = await makeMistake(mistake, 'respond')
      expect(event).toMatchObject({ code, status, hint, isReportOnly: false })
    })

    test.each(['respond', 'next'] as const)(
      'the client does not see the hint, with refusals: %s',
      async (by) => {
        const { answer } = await makeMistake(mistake, by)
        expect(answer.status).toBe(status)
        expect(JSON.stringify(answer.headers) + answer.text).not.toMatch(word(hint))
      },
    )

    test('neither the message of the error nor its description has the hint', async () => {
      const { error } = await makeMistake(mistake, 'next')
      const { message, description } = error as { message: string; description: string }
      expect(message + description).not.toMatch(word(hint))
    })
  },
)

describe('Hints', () => {
  test('have a test each', () => {
    expect(new Set(MISTAKES.map(({ hint }) => hint))).toEqual(new Set(hintsOfTheSource()))
  })

  test('come with the codes that the documentation says', () => {
    const documented = rowsOf(sectionOf('docs/errors.md', 'Hints')).flatMap((row) =>
      plain(row['with'] ?? '')
        .split(', ')
        .map((code) => `${plain(row['hint'] ?? '')} with ${code}`),
    )
    expect(new Set(MISTAKES.map(({ hint, code }) => `${hint} with ${code}`))).toEqual(new Set(documented))
  })

  test.each([
    ['a good token without the scope', { scope: 'openid' }],
    ['a token with a role, and other scopes', { scope: 'openid', roles: ['clerk'] }],
    ['a token with a role, and an empty scope', { scope: '', roles: ['clerk'] }],
    ['a token with neither scopes nor roles', { scope: undefined }],
    ['a token that expired long ago', { exp: nowSeconds - 86_400 }],
    ['an issuer that has nothing in common with the trusted one', { iss: 'https://elsewhere.test' }],
    ['an issuer that is no string', { iss: 1 }],
    ['an audience that has nothing in common with the right one', { aud: 'https://elsewhere.test' }],
    ['a claim of the wrong type', { sub: 1 }],
    ['a subject that is called like the scope', { scope: 'openid', sub: 'orders:read', name: 'orders:read' }],
  ])('are not guessed for %s', async (title, claims) => {
    const { error } = await makeMistake(
      { title, hint: 'id_token', status: 401, code: 'ERR_INTERNAL', token: claims },
      'next',
    )
    expect(error).toHaveProperty('code')
    expect((error as { hint?: Hint }).hint).toBeUndefined()
  })

  test.each<[string, Ask]>([
    ['a request without anything', {}],
    ['a request with other cookies', { headers: { cookie: 'theme=dark; access=1' } }],
    ['a JSON body', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"a":"b"}' }],
    ['a query', { path: '/?page=2' }],
  ])('are not guessed for %s', async (title, ask) => {
    const { error } = await makeMistake(
      missing('token_in_body', title, () => ask),
      'next',
    )
    expect(error).toMatchObject({ code: 'ERR_CREDENTIALS_MISSING', hint: undefined })
  })

  test('are not guessed for a role that the token does not have', async () => {
    const { error } = await makeMistake(
      {
        ...role,
        title: '',
        hint: 'role_elsewhere',
        token: { sub: 'clerk', name: 'clerk', roles: ['other'] },
      },
      'next',
    )
    expect(error).toMatchObject({ code: role.code, hint: undefined })
  })

  test('hold nothing of the token', async () => {
    const mistake = MISTAKES.find(({ hint }) => hint === 'audience_trailing_slash')
    const { error, event } = await makeMistake(mistake!, 'next')
    expect(inspect([error, event], { depth: null })).not.toContain(issuer.audience)
  })
})
