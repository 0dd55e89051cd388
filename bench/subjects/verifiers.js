/** Verifiers without a server: each takes a compact token and returns a value or a promise. */
import { hash, verify } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { AUDIENCE, ISSUER } from '../issuer.js'
import { BUILT, fastJwt, MIDDLEWARES } from './middlewares.js'

export const FLOOR_NEW = 'crypto.verify'
export const FLOOR_REPEATED = 'SHA-256 + LRU'

export const VERIFIERS = {
  [FLOOR_NEW]: ({ issuer, alg }) => {
    const { hash: digest, key } = issuer.verifyArguments(alg)
    return (token) => {
      const end = token.lastIndexOf('.')
      const signature = Buffer.from(token.slice(end + 1), 'base64url')
      return verify(digest, Buffer.from(token.slice(0, end)), key, signature)
    }
  },

  [FLOOR_REPEATED]: () => {
    const known = new LRUCache({ max: 10_000 })
    return (token) => {
      const key = hash('sha256', token, 'base64')
      if (!known.has(key)) known.set(key, token)
      return known.get(key)
    }
  },

  'express-resource-server': async ({ jwksUri }) => {
    const { resourceServer } = await import(BUILT)
    const api = resourceServer({ issuer: { issuer: ISSUER, jwksUri }, audience: AUDIENCE })
    return (token) => api.verify(token)
  },

  jose: async ({ jwksUri }) => {
    const { createRemoteJWKSet, jwtVerify } = await import('jose')
    const keys = createRemoteJWKSet(new URL(jwksUri))
    return (token) => jwtVerify(token, keys, { issuer: ISSUER, audience: AUDIENCE })
  },

  'aws-jwt-verify': async ({ issuer }) => {
    const { JwtVerifier } = await import('aws-jwt-verify')
    const verifier = JwtVerifier.create({
      issuer: ISSUER,
      audience: AUDIENCE,
      jwksUri: 'https://unused.bench/jwks',
    })
    verifier.cacheJwks(issuer.jwks)
    return (token) => verifier.verifySync(token)
  },

  'fast-jwt': ({ issuer }) => fastJwt(issuer, false),
  'fast-jwt + cache': ({ issuer }) => fastJwt(issuer, 10_000),
  'express-oauth2-jwt-bearer': throughMiddleware('express-oauth2-jwt-bearer'),
  'express-jwt': throughMiddleware('express-jwt'),
  'passport-jwt': throughMiddleware('passport-jwt'),
}

/** For packages that only have a middleware: passes a request that consists of its headers. */
function throughMiddleware(name) {
  return async (setup) => {
    const middleware = await MIDDLEWARES[name](setup)
    return (token) =>
      new Promise((resolve, reject) => {
        const headers = { host: 'api.bench', authorization: `Bearer ${token}` }
        const url = '/'
        const about = {
          protocol: 'https',
          query: {},
          is: () => false,
          get: (name) => headers[name.toLowerCase()],
        }
        const req = { method: 'GET', url, originalUrl: url, headers, ...about }
        const res = { setHeader() {}, end: () => reject(new Error('refused')) }
        middleware(req, res, (error) => (error === undefined ? resolve(req) : reject(error)))
      })
  }
}
