/** Three servers to compare: no middleware, the middleware, the middleware without its cache. */
import express from 'express'
import type { RequestHandler } from 'express'
import { resourceServer } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import { serve } from './serve.js'

export interface Announcement {
  readonly token: string
  readonly bare: string
  readonly cached: string
  readonly uncached: string
}

const issuer = createTestIssuer()

async function start(middleware: RequestHandler) {
  const app = express().use(middleware)
  app.get('/', (_req, res) => {
    res.end('ok')
  })
  const { url } = await serve(0, () => app)
  return url
}

const announcement: Announcement = {
  token: await issuer.token({ key: 'ES256' }),
  bare: await start((_req, _res, next) => next()),
  cached: await start(resourceServer(issuer.options)),
  uncached: await start(resourceServer({ ...issuer.options, tokenCache: false })),
}
console.log(JSON.stringify(announcement))
