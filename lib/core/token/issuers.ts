/**
 * From the `iss` of an unverified token to an issuer that is trusted, by exact string (RFC 8725 §3.8, RFC 8414 §3.3).
 * An issuer that is not in the options never causes traffic.
 */
import type { Algorithm } from '../jws/algorithms.js'
import type { ClaimReader } from './claim-source.js'
import type { ClaimsPolicy } from './claims.js'
import { UnauthorizedError } from '../errors/errors.js'
import { IssuerHints } from '../errors/hints.js'
import type { KeySet } from '../keys/key-set.js'
import type { MaybePromise } from '../base/maybe-promise.js'
import { isString, own } from '../base/own.js'
import type { JsonObject } from '../base/own.js'

/** One issuer with everything that its tokens are judged by. */
export interface TrustedIssuer {
  readonly issuer: string
  readonly algorithms: ReadonlySet<Algorithm>
  /** The same as `alg` may name them. */
  readonly headerAlgorithms: ReadonlySet<string>
  readonly keys: KeySet
  readonly policy: ClaimsPolicy
  readonly scopesOf: ClaimReader<readonly string[]>
  readonly rolesOf: ClaimReader<readonly string[]>
  readonly clientIdOf: ClaimReader<string | undefined>
}

/** Who is trusted. */
export interface Issuers {
  /** Those known by now. */
  all(): Iterable<TrustedIssuer>
  get(issuer: string): TrustedIssuer | undefined
  /** Whether an issuer that was trusted before still is, by the same options. */
  isCurrent(issuer: TrustedIssuer): boolean
  /** The issuer that `claims` name; header copies of `iss` do not count. Refuses the token when there is none. */
  trusted(claims: JsonObject): MaybePromise<TrustedIssuer>
}

/** The issuers of the options. */
export class StaticIssuers implements Issuers {
  readonly #byIdentifier: ReadonlyMap<string, TrustedIssuer>
  #hints: IssuerHints | undefined

  constructor(issuers: readonly TrustedIssuer[]) {
    this.#byIdentifier = new Map(issuers.map((each) => [each.issuer, each]))
  }

  all(): Iterable<TrustedIssuer> {
    return this.#byIdentifier.values()
  }

  get(issuer: string): TrustedIssuer | undefined {
    return this.#byIdentifier.get(issuer)
  }

  isCurrent(): boolean {
    return true
  }

  trusted(claims: JsonObject): TrustedIssuer {
    const iss = own(claims, 'iss')
    const issuer = isString(iss) ? this.#byIdentifier.get(iss) : undefined
    if (issuer !== undefined) return issuer
    this.#hints ??= new IssuerHints(this.#byIdentifier.keys())
    throw new UnauthorizedError('ERR_ISSUER_UNKNOWN', { hint: this.#hints.of(iss) })
  }
}
