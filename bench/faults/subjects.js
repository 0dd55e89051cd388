/**
 * The measured libraries, each with its best settings for a TTL of 2 s, a cool-down of 1 s and a
 * time-out of 1 s. `verify` resolves if the token is accepted, and rejects if it is refused for any
 * reason.
 */
import { AUDIENCE, ISSUER } from './key-server.js'

const BUILT = process.env.BENCH_DIST ?? new URL('../../dist/index.js', import.meta.url).href

/** Runs a Connect-style middleware without a server. */
function viaMiddleware(middleware) {
  return (token) =>
    new Promise((resolve, reject) => {
      const headers = { host: 'api.bench', authorization: `Bearer ${token}` }
      const req = {
        method: 'GET',
        url: '/',
        originalUrl: '/',
        protocol: 'https',
        headers,
        query: {},
        body: {},
        is: () => false,
        get: (name) => headers[name.toLowerCase()],
      }
      middleware(req, {}, (error) => (error === undefined ? resolve() : reject(error)))
    })
}

export const SUBJECTS = {
  jose: async (jwksUri) => {
    const { createRemoteJWKSet, jwtVerify } = await import('jose')
    const settings = { cacheMaxAge: 2000, cooldownDuration: 1000, timeoutDuration: 1000 }
    const keys = createRemoteJWKSet(new URL(jwksUri), settings)
    return { verify: (token) => jwtVerify(token, keys, { issuer: ISSUER, audience: AUDIENCE }) }
  },

  'express-oauth2-jwt-bearer': async (jwksUri) => {
    const { auth } = await import('express-oauth2-jwt-bearer')
    const settings = { cacheMaxAge: 2000, cooldownDuration: 1000, timeoutDuration: 1000 }
    const verify = viaMiddleware(
      auth({ issuer: ISSUER, audience: AUDIENCE, jwksUri, tokenSigningAlg: 'RS256', ...settings }),
    )
    return { verify }
  },

  'express-jwt + jwks-rsa': async (jwksUri) => {
    const { expressjwt } = await import('express-jwt')
    const { default: jwksRsa } = await import('jwks-rsa')
    const settings = {
      cache: true,
      cacheMaxAge: 2000,
      cacheMaxAgeFallback: 3_600_000,
      rateLimit: true,
      timeout: 1000,
    }
    const secret = jwksRsa.expressJwtSecret({ jwksUri, ...settings })
    const verify = viaMiddleware(
      expressjwt({ secret, issuer: ISSUER, audience: AUDIENCE, algorithms: ['RS256'] }),
    )
    return { verify }
  },

  'aws-jwt-verify': async (jwksUri) => {
    const { JwtVerifier } = await import('aws-jwt-verify')
    const { SimpleJwksCache, SimplePenaltyBox } = await import('aws-jwt-verify/jwk')
    // Its own fetcher supports only https.
    const fetcher = {
      fetch: async (uri) => (await fetch(uri, { signal: AbortSignal.timeout(1000) })).arrayBuffer(),
    }
    const penaltyBox = new SimplePenaltyBox({ waitSeconds: 1 })
    const verifier = JwtVerifier.create(
      { issuer: ISSUER, audience: AUDIENCE, jwksUri },
      { jwksCache: new SimpleJwksCache({ fetcher, penaltyBox }) },
    )
    return { verify: (token) => verifier.verify(token) }
  },

  here: async (jwksUri) => {
    const { resourceServer } = await import(BUILT)
    const keys = { ttlSeconds: 2, cooldownSeconds: 1, attemptTimeoutMs: 1000, flightTimeoutMs: 2000 }
    const api = resourceServer({ issuer: { issuer: ISSUER, jwksUri }, audience: AUDIENCE, keys })
    return { verify: (token) => api.verify(token), close: () => api.close() }
  },
}
