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
  const [header = '', ...rest] = (await issuer.token({ iss: ENTRA_V1, header: { nonce: 'hashed' } })).split(
    '.',
  )
  const shown = { ...(JSON.parse(Buffer.from(header, 'base64url').toString()) as object), nonce: 'plain' }
  return [Buffer.from(JSON.stringify(shown)).toString('base64url'), ...rest].join('.')
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
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
async function authorizationServer(metadata: unknown): Promise<string> {
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
  unknownIssuer('issuer_local_name', 'this machine is trusted, and the token names a container', [
    'http://keycloak:8080/realms/main',
    'http://localhost:8080/realms/main',
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
  unknownIssuer('issuer_same_host', 'the token is of another realm of the same container', [
    'http://keycloak:8080/realms/other',
    'http://keycloak:8080/realms/main',
  ]),
  unknownIssuer('issuer_same_host', 'the token is of another realm of this machine', [
    'http://127.0.0.1:8080/realms/other',
    'http://localhost:8080/realms/main',
  ]),
  unknownIssuer('issuer_same_host', 'the issuer is a host without https', [
    'accounts.test',
    'https://accounts.test',
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
  {
    title: 'the token has a nonce, and would be accepted without the slash',
    hint: 'audience_trailing_slash',
    status: 401,
    code: 'ERR_AUDIENCE_MISMATCH',
    token: { aud: `${issuer.audience}/`, nonce: 'n', scope: undefined, client_id: undefined },
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
  otherAudience('audience_local_name', 'the API is called by the name of its container there', [
    'http://orders:3000',
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
  otherAudience('audience_app_id_uri', 'the id is a name', ['orders', 'api://orders']),
  {
    title: 'the client sends an ID token with a nonce and an id to an API of another name',
    hint: 'id_token',
    status: 401,
    code: 'ERR_AUDIENCE_MISMATCH',
    token: { aud: 'client-1', nonce: 'n', scope: undefined, client_id: undefined },
  },
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
    title: 'tokens are meant for a client, and the client sends its ID token',
    hint: 'id_token',
    status: 401,
    code: 'ERR_CLAIM_MISSING',
    options: { issuer: { issuer: issuer.issuer, jwks: issuer.jwks, audienceClaim: 'client_id' } },
    token: { scope: undefined, client_id: undefined, email: 'a@b.test', header: { typ: 'JWT' } },
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
    title: 'a token has two parts, of which the first is JSON without alg',
    hint: 'opaque_token',
    status: 401,
    code: 'ERR_TOKEN_MALFORMED',
    token: () => Promise.resolve(`${base64url({ uid: 1 })}.c2lnbmF0dXJl`),
  },
  {
    title: 'the third part of the token is empty',
    hint: 'unsigned_token',
    status: 401,
    code: 'ERR_TOKEN_MALFORMED',
    token: async () => `${(await issuer.token()).split('.', 2).join('.')}.`,
  },
  {
    title: 'only the header of the token arrives',
    hint: 'unsigned_token',
    status: 401,
    code: 'ERR_TOKEN_MALFORMED',
    token: async () => (await issuer.token()).split('.', 1).join(''),
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
  malformed('token_placeholder', 'a shell variable is in single quotes', () => 'Bearer $ACCESS_TOKEN'),
  malformed('token_placeholder', 'a variable of PowerShell is in single quotes', () => 'Bearer $env:TOKEN'),
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
    'scheme_other',
    'a proxy asks for a password of its own',
    sent(() => ({ authorization: 'Basic dTpw' })),
  ),
  missing(
    'token_in_other_header',
    'a proxy sends a password of its own, and the token beside it',
    sent((token) => ({ authorization: 'Basic dTpw', 'x-forwarded-access-token': token })),
  ),
  missing(
    'token_in_other_header',
    'a proxy makes a header of its cookie',
    sent((token) => ({ cookie: `proxy=${token}`, 'x-assertion': token })),
  ),
  missing(
    'scheme_other',
    'the client uses a scheme of its own, beside a cookie with another token',
    sent((token) => ({ authorization: `JWT ${token}`, cookie: `session=${token}` })),
  ),
  missing(
    'token_in_cookie',
    'the token is in a cookie that was encoded',
    sent((token) => ({ cookie: `session=%7B%22token%22%3A%22${token}%22%7D` })),
  ),
  missing('token_in_body', 'the body has a JWT under another name', (token) => ({
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  })),
  missing('token_in_query', 'the query has a JWT under another name', (token) => ({
    path: `/?jwt=${token}`,
  })),
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
  missing(
    'token_in_cookie',
    'the token is in a cookie behind its scheme',
    sent((token) => ({ cookie: `a=Bearer%20${token}` })),
  ),
  missing(
    'token_in_cookie',
    'an opaque token is in a cookie with its name',
    sent(() => ({ cookie: 'access_token=2YotnFZFEjr1zCsicMWpAA' })),
  ),
  missing(
    'token_in_cookie',
    'an opaque token is in a cookie with its name and the prefix of hosts',
    sent(() => ({ cookie: 'a=b; __Host-access_token=2YotnFZFEjr1zCsicMWpAA' })),
  ),
  {
    ...missing(
      'token_in_other_header',
      'the token is in the Authorization header, which is not read',
      sent((token) => ({ authorization: `Bearer ${token}` })),
    ),
    options: { acceptTokenFrom: { header: 'x-token' } },
  },
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
    token: { nbf: nowSeconds + 200 },
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
    title: 'the client sends a refresh token to an API of the at+jwt profile',
    hint: 'refresh_token',
    status: 401,
    code: 'ERR_TOKEN_TYPE',
    options: { profile: 'at+jwt' },
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
    options: trusting(ENTRA_V1),
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
    title: 'a role is true in an object of permissions',
    hint: 'role_elsewhere',
    token: { 'https://example.com/permissions': { clerk: true } },
  },
  {
    ...role,
    title: 'a role is a claim of its own, as in custom claims of Firebase',
    hint: 'role_elsewhere',
    token: { clerk: true },
  },
  {
    ...role,
    title: 'Keycloak writes the roles of a client',
    hint: 'role_elsewhere',
    token: { resource_access: { 'orders-api': { roles: ['clerk'] } } },
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
  wrongProof('clock_skew', "the client's clock is slow", { iat: nowSeconds - 120 }),
  wrongProof('clock_skew', "the client's clock is fast", { iat: nowSeconds + 200 }),
  wrongProof('clock_skew', 'the proof is valid from some minutes on', { nbf: nowSeconds + 200 }),
  wrongProof('clock_skew', 'the proof ended some minutes ago', { exp: nowSeconds - 120 }),
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
    let seen: Readonly<Record<'next' | 'respond', Seen>>

    beforeAll(async () => {
      seen = { next: await makeMistake(mistake, 'next'), respond: await makeMistake(mistake, 'respond') }
    })

    test('the error that an error handler gets has the hint', () => {
      const { error, answer } = seen.next
      expect(error).toMatchObject({ code, status, hint })
      expect(answer.status).toBe(status)
    })

    test('the diagnostics channel has the hint', () => {
      expect(seen.respond.event).toMatchObject({ code, status, hint, isReportOnly: false })
    })

    test.each(['respond', 'next'] as const)('the client does not see the hint, with refusals: %s', (by) => {
      const { answer } = seen[by]
      expect(answer.status).toBe(status)
      expect(JSON.stringify(answer.headers) + answer.text).not.toMatch(word(hint))
    })

    test('neither the message of the error nor its description has the hint', () => {
      const { message, description } = seen.next.error as { message: string; description: string }
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
    ['a query with a cursor of JSON', { path: `/?page_token=${base64url({ offset: 10 })}` }],
    ['a query with another token', { path: '/?jwt=&reset_token=a.b.c&access_token=' }],
    ['a JWT in the path', { path: `/${base64url({ alg: 'ES256' })}.e30.c2ln` }],
    [
      'a JSON body with another token',
      { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"token":"reset-abc"}' },
    ],
    ['a cookie that was emptied', { headers: { cookie: 'access_token=; a=b' } }],
    ['a proof without its token', { headers: { dpop: `${base64url({ alg: 'ES256' })}.e30.c2ln` } }],
    ['a header of JSON', { headers: { 'x-ms-client-principal': base64url({ auth_typ: 'aad' }) } }],
    [
      'a cookie that holds a session',
      { headers: { cookie: `session=${base64url({ views: 1 })}=; session.sig=a` } },
    ],
    ['a signed session', { headers: { cookie: `session=${base64url({ views: 1 })}.ZxYz.c2ln` } }],
    [
      'a cookie against forgery',
      { headers: { cookie: `XSRF-TOKEN=${base64url({ iv: 'a' })}%3D; token=abc123` } },
    ],
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

  test.each<[string, string, string]>([
    ['two names that are not URLs', 'bob', 'joe'],
    ['two names with a hyphen', 'other-app', 'my-app'],
    ['two containers', 'http://hydra:8080/realms/main', 'http://keycloak:8080/realms/main'],
    ['two containers with other paths', 'http://hydra:8080/b', 'http://keycloak:8080/a'],
    ['this machine and a container with another path', 'http://localhost:8080/b', 'http://keycloak:8080/a'],
    ['a name, and a container of another name', 'bob', 'http://joe'],
    ['a name, and this machine', 'bob', 'http://localhost'],
  ])('are not guessed for the issuers of %s', async (title, iss, trusted) => {
    const { error } = await makeMistake(unknownIssuer('issuer_same_host', title, [iss, trusted]), 'next')
    expect(error).toMatchObject({ code: 'ERR_ISSUER_UNKNOWN', hint: undefined })
  })

  test.each<[string, string, string]>([
    ['two containers', 'http://payments:3000', 'http://orders:3000'],
    ['two containers with the usual port', 'http://payments', 'http://orders'],
    ['two environments', 'api://dev/orders', 'api://prod/orders'],
    ['a name, and a URI that ends with it', 'orders', 'api://prod/orders'],
    ['two URIs that end with a slash', 'api://x/', 'api://y/'],
  ])('are not guessed for the audiences of %s', async (title, aud, audience) => {
    const { error } = await makeMistake(otherAudience('audience_local_name', title, [aud, audience]), 'next')
    expect(error).toMatchObject({ code: 'ERR_AUDIENCE_MISMATCH', hint: undefined })
  })

  test.each<[string, ResourceServerOptions['acceptTokenFrom']]>([
    ['another header', { header: 'x-token' }],
    ['the body', 'body'],
    ['the query', 'query'],
    ['a function', () => undefined],
  ])('do not call Bearer another scheme if only %s is read', async (title, acceptTokenFrom) => {
    const mistake = missing('scheme_other', title, (token) => ({ token }))
    const { error } = await makeMistake(
      { ...mistake, options: { acceptTokenFrom: acceptTokenFrom! } },
      'next',
    )
    expect(error).toMatchObject({ code: 'ERR_CREDENTIALS_MISSING', hint: 'token_in_other_header' })
    const opaque = { ...mistake, token: () => Promise.resolve('opaque') }
    const seen = await makeMistake({ ...opaque, options: { acceptTokenFrom: acceptTokenFrom! } }, 'next')
    expect(seen.error).toMatchObject({ code: 'ERR_CREDENTIALS_MISSING', hint: undefined })
  })

  test.each<[string, (token: string) => string]>([
    ['a tab', (token) => `Bearer\t${token}`],
    ['another space', (token) => `Bearer\u00a0${token}`],
    ['a comma at the end', (token) => `Bearer ${token},`],
    ['an escaped line break at the end', (token) => `Bearer ${token}%0A`],
    ['a token between brackets', (token) => `Bearer <${token}>`],
    ['the whole answer of a token endpoint', () => 'Bearer {"access_token":"abc"}'],
    ['escaped quotes', (token) => `Bearer %22${token}%22`],
    ['two tokens and no scheme', (token) => `${token},${token}`],
    ['JSON and no scheme', () => base64url({ views: 1 })],
  ])('are not guessed for a header with %s', async (title, authorization) => {
    const { error } = await makeMistake(malformed('scheme_missing', title, authorization), 'next')
    expect(error).toMatchObject({ code: 'ERR_CREDENTIALS_MALFORMED', hint: undefined })
  })

  test.each<[string, (token: string) => string]>([
    ['four parts', (token) => `${token}.c2ln`],
    ['six parts', (token) => `${token}.c2ln.c2ln.c2ln`],
  ])('are not guessed for a token of %s', async (title, change) => {
    const token = async (): Promise<string> => change(await issuer.token())
    const mistake = { title, hint: 'opaque_token', status: 401, code: 'ERR_TOKEN_MALFORMED', token } as const
    const { error } = await makeMistake(mistake, 'next')
    expect(error).toMatchObject({ code: 'ERR_TOKEN_MALFORMED', hint: undefined })
  })

  test('do not call five parts of something else encrypted', async () => {
    const token = (): Promise<string> => Promise.resolve('v4.local.a.b.c')
    const mistake = {
      title: '',
      hint: 'opaque_token',
      status: 401,
      code: 'ERR_TOKEN_MALFORMED',
      token,
    } as const
    const { error } = await makeMistake(mistake, 'next')
    expect(error).toMatchObject({ code: 'ERR_TOKEN_MALFORMED', hint: 'opaque_token' })
  })

  test.each(['dpop+jwt', 'logout+jwt', 'kb+jwt'])('are not guessed for a token of type %s', async (typ) => {
    const mistake = { title: '', hint: 'typ_not_at_jwt', status: 401, code: 'ERR_TOKEN_TYPE' } as const
    const token = { scope: undefined, client_id: undefined, nonce: 'n', header: { typ } }
    const { error } = await makeMistake({ ...mistake, token, options: { profile: 'at+jwt' } }, 'next')
    expect(error).toMatchObject({ code: 'ERR_TOKEN_TYPE', hint: undefined })
  })

  test.each<[string, Partial<ResourceServerOptions>, TestTokenOptions]>([
    ['ID tokens are what clients send', { audience: 'client-1' }, { aud: 'client-2' }],
    ['the audience is a URL, which is no client', {}, { aud: 'https://other.test/jobs' }],
    ['the audience is a path', {}, { aud: '/projects/1/apps/2' }],
  ])('do not ask for access tokens where %s', async (title, options, claims) => {
    const trusted = { issuer: issuer.issuer, jwks: issuer.jwks }
    const marks = options.audience === undefined ? {} : { idTokenMarks: {} }
    const token = { scope: undefined, client_id: undefined, email: 'a@b.test', ...claims }
    const { error } = await makeMistake(
      {
        ...{ title, hint: 'id_token', status: 401, code: 'ERR_AUDIENCE_MISMATCH', token },
        options: { ...options, issuer: { ...trusted, ...marks } },
      },
      'next',
    )
    expect(error).toMatchObject({ code: 'ERR_AUDIENCE_MISMATCH', hint: undefined })
  })

  test('do not miss an audience where only the claim that replaces it is missing', async () => {
    const { error } = await makeMistake(
      {
        ...{ title: '', hint: 'audience_missing', status: 401, code: 'ERR_CLAIM_MISSING' },
        options: { issuer: { issuer: issuer.issuer, jwks: issuer.jwks, audienceClaim: 'tenant' } },
        token: {},
      },
      'next',
    )
    expect(error).toMatchObject({ code: 'ERR_CLAIM_MISSING', hint: undefined })
  })

  test.each<[string, unknown]>([
    ['null', null],
    ['an array', []],
    ['an empty object', {}],
    ['an issuer that is null', { issuer: null, jwks_uri: 'https://a.test/jwks' }],
  ])('are not guessed for metadata that is %s', async (title, metadata) => {
    const { error } = await makeMistake(
      {
        ...{ title, hint: 'discovery_issuer_mismatch', status: 503, code: 'ERR_KEYS_UNAVAILABLE' },
        options: async () => ({ issuer: await authorizationServer(metadata) }),
        token: {},
      },
      'next',
    )
    expect(error).toMatchObject({
      code: 'ERR_KEYS_UNAVAILABLE',
      hint: undefined,
      cause: { problem: 'not_metadata' },
    })
  })

  test('are not guessed for a forged token with a nonce in its header', async () => {
    const forged = await createTestIssuer({ issuer: issuer.issuer }).token({ header: { nonce: 'n' } })
    const { error } = await makeMistake(
      {
        title: '',
        hint: 'microsoft_graph_token',
        status: 401,
        code: 'ERR_SIGNATURE_INVALID',
        token: () => Promise.resolve(forged),
      },
      'next',
    )
    expect(error).toMatchObject({ code: 'ERR_SIGNATURE_INVALID', hint: undefined })
  })

  test.each<[string, TestTokenOptions]>([
    ['Supabase', { aud: 'authenticated', role: 'authenticated', session_id: 'a' }],
    ['Cloudflare Access', { aud: ['b'], type: 'app', identity_nonce: 'a' }],
    ['Clerk', { aud: 'b', sid: 'a', fva: [7, -1] }],
  ])('do not call the access tokens of %s ID tokens', async (title, claims) => {
    const token = { scope: undefined, client_id: undefined, jti: undefined, email: 'a@b.test', ...claims }
    const mistake = { title, hint: 'id_token', status: 401, code: 'ERR_AUDIENCE_MISMATCH', token } as const
    const { error } = await makeMistake(mistake, 'next')
    expect(error).toMatchObject({ code: 'ERR_AUDIENCE_MISMATCH', hint: undefined })
    const strict = {
      ...mistake,
      options: { profile: 'at+jwt' },
      token: { ...token, header: { typ: 'JWT' } },
    } as const
    const seen = await makeMistake(strict, 'next')
    expect(seen.error).toMatchObject({ code: 'ERR_TOKEN_TYPE', hint: 'typ_not_at_jwt' })
  })

  test.each<[string, TestTokenOptions, Partial<ResourceServerOptions>?]>([
    ['a flag that is false', { flags: { clerk: false } }],
    ['a claim of that name that is false', { clerk: false }],
    ['a claim of that name that is text', { clerk: 'Jane Doe' }],
    ['a role that is false', { roles_of_app: { clerk: false } }],
    ['the name of the actor', { act: { sub: 'clerk' } }],
    ['a role of the actor', { act: { sub: 'a', roles: ['clerk'] } }],
    ['an audience', { aud: [issuer.audience, 'clerk'] }],
    ['the name of a user', { user: { name: 'clerk' } }],
    ['an allowed origin', { 'allowed-origins': ['clerk'] }],
    ['the name of a client of Keycloak', { resource_access: { clerk: { roles: ['view'] } } }],
    ['a kind of identity', { firebase: { identities: { clerk: ['a'] } } }],
    [
      'a path as an array, which holds other roles',
      { realm_access: { roles: ['a'] } },
      { roles: ['realm_access', 'roles'] },
    ],
    [
      'a path with a dot, which holds other roles',
      { realm_access: { roles: ['a'] } },
      { roles: 'realm_access.roles' },
    ],
  ])('are not guessed for a missing role and %s', async (title, token, options = {}) => {
    const { error } = await makeMistake({ ...role, title, hint: 'role_elsewhere', token, options }, 'next')
    expect(error).toMatchObject({ code: role.code, hint: undefined })
  })

  test.each<[string, TestTokenOptions, Partial<ResourceServerOptions>?]>([
    ['a feature that is off', { features: { 'orders:read': false } }],
    ['a permission that is off', { permissions: { 'orders:read': false } }],
    ['a kind of identity', { firebase: { identities: { 'orders:read': ['a'] } } }],
    ['a path to other scopes', { grants: { scopes: ['other'] } }, { scopes: ['grants', 'scopes'] }],
  ])('are not guessed for a missing scope and %s', async (title, claims, options = {}) => {
    const mistake = { title, hint: 'scope_elsewhere', status: 403, code: 'ERR_SCOPE_INSUFFICIENT' } as const
    const { error } = await makeMistake(
      { ...mistake, token: { scope: 'openid', ...claims }, options },
      'next',
    )
    expect(error).toMatchObject({ code: 'ERR_SCOPE_INSUFFICIENT', hint: undefined })
  })

  test('are not guessed for a path to another value of a claim', async () => {
    const mistake = MISTAKES.find(({ code }) => code === 'ERR_CLAIM_INSUFFICIENT')
    const { error } = await makeMistake({ ...mistake!, token: { address: { country: 'BE' } } }, 'next')
    expect(error).toMatchObject({ code: 'ERR_CLAIM_INSUFFICIENT', hint: undefined })
  })

  test('hold nothing of the token', async () => {
    const mistake = MISTAKES.find(({ hint }) => hint === 'audience_trailing_slash')
    const { error, event } = await makeMistake(mistake!, 'next')
    expect(inspect([error, event], { depth: null })).not.toContain(issuer.audience)
  })
})
