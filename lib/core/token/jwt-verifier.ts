/** The second spine: from a compact token to a verified access token, each step in a file of its own. RFC 9068 §4. */
import {
  assertNotExpired,
  assertTokenType,
  validateAudience,
  validateClaims,
  validateTime,
} from './claims.js'
import type { ClaimsGate } from './claims.js'
import type { Clocks } from '../base/clock.js'
import { parseCompactJws } from '../jws/compact-jws.js'
import type { JwsGates, JwsHeader, UnverifiedJws } from '../jws/compact-jws.js'
import { UnauthorizedError } from '../errors/errors.js'
import { algorithmHint } from '../errors/hints.js'
import type { Issuers, TrustedIssuer } from './issuers.js'
import { andThen } from '../base/maybe-promise.js'
import type { MaybePromise } from '../base/maybe-promise.js'
import { own } from '../base/own.js'
import type { JsonObject } from '../base/own.js'
import { verifySignature } from '../jws/signature.js'
import type { VerifiedJws } from '../jws/signature.js'
import type { VerificationKey } from '../jws/verification-key.js'

import { applySchema } from './standard-schema.js'
import type { StandardSchema } from './standard-schema.js'

declare const accessToken: unique symbol

/** Signed by a trusted issuer, valid now, and meant for this resource. */
export interface VerifiedAccessToken {
  readonly [accessToken]: true
  readonly token: string
  readonly header: JwsHeader
  /** As the issuer signed them. */
  readonly claims: JsonObject
  /** What the user's schema made of them; the claims themselves without one. */
  readonly output: unknown
  readonly audience: readonly string[]
  readonly issuer: TrustedIssuer
  readonly key: VerificationKey
}

export interface VerifierConfig {
  readonly gates: JwsGates & ClaimsGate
  readonly issuers: Issuers
  readonly clocks: Clocks
  readonly claimsSchema: StandardSchema | undefined
}

/** Trust comes before network: only a trusted issuer, and an unexpired token, can make this fetch keys. */
export function verifyAccessToken(token: string, config: VerifierConfig): MaybePromise<VerifiedAccessToken> {
  const { gates, clocks } = config
  const jws = parseCompactJws(token, gates)
  assertTokenType(jws.header, gates.profile)
  const claims = claimsOf(jws)
  assertNotExpired(claims, gates, clocks.nowSeconds())
  return andThen(config.issuers.trusted(claims), (issuer) => {
    assertAlgorithm(jws.header.alg, issuer)
    assertTokenType(jws.header, issuer.policy.profile)
    assertNotExpired(claims, issuer.policy, clocks.nowSeconds())
    return andThen(verifiedBy(issuer, jws), (verified) => judge(verified, issuer, config))
  })
}

/** Whether what was verified before may still be believed; starts the refresh of the keys when it is due. */
export function isStillTrusted({ issuer, key }: VerifiedAccessToken, issuers: Issuers): boolean {
  return issuers.isCurrent(issuer) && issuer.keys.touch(key)
}

/** What can change between two uses of one token. */
export function validateAgain({ claims, issuer }: VerifiedAccessToken, nowSeconds: number): void {
  validateTime(claims, issuer.policy, nowSeconds)
  validateAudience(claims, issuer.policy)
}

function assertAlgorithm(alg: string, issuer: TrustedIssuer): void {
  if (issuer.headerAlgorithms.has(alg)) return
  throw new UnauthorizedError('ERR_ALGORITHM_NOT_ALLOWED', { hint: algorithmHint(alg) })
}

function verifiedBy(issuer: TrustedIssuer, jws: UnverifiedJws): MaybePromise<VerifiedJws> {
  const kid = own(jws.header, 'kid') as string | undefined
  return andThen(issuer.keys.find({ alg: jws.header.alg, kid }), (keys) => {
    if (keys.length === 0) throw new UnauthorizedError('ERR_KEY_UNKNOWN')
    return verifySignature(jws, keys, issuer.algorithms)
  })
}

function judge(
  jws: VerifiedJws,
  issuer: TrustedIssuer,
  config: VerifierConfig,
): MaybePromise<VerifiedAccessToken> {
  const { claimsSchema, clocks } = config
  const claims = claimsOf(jws)
  const audience = validateClaims(claims, issuer.policy, clocks.nowSeconds())
  const { token, header, key } = jws
  const output = claimsSchema === undefined ? claims : applySchema(claimsSchema, claims)
  return andThen(
    output,
    (value) => ({ token, header, claims, audience, issuer, key, output: value }) as VerifiedAccessToken,
  )
}

function claimsOf(jws: UnverifiedJws): JsonObject {
  if (jws.claims === undefined) throw new UnauthorizedError('ERR_TOKEN_MALFORMED')
  return jws.claims
}
