/** A report-only server next to an enforcing one: it never replaces or weakens what the other found. */
import express from 'express'
import { requireAuthentication, requireScopes, resourceServer } from 'express-resource-server'
import type { ResourceServer } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import { start } from '../support/http.js'

const issuer = createTestIssuer()
const strict = resourceServer(issuer.options)
const optional = resourceServer({ ...issuer.options, optional: true })
let report: ResourceServer
let reportOther: ResourceServer

beforeAll(() => {
  const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
  report = resourceServer({ ...issuer.options, dangerouslyReportOnly: true })
  reportOther = resourceServer({
    ...issuer.options,
    audience: 'https://other.test',
    dangerouslyReportOnly: true,
  })
  warn.mockRestore()
})

type Servers = () => readonly ResourceServer[]

test.each<[string, Servers, number, number, number]>([
  ['strict', () => [strict], 200, 403, 401],
  ['strict, report', () => [strict, report], 200, 403, 401],
  ['strict, a report that would refuse', () => [strict, reportOther], 200, 403, 401],
  ['strict, two reports', () => [strict, report, reportOther], 200, 403, 401],
  ['report, strict', () => [report, strict], 200, 403, 401],
  ['report, strict, report', () => [reportOther, strict, reportOther], 200, 403, 401],
  ['optional, a report that would refuse', () => [optional, reportOther], 200, 403, 401],
  ['report', () => [report], 200, 200, 200],
])('%s: with the scope %d, without it %d, anonymous %d', async (_, servers, held, missing, anonymous) => {
  const app = express()
  for (const server of servers()) app.use(server)
  app.get('/', requireAuthentication(), requireScopes('read'), (_req, res) => void res.json('in'))
  const { ask } = await start(app)
  const statuses = [
    (await ask({ token: await issuer.token({ scope: 'read' }) })).status,
    (await ask({ token: await issuer.token() })).status,
    (await ask({})).status,
  ]
  expect(statuses).toEqual([held, missing, anonymous])
})

test('req.auth stays that of the enforcing server, and each server still knows its own principal', async () => {
  const app = express()
  app.use(strict, report)
  app.get('/', (req, res) => {
    res.json([req.auth?.subject, strict.principalOf(req).subject, report.principalOf(req).subject])
  })
  const { ask } = await start(app)
  expect((await ask({ token: await issuer.token() })).body).toEqual(['user-1', 'user-1', 'user-1'])
})

test.each<[string, Servers]>([
  ['report, strict', () => [report, strict]],
  ['report, optional', () => [report, optional]],
  ['strict, report', () => [strict, report]],
  ['report, report, strict', () => [report, reportOther, strict]],
  ['report, strict, report', () => [reportOther, strict, report]],
])('%s: each server still tells what it found', async (_, servers) => {
  const app = express()
  for (const server of servers()) app.use(server)
  const found = (server: ResourceServer, req: object): string | undefined => {
    try {
      return server.principalOf(req).subject
    } catch (error) {
      return (error as { code: string }).code
    }
  }
  app.get('/', (req, res) => void res.json(servers().map((server) => found(server, req))))
  const { ask } = await start(app)
  const { body } = await ask({ token: await issuer.token({ sub: 'ada' }) })
  // The other one would have refused, so that the request is anonymous to it.
  const expected = servers().map((server) => (server === reportOther ? 'ERR_CREDENTIALS_MISSING' : 'ada'))
  expect(body).toEqual(expected)
})
