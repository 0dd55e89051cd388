/**
 * The measured middlewares, each configured as in its documentation, for one issuer and one
 * audience.
 */
import { createPublicKey, verify } from 'node:crypto'
import { AUDIENCE, ISSUER } from '../issuer.js'

/** The built package, or another build to compare with. */
export const BUILT = process.env.BENCH_DIST ?? new URL('../../dist/index.js', import.meta.url).href

/** The algorithms that jsonwebtoken supports. */
const SIGNED = ['RS256', 'PS256', 'ES256', 'ES384']

/** @typedef {{ issuer: import('../issuer.js').Issuer, jwksUri: string, options?: object }} Setup */

/** Each is imported when it is used, so that a process loads only one of them. */
export const MIDDLEWARES = {
  'no-op': () => (req, _res, next) => {
    if (req.headers.authorization !== undefined) next()
  },

  /** The minimum cost of a new token: one verification of its signature, with its own algorithm. */
  'no-op + crypto.verify': ({ issuer }) => {
    const byHeader = new Map(
      Object.keys(issuer.keys).map((alg) => [
        issuer.token(alg, 'x').split('.', 1)[0],
        issuer.verifyArguments(alg),
      ]),
    )
    return (req, _res, next) => {
      const token = req.headers.authorization.slice(7)
      const { hash, key } = byHeader.get(token.slice(0, token.indexOf('.')))
      const end = token.lastIndexOf('.')
      const signature = Buffer.from(token.slice(end + 1), 'base64url')
      if (verify(hash, Buffer.from(token.slice(0, end)), key, signature)) next()
    }
  },

  /** The minimum cost of a new proof by a known key. */
  'no-op + ES256 proof': () => {
    const byHeader = new Map()
    const keyOf = (header) => {
      const { jwk } = JSON.parse(Buffer.from(header, 'base64url'))
      const key = createPublicKey({ key: jwk, format: 'jwk' })
      byHeader.set(header, { key, dsaEncoding: 'ieee-p1363' })
      return byHeader.get(header)
    }
    return (req, _res, next) => {
      const { dpop } = req.headers
      const header = dpop.slice(0, dpop.indexOf('.'))
      const end = dpop.lastIndexOf('.')
      const signature = Buffer.from(dpop.slice(end + 1), 'base64url')
      if (verify('sha256', Buffer.from(dpop.slice(0, end)), byHeader.get(header) ?? keyOf(header), signature))
        next()
    }
  },

  'express-resource-server': async ({ jwksUri, options: { dpop: proofs, ...options } = {} }) => {
    const { resourceServer } = await import(BUILT)
    const { dpop } = proofs === undefined ? {} : await import(new URL('dpop.js', BUILT).href)
    const confirmation = dpop === undefined ? {} : { confirmation: dpop(proofs) }
    return resourceServer({
      issuer: { issuer: ISSUER, jwksUri },
      audience: AUDIENCE,
      ...confirmation,
      ...options,
    })
  },

  jose: async ({ jwksUri, options }) => {
    const { createRemoteJWKSet, jwtVerify } = await import('jose')
    const keys = createRemoteJWKSet(new URL(jwksUri), options)
    return answering(
      async (token) => (await jwtVerify(token, keys, { issuer: ISSUER, audience: AUDIENCE })).payload,
    )
  },

  'aws-jwt-verify': async ({ issuer }) => {
    const { JwtVerifier } = await import('aws-jwt-verify')
    const verifier = JwtVerifier.create({
      issuer: ISSUER,
      audience: AUDIENCE,
      jwksUri: 'https://unused.bench/jwks',
    })
    verifier.cacheJwks(issuer.jwks)
    return answering((token) => verifier.verifySync(token))
  },

  'fast-jwt': async ({ issuer }) => answering(await fastJwt(issuer, false)),
  'fast-jwt + cache': async ({ issuer }) => answering(await fastJwt(issuer, 10_000)),

  'express-oauth2-jwt-bearer': async ({ jwksUri, options }) => {
    const { auth } = await import('express-oauth2-jwt-bearer')
    return auth({ issuer: ISSUER, jwksUri, audience: AUDIENCE, ...options })
  },

  'express-jwt': async ({ jwksUri }) => {
    const { expressjwt } = await import('express-jwt')
    const { default: jwksRsa } = await import('jwks-rsa')
    const secret = jwksRsa.expressJwtSecret({ jwksUri, cache: true })
    return expressjwt({ secret, audience: AUDIENCE, issuer: ISSUER, algorithms: SIGNED })
  },

  'passport-jwt': async ({ jwksUri }) => {
    const { default: passport } = await import('passport')
    const { ExtractJwt, Strategy } = (await import('passport-jwt')).default
    const { default: jwksRsa } = await import('jwks-rsa')
    const options = {
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKeyProvider: jwksRsa.passportJwtSecret({ jwksUri, cache: true }),
      audience: AUDIENCE,
      issuer: ISSUER,
      algorithms: SIGNED,
    }
    passport.use(new Strategy(options, (payload, done) => done(null, payload)))
    return passport.authenticate('jwt', { session: false })
  },
}

export async function fastJwt(issuer, cache) {
  const { createVerifier } = await import('fast-jwt')
  // One verifier per key, because a function as key would make it asynchronous.
  const verifiers = new Map(
    Object.keys(issuer.keys).map((alg) => [
      issuer.token(alg, 'x').split('.', 1)[0],
      createVerifier({ key: issuer.pem(alg), cache, allowedIss: ISSUER, allowedAud: AUDIENCE }),
    ]),
  )
  return (token) => verifiers.get(token.slice(0, token.indexOf('.')))(token)
}

/** A minimal middleware for a verifier that has none. */
function answering(verifyToken) {
  return (req, res, next) => {
    const refuse = () => {
      res.statusCode = 401
      res.setHeader('www-authenticate', 'Bearer error="invalid_token"')
      res.end('{}')
    }
    let claims
    try {
      claims = verifyToken(req.headers.authorization.slice(7))
    } catch {
      refuse()
      return
    }
    if (!(claims instanceof Promise)) {
      req.auth = claims
      next()
      return
    }
    claims.then((value) => {
      req.auth = value
      next()
    }, refuse)
  }
}
