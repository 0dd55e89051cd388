/** Starts the authorization server, the API and the page, or finds a running demo. */
import type { KeyObject } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { createApi } from './api.js'
import { startAuthorizationServer } from './authorization-server.js'
import { send } from './client.js'
import { controls } from './controls.js'
import { encryptionKeyPair } from './encryption-key.js'
import { goLive } from './live.js'
import {
  API,
  API_ENCRYPTED,
  clientsForPeople,
  INITIAL_ACCESS_TOKEN,
  office,
  ordersApi,
  resources,
  shop,
} from './names.js'
import { numbered } from './observe.js'
import { createPage } from './page-server.js'
import { serve } from './serve.js'

export interface Ports {
  readonly port: number
  readonly issuerPort: number
  readonly pagePort: number
}

export interface Demo {
  readonly api: string
  readonly issuer: string
  readonly close: () => Promise<void>
}

export interface DemoWithPage extends Demo {
  readonly page: string
}

/** Port 0 picks a free port. On a failure, such as EADDRINUSE, no server is left running. */
export async function startDemo({ port, issuerPort, pagePort }: Ports): Promise<DemoWithPage> {
  const closing: (() => unknown)[] = []
  async function close() {
    await Promise.all(closing.map((end) => end()))
  }

  try {
    // The page starts first: its origin is part of the redirect URIs.
    let servePage: RequestListener = (_req, res) => {
      res.writeHead(503).end()
    }
    const page = await serve(pagePort, () => (req, res) => servePage(req, res))
    closing.push(page.close)

    const encryption = encryptionKeyPair()
    const authorizationServer = await startAuthorizationServer({
      port: issuerPort,
      resources: { ...resources, [API_ENCRYPTED]: encryptedFor(encryption.publicKey) },
      clients: [shop, office, ordersApi, ...clientsForPeople(page.url)],
      initialAccessToken: INITIAL_ACCESS_TOKEN,
      pageOrigin: page.url,
    })
    closing.push(authorizationServer.close)
    const issuer = authorizationServer.url

    const { app, protection, revocations } = createApi(issuer, encryption.privateJwk)
    closing.push(() => protection.close())
    await protection.ready()
    const api = await serve(port, () => numbered(app))
    closing.push(api.close)

    const live = goLive(protection, authorizationServer)
    closing.push(live.end)
    servePage = await createPage({
      api: api.url,
      issuer,
      events: live.events.handler,
      controls: controls({ authorizationServer, revocations, decryptionKey: encryption.privateJwk }),
    })
    return { api: api.url, issuer, page: page.url, close }
  } catch (error) {
    await close()
    throw error
  }
}

function encryptedFor(encryptionKey: KeyObject) {
  return { scopes: ['orders:read'], algorithm: 'ES256' as const, audience: API, encryptionKey }
}

/** A demo responds at once. This limit is for other servers that never respond. */
const LOOK_UP_MS = 15_000

/** Returns the demo that runs on these ports, or `undefined` if there is none. */
export async function findDemo({ port, issuerPort }: Ports): Promise<Demo | undefined> {
  const api = `http://127.0.0.1:${port}`
  const issuer = `http://127.0.0.1:${issuerPort}`
  try {
    const { body } = await send(api, { signal: AbortSignal.timeout(LOOK_UP_MS) })
    return body.audience === API && body.issuer === issuer
      ? { api, issuer, close: async () => {} }
      : undefined
  } catch {
    return undefined
  }
}
