/** JWTs of trusted issuers that are not access tokens, such as logout tokens. RFC 8725 §3.8, §3.11. */
import { andThen } from '../base/maybe-promise.js'
import type { MaybePromise } from '../base/maybe-promise.js'
import type { JsonObject } from '../base/own.js'
import { UnauthorizedError } from '../errors/errors.js'
import { malformedClaims, parseCompactJws } from '../jws/compact-jws.js'
import type { JwsGates } from '../jws/compact-jws.js'
import { presumedIssuer } from './claims.js'
import type { Issuers } from './issuers.js'
import { jwsVerifier } from './jws-verifier.js'

export interface ExpectedJws {
  /** The accepted values of `typ`, in lower case and without `application/`; `undefined` stands for none. */
  readonly types: ReadonlySet<string | undefined>
  /** Throws to refuse claims before the issuer and its keys are looked up: strangers cause no traffic. */
  readonly assertClaims: (claims: JsonObject) => void
}

/** The claims of a JWT that one of the trusted issuers has signed. */
export interface IssuedClaims {
  readonly issuer: string
  readonly claims: JsonObject
}

/**
 * Verifies a JWT of whichever trusted issuer its `iss` names. Not checked: any claim but `iss`.
 * Throws or rejects with an UnauthorizedError, an UnavailableError, or what `assertClaims` throws.
 */
export type IssuedJwsVerifier = (compact: string, expected: ExpectedJws) => MaybePromise<IssuedClaims>

export function issuedJwsVerifier(gates: JwsGates, issuers: Issuers): IssuedJwsVerifier {
  const verify = jwsVerifier(gates, issuers)
  return (compact, { types, assertClaims }) => {
    const { header, claims } = parseCompactJws(compact, gates)
    if (claims === undefined) throw malformedClaims()
    if (!types.has(header.typ)) throw new UnauthorizedError('ERR_TOKEN_TYPE')
    assertClaims(claims)
    return andThen(issuers.trusted(presumedIssuer(claims)), (issuer) =>
      andThen(verify(compact, issuer, types), () => ({ issuer: issuer.issuer, claims })),
    )
  }
}
