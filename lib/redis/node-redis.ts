/** A client, or a cluster of clients, of the package redis (node-redis), which is not imported. */
import { assertList, ignore, MEMBER } from './connection.js'
import type { ChannelListener, Connection, Subscription, Transaction } from './connection.js'
import type { NodeRedisClient } from './types.js'

interface NodeRedisSubscriber {
  on(event: 'error', listener: () => void): unknown
  connect(): Promise<unknown>
  subscribe(
    channels: readonly string[],
    listener: (message: string, channel: string) => void,
  ): Promise<unknown>
  /** Throws if the client is not open. */
  destroy(): unknown
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

export class NodeRedisConnection implements Connection {
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
    let isClosed = false
    const destroy = async (): Promise<unknown> => client.destroy()
    const subscribed = async (): Promise<unknown> => {
      await client.connect()
      // A cluster that is destroyed while it connects may connect all the same.
      if (isClosed) return destroy()
      return client.subscribe(channels, (message, channel) => {
        if (!isClosed) listener(channel, message)
      })
    }
    client.on('error', ignore)
    subscribed().catch(ignore)
    return {
      close: () => {
        isClosed = true
        destroy().catch(ignore)
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
