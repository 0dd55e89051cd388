/** A function that makes the application of the given options. */
import express from 'express'
import { requireScopes, resourceServer } from 'express-resource-server'

/** @param {import('express-resource-server').ResourceServerOptions} options */
export function createApp(options) {
  const app = express()
  app.use(resourceServer(options))
  app.get('/a', requireScopes('orders:read'), (_req, res) => res.end())
  const server = app.listen(0, () => {
    if (server.listening) throw new Error('it listens')
  })
  return app
}
