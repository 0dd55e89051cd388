/** An encrypted token as the rest of the server sees it: the claims of the JWT in it, under its own text. RFC 7519 §5.2. */
import { andThen } from '../core/base/maybe-promise.js'
import type { JsonObject } from '../core/base/own.js'
import type { RegisteredClaims } from '../core/token/claims.js'
import type { TrustedIssuer } from '../core/token/issuers.js'
import { verifiedToken } from '../core/token/verifier.js'
import type { Recheck, TokenSummary, VerifiedToken } from '../core/token/verifier.js'

/** `token` is the encrypted one, `inner` the JWT that it held. */
export function toDecryptedToken(token: string, inner: VerifiedToken): VerifiedToken {
  return verifiedToken(new DecryptedToken(token, inner))
}

class DecryptedToken {
  readonly token: string
  readonly textLength: number
  readonly issuer: TrustedIssuer
  readonly header: JsonObject | undefined
  readonly claims: JsonObject
  readonly registered: RegisteredClaims
  readonly output: unknown
  readonly renew: VerifiedToken['renew']
  readonly #inner: VerifiedToken

  constructor(token: string, inner: VerifiedToken) {
    const { issuer, header, claims, registered, output, renew } = inner
    this.token = token
    this.textLength = token.length + inner.token.length
    this.issuer = issuer
    this.header = header
    this.claims = claims
    this.registered = registered
    this.output = output
    this.renew = renew && (() => andThen(renew(), (renewed) => toDecryptedToken(token, renewed)))
    this.#inner = inner
  }

  recheck(nowSeconds: number): Recheck {
    return this.#inner.recheck(nowSeconds)
  }

  isStillGood(nowSeconds: number): boolean {
    return this.#inner.isStillGood(nowSeconds)
  }

  summary(): TokenSummary | undefined {
    const summary = this.#inner.summary?.()
    return summary && new DecryptedText(this.token, summary)
  }
}

/** The text of a token that was decrypted and verified, with the text of the JWT in it. */
class DecryptedText implements TokenSummary {
  readonly token: string
  readonly textLength: number
  readonly #inner: TokenSummary

  constructor(token: string, inner: TokenSummary) {
    this.token = token
    this.textLength = token.length + inner.token.length
    this.#inner = inner
  }

  restore(): VerifiedToken | undefined {
    const inner = this.#inner.restore()
    return inner && toDecryptedToken(this.token, inner)
  }
}
