/** oidc-provider with back-channel logout, in a process of its own. It logs out whom its parent names. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
// Not the package's main file, which prints a warning on Node 20 even though it works there.
import { Provider } from 'oidc-provider/lib/provider.js'

interface Client {
  backchannelLogout(sub: string, sid: string): Promise<unknown>
}

const backchannelLogoutUri = process.argv[2] ?? ''
const server = createServer().listen(0, '127.0.0.1')
await once(server, 'listening')
const issuer = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
const common = {
  client_secret: 'secret',
  redirect_uris: ['https://app.example/callback'],
  backchannel_logout_uri: backchannelLogoutUri,
}
const provider = new Provider(issuer, {
  clients: [
    { ...common, client_id: 'with-sid', backchannel_logout_session_required: true },
    { ...common, client_id: 'without-sid' },
  ],
  features: { backchannelLogout: { enabled: true } },
  // Its own refuses to call loopback.
  fetch: (url: string, options: object) => fetch(url, { ...options, dispatcher: undefined } as object),
})
server.on('request', provider.callback())
process.once('disconnect', () => process.exit(0))
process.on('message', ({ client, sub, sid }: { client: string; sub: string; sid: string }) => {
  const clients = provider as unknown as { Client: { find(id: string): Promise<Client> } }
  clients.Client.find(client)
    .then((found) => found.backchannelLogout(sub, sid))
    .then(
      () => process.send?.({}),
      (error: unknown) => process.send?.({ error: String(error) }),
    )
})
process.send?.({ issuer })
