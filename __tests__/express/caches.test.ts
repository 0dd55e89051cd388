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
  [
    'a required server that looks into two headers, for a token in the first one,',
    { acceptTokenFrom: ['header', { header: 'x-token' }] },
    bearer,
    'Origin',
    'Origin, Authorization, x-token',
  ],
  [
    'a required server that looks into two headers, for a token in the second one,',
    { acceptTokenFrom: ['header', { header: 'x-token' }] },
    (token) => ({ 'x-token': token }),
    'Origin',
    'Origin, Authorization, x-token',
  ],
  [
    'a required server that also asks a function, which may read any header,',
    { acceptTokenFrom: ['header', () => undefined] },
    bearer,
    'Origin',
    'Origin, *',
  ],
  [
    'a required server that also looks into the query',
    { acceptTokenFrom: ['header', 'query'] },
    bearer,
    'Origin',
    'Origin, Authorization',
  ],
  ['a required server, whose caches know the Authorization header', {}, bearer, 'Origin', 'Origin'],
])('%s answers both callers with the same Vary', async (_, options, headers, anonymous, known) => {
  expect(await answers(options, headers)).toEqual([anonymous, known])
})

test.each([
  ['a name', {}, 'Authorization'],
  ['each of two', { acceptTokenFrom: ['header', { header: 'x-token' }] } as const, 'Authorization, x-token'],
])('%s that is there already is not added again', async (_, options, vary) => {
  const app = express()
  const optional = resourceServer({ ...issuer.options, ...options, optional: true })
  app.use(optional, optional)
  app.get('/', (_req, res) => void res.json(1))
  const { ask } = await start(app)
  expect((await ask({})).headers['vary']).toBe(vary)
})
