const express = require('express')
const { requireScopes, resourceServer } = require('express-resource-server')

exports.createApp = (options) => {
  const app = express()
  app.use(resourceServer(options))
  app.get('/orders', requireScopes('orders:read'), (req, res) => res.json({ hello: req.auth.subject }))
  return app
}
