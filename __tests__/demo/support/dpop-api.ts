/** An API with DPoP on a free port, which counts its requests. */
import express from 'express'
import { requireScopes, resourceServer } from 'express-resource-server'
import type { Clock } from 'express-resource-server'
import { dpop } from 'express-resource-server/dpop'
import type { DpopOptions } from 'express-resource-server/dpop'
import { API, SCOPE } from './dpop-names.js'
import { listen } from './listen.js'

export interface DpopApi {
  readonly url: string
  /** The statuses of the answers so far; forgets them. */
  statuses(): readonly number[]
  close(): void
}

export async function serveApi(issuer: string, nonce: DpopOptions['nonce'], clock?: Clock): Promise<DpopApi> {
  const seen: number[] = []
  let url = ''
  const confirmation = dpop({ publicUrl: () => url, nonce, clock })
  const protection = resourceServer({ issuer, audience: API, confirmation })
  const app = express()
  app.use((_req, res, next) => {
    res.once('finish', () => seen.push(res.statusCode))
    next()
  })
  app.use(protection, requireScopes(SCOPE), (req, res) => {
    res.json({ clientId: req.auth?.clientId, subject: req.auth?.subject, scheme: req.auth?.scheme })
  })
  const running = await listen(app)
  ;({ url } = running)
  return {
    url,
    statuses: () => seen.splice(0),
    close() {
      protection.close()
      running.close()
    },
  }
}
