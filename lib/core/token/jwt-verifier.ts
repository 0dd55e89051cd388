/** The second spine: from a compact JWS to a verified access token, one file per step. RFC 9068 §4. */
import type { Clocks } from '../base/clock.js'
import { andThen, orElse } from '../base/maybe-promise.js'
import type { MaybePromise } from '../base/maybe-promise.js'
import { option } from '../base/own.js'
import type { JsonObject } from '../base/own.js'
import { UnauthorizedError } from '../errors/errors.js'
import { isForGraph } from '../errors/identifier-hints.js'
import { isCompactJws, malformedClaims, parseCompactJws } from '../jws/compact-jws.js'
import type { JwsGates, UnverifiedJws } from '../jws/compact-jws.js'
import { verifiedJws } from '../jws/signature.js'
import type { VerifiedJws } from '../jws/signature.js'
import type { VerificationKey } from '../jws/verification-key.js'
import { assertNotExpired, assertTokenType, presumedIssuer, validateAgain, validateClaims } from './claims.js'
import type { ClaimsGate, RegisteredClaims } from './claims.js'
import type { Issuers, TrustedIssuer } from './issuers.js'
import { verifyJws } from './jws-verifier.js'
import { applySchema } from './standard-schema.js'
import type { StandardSchema } from './standard-schema.js'
import { verifiedToken } from './verifier.js'
import type { Recheck, TokenSummary, TokenVerifier, VerifiedToken } from './verifier.js'
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
    const { maxTokenBytes, headers } = this.#config.gates
    return token.length <= maxTokenBytes && isCompactJws(token, headers)
  }

  /** Trust comes before network: only an unexpired token of a trusted issuer can cause a fetch of keys. */
  verify(token: string): MaybePromise<VerifiedToken> {
    const { clocks } = this.#config
    return whileTrusted(
      () => this.#verify(token),
      (verified) => verified.isStillGood(clocks.nowSeconds()),
    )
  }

  #verify(token: string): MaybePromise<VerifiedJwt & VerifiedToken> {
    const { gates, issuers, clocks } = this.#config
    const jws = parseCompactJws(token, gates)
    assertTokenType(jws.header.typ, gates.profile, jws.claims)
    const claims = claimsOf(jws)
    assertNotExpired(claims, gates, clocks.nowSeconds())
    return andThen(trustedIssuer(claims, issuers), (issuer) => {
      assertTokenType(jws.header.typ, issuer.policy.profile, claims)
      assertNotExpired(claims, issuer.policy, clocks.nowSeconds())
      return andThen(verifyJws(jws, issuer), (verified) => validate(verified, issuer, this.#config))
    })
  }
}

/** Graph's tokens have the issuer of version 1, whatever version this API asked for. */
function trustedIssuer(claims: JsonObject, issuers: Issuers): MaybePromise<TrustedIssuer> {
  return orElse(
    () => issuers.trusted(presumedIssuer(claims)),
    (thrown) => {
      const isUnknown = thrown instanceof UnauthorizedError && thrown.code === 'ERR_ISSUER_UNKNOWN'
      if (!isUnknown || !isForGraph(claims)) throw thrown
      const expected = option(thrown, 'expected')
      throw new UnauthorizedError('ERR_ISSUER_UNKNOWN', { hint: 'microsoft_graph_token', expected })
    },
  )
}

function validate(
  jws: VerifiedJws,
  issuer: TrustedIssuer,
  config: JwtVerifierConfig,
): MaybePromise<VerifiedJwt & VerifiedToken> {
  const claims = claimsOf(jws)
  const registered = validateClaims(claims, issuer.policy, config.clocks.nowSeconds())
  return withOutput({ jws, claims, registered, issuer }, config)
}

function withOutput(
  parts: VerifiedParts,
  config: JwtVerifierConfig,
): MaybePromise<VerifiedJwt & VerifiedToken> {
  const { claimsSchema } = config
  if (claimsSchema === undefined) return verifiedToken(new VerifiedJwt(parts, parts.claims, config))
  return andThen(applySchema(claimsSchema, parts.claims), ({ value, isShareable }) => {
    const renew = isShareable ? undefined : (): MaybePromise<VerifiedToken> => withOutput(parts, config)
    return verifiedToken(new VerifiedJwt({ ...parts, renew }, value, config))
  })
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
  readonly #config: JwtVerifierConfig

  constructor(parts: VerifiedParts, output: unknown, config: JwtVerifierConfig) {
    const { jws, claims, registered, issuer, renew } = parts
    this.token = jws.token
    this.header = jws.header.members
    this.claims = claims
    this.registered = registered
    this.issuer = issuer
    this.output = output
    this.renew = renew
    this.#key = jws.key
    this.#config = config
  }

  recheck(nowSeconds: number): Recheck {
    const { issuer } = this
    if (!this.#config.issuers.isCurrent(issuer) || !issuer.keys.touch(this.#key)) return 'stale'
    validateAgain(this.registered, this.claims, issuer.policy, nowSeconds)
    return 'good'
  }

  isStillGood(nowSeconds: number): boolean {
    const { issuer } = this
    if (!this.#config.issuers.trusts(issuer) || !issuer.keys.trusts(this.#key)) return false
    validateAgain(this.registered, this.claims, issuer.policy, nowSeconds)
    return true
  }

  /** Schemas run once for each token, so that their output has to be remembered. */
  summary(): TokenSummary | undefined {
    if (this.#config.claimsSchema !== undefined) return undefined
    return new SignedText(this.token, this.issuer, this.#key, this.#config)
  }
}

/** A JWT whose signature was valid. Parsing and validating it takes a few microseconds. */
class SignedText implements TokenSummary {
  readonly token: string
  readonly #issuer: TrustedIssuer
  readonly #key: VerificationKey
  readonly #config: JwtVerifierConfig

  constructor(token: string, issuer: TrustedIssuer, key: VerificationKey, config: JwtVerifierConfig) {
    this.token = token
    this.#issuer = issuer
    this.#key = key
    this.#config = config
  }

  /** Also starts a refresh of the keys that is due. */
  restore(): VerifiedToken | undefined {
    const { gates, issuers, clocks } = this.#config
    if (!issuers.isCurrent(this.#issuer) || !this.#issuer.keys.touch(this.#key)) return undefined
    const jws = verifiedJws(parseCompactJws(this.token, gates), this.#key)
    const claims = claimsOf(jws)
    const registered = validateClaims(claims, this.#issuer.policy, clocks.nowSeconds())
    const parts = { jws, claims, registered, issuer: this.#issuer }
    return verifiedToken(new VerifiedJwt(parts, claims, this.#config))
  }
}

function claimsOf(jws: UnverifiedJws): JsonObject {
  if (jws.claims === undefined) throw malformedClaims()
  return jws.claims
}
