/** Servers of one issuer, and handlers, for applications whose routes are listed. */
import type { RequestHandler } from 'express'
import { resourceServer } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'

export const issuer = createTestIssuer()
export const api = resourceServer(issuer.options)
export const optional = resourceServer({ ...issuer.options, optional: true })
export const reportOnly = resourceServer({ ...issuer.options, dangerouslyReportOnly: true })

export const answer: RequestHandler = (_req, res) => {
  res.json('reached')
}

export const pass: RequestHandler = (_req, _res, next) => {
  next()
}
