/** Endpoints for the page's controls: keys, revocations and throughput. */
import express from 'express'
import type { Router } from 'express'
import type { MemoryRevocations } from 'express-resource-server/revocation'
import type { JWK } from 'jose'
import type { AuthorizationServer } from './authorization-server.js'
import { KEY_ENDPOINT_MODES } from './authorization-server/key-endpoint.js'
import type { KeyEndpointMode } from './authorization-server/key-endpoint.js'
import { measureThroughput } from './throughput.js'

export interface Controlled {
  readonly authorizationServer: AuthorizationServer
  readonly revocations: MemoryRevocations
  readonly decryptionKey: JWK
}

/** At least as long as a token lives. */
const REVOKED_FOR_SECONDS = 600

export function controls({ authorizationServer, revocations, decryptionKey }: Controlled): Router {
  const { keyEndpoint, rotateKeys, url: issuer } = authorizationServer
  const router = express.Router()

  // Other sites can send requests here, even though they cannot read the responses.
  router.use((req, res, next) => {
    if (req.get('Sec-Fetch-Site') === 'same-origin') next()
    else res.status(403).json({ error: 'Only the demo page may call this.' })
  })
  router.use(express.json())

  router.post('/rotate', async (_req, res) => {
    await rotateKeys()
    res.json({})
  })

  router.post('/key-endpoint', (req, res) => {
    const { mode } = req.body as { mode?: unknown }
    if (isMode(mode)) {
      keyEndpoint.mode = mode
      res.json({ mode })
    } else res.status(400).json({ error: `mode: must be one of ${KEY_ENDPOINT_MODES.join(', ')}.` })
  })

  // The operator of an API does this, in a program of its own.
  router.post('/revoke', (req, res) => {
    const { jti } = req.body as { jti?: unknown }
    if (typeof jti === 'string' && jti !== '') {
      revocations.revoke({ issuer, jti, forSeconds: REVOKED_FOR_SECONDS })
      res.json({ revoked: jti })
    } else res.status(400).json({ error: 'jti: must be the ID of a token.' })
  })

  // For show only: a private key never leaves its API. The page decrypts tokens with it.
  router.post('/decryption-key', (_req, res) => {
    res.json(decryptionKey)
  })

  let measuring: Promise<unknown> | undefined
  router.post('/throughput', async (req, res) => {
    const { seconds } = req.body as { seconds?: unknown }
    measuring ??= measureThroughput(seconds === 1 ? 1 : 3).finally(() => (measuring = undefined))
    res.json(await measuring)
  })

  return router
}

function isMode(mode: unknown): mode is KeyEndpointMode {
  return KEY_ENDPOINT_MODES.includes(mode as KeyEndpointMode)
}
