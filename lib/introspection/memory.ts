/** What was answered about tokens, by a hash of endpoint and whole token. Refusals never displace active tokens. */
import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Clocks } from '../core/base/clock.js'
import type { JsonObject } from '../core/base/own.js'
import { isA } from '../core/base/thrown.js'
import { copyOf } from '../core/errors/copy.js'
import type { UnauthorizedError } from '../core/errors/errors.js'
import { UpstreamError } from '../core/errors/upstream-error.js'
import type { RegisteredClaims } from '../core/token/claims.js'
import type { SchemaOutput } from '../core/token/standard-schema.js'
import { KnownTokens } from './known-tokens.js'
import { unavailableToken } from './unavailable.js'

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
  /** An UpstreamError if nobody can say whether the token is good. */
  readonly error: UnauthorizedError | UpstreamError
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
    const isRemembered = known !== undefined && monotonicMs < known.untilMs
    if (isRemembered && epochMs / 1000 < known.token.registered.expiresAt) return known.token
    const refusal = this.#refused?.get(key)
    if (refusal === undefined || monotonicMs >= refusal.untilMs) return undefined
    const { error, untilMs } = refusal
    throw isA(error, UpstreamError) ? unavailableToken(error, untilMs - monotonicMs) : copyOf(error)
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

  /** The token is not good, whatever was known of it. */
  refuse(key: string, error: UnauthorizedError): void {
    this.#active?.delete(key)
    this.#known.delete(key)
    this.postpone(key, error)
  }

  /** Nobody asks about the token again for a while. */
  postpone(key: string, error: UnauthorizedError | UpstreamError): void {
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
