/** The switch in front of the endpoint that publishes the keys: up, slow, or down as a whole. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { RequestHandler } from 'express'

export const KEY_ENDPOINT_MODES = ['up', 'slow', 'down'] as const
export type KeyEndpointMode = (typeof KEY_ENDPOINT_MODES)[number]

/** Just short of the time that the API waits for one answer. */
const SLOW_MS = 2500

export class KeyEndpoint {
  mode: KeyEndpointMode = 'up'

  /** Stands in front of oidc-provider's own handler for the keys. */
  readonly handler: RequestHandler = async (_req, res, next) => {
    if (this.mode === 'down') {
      res.status(503).json({ error: 'temporarily_unavailable' })
      return
    }
    if (this.mode === 'slow') await sleep(SLOW_MS)
    next()
  }
}
