/** The clients and options of `redisStores` as users write them. */
import type { ReplayStore } from '../core/stores/replay-store.js'
import type { Revocation, WritableRevocationStore } from '../core/stores/revocation-store.js'

/** What this package uses of a client, or a cluster of clients, of the package `redis` (node-redis). */
export interface NodeRedisClient {
  readonly isOpen: boolean
  /** Missing on clusters of node-redis 5. */
  readonly isReady?: boolean
  multi(): { exec(): Promise<unknown> }
  duplicate(): unknown
  on(event: 'ready', listener: () => void): unknown
}

/** What this package uses of a client, or a cluster of clients, of the package `ioredis`. */
export interface IoredisClient {
  readonly status: string
  multi(): { exec(): Promise<unknown> }
  duplicate(): unknown
  on(event: 'ready', listener: () => void): unknown
}

/** The options of `redisStores`. */
export interface RedisStoresOptions {
  /** The beginning of every key, without braces. Default `ers:`. */
  readonly prefix?: string | undefined
  /** Milliseconds that Redis has for an answer, 1 to 60000. Default 250. */
  readonly timeoutMs?: number | undefined
}

/** Stores that all processes with the same Redis and the same prefix share. */
export interface RedisStores {
  /** For the option `replay` of `dpop`. */
  readonly replay: ReplayStore
  /** For `revocation` and `backChannelLogout`. Connects when it is first used. */
  readonly revocations: RedisRevocations
}

/** Revocations of which every process hears. */
export interface RedisRevocations extends WritableRevocationStore {
  /**
   * Resolves once Redis has it. All processes that can reach Redis refuse the tokens within a second,
   * and the others answer 503. If it rejects, this process alone refuses the tokens.
   */
  revoke(revocation: Revocation): Promise<void>
  /** Ends the subscription, which otherwise ends when the client is closed. */
  close(): void
}
