/** One form for the clients of node-redis and ioredis, alone or in a cluster. Imports neither. */
import { isObject } from '../core/base/own.js'
import { ConfigurationError } from '../core/errors/errors.js'
import type { IoredisClient, NodeRedisClient } from './types.js'

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

const ADVICE =
  'must be a client or a cluster of the package redis (version 5 or 6) or ioredis (version 5 or 6)'

/** Throws a ConfigurationError for anything but a client. */
export function toConnection(client: unknown): Connection {
  const option = 'redisStores.client'
  if (client instanceof Promise)
    throw new ConfigurationError(`${option}: is a promise. Wait for it: await client.connect()`, option)
  if (isObject(client) && typeof client['multi'] === 'function' && typeof client['on'] === 'function') {
    if (typeof client['status'] === 'string') return new IoredisConnection(client as unknown as IoredisClient)
    if (typeof client['isOpen'] === 'boolean')
      return new NodeRedisConnection(client as unknown as NodeRedisClient)
  }
  throw new ConfigurationError(`${option}: ${ADVICE}`, option)
}

/** Of each sorted set. */
const MEMBER = 'x'

/** Why a subscription failed does not matter: its silence is noticed. */
const ignore = (): void => undefined

interface NodeRedisSubscriber {
  readonly isOpen: boolean
  on(event: 'error', listener: () => void): unknown
  connect(): Promise<unknown>
  subscribe(
    channels: readonly string[],
    listener: (message: string, channel: string) => void,
  ): Promise<unknown>
  destroy(): void
}

interface IoredisSubscriber {
  on(event: 'error', listener: () => void): unknown
  on(event: 'message', listener: ChannelListener): unknown
  subscribe(...channels: readonly string[]): Promise<unknown>
  disconnect(): void
}

interface NodeRedisMulti {
  zAdd(key: string, member: object, options: { readonly comparison: 'GT' }): unknown
  zScore(key: string, member: string): unknown
  pExpire(key: string, ttlMs: number, mode: 'NX' | 'GT'): unknown
  incr(key: string): unknown
  publish(channel: string, message: string): unknown
  set(key: string, value: string, options: { readonly NX: true; readonly PX: number }): unknown
  get(key: string): unknown
  pTTL(key: string): unknown
  info(section: string): unknown
  exec(): Promise<unknown>
}

class NodeRedisConnection implements Connection {
  readonly #client: NodeRedisClient

  constructor(client: NodeRedisClient) {
    this.#client = client
  }

  isReady(): boolean {
    return this.#client.isReady ?? this.#client.isOpen
  }

  onReady(listener: () => void): void {
    this.#client.on('ready', listener)
    if (this.isReady()) listener()
  }

  isClosed(): boolean {
    return !this.#client.isOpen
  }

  subscribe(channels: readonly string[], listener: ChannelListener): Subscription {
    const client = this.#client.duplicate() as NodeRedisSubscriber
    client.on('error', ignore)
    const subscribed = async (): Promise<void> => {
      await client.connect()
      await client.subscribe(channels, (message, channel) => {
        listener(channel, message)
      })
    }
    subscribed().catch(ignore)
    return {
      close: () => {
        if (client.isOpen) client.destroy()
      },
    }
  }

  transaction(): Transaction {
    const multi = this.#client.multi() as unknown as NodeRedisMulti
    const transaction: Transaction = {
      setOnce: (key, value, ttlMs) => (multi.set(key, value, { NX: true, PX: ttlMs }), transaction),
      get: (key) => (multi.get(key), transaction),
      ttlMs: (key) => (multi.pTTL(key), transaction),
      raiseScore: (key, score) => (
        multi.zAdd(key, { score, value: MEMBER }, { comparison: 'GT' }),
        transaction
      ),
      score: (key) => (multi.zScore(key, MEMBER), transaction),
      keepFor: (key, ttlMs) => (
        multi.pExpire(key, ttlMs, 'NX'),
        multi.pExpire(key, ttlMs, 'GT'),
        transaction
      ),
      increment: (key) => (multi.incr(key), transaction),
      publish: (channel, message) => (multi.publish(channel, message), transaction),
      replicationInfo: () => (multi.info('replication'), transaction),
      exec: async () => assertList(await multi.exec()),
    }
    return transaction
  }
}

interface IoredisMulti {
  zadd(key: string, mode: 'GT', score: number, member: string): unknown
  zscore(key: string, member: string): unknown
  pexpire(key: string, ttlMs: number, mode: 'NX' | 'GT'): unknown
  incr(key: string): unknown
  publish(channel: string, message: string): unknown
  set(key: string, value: string, px: 'PX', ttlMs: number, nx: 'NX'): unknown
  get(key: string): unknown
  pttl(key: string): unknown
  info(section: string): unknown
  exec(): Promise<unknown>
}

class IoredisConnection implements Connection {
  readonly #client: IoredisClient

  constructor(client: IoredisClient) {
    this.#client = client
  }

  /** With `lazyConnect`, the first command connects. */
  isReady(): boolean {
    return this.#client.status === 'ready' || this.#client.status === 'wait'
  }

  onReady(listener: () => void): void {
    this.#client.on('ready', listener)
    if (this.#client.status === 'ready') listener()
  }

  isClosed(): boolean {
    return this.#client.status === 'end'
  }

  subscribe(channels: readonly string[], listener: ChannelListener): Subscription {
    const client = this.#client.duplicate() as IoredisSubscriber
    client.on('error', ignore)
    client.on('message', listener)
    Promise.resolve(client.subscribe(...channels)).catch(ignore)
    return {
      close: () => {
        client.disconnect()
      },
    }
  }

  transaction(): Transaction {
    const multi = this.#client.multi() as unknown as IoredisMulti
    const transaction: Transaction = {
      setOnce: (key, value, ttlMs) => (multi.set(key, value, 'PX', ttlMs, 'NX'), transaction),
      get: (key) => (multi.get(key), transaction),
      ttlMs: (key) => (multi.pttl(key), transaction),
      raiseScore: (key, score) => (multi.zadd(key, 'GT', score, MEMBER), transaction),
      score: (key) => (multi.zscore(key, MEMBER), transaction),
      keepFor: (key, ttlMs) => (
        multi.pexpire(key, ttlMs, 'NX'),
        multi.pexpire(key, ttlMs, 'GT'),
        transaction
      ),
      increment: (key) => (multi.incr(key), transaction),
      publish: (channel, message) => (multi.publish(channel, message), transaction),
      replicationInfo: () => (multi.info('replication'), transaction),
      exec: async () => assertList(await multi.exec()).map(unwrap),
    }
    return transaction
  }
}

function assertList(answers: unknown): readonly unknown[] {
  if (Array.isArray(answers)) return answers
  throw new TypeError('Redis did not run the transaction')
}

/** Of `[error, answer]`. */
function unwrap(pair: unknown): unknown {
  const [error, answer] = assertList(pair)
  if (error instanceof Error) throw error
  return answer
}
