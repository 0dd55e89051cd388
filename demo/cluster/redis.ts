/** A Redis of its own, on a free port and without files: the demo empties it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { createClient } from 'redis'

export interface OwnRedis {
  readonly url: string
  flush(): Promise<unknown>
  end(): void
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

export async function startRedis(): Promise<OwnRedis> {
  const port = await findFreePort()
  const settings = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--maxmemory-policy',
    'noeviction',
  ]
  const child = spawn('redis-server', settings, { stdio: 'ignore' })
  const missing = once(child, 'error').then(() => {
    throw new Error('redis-server is not installed. On Debian: apt-get install redis-server')
  })
  const url = `redis://127.0.0.1:${String(port)}`
  const client = createClient({ url })
  // It is not there at once; the client tries again.
  client.on('error', () => undefined)
  await Promise.race([client.connect(), missing])
  return {
    url,
    flush: () => client.flushAll(),
    end: () => {
      client.destroy()
      child.kill()
    },
  }
}
