/**
 * Tokens that were verified before. A hit saves parsing, the signature and the schema, nothing else: time, audience and the
 * trust in issuer and key are judged again on each request. Only successes are kept.
 *
 * The key is the end of the signature, and the whole token is compared then. Finding a token of 900 characters so takes 0.2 µs;
 * its SHA-256 as the key takes 1.2, the token itself 1.6. Nothing is compared before 258 bits of a signature were guessed, so
 * how long it takes tells a guesser nothing, and no key is a credential.
 */
import { LRUCache } from 'lru-cache'
import type { MaybePromise } from '../base/maybe-promise.js'
import type { Principal } from '../access/principal.js'
import type { VerifiedAccessToken } from '../token/jwt-verifier.js'

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
/** The shortest signature there is, of HS256, has as many characters. */
const KEY_LENGTH = 43
/** What an entry takes beside the token: claims and principal grow with the token, the rest does not. */
const ENTRY_BYTES = 1000

export class TokenCache {
  readonly #entries: LRUCache<string, CachedToken>
  readonly #pending = new Map<string, Promise<CachedToken>>()

  constructor({ maxEntries, maxBytes }: TokenCacheLimits) {
    this.#entries = new LRUCache({
      max: maxEntries,
      maxSize: maxBytes,
      sizeCalculation: ({ accessToken }) => ENTRY_BYTES + 2 * accessToken.token.length,
    })
  }

  /** The whole token counts: another encoding of one token is another token. */
  get(token: string): CachedToken | undefined {
    const cached = this.#entries.get(keyOf(token))
    return cached?.accessToken.token === token ? cached : undefined
  }

  /** Keeps what `verify` gives. Those who ask for one token at the same time share one verification, not its failure's memory. */
  verifyOnce(token: string, verify: () => MaybePromise<CachedToken>): MaybePromise<CachedToken> {
    // Asked of an empty map, too, the hash of the token would take 1 µs.
    const pending = this.#pending.size === 0 ? undefined : this.#pending.get(token)
    if (pending !== undefined) return pending
    const result = verify()
    if (!(result instanceof Promise)) return this.#keep(result)
    const shared = result.then((verified) => this.#keep(verified)).finally(() => this.#pending.delete(token))
    this.#pending.set(token, shared)
    return shared
  }

  #keep(verified: CachedToken): CachedToken {
    const { token } = verified.accessToken
    if (token.length <= MAX_TOKEN_LENGTH) this.#entries.set(keyOf(token), verified)
    return verified
  }
}

function keyOf(token: string): string {
  return token.slice(-KEY_LENGTH)
}
