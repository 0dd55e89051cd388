/** The options of DPoP as users write them. `undefined` means the same as leaving an option out. */
import type { Clock } from '../core/base/clock.js'
import type { ResourceRequest } from '../core/http/request.js'
import type { ReplayStore } from '../core/stores/replay-store.js'

/** Nonces that this server issues. RFC 9449 §8. */
export interface DpopNonceOptions {
  /**
   * At least 32 bytes, the same in all processes. Several during a change: the first signs, all
   * verify. A string stands for its UTF-8 bytes. Must not be a key or a certificate in any encoding,
   * nor a string with half of a surrogate pair.
   */
  readonly secret: string | Uint8Array | readonly (string | Uint8Array)[]
  /** Seconds, 10 to 3600. A nonce is accepted for twice as long. Default 60. */
  readonly windowSeconds?: number | undefined
}

/** The options of `dpop`. */
export interface DpopOptions {
  /**
   * The URL under which clients reach this application, or several. A path in it is the prefix that
   * a proxy strips. A function returns the URL for one request, for many hosts; do not build it from
   * the Host header, which the sender chooses.
   */
  readonly publicUrl: string | readonly string[] | ((request: ResourceRequest) => string)
  /**
   * The algorithms of proofs. Default: every asymmetric one that this Node.js has; with the server's
   * `profile: 'fapi2'`, those of the profile.
   */
  readonly algorithms?: readonly string[] | undefined
  /** Seconds since `iat`, 1 to 3600, unless a valid nonce decides. Default 60. */
  readonly proofMaxAgeSeconds?: number | undefined
  /** Seconds that the client's clock may be off, 0 to 300. Default 15. */
  readonly clockToleranceSeconds?: number | undefined
  /** Default: no nonces; a `nonce` in a proof is ignored. */
  readonly nonce?: DpopNonceOptions | undefined
  /**
   * Where used proofs are remembered. Default `memoryReplayStore()`, which serves one process. Make
   * all values of `dpop` that share a store before the first request, or give them the same ages,
   * tolerances and nonce windows. A proof is kept only as long as those need that were there by then.
   */
  readonly replay?: ReplayStore | undefined
  /** Accepts a proof more than once. Default `false`. */
  readonly dangerouslyAllowReplay?: boolean | undefined
  /** Accepts proofs while the store fails, instead of answering 503. Default `false`. */
  readonly dangerouslyAcceptOnStoreFailure?: boolean | undefined
  /** Refuses tokens that are not bound to a key. Default `false`. */
  readonly required?: boolean | undefined
  /** Replaces the system's clock, for tests. */
  readonly clock?: Clock | undefined
}

/** The options of `memoryReplayStore`. */
export interface MemoryReplayStoreOptions {
  /** Entries alive at once, 1 to 10000000. Default 1000000, which take about 80 MB. */
  readonly maxEntries?: number | undefined
}
