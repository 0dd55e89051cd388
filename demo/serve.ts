/** Starts an HTTP server on the loopback interface. Its handler may depend on its port. */
import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Running {
  readonly url: string
  readonly close: () => Promise<void>
}

/** Port 0 picks a free port. Rejects with the error of `listen`, such as EADDRINUSE. */
export async function serve(port: number, handlerFor: (url: string) => RequestListener): Promise<Running> {
  const server = createServer()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')

  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  server.on('request', handlerFor(url))

  return {
    url,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
