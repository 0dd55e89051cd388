/** What shared caches are told: RFC 9110 §12.5.5, RFC 9111 §3.5, RFC 6750 §2.3. */
import express from 'express'
import { resourceServer } from 'express-resource-server'
import type { ResourceServerOptions } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import { start } from '../support/http.js'

const issuer = createTestIssuer()

async function answers(options: Partial<ResourceServerOptions>, headers: (token: string) => object) {
  const app = express()
  app.use((_req, res, next) => {
    res.vary('Origin')
    next()
  })
  app.use(resourceServer({ ...issuer.options, ...options }))
  app.get('/', (_req, res) => void res.set('cache-control', 'public, max-age=60').json(1))
  const { ask } = await start(app)
  const anonymous = await ask({})
  const known = await ask({ headers: headers(await issuer.token()) as Record<string, string> })
  expect(known.status).toBe(200)
  return [anonymous.headers['vary'], known.headers['vary']]
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

test.each<[string, Partial<ResourceServerOptions>, (token: string) => object, string, string]>([
  ['an optional server', { optional: true }, bearer, 'Origin, Authorization', 'Origin, Authorization'],
  [
    'an optional server that looks into two headers',
    { optional: true, acceptTokenFrom: ['header', { header: 'X-Token' }] },
    (token) => ({ 'x-token': token }),
    'Origin, Authorization, x-token',
    'Origin, Authorization, x-token',
  ],
  [
    'a required server with a header of its own: a handler may say public',
    { acceptTokenFrom: { header: 'x-token' } },
    (token) => ({ 'x-token': token }),
    'Origin',
    'Origin, x-token',
  ],
  ['a required server, whose caches know the Authorization header', {}, bearer, 'Origin', 'Origin'],
])('%s answers both callers with the same Vary', async (_, options, headers, anonymous, known) => {
  expect(await answers(options, headers)).toEqual([anonymous, known])
})

test('a name that is there already is not added again', async () => {
  const app = express()
  const optional = resourceServer({ ...issuer.options, optional: true })
  app.use(optional, optional)
  app.get('/', (_req, res) => void res.json(1))
  const { ask } = await start(app)
  expect((await ask({})).headers['vary']).toBe('Authorization')
})
