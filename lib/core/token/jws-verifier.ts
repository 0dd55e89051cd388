/** A JWS of a trusted issuer, without the rules of access tokens: key and signature. RFC 7515 §5.2, RFC 8725 §3.11. */
import { andThen, orElse } from '../base/maybe-promise.js'
import type { MaybePromise } from '../base/maybe-promise.js'
import { UnauthorizedError } from '../errors/errors.js'
import { algorithmHint } from '../errors/hints.js'
import { parseCompactJws } from '../jws/compact-jws.js'
import type { JwsGates, UnverifiedJws } from '../jws/compact-jws.js'
import { verifySignature } from '../jws/signature.js'
import type { VerifiedJws } from '../jws/signature.js'
import type { VerificationKey } from '../jws/verification-key.js'
import type { Issuers, TrustedIssuer } from './issuers.js'
import { whileTrusted } from './while-trusted.js'

/**
 * Verifies a JWS that one issuer must have signed, such as a logout token. `types` are the accepted
 * values of `typ`, in lower case and without `application/`; `undefined` stands for none. Not
 * checked: any claim. Throws or rejects with an UnauthorizedError or an UnavailableError.
 */
export type JwsVerifier = (
  compact: string,
  issuer: TrustedIssuer,
  types: ReadonlySet<string | undefined>,
) => MaybePromise<VerifiedJws>

export function jwsVerifier(gates: JwsGates, issuers: Pick<Issuers, 'trusts'>): JwsVerifier {
  return (compact, issuer, types) => {
    const jws = parseCompactJws(compact, gates)
    if (!types.has(jws.header.typ)) throw new UnauthorizedError('ERR_TOKEN_TYPE')
    return whileTrusted(
      () => verifyJws(jws, issuer),
      ({ key }) => issuers.trusts(issuer) && issuer.keys.trusts(key),
    )
  }
}

/** Finds the key and verifies the signature with it. */
export function verifyJws(jws: UnverifiedJws, issuer: TrustedIssuer): MaybePromise<VerifiedJws> {
  const { alg, kid } = jws.header
  if (!issuer.headerAlgorithms.has(alg))
    throw new UnauthorizedError('ERR_ALGORITHM_NOT_ALLOWED', {
      hint: algorithmHint(alg, () => jws.claims),
      expected: [...issuer.headerAlgorithms],
    })
  return andThen(issuer.keys.find({ alg, kid }), (keys) => {
    if (keys.length === 0) throw new UnauthorizedError('ERR_KEY_UNKNOWN')
    if (kid !== undefined) return verifySignature(jws, keys, issuer.algorithms)
    return orElse(
      () => verifySignature(jws, keys, issuer.algorithms),
      (thrown) => verifyByNewerKeys(jws, issuer, { tried: keys, thrown }),
    )
  })
}

/** Nothing names the key of a token without kid: the issuer may have replaced it since the last fetch. */
function verifyByNewerKeys(
  jws: UnverifiedJws,
  issuer: TrustedIssuer,
  { tried, thrown }: { readonly tried: readonly VerificationKey[]; readonly thrown: unknown },
): MaybePromise<VerifiedJws> {
  const isInvalid = thrown instanceof UnauthorizedError && thrown.code === 'ERR_SIGNATURE_INVALID'
  if (!isInvalid) throw thrown
  return andThen(issuer.keys.findNewer({ alg: jws.header.alg }, tried), (newer) => {
    if (newer.length === 0) throw thrown
    return verifySignature(jws, newer, issuer.algorithms)
  })
}
