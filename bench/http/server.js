/**
 * One Express server with one middleware, in its own process and in production mode. Accepted
 * requests get `ok`.
 */
import express from 'express'
import { Issuer } from '../issuer.js'
import { MIDDLEWARES } from '../subjects/middlewares.js'

process.once('message', async ({ subject, pems, jwksUri, options }) => {
  const middleware = await MIDDLEWARES[subject]({ issuer: new Issuer(pems), jwksUri, options })
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.get('/', middleware, (_req, res) => {
    res.end('ok')
  })
  app.use((_error, _req, res, _next) => {
    if (!res.headersSent) res.statusCode = 401
    res.end('{}')
  })
  const server = app.listen(0, '127.0.0.1', () => {
    process.send({ port: server.address().port })
  })
  server.keepAliveTimeout = 120_000
  process.on('message', ({ type }) => {
    if (type === 'memory') process.send(process.memoryUsage())
  })
})
