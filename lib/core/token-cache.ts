/**
 * Tokens that were verified before. A hit saves parsing, the signature and the schema, nothing else: time, audience and the
 * trust in issuer and key are judged again on each request. Only successes are kept, under a hash, so that no credential
 * stays in memory as a key.
 */
import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { MaybePromise } from './maybe-promise.js'
import type { Principal } from './principal.js'
import type { VerifiedAccessToken } from './verify-access-token.js'

export interface CachedToken {
  readonly accessToken: VerifiedAccessToken
  readonly principal: Principal
}

export interface TokenCacheLimits {
  readonly maxEntries: number
  readonly maxBytes: number
}

export const DEFAULT_TOKEN_CACHE_LIMITS: TokenCacheLimits = { maxEntries: 10_000, maxBytes: 32 * 1024 * 1024 }

/** Longer ones are rare, and would let few tokens fill the cache. */
const MAX_TOKEN_LENGTH = 8192
/** What an entry takes beside the token: claims and principal grow with the token, the rest does not. */
const ENTRY_BYTES = 1000

export class TokenCache {
  readonly #entries: LRUCache<string, CachedToken>
  /** The token that each connection sent last, for as long as the connection lives. */
  readonly #last = new WeakMap<object, CachedToken>()
  readonly #pending = new Map<string, Promise<CachedToken>>()

  constructor({ maxEntries, maxBytes }: TokenCacheLimits) {
    this.#entries = new LRUCache({
      max: maxEntries,
      maxSize: maxBytes,
      sizeCalculation: ({ accessToken }) => ENTRY_BYTES + 2 * accessToken.token.length,
    })
  }

  /**
   * What is remembered of a token that the connection sent last time too. Comparing takes 0.1 µs where the hash takes 0.9, in
   * a request of 70.
   */
  getLast(connection: object, token: string): CachedToken | undefined {
    const last = this.#last.get(connection)
    return last?.accessToken.token === token ? last : undefined
  }

  setLast(connection: object, cached: CachedToken): void {
    this.#last.set(connection, cached)
  }

  /** The whole token counts, its signature too: another encoding of one token is another token. */
  keyOf(token: string): string | undefined {
    return token.length > MAX_TOKEN_LENGTH ? undefined : hash('sha256', token, 'base64')
  }

  get(key: string): CachedToken | undefined {
    return this.#entries.get(key)
  }

  /** Keeps what `verify` gives. Those who ask for one token at the same time share one verification, not its failure's memory. */
  verifyOnce(key: string, verify: () => MaybePromise<CachedToken>): MaybePromise<CachedToken> {
    const pending = this.#pending.get(key)
    if (pending !== undefined) return pending
    const result = verify()
    if (!(result instanceof Promise)) {
      this.#entries.set(key, result)
      return result
    }
    const shared = result
      .then((verified) => {
        this.#entries.set(key, verified)
        return verified
      })
      .finally(() => this.#pending.delete(key))
    this.#pending.set(key, shared)
    return shared
  }
}
