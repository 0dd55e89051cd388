/**
 * What must and must not compile about options, requests and errors. Nothing here runs: the
 * compiler reads it.
 */
import type { IncomingMessage } from 'node:http'
import type { Request } from 'express'
import type { JSONWebKeySet } from 'jose'
import {
  ForbiddenError,
  ResourceServerError,
  resourceServer,
  UnauthorizedError,
} from 'express-resource-server'
import type {
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
resourceServer({ ...usual, optional: undefined, realm: undefined, keys: undefined })
// @ts-expect-error: no issuer
resourceServer({ audience: 'https://api.test' })
// @ts-expect-error: no such option
resourceServer({ ...usual, issuers: [] })
// @ts-expect-error: no such place
resourceServer({ ...usual, acceptTokenFrom: 'cookie' })
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

/** Deeply read-only options are accepted. */
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
