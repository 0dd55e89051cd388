/** A function, as the default export, that makes the application later. */
import express from 'express'
import { resourceServer } from 'express-resource-server'

/** @param {import('express-resource-server').ResourceServerOptions} options */
export default async function build(options) {
  const api = resourceServer(options)
  await api.ready()
  return express()
    .use(api)
    .get('/a', (_req, res) => res.end())
}
