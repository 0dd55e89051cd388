/** The seam between verification and the keys of an issuer, wherever they come from. */
import type { MaybePromise } from '../base/maybe-promise.js'
import type { VerificationKey } from '../jws/verification-key.js'

export interface KeyQuery {
  readonly alg: string
  readonly kid?: string | undefined
}

export interface KeyFinder {
  /**
   * The keys to try for a token; none if the issuer publishes no key for it. Rejects if keys are
   * unavailable.
   */
  find(query: KeyQuery): MaybePromise<readonly VerificationKey[]>
  /**
   * For a token without kid that none of the `tried` keys verified: the keys that the issuer has
   * published since. May refresh, at most once per cool-down. Rejects if keys are unavailable.
   */
  findNewer(query: KeyQuery, tried: readonly VerificationKey[]): MaybePromise<readonly VerificationKey[]>
  /**
   * Whether a key that verified a token before is still trusted. Starts a refresh that is due;
   * never waits.
   */
  touch(key: VerificationKey): boolean
  /** Whether a key is trusted right now. Unlike `touch`, it starts nothing. */
  trusts(key: VerificationKey): boolean
}
