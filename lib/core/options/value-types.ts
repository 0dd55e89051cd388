/** The types of single options of `.`: values that features make, and bags of options. */

/** Decrypts encrypted tokens, as `jwe()` returns it. */
export interface Decryption {
  makeVerifier(server: never): unknown
}

/** Who is asked about opaque tokens, as `introspection()` returns it. */
export interface OpaqueTokens {
  plan(server: never): unknown
}

/** How many verified tokens are remembered. */
export interface TokenCacheOptions {
  /** Tokens, 1 to 1000000. Default 10000. */
  readonly maxEntries?: number | undefined
  /** Bytes of memory, an estimate, 65536 to 4294967296. Default 33554432. */
  readonly maxBytes?: number | undefined
}
