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
  transaction(): Transaction
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

interface NodeRedisMulti {
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

  transaction(): Transaction {
    const multi = this.#client.multi() as unknown as NodeRedisMulti
    const transaction: Transaction = {
      setOnce: (key, value, ttlMs) => (multi.set(key, value, { NX: true, PX: ttlMs }), transaction),
      get: (key) => (multi.get(key), transaction),
      ttlMs: (key) => (multi.pTTL(key), transaction),
      replicationInfo: () => (multi.info('replication'), transaction),
      exec: async () => assertList(await multi.exec()),
    }
    return transaction
  }
}

interface IoredisMulti {
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

  transaction(): Transaction {
    const multi = this.#client.multi() as unknown as IoredisMulti
    const transaction: Transaction = {
      setOnce: (key, value, ttlMs) => (multi.set(key, value, 'PX', ttlMs, 'NX'), transaction),
      get: (key) => (multi.get(key), transaction),
      ttlMs: (key) => (multi.pttl(key), transaction),
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
