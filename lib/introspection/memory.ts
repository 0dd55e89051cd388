/** What was answered about tokens, by a hash of endpoint and whole token. Refusals never displace active tokens. */
import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Clocks } from '../core/base/clock.js'
import type { JsonObject } from '../core/base/own.js'
import { throwCopy } from '../core/errors/copy.js'
import type { RegisteredClaims } from '../core/token/claims.js'
import type { SchemaOutput } from '../core/token/standard-schema.js'
import { KnownTokens } from './known-tokens.js'

/** An active token whose claims were judged. */
export interface ActiveToken {
  readonly claims: JsonObject
  readonly registered: RegisteredClaims
  /** Of the user's schema; `undefined` without one. */
  readonly output: SchemaOutput | undefined
  /** The size of the answer. */
  readonly bytes: number
}

interface Remembered {
  readonly token: ActiveToken
  readonly untilMs: number
}

interface Refusal {
  readonly error: unknown
  readonly untilMs: number
}

export interface MemoryLimits {
  readonly maxEntries: number
  readonly maxMs: number
  readonly negativeMs: number
}

const MAX_BYTES = 32 * 1024 * 1024
const MAX_REFUSALS = 10_000
/** What an entry takes besides its claims. */
const ENTRY_BYTES = 1000

export class Memory {
  readonly #limits: MemoryLimits
  readonly #clocks: Clocks
  readonly #known: KnownTokens
  // Each is made with its first entry, as it allocates room for all.
  #active: LRUCache<string, Remembered> | undefined
  #refused: LRUCache<string, Refusal> | undefined

  constructor(limits: MemoryLimits, clocks: Clocks, known: KnownTokens = new KnownTokens()) {
    this.#limits = limits
    this.#clocks = clocks
    this.#known = known
  }

  get activeCount(): number {
    return this.#active?.size ?? 0
  }

  /** Throws if the token was refused a moment ago. Nothing outlives the `exp` of its token. */
  find(key: string): ActiveToken | undefined {
    const { epochMs, monotonicMs } = this.#clocks.now()
    const known = this.#active?.get(key)
    if (known !== undefined && monotonicMs < known.untilMs)
      return epochMs / 1000 < known.token.registered.expiresAt ? known.token : undefined
    const refusal = this.#refused?.get(key)
    return refusal !== undefined && monotonicMs < refusal.untilMs ? throwCopy(refusal.error) : undefined
  }

  /** Whether the token was active when it was last asked about, even if that was long ago. */
  wasActive(key: string): boolean {
    return this.#known.has(key)
  }

  /** A memory without answers, which knows the tokens that were active. */
  emptied(): Memory {
    return new Memory(this.#limits, this.#clocks, this.#known)
  }

  keep(key: string, token: ActiveToken): void {
    this.#refused?.delete(key)
    this.#known.add(key)
    const { maxMs, maxEntries } = this.#limits
    if (maxMs <= 0) return
    this.#active ??= new LRUCache({
      max: maxEntries,
      maxSize: MAX_BYTES,
      sizeCalculation: ({ token }) => ENTRY_BYTES + 4 * token.bytes,
    })
    this.#active.set(key, { token, untilMs: this.#clocks.monotonicMs() + maxMs })
  }

  refuse(key: string, error: unknown, { wasAnswered }: { readonly wasAnswered: boolean }): void {
    if (wasAnswered) {
      this.#active?.delete(key)
      this.#known.delete(key)
    }
    const { negativeMs } = this.#limits
    if (negativeMs <= 0) return
    this.#refused ??= new LRUCache({ max: MAX_REFUSALS })
    this.#refused.set(key, { error, untilMs: this.#clocks.monotonicMs() + negativeMs })
  }
}

/** The whole token counts, and where it was asked about: tokens of two servers may be equal. */
export function keyOf(endpoint: URL, kind: string, token: string): string {
  return createHash('sha256').update(`${endpoint.href}\n${kind}\n`).update(token).digest('base64')
}
