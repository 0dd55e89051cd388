/** What compilers make of an ES module with a default export. */
const express = require('express')

Object.defineProperty(exports, '__esModule', { value: true })
exports.default = express().get('/a', (_req, res) => res.end())
