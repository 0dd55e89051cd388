/**
 * Finds the trusted issuer for the `iss` of an unverified token, by exact comparison. An issuer that
 * is not in the options never causes traffic. RFC 8725 §3.8, RFC 8414 §3.3.
 */
import type { Algorithm } from '../jws/algorithms.js'
import type { ClaimReader } from './claim-source.js'
import type { ClaimsPolicy } from './claims.js'
import { UnauthorizedError } from '../errors/errors.js'
import { IssuerHints } from '../errors/identifier-hints.js'
import type { KeyFinder } from '../keys/key-finder.js'
import type { KeySource } from '../keys/key-source.js'
import type { MaybePromise } from '../base/maybe-promise.js'
import { isString } from '../base/own.js'

/** One issuer, with everything that is needed to check its tokens. */
export interface TrustedIssuer {
  readonly issuer: string
  readonly algorithms: ReadonlySet<Algorithm>
  /** The values of `alg` for these algorithms. */
  readonly headerAlgorithms: ReadonlySet<string>
  readonly keys: KeyFinder
  readonly policy: ClaimsPolicy
  readonly scopesOf: ClaimReader<readonly string[]>
  readonly rolesOf: ClaimReader<readonly string[]>
  readonly clientIdOf: ClaimReader<string | undefined>
}

/** A trusted issuer whose keys can be managed. */
export interface ManagedIssuer extends TrustedIssuer {
  readonly keys: KeySource
}

/** The issuers that one server trusts. */
export interface Issuers {
  /** The issuers known so far. */
  all(): Iterable<ManagedIssuer>
  /** The issuers named in the options. Unverified tokens can add issuers to `all()`, but not here. */
  configured(): Iterable<ManagedIssuer>
  get(issuer: string): ManagedIssuer | undefined
  /** Whether an issuer is still trusted, with the same options, and need not be looked up again. */
  isCurrent(issuer: TrustedIssuer): boolean
  /** Whether it is trusted right now, with the same options, even if a look-up is due. */
  trusts(issuer: TrustedIssuer): boolean
  /** The issuer that `iss` names. Throws or rejects with an UnauthorizedError if there is none. */
  trusted(iss: unknown): MaybePromise<TrustedIssuer>
  /**
   * Ends the look-ups in progress with ERR_KEYS_UNAVAILABLE, and has known issuers looked up again:
   * all or this one. Returns the issuers that were being looked up, and this one if it could be. Key
   * sources are not touched.
   */
  purge(issuer?: string): readonly string[]
  /** Releases all key sources, and makes no new ones. Ends look-ups with ERR_CLOSED. */
  close(): void
}

/** The issuers of the options. */
export class StaticIssuers implements Issuers {
  readonly #byIdentifier: ReadonlyMap<string, ManagedIssuer>
  readonly #identifiers: readonly string[]
  #hints: IssuerHints | undefined

  constructor(issuers: readonly ManagedIssuer[]) {
    this.#byIdentifier = new Map(issuers.map((each) => [each.issuer, each]))
    this.#identifiers = Object.freeze([...this.#byIdentifier.keys()])
  }

  all(): Iterable<ManagedIssuer> {
    return this.#byIdentifier.values()
  }

  configured(): Iterable<ManagedIssuer> {
    return this.#byIdentifier.values()
  }

  get(issuer: string): ManagedIssuer | undefined {
    return this.#byIdentifier.get(issuer)
  }

  isCurrent(): boolean {
    return true
  }

  trusts(): boolean {
    return true
  }

  trusted(iss: unknown): TrustedIssuer {
    const issuer = isString(iss) ? this.#byIdentifier.get(iss) : undefined
    if (issuer !== undefined) return issuer
    this.#hints ??= new IssuerHints(this.#identifiers)
    throw new UnauthorizedError('ERR_ISSUER_UNKNOWN', {
      hint: this.#hints.of(iss),
      expected: this.#identifiers,
    })
  }

  purge(): readonly string[] {
    return []
  }

  close(): void {
    for (const { keys } of this.all()) keys.close()
  }
}
