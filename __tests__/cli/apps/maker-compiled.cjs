/** What compilers make of an ES module that exports a function. */
const express = require('express')
const { resourceServer } = require('express-resource-server')

Object.defineProperty(exports, '__esModule', { value: true })
/** @param {import('express-resource-server').ResourceServerOptions} options */
exports.makeApp = (options) =>
  express()
    .use(resourceServer(options))
    .get('/a', (_req, res) => res.end())
