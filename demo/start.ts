/** Starts the authorization server and the API, or finds those that `npm run demo` has started. */
import { createApi } from './api.js'
import { startAuthorizationServer } from './authorization-server.js'
import { send } from './client.js'
import { API, INITIAL_ACCESS_TOKEN, office, resources, shop } from './names.js'
import type { Running } from './serve.js'
import { serve } from './serve.js'

export interface Ports {
  readonly port: number
  readonly issuerPort: number
}

export interface Demo {
  readonly api: string
  readonly issuer: string
  close(): Promise<void>
}

/** Rejects with EADDRINUSE when a port is taken; nothing is left running then. Port 0 takes a free one. */
export async function startDemo({ port, issuerPort }: Ports): Promise<Demo> {
  const authorizationServer = await startAuthorizationServer({
    port: issuerPort,
    resources,
    clients: [shop, office],
    initialAccessToken: INITIAL_ACCESS_TOKEN,
  })
  const issuer = authorizationServer.url
  const { app, protection } = createApi(issuer)

  async function close(api?: Running) {
    protection.close()
    await Promise.all([api?.close(), authorizationServer.close()])
  }

  try {
    await protection.ready()
    const api = await serve(port, () => app)
    return { api: api.url, issuer, close: () => close(api) }
  } catch (error) {
    await close()
    throw error
  }
}

/** The running demo, or `undefined` when something else, or nothing, answers on these ports. */
export async function findDemo({ port, issuerPort }: Ports): Promise<Demo | undefined> {
  const api = `http://127.0.0.1:${port}`
  const issuer = `http://127.0.0.1:${issuerPort}`
  try {
    const { body } = await send(api, { signal: AbortSignal.timeout(1000) })
    return body.audience === API && body.issuer === issuer
      ? { api, issuer, close: async () => {} }
      : undefined
  } catch {
    return undefined
  }
}
