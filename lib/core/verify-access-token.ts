/** The second spine: from a compact token to a verified access token, each step in a file of its own. RFC 9068 §4. */
import { validateClaims, assertNotExpired, assertTokenType } from './claims.js'
import type { Clocks } from './clock.js'
import { parseCompactJws } from './compact-jws.js'
import type { JwsGates, JwsHeader, UnverifiedJws } from './compact-jws.js'
import { UnauthorizedError } from './errors.js'
import type { Issuers, TrustedIssuer } from './issuers.js'
import { andThen } from './maybe-promise.js'
import type { MaybePromise } from './maybe-promise.js'
import type { JsonObject } from './own.js'
import { verifySignature } from './signature.js'
import type { VerifiedJws } from './signature.js'
import type { VerificationKey } from './keys/verification-key.js'

declare const accessToken: unique symbol

/** Signed by a trusted issuer, valid now, and meant for this resource. */
export interface VerifiedAccessToken {
  readonly [accessToken]: true
  readonly token: string
  readonly header: JwsHeader
  readonly claims: JsonObject
  readonly audience: readonly string[]
  readonly issuer: TrustedIssuer
  readonly key: VerificationKey
}

export interface VerifierConfig {
  readonly gates: JwsGates
  readonly issuers: Issuers
  readonly clocks: Clocks
}

/** Trust comes before network: only a trusted issuer, and an unexpired token, can make this fetch keys. */
export function verifyAccessToken(token: string, config: VerifierConfig): MaybePromise<VerifiedAccessToken> {
  const jws = parseCompactJws(token, config.gates)
  const claims = claimsOf(jws)
  const issuer = config.issuers.trusted(claims)
  assertAlgorithm(jws.header.alg, issuer)
  assertTokenType(jws.header, issuer.policy.profile)
  assertNotExpired(claims, issuer.policy, config.clocks.nowSeconds())
  return andThen(verifiedBy(issuer, jws), (verified) => judge(verified, issuer, config.clocks.nowSeconds()))
}

function assertAlgorithm(alg: string, issuer: TrustedIssuer): void {
  if (!issuer.headerAlgorithms.has(alg)) throw new UnauthorizedError('ERR_ALGORITHM_NOT_ALLOWED')
}

function verifiedBy(issuer: TrustedIssuer, jws: UnverifiedJws): MaybePromise<VerifiedJws> {
  return andThen(issuer.keys.find(jws.header), (keys) => {
    if (keys.length === 0) throw new UnauthorizedError('ERR_KEY_UNKNOWN')
    return verifySignature(jws, keys, issuer.algorithms)
  })
}

function judge(jws: VerifiedJws, issuer: TrustedIssuer, nowSeconds: number): VerifiedAccessToken {
  const claims = claimsOf(jws)
  const audience = validateClaims(claims, issuer.policy, nowSeconds)
  return {
    token: jws.token,
    header: jws.header,
    claims,
    audience,
    issuer,
    key: jws.key,
  } as VerifiedAccessToken
}

function claimsOf(jws: UnverifiedJws): JsonObject {
  if (jws.claims === undefined) throw new UnauthorizedError('ERR_TOKEN_MALFORMED')
  return jws.claims
}
