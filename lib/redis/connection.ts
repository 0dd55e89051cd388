/** One form for the clients of node-redis and ioredis, alone or in a cluster. */
import { isString } from '../core/base/own.js'

/** One transaction. Its keys share a hash tag, so that one node of a cluster has them all. */
export interface Transaction {
  /** Answers `OK`, or `null` if the key exists. */
  setOnce(key: string, value: string, ttlMs: number): Transaction
  get(key: string): Transaction
  /** Answers with the milliseconds that the key has left. */
  ttlMs(key: string): Transaction
  /** Raises the score of the only member of a sorted set; it never falls. */
  raiseScore(key: string, score: number): Transaction
  /** Answers with that score, or `null`. */
  score(key: string): Transaction
  /** Moves the end of a key, never nearer. Needs Redis 7. */
  keepFor(key: string, ttlMs: number): Transaction
  increment(key: string): Transaction
  publish(channel: string, message: string): Transaction
  /** Answers with the section `replication` of `INFO`. */
  replicationInfo(): Transaction
  /** The answers. Rejects if any command failed. */
  exec(): Promise<readonly unknown[]>
}

export interface Connection {
  /** Whether a command would be sent now: clients queue commands while they are offline. */
  isReady(): boolean
  /** Calls back now if connected, and whenever the client has connected; clusters may not tell. */
  onReady(listener: () => void): void
  /** Whether the user has closed the client, or not opened it yet. */
  isClosed(): boolean
  transaction(): Transaction
  /** By a connection of its own, which subscribes again after each loss. Nothing is called after `close()`. */
  subscribe(channels: readonly string[], listener: ChannelListener): Subscription
}

export type ChannelListener = (channel: string, message: string) => void

export interface Subscription {
  close(): void
}

/** Of each sorted set. */
export const MEMBER = 'x'

/** Of keys that end with the data only. */
export const TEN_YEARS_MS: number = 10 * 365 * 86_400_000

/** Why a subscription failed does not matter: its silence is noticed. */
export const ignore = (): void => undefined

export function assertList(answers: unknown): readonly unknown[] {
  if (Array.isArray(answers)) return answers
  throw new TypeError('Redis did not run the transaction')
}

/** Clients can be told to give texts as bytes. Empty for anything else. */
export function toText(answer: unknown): string {
  return isString(answer) || Buffer.isBuffer(answer) ? String(answer) : ''
}
