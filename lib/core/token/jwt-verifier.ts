/** The second spine: from a compact JWS to a verified access token, one file per step. RFC 9068 §4. */
import type { Clocks } from '../base/clock.js'
import { andThen } from '../base/maybe-promise.js'
import type { MaybePromise } from '../base/maybe-promise.js'
import type { JsonObject } from '../base/own.js'
import { UnauthorizedError } from '../errors/errors.js'
import { isCompactJws, parseCompactJws } from '../jws/compact-jws.js'
import type { JwsGates, UnverifiedJws } from '../jws/compact-jws.js'
import type { VerifiedJws } from '../jws/signature.js'
import type { VerificationKey } from '../jws/verification-key.js'
import { assertNotExpired, assertTokenType, presumedIssuer, validateAgain, validateClaims } from './claims.js'
import type { ClaimsGate, RegisteredClaims } from './claims.js'
import type { Issuers, TrustedIssuer } from './issuers.js'
import { verifyJws } from './jws-verifier.js'
import { applySchema } from './standard-schema.js'
import type { StandardSchema } from './standard-schema.js'
import { verifiedToken } from './verifier.js'
import type { Recheck, TokenVerifier, VerifiedToken } from './verifier.js'
import { whileTrusted } from './while-trusted.js'

export interface JwtVerifierConfig {
  readonly gates: JwsGates & ClaimsGate
  readonly issuers: Issuers
  readonly clocks: Clocks
  readonly claimsSchema: StandardSchema | undefined
}

export class JwtVerifier implements TokenVerifier {
  readonly #config: JwtVerifierConfig

  constructor(config: JwtVerifierConfig) {
    this.#config = config
  }

  handles(token: string): boolean {
    return token.length <= this.#config.gates.maxTokenBytes && isCompactJws(token)
  }

  /** Trust comes before network: only an unexpired token of a trusted issuer can cause a fetch of keys. */
  verify(token: string): MaybePromise<VerifiedToken> {
    return whileTrusted(
      () => this.#verify(token),
      (verified) => verified.isTrusted(),
    )
  }

  #verify(token: string): MaybePromise<VerifiedJwt & VerifiedToken> {
    const { gates, issuers, clocks } = this.#config
    const jws = parseCompactJws(token, gates)
    assertTokenType(jws.header.typ, gates.profile, jws.claims)
    const claims = claimsOf(jws)
    assertNotExpired(claims, gates, clocks.nowSeconds())
    return andThen(issuers.trusted(presumedIssuer(claims)), (issuer) => {
      assertTokenType(jws.header.typ, issuer.policy.profile, claims)
      assertNotExpired(claims, issuer.policy, clocks.nowSeconds())
      return andThen(verifyJws(jws, issuer), (verified) => this.#validate(verified, issuer))
    })
  }

  #validate(jws: VerifiedJws, issuer: TrustedIssuer): MaybePromise<VerifiedJwt & VerifiedToken> {
    const claims = claimsOf(jws)
    const registered = validateClaims(claims, issuer.policy, this.#config.clocks.nowSeconds())
    return this.#withOutput({ jws, claims, registered, issuer })
  }

  #withOutput(parts: VerifiedParts): MaybePromise<VerifiedJwt & VerifiedToken> {
    const { issuers, claimsSchema } = this.#config
    if (claimsSchema === undefined) return verifiedToken(new VerifiedJwt(parts, parts.claims, issuers))
    return andThen(applySchema(claimsSchema, parts.claims), ({ value, isShareable }) => {
      const renew = isShareable ? undefined : (): MaybePromise<VerifiedToken> => this.#withOutput(parts)
      return verifiedToken(new VerifiedJwt({ ...parts, renew }, value, issuers))
    })
  }
}

interface VerifiedParts {
  readonly jws: VerifiedJws
  readonly claims: JsonObject
  readonly registered: RegisteredClaims
  readonly issuer: TrustedIssuer
  readonly renew?: VerifiedToken['renew']
}

class VerifiedJwt {
  readonly token: string
  readonly header: JsonObject
  readonly claims: JsonObject
  readonly registered: RegisteredClaims
  readonly issuer: TrustedIssuer
  readonly output: unknown
  readonly renew: VerifiedToken['renew']
  readonly #key: VerificationKey
  readonly #issuers: Issuers

  constructor(parts: VerifiedParts, output: unknown, issuers: Issuers) {
    const { jws, claims, registered, issuer, renew } = parts
    this.token = jws.token
    this.header = jws.header.members
    this.claims = claims
    this.registered = registered
    this.issuer = issuer
    this.output = output
    this.renew = renew
    this.#key = jws.key
    this.#issuers = issuers
  }

  isTrusted(): boolean {
    return this.#issuers.isCurrent(this.issuer) && this.issuer.keys.trusts(this.#key)
  }

  /** Also starts a refresh of the keys that is due. */
  recheck(nowSeconds: number): Recheck {
    const { issuer } = this
    if (!this.#issuers.isCurrent(issuer) || !issuer.keys.touch(this.#key)) return 'stale'
    validateAgain(this.registered, this.claims, issuer.policy, nowSeconds)
    return 'good'
  }
}

function claimsOf(jws: UnverifiedJws): JsonObject {
  if (jws.claims === undefined) throw new UnauthorizedError('ERR_TOKEN_MALFORMED')
  return jws.claims
}
