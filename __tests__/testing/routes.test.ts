import express from 'express'
import { allOf, anyOf, requireRoles, requireScopes, resourceServer } from 'express-resource-server'
import { createTestIssuer, publicRoutesOf, routesOf } from 'express-resource-server/testing'
const issuer = createTestIssuer()
const h = (req: any, res: any) => { res.end() }
test('x', () => {
  const api = resourceServer(issuer.options)
  const app = express()
  app.get('/health', h)
  const sub = express()
  sub.use(requireScopes('s'))
  sub.get('/y', h)
  const r = express.Router()
  r.route('/a').all(requireRoles('x')).get(h).post(h)
  r.get(['/p', '/q/:id'], anyOf(requireScopes('a'), allOf(requireRoles('z'), requireScopes('b'))), h)
  r.get(/^\/items\/(\d+)$/, h)
  app.use('/graphql', h)
  app.use('/api', api)
  app.use('/api', (req, res, next) => next())
  app.use('/api/v:version', r)
  app.use(['/api/sub', '/open'], sub)
  app.use('/static', express.static('.'))
  console.log(routesOf(app).map((x) => JSON.stringify(x)).join('\n'), publicRoutesOf(app))
})
