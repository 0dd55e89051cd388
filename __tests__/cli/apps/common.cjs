/** A CommonJS module whose exports are the application, of Express 4. */
const express = require('express4')

module.exports = express().get('/a', (_req, res) => res.end())
