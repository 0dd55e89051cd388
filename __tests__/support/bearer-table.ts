/** Tables for RFC 6750: each row is a request and the answer it must get. */
import express from 'express'
import { requireScopes, requireThat, resourceServer } from 'express-resource-server'
import type { ResourceServerOptions } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import { start } from './http.js'
import type { Answer, Ask, Running } from './http.js'

/** The title begins with the section. `question` receives a good token with the scope `read`. */
export type BearerRow = readonly [
  title: string,
  question: (token: string) => Ask,
  expected: object,
  options?: Partial<ResourceServerOptions>,
]

export const issuer = createTestIssuer()

export const serve = (options: Partial<ResourceServerOptions> = {}): Promise<Running> => {
  const app = express()
  app.use(express.urlencoded({ extended: false }), express.json())
  app.use(resourceServer({ ...issuer.options, ...options }))
  app.all('/write', requireScopes('write', 'https://a.test/b!~'))
  app.all(
    '/denied',
    requireThat(() => false),
  )
  app.use((_req, res) => {
    res.json({})
  })
  return start(app)
}

/**
 * The parts of an answer that rows compare. The strict reader of `challenges.ts` has parsed each
 * challenge.
 */
export const seen = ({ status, challenge, headers }: Answer) => ({
  status,
  scheme: challenge?.scheme,
  realm: challenge?.parameters['realm'],
  error: challenge?.parameters['error'],
  error_description: challenge?.parameters['error_description'],
  error_uri: challenge?.parameters['error_uri'],
  scope: challenge?.parameters['scope'],
  cache: headers['cache-control'],
})

export const bearerTable = (rows: readonly BearerRow[]): void => {
  test.each(
    rows.map(([title, question, expected, options]) => [title, { question, expected, options }] as const),
  )('%s', async (_title, { question, expected, options }) => {
    const token = await issuer.token({ scope: 'read' })

    expect(seen(await (await serve(options)).ask(question(token)))).toMatchObject(expected)
  })
}

export const authorization = (value: string | readonly string[]): Ask => ({
  headers: { authorization: value },
})

export const passed = { status: 200, scheme: undefined }
export const bare = { status: 401, scheme: 'Bearer' }
export const malformed = { status: 400, scheme: 'Bearer', error: 'invalid_request' }
export const refused = { status: 401, scheme: 'Bearer', error: 'invalid_token' }
