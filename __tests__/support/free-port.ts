/** A port for a program that cannot choose a free one by itself, or that must come back on the same one. */
import { once } from 'node:events'
import { createServer } from 'node:net'

const FIRST = 10_000
const PORTS_OF_A_PROCESS = 40
const PROCESSES = 500

let next = 0

/**
 * A port on which nothing listens, below those that systems give to servers on port 0 and to
 * clients, so that it also stays free. Test processes at one time have different ranges.
 */
export async function freePort(): Promise<number> {
  const first = FIRST + (process.pid % PROCESSES) * PORTS_OF_A_PROCESS
  for (;;) {
    const port = first + (next++ % PORTS_OF_A_PROCESS)
    if (await isFree(port)) return port
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}
