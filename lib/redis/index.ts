/** Stores in Redis, for several processes that serve one application. */
import { assertNotHandler, NO_HANDLER } from '../core/errors/misuse.js'
import type { Ignored } from '../core/errors/misuse.js'
import { OptionReader } from '../core/options/reader.js'
import type { Connection } from './connection.js'
import { RedisReplayStore } from './replay-store.js'
import type { RedisSettings } from './replay-store.js'
import { RedisRevocationStore } from './revocation-store.js'
import { toConnection } from './to-connection.js'
import type { IoredisClient, NodeRedisClient, RedisStores, RedisStoresOptions } from './types.js'

export type { ReplayAnswer, ReplayStore } from '../core/stores/replay-store.js'
export type {
  RevocableToken,
  Revocation,
  RevocationStore,
  WritableRevocationStore,
} from '../core/stores/revocation-store.js'
export type {
  IoredisClient,
  NodeRedisClient,
  RedisRevocations,
  RedisStores,
  RedisStoresOptions,
} from './types.js'

/**
 * Stores that all processes with the same Redis share. Pass a client that you have connected, of
 * node-redis or ioredis, stand-alone or cluster; closing it is up to you.
 *
 * `replay` accepts no proof twice, also after Redis was flushed or restarted: it then refuses what it
 * may have forgotten. `revocations` knows of each revocation within a second, whichever process made
 * it, or asks Redis. An answer that takes longer than `timeoutMs`, and every error, count as a failure
 * of the store.
 *
 * Calls with the same client and the same options return the same stores.
 *
 * Not checked: that Redis evicts no keys (`maxmemory-policy noeviction`), and that no two masters
 * answer at once, as in a split network during a fail-over.
 *
 * @throws {ConfigurationError} for a wrong option, or anything but a client.
 * @example
 * const client = await createClient({ url: 'redis://localhost' }).on('error', console.error).connect()
 * dpop({ publicUrl: 'https://api.example.com', replay: redisStores(client).replay })
 */
export function redisStores(
  client: NodeRedisClient | IoredisClient,
  options?: RedisStoresOptions,
  ignored?: Ignored,
): RedisStores
export function redisStores(...args: readonly unknown[]): RedisStores {
  assertNotHandler('redisStores', args, NO_HANDLER)
  const [client, options = {}] = args as [NodeRedisClient | IoredisClient, RedisStoresOptions?]
  const settings = parseOptions(options)
  const connection = toConnection(client)
  const ofClient = made.get(client) ?? new Map<string, RedisStores>()
  made.set(client, ofClient)
  const key = JSON.stringify(settings)
  const stores = ofClient.get(key) ?? makeStores(connection, settings)
  ofClient.set(key, stores)
  return stores
}

/** By their settings. Two servers of one route must know that they use one store. */
const made = new WeakMap<object, Map<string, RedisStores>>()

function makeStores(connection: Connection, settings: RedisSettings): RedisStores {
  return Object.freeze({
    replay: new RedisReplayStore(connection, settings),
    revocations: new RedisRevocationStore(connection, settings),
  })
}

const NAMES: Readonly<Record<keyof RedisStoresOptions, true>> = { prefix: true, timeoutMs: true }

function parseOptions(options: RedisStoresOptions): RedisSettings {
  const reader = new OptionReader(options, 'redisStores', Object.keys(NAMES))
  const prefix = reader.string('prefix') ?? 'ers:'
  if (/[{}]/.test(prefix))
    reader.fail('prefix', 'must not contain { or }, which choose the node of a cluster')
  return { prefix, timeoutMs: reader.integer('timeoutMs', { min: 1, max: 60_000 }) ?? 250 }
}
