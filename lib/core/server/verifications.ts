/** What requests wait for, so that `purge()` and `close()` can end it: verifications, checks, renewals. */
import { parseBase64url } from '../base/base64url.js'
import type { MaybePromise } from '../base/maybe-promise.js'
import { parseStrictJsonObject } from '../base/strict-json.js'
import { UnavailableError } from '../errors/errors.js'
import { presumedIssuer } from '../token/claims.js'
import type { VerifiedToken } from '../token/verifier.js'

type Verify = (token: string) => MaybePromise<VerifiedToken>

/** A token, and its issuer once it is verified. */
interface Subject {
  readonly token: string
  readonly issuer?: { readonly issuer: string }
}

interface Pending {
  readonly subject: Subject
  readonly end: (error: UnavailableError) => void
}

export class Verifications {
  readonly #verify: Verify
  readonly #pending = new Set<Pending>()

  constructor(verify: Verify) {
    this.#verify = verify
  }

  verify(token: string): MaybePromise<VerifiedToken> {
    const result = this.#verify(token)
    return result instanceof Promise ? this.endable(result, { token }) : result
  }

  /** A result about this token, which `purge()` and `close()` can end. */
  endable<T>(result: Promise<T>, subject: Subject): Promise<T> {
    let pending: Pending | undefined
    const ended = new Promise<never>((_resolve, reject) => {
      pending = { subject, end: reject }
      this.#pending.add(pending)
    })
    return Promise.race([result, ended]).finally(() => {
      if (pending !== undefined) this.#pending.delete(pending)
    })
  }

  /**
   * Ends those of these issuers with ERR_KEYS_UNAVAILABLE, and those of tokens that name none.
   * Without `issuers`, ends all.
   */
  purge(issuers?: ReadonlySet<unknown>): void {
    for (const { subject, end } of [...this.#pending]) {
      const issuer = issuers && (subject.issuer?.issuer ?? presumedIssuerOf(subject.token))
      if (issuer === undefined || issuers?.has(issuer)) end(new UnavailableError('ERR_KEYS_UNAVAILABLE'))
    }
  }

  /** Ends all with ERR_CLOSED. */
  close(): void {
    for (const { end } of [...this.#pending]) end(new UnavailableError('ERR_CLOSED'))
  }
}

/** The `iss` of a JWT that is not verified. */
function presumedIssuerOf(token: string): unknown {
  const payload = parseBase64url(token.split('.', 2)[1] ?? '')
  const claims = payload && parseStrictJsonObject(payload)
  return claims && presumedIssuer(claims)
}
