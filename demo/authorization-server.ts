/** A real authorization server: oidc-provider with every grant, and a switchable key endpoint. */
import { randomBytes } from 'node:crypto'
import cors from 'cors'
import express from 'express'
// Not the package's main file, which prints a warning on Node 20 even though it works there.
import { Provider } from 'oidc-provider/lib/provider.js'
import { KeyEndpoint } from './authorization-server/key-endpoint.js'
import { memoryAdapter } from './authorization-server/memory-adapter.js'
import { registerPasswordGrant } from './authorization-server/password-grant.js'
import type { Settings } from './authorization-server/settings.js'
import { toProviderSettings } from './authorization-server/settings.js'
import { signInPages } from './authorization-server/sign-in.js'
import { SigningKeys } from './authorization-server/signing-keys.js'
import { installed } from './installed.js'
import type { Running } from './serve.js'
import { serve } from './serve.js'

export interface AuthorizationServerOptions extends Settings {
  /** 0 picks a free port. */
  readonly port: number
}

export interface AuthorizationServer extends Running {
  readonly keyEndpoint: KeyEndpoint
  /** Starts signing with new keys. The previous keys stay published. */
  readonly rotateKeys: () => Promise<void>
  /** Number of rotations since the start. */
  readonly keyRotations: () => number
}

/** Listens on the loopback interface. Its `url` is the issuer. Generates new keys at each start. */
export async function startAuthorizationServer(
  options: AuthorizationServerOptions,
): Promise<AuthorizationServer> {
  const keyEndpoint = new KeyEndpoint()
  const keys = new SigningKeys(Object.values(options.resources).map(({ algorithm }) => algorithm))
  await keys.rotate()

  const settings = {
    ...toProviderSettings(options),
    adapter: memoryAdapter(),
    cookies: { keys: [randomBytes(32).toString('base64url')] },
  }
  // A provider's keys cannot change, so new keys need a new provider. The adapter keeps its data.
  function createProvider(issuer: string) {
    const provider = new Provider(issuer, { ...settings, jwks: keys.jwks })
    provider.on('server_error', (_context, error) => console.error(error))
    registerPasswordGrant(provider, options.resources)
    return provider
  }

  let provider: Provider
  const running = await serve(options.port, (issuer) => {
    provider = createProvider(issuer)
    const app = express()
    app.use('/fonts', express.static(installed('@fontsource-variable/inter/files')))
    app.use(
      '/interaction',
      signInPages(() => provider, options.clients),
    )
    // The page's scripts may read both responses, including the error of a disabled key endpoint.
    app.use(['/reg', '/jwks'], cors({ origin: options.pageOrigin ?? false }))
    app.get('/jwks', keyEndpoint.handler)
    app.use((req, res) => {
      provider.callback()(req, res)
    })
    return app
  })

  let keyRotations = 0
  return {
    ...running,
    keyEndpoint,
    keyRotations: () => keyRotations,
    async rotateKeys() {
      await keys.rotate()
      provider = createProvider(running.url)
      keyRotations += 1
    },
  }
}
