/** Verifies the signature of a JWS by the issuer's keys. RFC 7515 §5.2 (8-10). */
import { andThen } from '../base/maybe-promise.js'
import type { MaybePromise } from '../base/maybe-promise.js'
import { freezeJson } from '../base/strict-json.js'
import { UnauthorizedError } from '../errors/errors.js'
import { signatureHint } from '../errors/identifier-hints.js'
import type { Algorithm } from './algorithms.js'
import { signingInputOf } from './compact-jws.js'
import type { UnverifiedJws } from './compact-jws.js'
import type { VerificationKey } from './verification-key.js'

declare const verified: unique symbol

/** The signature is valid. What the claims say is not checked yet. */
export interface VerifiedJws extends UnverifiedJws {
  readonly [verified]: true
  readonly key: VerificationKey
}

/**
 * Tries the keys in order, each with the one algorithm that the key is bound to and the issuer
 * allows. Throws or rejects with an UnauthorizedError, or with an UnavailableError (ERR_OVERLOADED).
 */
export function verifySignature(
  jws: UnverifiedJws,
  keys: readonly VerificationKey[],
  allowed: ReadonlySet<Algorithm>,
): MaybePromise<VerifiedJws> {
  const { header, claims, signature } = jws
  const data = signingInputOf(jws)
  const tryFrom = (index: number): MaybePromise<VerifiedJws> => {
    const key = keys[index]
    if (key === undefined)
      throw new UnauthorizedError('ERR_SIGNATURE_INVALID', { hint: signatureHint(header.members, claims) })
    const bound = key.checks.get(header.alg)
    const isValid = bound !== undefined && allowed.has(bound.algorithm) && bound.check(data, signature)
    return andThen(isValid, (valid) => (valid ? verifiedJws(jws, key) : tryFrom(index + 1)))
  }
  return tryFrom(0)
}

/**
 * Asserts that the signature was valid under this key. Claims are frozen only now: freezing costs as
 * much as parsing, and forged tokens must stay cheap.
 */
export function verifiedJws(jws: UnverifiedJws, key: VerificationKey): VerifiedJws {
  const { token, header, payload, claims, signature } = jws
  freezeJson(header.members)
  if (claims !== undefined) freezeJson(claims)
  return { token, header, payload, claims, signature, key } as VerifiedJws
}
