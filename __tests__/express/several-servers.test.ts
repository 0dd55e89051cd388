/** Several resource servers in one application, and what each leaves to the next. */
import express from 'express'
import type { Request, Response } from 'express'
import { requireScopes, resourceServer } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import { start } from '../support/http.js'

const issuer = createTestIssuer()
const partner = createTestIssuer({ issuer: 'https://partner.test', audience: 'https://partner-api.test' })
const own = resourceServer({ ...issuer.options, realm: 'own' })
const other = resourceServer({ ...partner.options, realm: 'partner' })

const show = (req: Request, res: Response): void => {
  res.json({ issuer: req.auth?.issuer ?? null })
}

test('two routers with different audiences each take their own tokens', async () => {
  const app = express()
  app.use('/own', own, requireScopes('a'), show)
  app.use('/partner', other, requireScopes('a'), show)
  const api = await start(app)
  const [mine, theirs] = [await issuer.token({ scope: 'a' }), await partner.token({ scope: 'a' })]

  expect((await api.ask({ path: '/own', token: mine })).body).toEqual({ issuer: issuer.issuer })
  expect((await api.ask({ path: '/partner', token: theirs })).body).toEqual({ issuer: partner.issuer })
  expect(await api.ask({ path: '/own', token: theirs })).toMatchObject({
    status: 401,
    challenge: { parameters: { realm: 'own' } },
  })
  expect(await api.ask({ path: '/partner', token: mine })).toMatchObject({
    status: 401,
    challenge: { parameters: { realm: 'partner' } },
  })
})

test('a second server on the way replaces what the first found, for guards, principalOf and req.auth', async () => {
  const lax = resourceServer({ ...issuer.options, realm: 'lax', scopeHierarchy: { a: ['b'] } })
  const strict = resourceServer({ ...issuer.options, realm: 'strict' })
  const app = express()
  app.use(lax)
  app.get('/lax', requireScopes('b'), show)
  app.use(strict)
  app.get('/strict', requireScopes('b'), show)
  app.get('/principals', (req, res) => {
    const thrown = (() => {
      try {
        lax.principalOf(req)
        return undefined
      } catch (error) {
        return String(error)
      }
    })()
    res.json({ isSame: strict.principalOf(req) === req.auth, thrown })
  })
  const api = await start(app)
  const token = await issuer.token({ scope: 'a' })

  expect((await api.ask({ path: '/lax', token })).status).toBe(200)
  expect(await api.ask({ path: '/strict', token })).toMatchObject({
    status: 403,
    challenge: { parameters: { realm: 'strict' } },
  })
  expect((await api.ask({ path: '/principals', token })).body).toEqual({
    isSame: true,
    thrown: expect.stringContaining('or passed another one after it'),
  })
})

test('a second server that refuses clears what the first found', async () => {
  const app = express()
  app.use(own, resourceServer({ ...partner.options, refusals: 'next' }))
  app.use(((_error, _req, _res, next) => next()) as express.ErrorRequestHandler)
  app.get('/', show)
  app.get('/guarded', requireScopes('a'), show)
  app.get('/principal', (req, res) => {
    res.json(own.principalOf(req))
  })
  app.use(((error, _req, res, _next) => {
    res.status(error.status).json({ code: error.code })
  }) as express.ErrorRequestHandler)
  const api = await start(app)
  const token = await issuer.token({ scope: 'a' })

  expect((await api.ask({ token })).body).toEqual({ issuer: null })
  expect((await api.ask({ path: '/guarded', token })).body).toEqual({ code: 'ERR_WIRING' })
  expect((await api.ask({ path: '/principal', token })).body).toEqual({ code: 'ERR_WIRING' })
})

test('a second server that is optional and finds nothing makes the request anonymous', async () => {
  const app = express()
  app.use(
    own,
    resourceServer({ ...partner.options, optional: true, acceptTokenFrom: { header: 'x-partner' } }),
  )
  app.get('/', show)
  app.get('/guarded', requireScopes('a'), show)
  const api = await start(app)
  const token = await issuer.token({ scope: 'a' })
  const headers = { 'x-partner': await partner.token({ scope: 'a' }) }

  expect((await api.ask({ token })).body).toEqual({ issuer: null })
  expect((await api.ask({ path: '/guarded', token })).status).toBe(401)
  expect((await api.ask({ path: '/guarded', token, headers })).body).toEqual({ issuer: partner.issuer })
})

test('one server with two issuers takes the tokens of both, each with its own audience', async () => {
  const both = resourceServer({
    issuer: [
      { issuer: issuer.issuer, jwks: issuer.jwks },
      { issuer: partner.issuer, jwks: partner.jwks, audience: partner.audience },
    ],
    audience: issuer.audience,
  })
  const api = await start(express().use(both, show))
  const ask = async (token: string) => (await api.ask({ token })).status

  expect(await ask(await issuer.token())).toBe(200)
  expect(await ask(await partner.token())).toBe(200)
  expect(await ask(await issuer.token({ aud: partner.audience }))).toBe(401)
  expect(await ask(await partner.token({ aud: issuer.audience }))).toBe(401)
  expect(await ask(await partner.token({ iss: issuer.issuer }))).toBe(401)
})

test('a server on a path guards what is mounted below it, and an application inside another too', async () => {
  const inner = express()
  inner.get('/orders', requireScopes('a'), show)
  const outer = express()
  outer.use('/api', own)
  outer.use('/api/v1', inner)
  outer.get('/public', show)
  const api = await start(outer)
  const token = await issuer.token({ scope: 'a' })

  expect((await api.ask({ path: '/api/v1/orders', token })).body).toEqual({ issuer: issuer.issuer })
  expect((await api.ask({ path: '/api/v1/orders' })).status).toBe(401)
  expect((await api.ask({ path: '/api/nowhere' })).status).toBe(401)
  expect((await api.ask({ path: '/public' })).body).toEqual({ issuer: null })
})

test('a query token is found behind a mount path, and the route sees its own path', async () => {
  const app = express()
  app.use(
    '/api',
    resourceServer({ ...issuer.options, acceptTokenFrom: 'query' }),
    (req: Request, res: Response) => {
      res.json({ path: req.path })
    },
  )

  expect(
    (await (await start(app)).ask({ path: `/api/orders?access_token=${await issuer.token()}` })).body,
  ).toEqual({
    path: '/orders',
  })
})

test('a server on a single route guards only that route', async () => {
  const app = express()
  app.get('/open', show)
  app.get('/closed', own, show)
  const api = await start(app)

  expect([(await api.ask({ path: '/open' })).status, (await api.ask({ path: '/closed' })).status]).toEqual([
    200, 401,
  ])
})

test('requests on one connection do not share what was found', async () => {
  const app = express()
  app.use(resourceServer({ ...issuer.options, optional: true }), (req: Request, res: Response) => {
    res.type('text').send(`<${req.auth?.issuer ?? 'nobody'}>`)
  })
  const api = await start(app)
  const get = (...fields: string[]) => ['GET / HTTP/1.1', 'Host: api.test', ...fields, '', ''].join('\r\n')
  const credentials = `Authorization: Bearer ${await issuer.token()}`
  const { text } = await api.raw(get(credentials) + get() + get(credentials) + get('Connection: close'))

  expect(text.match(/<.*?>/g)).toEqual([`<${issuer.issuer}>`, '<nobody>', `<${issuer.issuer}>`, '<nobody>'])
})
