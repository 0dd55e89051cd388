/** `req.auth` follows the request through every way in which applications are put together. */
import express5 from 'express5'
import express4 from 'express4'
import vhost from 'vhost'
import { requireScopes, resourceServer } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import { start } from '../support/http.js'

const issuer = createTestIssuer()

describe.each<[string, typeof express5]>([
  ['the installed Express', express5],
  ['Express 4', express4],
])('%s: req.auth and the guard agree', (_, express) => {
  const api = resourceServer(issuer.options)
  const guard = requireScopes('read')
  const tell: express5.RequestHandler = (req, res) => void res.json(req.auth?.subject ?? null)

  /** An application with a guarded route. */
  const guarded = (...before: express5.RequestHandler[]) => {
    const app = express()
    for (const each of before) app.use(each)
    app.get('/', guard, tell)
    return app
  }

  test.each<[string, () => express5.Express]>([
    ['one application', () => guarded(api)],
    ['a mounted application', () => express().use(api).use(guarded())],
    ['a server in the mounted application', () => express().use(guarded(api))],
    ['a sub-application used by a router', () => express().use(api).use(express.Router().use(guarded()))],
    [
      'a router of a router',
      () =>
        express()
          .use(api)
          .use(express.Router().use(express.Router().get('/', guard, tell))),
    ],
    [
      'an application called as a function',
      () => {
        const inner = guarded()
        return express()
          .use(api)
          .use((req, res, next) => {
            inner(req, res, next)
          })
      },
    ],
    ['vhost', () => express().use(vhost('127.0.0.1', express().use(api).use(guarded()) as never) as never)],
    [
      'vhost behind the server',
      () =>
        express()
          .use(api)
          .use(vhost('127.0.0.1', guarded() as never) as never),
    ],
    [
      'one sub-application mounted twice',
      () => {
        const inner = express()
        inner.get('/here', guard, tell)
        return express().use('/a', api, inner).use('/b', api, inner).use(api, inner).use(api, guard, tell)
      },
    ],
    [
      'a mounted application that passes the request on',
      () => express().use(express().use(api)).use(guard, tell),
    ],
  ])('%s', async (_title, make) => {
    const { ask } = await start(make())
    const token = await issuer.token({ scope: 'read' })
    expect((await ask({ token })).body).toBe('user-1')
    expect((await ask({ token: await issuer.token() })).status).toBe(403)
  })

  test('one sub-application under two paths', async () => {
    const inner = express()
    inner.get('/here', guard, tell)
    const { ask } = await start(express().use(api).use('/a', inner).use('/b', inner))
    const token = await issuer.token({ scope: 'read' })
    expect((await ask({ path: '/a/here', token })).body).toBe('user-1')
    expect((await ask({ path: '/b/here', token })).body).toBe('user-1')
  })

  test.each<[string, (req: object) => object]>([
    ['Object.create(req)', (req) => Object.create(req) as object],
    ['{ ...req }', (req) => ({ ...req })],
  ])('%s has it, and a guard that gets it says what is wrong', async (_title, derive) => {
    const app = express()
    app.use(api)
    app.get('/', (req, res) => {
      const derived = derive(req) as express5.Request
      guard(derived, res, (error) => {
        res.json([derived.auth?.subject, (error as Error).message])
      })
    })
    const { ask } = await start(app)
    const { body } = await ask({ token: await issuer.token() })
    expect(body).toEqual(['user-1', expect.stringMatching(/resourceServer.*replaced.*two copies/s)])
  })

  test('is an own, enumerable property, undefined for an anonymous caller', async () => {
    const app = express()
    app.use(resourceServer({ ...issuer.options, optional: true }))
    app.get('/', (req, res) => {
      res.json([Object.hasOwn(req, 'auth'), Object.keys(req).includes('auth'), req.auth?.subject ?? null])
    })
    const { ask } = await start(app)
    expect((await ask({})).body).toEqual([true, true, null])
    expect((await ask({ token: await issuer.token() })).body).toEqual([true, true, 'user-1'])
  })
})
