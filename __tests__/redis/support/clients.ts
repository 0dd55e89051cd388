/** A client of each package that is supported. Types differ between versions: tests use none. */
import { Cluster, Redis } from 'ioredis'
import { Cluster as Cluster5, Redis as Redis5 } from 'ioredis5'
import { createClient, createCluster } from 'redis'
import { createClient as createClient5, createCluster as createCluster5 } from 'redis5'
import type { IoredisClient, NodeRedisClient } from 'express-resource-server/redis'

export const KINDS = ['redis 6', 'redis 5', 'ioredis 6', 'ioredis 5'] as const
export type Kind = (typeof KINDS)[number]

export interface Connected {
  readonly client: NodeRedisClient | IoredisClient
  close(): void
}

const url = (port: number) => `redis://127.0.0.1:${port}`
const host = '127.0.0.1'
const ignore = () => undefined

/** A client of the server on the only port, or of the cluster. */
export async function connect(kind: Kind, ports: readonly number[]): Promise<Connected> {
  const connected = ports.length === 1 ? alone(kind, ports[0] ?? 0) : cluster(kind, ports)
  const client = connected.client as {
    on?(name: string, listener: () => void): void
    connect?(): Promise<unknown>
  }
  client.on?.('error', ignore)
  if (kind.startsWith('redis')) await client.connect?.()
  else await new Promise<void>((resolve) => client.on?.('ready', resolve))
  return connected
}

function alone(kind: Kind, port: number): Connected {
  if (kind === 'redis 6') {
    const client = createClient({ url: url(port) })
    return { client, close: () => client.destroy() }
  }
  if (kind === 'redis 5') {
    const client = createClient5({ url: url(port) })
    return { client, close: () => client.destroy() }
  }
  const client = kind === 'ioredis 6' ? new Redis(port, host) : new Redis5(port, host)
  return { client, close: () => client.disconnect() }
}

function cluster(kind: Kind, ports: readonly number[]): Connected {
  const rootNodes = ports.map((port) => ({ url: url(port) }))
  if (kind === 'redis 6') {
    const client = createCluster({ rootNodes })
    return { client, close: () => client.destroy() }
  }
  if (kind === 'redis 5') {
    const client = createCluster5({ rootNodes })
    return { client, close: () => client.destroy() }
  }
  const nodes = ports.map((port) => ({ host, port }))
  const client = kind === 'ioredis 6' ? new Cluster(nodes) : new Cluster5(nodes)
  return { client, close: () => client.disconnect() }
}
