/** Answers that wait for keys are the same as immediate ones. */
import express from 'express'
import { requireScopes, resourceServer } from 'express-resource-server'
import type { ResourceServerOptions } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import type { TestIssuerServer } from 'express-resource-server/testing'
import { start } from '../support/http.js'
import type { Answer, Ask } from '../support/http.js'

const issuer = createTestIssuer()
let authorizationServer: TestIssuerServer

beforeAll(async () => {
  authorizationServer = await issuer.listen()
})

afterAll(() => authorizationServer.close())

/** The answers of a server that must fetch its keys first, and of one that has them. */
const both = async (options: Partial<ResourceServerOptions>, ask: Ask): Promise<readonly Answer[]> => {
  const answers: Answer[] = []
  const given = { issuer: { issuer: issuer.issuer, jwks: issuer.jwks } }
  for (const keys of [authorizationServer.options, given]) {
    const server = resourceServer({ audience: issuer.audience, ...keys, ...options })
    const app = express()
    app.use(server)
    app.get('/scope', requireScopes('admin'))
    app.get('/throws', () => {
      throw Object.assign(new Error('boom'), { status: 409 })
    })
    app.use((req, res) => {
      res.json({ subject: req.auth?.subject ?? null, same: req.auth === server.principalOf(req) })
    })
    app.use(((error, req, res, _next) => {
      res.status(error.status).json({ message: error.message, auth: req.auth?.subject ?? null })
    }) as express.ErrorRequestHandler)
    answers.push(await (await start(app)).ask(ask))
    server.close()
  }
  return answers
}

const seen = ({ status, challenge, body, headers }: Answer) => ({
  status,
  challenge,
  body,
  cache: headers['cache-control'],
  type: headers['content-type'],
})

test.each<[string, (token: string) => Ask, Partial<ResourceServerOptions>, number]>([
  ['a good token', (token) => ({ token }), {}, 200],
  [
    'a good token in the query',
    (token) => ({ path: `/?access_token=${token}` }),
    { acceptTokenFrom: 'query' },
    200,
  ],
  ['a good token for an optional server', (token) => ({ token }), { optional: true }, 200],
  ['a missing scope', (token) => ({ token, path: '/scope' }), {}, 403],
  ['another audience', (token) => ({ token }), { audience: 'https://other.test' }, 401],
  [
    'another audience, handed on',
    (token) => ({ token }),
    { audience: 'https://other.test', refusals: 'next' },
    401,
  ],
  ['a handler that throws, which is the handler’s', (token) => ({ token, path: '/throws' }), {}, 409],
])('%s', async (_, question, options, status) => {
  const [later, atOnce] = await both(options, question(await issuer.token()))

  expect(later?.status).toBe(status)
  expect(seen(later!)).toEqual(seen(atOnce!))
})

test('an unknown key and a bad signature look alike', async () => {
  const [header, payload] = (await issuer.token()).split('.')
  const forged = [header, payload, Buffer.alloc(256).toString('base64url')].join('.')
  const [badSignature] = await both({}, { token: forged })
  const [unknownKey] = await both({}, { token: await issuer.token({ header: { kid: 'unknown' } }) })

  expect(seen(badSignature!)).toEqual(seen(unknownKey!))
  expect(badSignature?.status).toBe(401)
})

test('of many requests at a cold start each gets its own answer', async () => {
  const server = resourceServer(authorizationServer.options)
  const before = authorizationServer.requests.jwks
  const app = express()
  app.use(server, (req, res) => {
    res.json({ subject: req.auth?.subject })
  })
  const api = await start(app)
  const subjects = Array.from({ length: 20 }, (_, i) => `user-${i}`)
  const answers = await Promise.all(
    subjects.map(async (sub) => (await api.ask({ token: await issuer.token({ sub }) })).body.subject),
  )
  server.close()

  expect(answers).toEqual(subjects)
  expect(authorizationServer.requests.jwks - before).toBe(1)
})

test('a closed server answers 503 for keys that it would have to fetch', async () => {
  const server = resourceServer(authorizationServer.options)
  server.close()
  const api = await start(express().use(server))
  const { status, headers, body } = await api.ask({ token: await issuer.token() })

  expect({ status, error: body.error }).toEqual({ status: 503, error: 'temporarily_unavailable' })
  expect(headers['retry-after']).toMatch(/^\d+$/)
})
