/** The one route of sixty that somebody forgot to guard, in an application as they grow. */
import express5 from 'express5'
import express4 from 'express4'
import { anyOf, requireRoles, requireScopes } from 'express-resource-server'
import { publicRoutesOf, routesOf, unsupportedScopesOf } from 'express-resource-server/testing'
import { answer, api, optional, pass } from './support/apis.js'

type Framework = typeof express5

const PUBLIC = [
  'GET /health',
  'GET /.well-known/jwks.json',
  'POST /webhooks/:provider',
  'GET /catalog/search',
]

/** Five routes, guarded by the scopes of the resource. */
function crud(express: Framework, name: string): express5.Router {
  const router = express.Router()
  const read = requireScopes(`${name}:read`)
  const write = requireScopes(`${name}:write`)
  router.get('/', read, answer)
  router.get('/:id', read, answer)
  router.post('/', pass, write, answer)
  router
    .route('/:id')
    .put(write, answer)
    .delete(anyOf(write, requireRoles('admin')), answer)
  return router
}

function admin(express: Framework, isForgetful: boolean): express5.Express {
  const app = express()
  app.get(['/stats', '/stats/:year'], api, requireRoles('admin'), answer)
  if (isForgetful) app.get('/export/:table', answer)
  app.use(api, requireRoles('admin'))
  app.all('/jobs', answer)
  if (!isForgetful) app.get('/export/:table', answer)
  app.use('/users', crud(express, 'users'))
  return app
}

/** Sixty routes. */
function createApp(express: Framework, isForgetful: boolean): express5.Express {
  const app = express()
  app.use(express.json())
  app.get('/health', answer)
  app.get('/.well-known/jwks.json', answer)
  app.post('/webhooks/:provider', pass, answer)
  app.use('/catalog', optional)
  app.get('/catalog/search', answer)
  app.get('/catalog/favorites', requireScopes('catalog:read'), answer)
  app.use('/admin', admin(express, isForgetful))
  const v1 = express.Router()
  const resources = ['orders', 'invoices', 'products', 'carts', 'payments', 'refunds', 'addresses', 'reviews']
  for (const name of resources) v1.use(`/${name}`, crud(express, name))
  v1.get(/^\/reports\/(\d{4})$/, answer)
  app.use(['/v1'], pass, api, v1)
  app.get('/v1/me', answer)
  app.patch('/v1/me', answer)
  app.put('/v1/me/picture', answer)
  app.get('/v1/me/picture', answer)
  app.delete('/v1/me/picture', answer)
  return app
}

describe.each([
  ['4', express4],
  ['5', express5],
])('Express %s', (_, express) => {
  test('of sixty routes, the one without a server in front is found, and no other', () => {
    const app = createApp(express, true)
    expect(routesOf(app)).toHaveLength(60)
    expect(publicRoutesOf(app).filter((route) => !PUBLIC.includes(route))).toEqual([
      'GET /admin/export/:table',
    ])
  })

  test('behind the server, nothing is found', () => {
    const app = createApp(express, false)
    expect(routesOf(app)).toHaveLength(60)
    expect(publicRoutesOf(app)).toEqual(PUBLIC)
  })

  test('scopes that the metadata does not name are found', () => {
    const app = createApp(express, false)
    const names = ['orders', 'invoices', 'products', 'carts', 'payments', 'refunds', 'addresses', 'users']
    const supported = ['catalog:read', ...names.flatMap((name) => [`${name}:read`, `${name}:write`])]
    expect(unsupportedScopesOf(app, supported)).toEqual(['reviews:read', 'reviews:write'])
    expect(unsupportedScopesOf(app, [...supported, 'reviews:read', 'reviews:write'])).toEqual([])
  })
})
