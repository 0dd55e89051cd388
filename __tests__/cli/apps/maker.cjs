/** A function that makes the application, by module.exports. */
const express = require('express')
const { resourceServer } = require('express-resource-server')

/** @param {import('express-resource-server').ResourceServerOptions} options */
module.exports = (options) =>
  express()
    .use(resourceServer(options))
    .get('/a', (_req, res) => res.end())
