/** A CommonJS module whose exports are the application. */
const express = require('express')

module.exports = express().get('/a', (_req, res) => res.end())
