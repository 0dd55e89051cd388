/**
 * What must and must not compile about options, requests and errors. Nothing here runs: the
 * compiler reads it.
 */
import type { IncomingMessage } from 'node:http'
import express from 'express'
import type { Request } from 'express'
import type { JSONWebKeySet } from 'jose'
import {
  ForbiddenError,
  ResourceServerError,
  resourceServer,
  UnauthorizedError,
} from 'express-resource-server'
import { dpop } from 'express-resource-server/dpop'
import { jwe } from 'express-resource-server/jwe'
import { protectedResource } from 'express-resource-server/metadata'
import type { ProtectedResourceOptions } from 'express-resource-server/metadata'
import { auth0, cognito, entra, entraTenants } from 'express-resource-server/providers'
import { createTestIssuer } from 'express-resource-server/testing'
import type {
  AlgorithmName,
  ErrorCode,
  IssuerOptions,
  Principal,
  ResourceRequest,
  ResourceServerOptions,
} from 'express-resource-server'

declare const jwks: JSONWebKeySet
declare const incoming: IncomingMessage
declare const req: Request
const usual = { issuer: 'https://issuer.test', audience: 'https://api.test' }

/** Keys have one source. */
export const sources: readonly IssuerOptions[] = [
  { issuer: 'https://issuer.test' },
  { issuer: 'https://issuer.test', metadataUrl: 'https://issuer.test/metadata' },
  { issuer: 'https://issuer.test', jwksUri: 'https://issuer.test/jwks' },
  { issuer: 'https://issuer.test', jwks },
  { issuer: 'https://issuer.test', secret: 'a' },
  { issuer: 'https://issuer.test', secret: [new Uint8Array(32), 'a'] },
  { issuer: 'https://issuer.test', jwks, jwksUri: undefined, secret: undefined, metadataUrl: undefined },
  // @ts-expect-error: two sources
  { issuer: 'https://issuer.test', jwks, jwksUri: 'https://issuer.test/jwks' },
  // @ts-expect-error: two sources
  { issuer: 'https://issuer.test', jwks, secret: 'a' },
  // @ts-expect-error: two sources
  { issuer: 'https://issuer.test', jwksUri: 'https://issuer.test/jwks', secret: 'a' },
  // @ts-expect-error: metadata only lead to keys that are not given
  { issuer: 'https://issuer.test', jwks, metadataUrl: 'https://issuer.test/metadata' },
  // @ts-expect-error: metadata only lead to keys that are not located
  { issuer: 'https://issuer.test', jwksUri: 'https://a.test', metadataUrl: 'https://issuer.test/metadata' },
  // @ts-expect-error: an issuer has a name
  { jwks },
  // @ts-expect-error: a top-level option
  { issuer: 'https://issuer.test', optional: true },
]

resourceServer(usual)
resourceServer({ ...usual, issuer: ['https://a.test', { issuer: 'b', jwks }] })
resourceServer({ ...usual, issuer: (iss) => (iss === 'a' ? { issuer: iss } : undefined) })
resourceServer({ ...usual, issuer: async (iss: string) => Promise.resolve({ issuer: iss }) })
resourceServer({ ...usual, acceptTokenFrom: ['header', { header: 'x-token' }, (request) => request.url] })
resourceServer({ ...usual, roles: [['realm_access', 'roles']], scopes: (claims) => claims['permissions'] })
resourceServer({ ...usual, profile: 'fapi2', confirmation: dpop({ publicUrl: usual.audience }) })
resourceServer({ ...usual, decryption: jwe({ keys: [{ kty: 'oct', k: 'x' }], required: true }) })
// @ts-expect-error: the keys belong into jwe()
resourceServer({ ...usual, decryption: { keys: [] } })
// @ts-expect-error: keys are required
jwe({ required: true })
// @ts-expect-error: there is no such profile
resourceServer({ ...usual, profile: 'fapi' })
resourceServer({ ...usual, optional: undefined, realm: undefined, keys: undefined })
// @ts-expect-error: no issuer
resourceServer({ audience: 'https://api.test' })
// @ts-expect-error: no such option
resourceServer({ ...usual, issuers: [] })
// @ts-expect-error: no such place
resourceServer({ ...usual, acceptTokenFrom: 'cookie' })
resourceServer({ ...usual, acceptTokenFrom: (): string | false | null => false })
// @ts-expect-error: true is no token
resourceServer({ ...usual, acceptTokenFrom: () => true })
// @ts-expect-error: a token is a string, and at hand
resourceServer({ ...usual, acceptTokenFrom: async () => 'a' })
// @ts-expect-error: no such way
resourceServer({ ...usual, refusals: 'throw' })
// @ts-expect-error: no such profile
resourceServer({ ...usual, profile: 'strict' })
// @ts-expect-error: a number of seconds
resourceServer({ ...usual, clockToleranceSeconds: '5' })
// @ts-expect-error: a memory is bounded, or off
resourceServer({ ...usual, tokenCache: true })

/** An audience, or a reason why there is none. */
declare const environment: { readonly AUDIENCE?: string }
resourceServer({ issuer: 'https://issuer.test', audience: environment.AUDIENCE })
resourceServer({ issuer: 'https://issuer.test', dangerouslyAcceptAnyAudience: true })
resourceServer({ issuer: { issuer: 'https://issuer.test', audience: 'a' } })
resourceServer({ issuer: { issuer: 'https://issuer.test', jwks, audience: ['a', 'b'] } })
resourceServer({
  issuer: [
    { issuer: 'https://a.test', audience: 'a' },
    { issuer: 'https://b.test', audience: 'b' },
  ],
})
resourceServer({ issuer: (iss) => (iss === 'a' ? { issuer: iss, audience: 'a' } : undefined) })
// @ts-expect-error: no audience
resourceServer({ issuer: 'https://issuer.test' })
// @ts-expect-error: no audience
resourceServer({ issuer: { issuer: 'https://issuer.test', jwks } })
// @ts-expect-error: no audience of the second
resourceServer({ issuer: [{ issuer: 'https://a.test', audience: 'a' }, { issuer: 'https://b.test' }] })
// @ts-expect-error: no audience of the second
resourceServer({ issuer: [{ issuer: 'https://a.test', audience: 'a' }, 'https://b.test'] })
// @ts-expect-error: no audience, although there is another option
resourceServer({ issuer: 'https://issuer.test', optional: true })

/** The resource of the metadata is an audience; a mere URL of a document is not. */
const metadata = protectedResource({
  resource: 'https://api.test',
  authorizationServers: ['https://issuer.test'],
})
resourceServer({ issuer: 'https://issuer.test', resourceMetadata: metadata })
resourceServer({ issuer: { issuer: 'https://issuer.test', jwks }, resourceMetadata: metadata })
resourceServer({ ...usual, resourceMetadata: metadata })
resourceServer({ ...usual, resourceMetadata: metadata.url })
export const described: ResourceServerOptions = { issuer: 'https://issuer.test', resourceMetadata: metadata }
express().use(metadata)
express().get('/', metadata)
// @ts-expect-error: no audience
resourceServer({ issuer: 'https://issuer.test', resourceMetadata: metadata.url })
// @ts-expect-error: the function was not called
resourceServer({ ...usual, resourceMetadata: protectedResource })
// @ts-expect-error: options are not metadata
resourceServer({ ...usual, resourceMetadata: { resource: 'https://api.test' } })
// @ts-expect-error: no authorization servers
protectedResource({ resource: 'https://api.test' })
// @ts-expect-error: no resource
protectedResource({ authorizationServers: [] })
// @ts-expect-error: names of the wire
protectedResource({ resource: 'a', authorizationServers: 'b', scopes_supported: [] })
// @ts-expect-error: no such place
export const places: Partial<ProtectedResourceOptions> = { bearerMethodsSupported: ['cookie'] }

export const loose: Partial<ResourceServerOptions> = { realm: 'api' }
resourceServer({ ...usual, ...loose })
resourceServer({ ...createTestIssuer().options, ...loose, scopes: 'scp' })
export const written: ResourceServerOptions = { issuer: 'https://issuer.test', audience: 'a' }
resourceServer(written)

/** Known algorithms complete; other strings, as configuration files have them, are checked at start-up. */
declare const fromFile: string[]
resourceServer({ ...usual, algorithms: ['ES256', 'EdDSA'] })
resourceServer({ ...usual, algorithms: fromFile })
// @ts-expect-error: not a number
resourceServer({ ...usual, algorithms: [256] })
export const algorithms: readonly AlgorithmName[] = [
  'RS256',
  'PS512',
  'Ed25519',
  'EdDSA',
  'ML-DSA-65',
  'HS256',
]
// @ts-expect-error: no such algorithm
export const misspelt: AlgorithmName = 'RS265'

/** A token may be anywhere in a request of Express. */
resourceServer({ ...usual, acceptTokenFrom: (request: Request) => request.get('x-token') })
resourceServer({
  ...usual,
  acceptTokenFrom: ['header', (request: Request) => request.params['token'] as string],
})
// @ts-expect-error: not a request
resourceServer({ ...usual, acceptTokenFrom: (request: string) => request })

/** A path has a form of its own. */
resourceServer({ ...usual, roles: { path: ['realm_access', 'roles'] }, clientId: { path: ['client', 'id'] } })
resourceServer({ ...usual, scopes: [{ path: ['a', 'b'] }, ['c', 'd'], 'scope', () => []] })
// @ts-expect-error: a path is an array of names
resourceServer({ ...usual, roles: { path: 'realm_access.roles' } })

/** Options that are read-only, to the last array, are options. */
export const frozen = {
  issuer: [{ issuer: 'a', jwksUri: 'https://a.test/jwks' }],
  audience: ['a', 'b'],
  algorithms: ['RS256'],
  scopeHierarchy: { a: ['b'] },
} as const satisfies ResourceServerOptions

/** A request of Node, of Express, or as a serverless adapter writes it. */
export const requests: readonly ResourceRequest[] = [
  incoming,
  req,
  { headers: { a: 'b', c: ['d'], e: undefined }, rawHeaders: [] },
]

export async function handle(): Promise<Principal | ErrorCode | 401 | readonly string[]> {
  const api = resourceServer(usual)
  try {
    const { principal, responseHeaders } = await api.authenticate(incoming)
    const header: string | undefined = responseHeaders['cache-control']
    return header === undefined ? principal : await api.verify('token', { signal: AbortSignal.timeout(1000) })
  } catch (error) {
    if (error instanceof UnauthorizedError) return error.status
    if (error instanceof ForbiddenError) return error.requiredScopes
    // @ts-expect-error: what is thrown is not known to be ours
    if (error.code === 'ERR_INTERNAL') throw error
    if (!(error instanceof ResourceServerError)) throw error
    // @ts-expect-error: no such code
    if (error.code === 'ERR_NONE') throw error
    return error.code
  }
}

/** Presets that know the audience need no other option; the others need it. */
const tenantId = '11111111-2222-3333-4444-555555555555'
resourceServer({ issuer: entra({ tenantId, clientId: tenantId }) })
resourceServer({
  issuer: [entra({ tenantId, clientId: tenantId }), cognito({ userPoolId: 'a', clientIds: 'b' })],
})
resourceServer({ issuer: entraTenants({ clientId: tenantId, isAllowed: (id) => id === tenantId }) })
resourceServer({ issuer: { ...auth0({ domain: 'a.test' }), roles: 'groups' }, audience: 'https://api.test' })
// @ts-expect-error: an audience is missing
resourceServer({ issuer: auth0({ domain: 'a.test' }) })
// @ts-expect-error: a domain is required
auth0({})
// @ts-expect-error: versions are numbers
entra({ tenantId, clientId: tenantId, tokenVersion: '2.0' })

/** Required claims, by name or by value. */
resourceServer({ ...usual, requiredClaims: ['a'] })
resourceServer({ ...usual, requiredClaims: { a: true, b: ['c', 1, false] } })
resourceServer({ ...usual, issuer: { issuer: 'https://a.test', requiredClaims: { a: ['b'] } } })
// @ts-expect-error: values are in an array
resourceServer({ ...usual, requiredClaims: { a: 'b' } })
// @ts-expect-error: a claim that must not be there is a mark
resourceServer({ ...usual, requiredClaims: { a: false } })
