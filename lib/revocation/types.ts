/** The options of this subpath as users write them. `undefined` means the same as leaving an option out. */
import type { Clock } from '../core/base/clock.js'
import type { Handler } from '../core/http/request.js'
import type { WritableRevocationStore } from '../core/stores/revocation-store.js'

/** The options of `revocation`. */
export interface RevocationOptions {
  /** Accepts tokens while the store fails, instead of answering 503. Default `false`. */
  readonly dangerouslyAcceptOnStoreFailure?: boolean | undefined
}

/** The options of `memoryRevocations`. */
export interface MemoryRevocationsOptions {
  /** Revocations alive at once, 1 to 10000000. Default 1000000, which take about 200 MB. */
  readonly maxEntries?: number | undefined
}

/** The options of `backChannelLogout`. */
export interface BackChannelLogoutOptions {
  /** What `resourceServer` returned: its issuers are those whose logout tokens count. */
  readonly server: Handler
  /** The client id under which the provider sends logout tokens here (`aud`), or several. */
  readonly clientId: string | readonly string[]
  /** Where the revocations go, such as `memoryRevocations()`, or those of `redisStores(client)`. */
  readonly store: WritableRevocationStore
  /**
   * Seconds that a logout is remembered, 60 to 315360000: at least as long as an access token of the
   * providers lives, with the clock tolerance. Default 172800 (two days).
   */
  readonly forSeconds?: number | undefined
  /** Seconds that the provider's clock may be off, 0 to 300. Default 15. */
  readonly clockToleranceSeconds?: number | undefined
  /** Replaces the system's clock, for tests. */
  readonly clock?: Clock | undefined
}
