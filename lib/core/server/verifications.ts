/** The verifications and renewals in progress, so that `purge()` and `close()` can end them. */
import { parseBase64url } from '../base/base64url.js'
import type { MaybePromise } from '../base/maybe-promise.js'
import { parseStrictJsonObject } from '../base/strict-json.js'
import { UnavailableError } from '../errors/errors.js'
import { presumedIssuer } from '../token/claims.js'
import type { VerifiedToken } from '../token/verifier.js'

type Verify = (token: string) => MaybePromise<VerifiedToken>

interface Pending {
  readonly token: string
  readonly end: (error: UnavailableError) => void
}

export class Verifications {
  readonly #verify: Verify
  readonly #pending = new Set<Pending>()

  constructor(verify: Verify) {
    this.#verify = verify
  }

  verify(token: string): MaybePromise<VerifiedToken> {
    return this.endable(this.#verify(token), token)
  }

  /** A result for this token: while it is pending, `purge()` and `close()` end it. */
  endable(result: MaybePromise<VerifiedToken>, token: string): MaybePromise<VerifiedToken> {
    return result instanceof Promise ? this.#endable(result, token) : result
  }

  /**
   * Ends those of these issuers with ERR_KEYS_UNAVAILABLE, and those of tokens that name none.
   * Without `issuers`, ends all.
   */
  purge(issuers?: ReadonlySet<unknown>): void {
    for (const { token, end } of [...this.#pending]) {
      const issuer = issuers && presumedIssuerOf(token)
      if (issuer === undefined || issuers?.has(issuer)) end(new UnavailableError('ERR_KEYS_UNAVAILABLE'))
    }
  }

  /** Ends all with ERR_CLOSED. */
  close(): void {
    for (const { end } of [...this.#pending]) end(new UnavailableError('ERR_CLOSED'))
  }

  #endable(result: Promise<VerifiedToken>, token: string): Promise<VerifiedToken> {
    let pending: Pending | undefined
    const ended = new Promise<never>((_resolve, reject) => {
      pending = { token, end: reject }
      this.#pending.add(pending)
    })
    return Promise.race([result, ended]).finally(() => {
      if (pending !== undefined) this.#pending.delete(pending)
    })
  }
}

/** The `iss` of a JWT that is not verified. */
function presumedIssuerOf(token: string): unknown {
  const payload = parseBase64url(token.split('.', 2)[1] ?? '')
  const claims = payload && parseStrictJsonObject(payload)
  return claims && presumedIssuer(claims)
}
