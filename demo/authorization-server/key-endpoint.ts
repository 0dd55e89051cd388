/** Switch in front of the key endpoint: up, slow or down. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { RequestHandler } from 'express'

export const KEY_ENDPOINT_MODES = ['up', 'slow', 'down'] as const
export type KeyEndpointMode = (typeof KEY_ENDPOINT_MODES)[number]

/** Just below the time that the API waits for one response. */
const SLOW_MS = 2500

export class KeyEndpoint {
  mode: KeyEndpointMode = 'up'

  /** Runs before oidc-provider's own handler for the keys. */
  readonly handler: RequestHandler = async (_req, res, next) => {
    if (this.mode === 'down') {
      res.status(503).json({ error: 'temporarily_unavailable' })
      return
    }
    if (this.mode === 'slow') await sleep(SLOW_MS)
    next()
  }
}
