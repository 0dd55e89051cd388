/** Tells the clients of the two packages apart. */
import { isObject } from '../core/base/own.js'
import { ConfigurationError } from '../core/errors/errors.js'
import type { Connection } from './connection.js'
import { IoredisConnection } from './ioredis.js'
import { NodeRedisConnection } from './node-redis.js'
import type { IoredisClient, NodeRedisClient } from './types.js'

const ADVICE =
  'must be a client or a cluster of the package redis (version 5 or 6) or ioredis (version 5 or 6)'

const NO_DUPLICATE =
  'has no duplicate(), and revocations need a connection of their own. Pass a client of createClient(), ' +
  'not a pool: one connection serves all requests. Sentinels need version 6 of redis'

/** Throws a ConfigurationError for anything but a client. */
export function toConnection(client: unknown): Connection {
  const option = 'redisStores.client'
  if (client instanceof Promise)
    throw new ConfigurationError(`${option}: is a promise. Wait for it: await client.connect()`, option)
  if (isObject(client) && typeof client['multi'] === 'function' && typeof client['on'] === 'function') {
    if (typeof client['duplicate'] !== 'function')
      throw new ConfigurationError(`${option}: ${NO_DUPLICATE}`, option)
    if (typeof client['status'] === 'string') return new IoredisConnection(client as unknown as IoredisClient)
    if (typeof client['isOpen'] === 'boolean')
      return new NodeRedisConnection(client as unknown as NodeRedisClient)
  }
  throw new ConfigurationError(`${option}: ${ADVICE}`, option)
}
