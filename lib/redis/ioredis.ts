/** A client, or a cluster of clients, of the package ioredis, which is not imported. */
import { assertList, ignore, MEMBER } from './connection.js'
import type { ChannelListener, Connection, Subscription, Transaction } from './connection.js'
import type { IoredisClient } from './types.js'

interface IoredisSubscriber {
  readonly status: string
  on(event: 'error' | 'ready', listener: () => void): unknown
  on(event: 'message', listener: ChannelListener): unknown
  off(event: 'message', listener: ChannelListener): unknown
  connect(): Promise<unknown>
  subscribe(...channels: readonly string[]): Promise<unknown>
  disconnect(): void
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

export class IoredisConnection implements Connection {
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
    // Earlier commands fail without `enableOfflineQueue`, and `autoResubscribe` can be off.
    client.on('ready', () => {
      client.subscribe(...channels).catch(ignore)
    })
    if (client.status === 'wait') client.connect().catch(ignore)
    return {
      close: () => {
        client.off('message', listener)
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

/** Of `[error, answer]`. */
function unwrap(pair: unknown): unknown {
  const [error, answer] = assertList(pair)
  if (error instanceof Error) throw error
  return answer
}
