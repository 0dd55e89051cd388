/** Starts the authorization server, the API and the page, or finds those that `npm run demo` has started. */
import { generateKeyPairSync } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { createApi } from './api.js'
import { startAuthorizationServer } from './authorization-server.js'
import { send } from './client.js'
import { controls } from './controls.js'
import { goLive } from './live.js'
import {
  API,
  API_ENCRYPTED,
  clientsForPeople,
  INITIAL_ACCESS_TOKEN,
  office,
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

/** Rejects with EADDRINUSE when a port is taken; nothing is left running then. Port 0 takes a free one. */
export async function startDemo({ port, issuerPort, pagePort }: Ports): Promise<DemoWithPage> {
  const closing: (() => unknown)[] = []
  async function close() {
    await Promise.all(closing.map((end) => end()))
  }

  try {
    // First, because the authorization server must know where to send people back to.
    let servePage: RequestListener = (_req, res) => {
      res.writeHead(503).end()
    }
    const page = await serve(pagePort, () => (req, res) => servePage(req, res))
    closing.push(page.close)

    const authorizationServer = await startAuthorizationServer({
      port: issuerPort,
      resources: { ...resources, [API_ENCRYPTED]: encryptedResource() },
      clients: [shop, office, ...clientsForPeople(page.url)],
      initialAccessToken: INITIAL_ACCESS_TOKEN,
      pageOrigin: page.url,
    })
    closing.push(authorizationServer.close)
    const issuer = authorizationServer.url

    const { app, protection } = createApi(issuer)
    closing.push(() => protection.close())
    await protection.ready()
    const api = await serve(port, () => numbered(app))
    closing.push(api.close)

    const live = goLive(protection, authorizationServer.keyEndpoint)
    closing.push(live.end)
    servePage = await createPage({
      api: api.url,
      issuer,
      events: live.events.handler,
      controls: controls(authorizationServer),
    })
    return { api: api.url, issuer, page: page.url, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The API's private key stays nowhere: the package does not decrypt tokens. */
function encryptedResource() {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return { scopes: ['orders:read'], algorithm: 'ES256' as const, audience: API, encryptionKey: publicKey }
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
