/** An ES module whose application is the default export, and listens as soon as it is imported. */
import express from 'express'
import { requireScopes, resourceServer } from 'express-resource-server'

const app = express()
app.get('/health', (_req, res) => res.end())
app.use('/orders', resourceServer({ issuer: 'https://issuer.test', audience: 'https://api.test' }))
app.get('/orders', requireScopes('orders:read'), (_req, res) => res.end())
app.get('/export', (_req, res) => res.end())
const server = app.listen(Number(process.env['PORT']), () => {
  if (server.listening) throw new Error('it listens')
})
setInterval(() => undefined, 1000)

export default app
