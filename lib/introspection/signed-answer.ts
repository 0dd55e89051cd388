/** Signed answers: RFC 9701 §5, RFC 7519 §4.1. What they say about the token is judged like a plain answer. */
import type { Clocks } from '../core/base/clock.js'
import { andThen, orElse } from '../core/base/maybe-promise.js'
import type { MaybePromise } from '../core/base/maybe-promise.js'
import { isObject, isString, own } from '../core/base/own.js'
import type { JsonObject } from '../core/base/own.js'
import { UnauthorizedError } from '../core/errors/errors.js'
import { UpstreamError } from '../core/errors/upstream-error.js'
import { HeaderReader } from '../core/jws/jose-header.js'
import type { Issuers, TrustedIssuer } from '../core/token/issuers.js'
import { jwsVerifier } from '../core/token/jws-verifier.js'
import { MAX_ANSWER_BYTES, parseAnswer } from './call.js'
import type { RawAnswer } from './call.js'
import { malformedAnswer, oneTokenError } from './one-token.js'

export const SIGNED_MEDIA_TYPE = 'application/token-introspection+jwt'

const TYPES: ReadonlySet<string | undefined> = new Set(['token-introspection+jwt'])
/** An answer is made for its request: an old one may tell of a token that was revoked since. */
const MAX_AGE_SECONDS = 60

export interface SignedAnswerConfig {
  readonly trusted: TrustedIssuer
  readonly issuers: Pick<Issuers, 'trusts'>
  readonly clientId: string
  readonly clocks: Clocks
}

export type ReadSignedAnswer = (answer: RawAnswer) => MaybePromise<JsonObject>

/**
 * Rejects or throws with an UpstreamError, an UnauthorizedError for an answer about a token that is
 * refused, or an UnavailableError if keys are unavailable.
 */
export function signedAnswerReader(config: SignedAnswerConfig): ReadSignedAnswer {
  const { trusted, issuers } = config
  const headers = new HeaderReader(trusted.headerAlgorithms)
  const verify = jwsVerifier({ maxTokenBytes: MAX_ANSWER_BYTES, headers }, issuers)
  return ({ mediaType, body }) => {
    if (mediaType !== SIGNED_MEDIA_TYPE) throw new UpstreamError('answer_not_signed')
    const verified = orElse(
      () => verify(body.toString('latin1').trim(), trusted, TYPES),
      (cause) => {
        throw cause instanceof UnauthorizedError ? new UpstreamError('answer_refused', { cause }) : cause
      },
    )
    return andThen(verified, ({ claims, payload }) => {
      if (claims === undefined) throw malformedAnswer(payload, (value) => answerIn(value, config))
      assertForUs(claims, config)
      const answer = own(claims, 'token_introspection')
      if (!isObject(answer)) throw new UpstreamError('not_json')
      return parseAnswer(answer)
    })
  }
}

/** The answer, if its claims would count in a payload without faults. */
function answerIn(claims: unknown, config: SignedAnswerConfig): unknown {
  if (!isObject(claims) || !isOfIssuer(claims, config) || !namesUs(claims, config)) return undefined
  return isInTime(claims, config) ? own(claims, 'token_introspection') : undefined
}

/** Some servers put the audience and times of the token here, which its owner chose. */
function assertForUs(claims: JsonObject, config: SignedAnswerConfig): void {
  if (!isOfIssuer(claims, config)) throw new UpstreamError('answer_refused')
  if (!namesUs(claims, config)) throw oneTokenError('answer_refused')
  if (!isInTime(claims, config) && !saysInactive(claims)) throw oneTokenError('answer_refused')
}

/** That of a token which has expired. It opens nothing. */
function saysInactive(claims: JsonObject): boolean {
  const answer = own(claims, 'token_introspection')
  return isObject(answer) && own(answer, 'active') === false
}

function isOfIssuer(claims: JsonObject, { trusted, clocks }: SignedAnswerConfig): boolean {
  const { clockToleranceSeconds } = trusted.policy
  const iat = own(claims, 'iat')
  if (own(claims, 'iss') !== trusted.issuer || typeof iat !== 'number') return false
  const ageSeconds = clocks.nowSeconds() - iat
  return ageSeconds >= -clockToleranceSeconds && ageSeconds <= MAX_AGE_SECONDS + clockToleranceSeconds
}

/** RFC 9701 §5 discourages `exp`, RFC 7519 §4.1.4 holds for it nevertheless. */
function isInTime(claims: JsonObject, config: SignedAnswerConfig): boolean {
  const { clockToleranceSeconds } = config.trusted.policy
  const nowSeconds = config.clocks.nowSeconds()
  const exp = Object.hasOwn(claims, 'exp') ? own(claims, 'exp') : Infinity
  const nbf = Object.hasOwn(claims, 'nbf') ? own(claims, 'nbf') : -Infinity
  if (typeof exp !== 'number' || typeof nbf !== 'number') return false
  return nowSeconds < exp + clockToleranceSeconds && nowSeconds >= nbf - clockToleranceSeconds
}

function namesUs(claims: JsonObject, { trusted, clientId }: SignedAnswerConfig): boolean {
  const { audiences } = trusted.policy
  const aud = own(claims, 'aud')
  const values: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  return values.some((each) => isString(each) && (each === clientId || audiences?.has(each) === true))
}
