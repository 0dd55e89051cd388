import express from 'express'
import { configure } from '@codegenie/serverless-express'
import serverless from 'serverless-http'
import { requireScopes, resourceServer } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'

const issuer = createTestIssuer()

function app(): express.Express {
  const app = express()
  app.use(resourceServer(issuer.options))
  app.get('/orders', requireScopes('orders:read'), (req, res) => {
    res.json({ subject: req.auth?.subject })
  })
  return app
}

/** The event that AWS API Gateway passes to a function, in payload format 2.0. */
function event(headers: Record<string, string>): object {
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: '/orders',
    rawQueryString: '',
    headers: { host: 'api.test', ...headers },
    requestContext: { http: { method: 'GET', path: '/orders', sourceIp: '127.0.0.1', protocol: 'HTTP/1.1' } },
    isBase64Encoded: false,
  }
}

interface Answer {
  readonly statusCode: number
  readonly headers: Record<string, string>
  readonly body: string
}

const adapters: readonly [string, (event: object) => Promise<Answer>][] = [
  ['serverless-http', async (event) => (await serverless(app())(event, {})) as Answer],
  [
    '@codegenie/serverless-express',
    async (event) => {
      const handler = configure({ app: app() }) as unknown as (...args: unknown[]) => Promise<Answer>
      return handler(event, {}, undefined)
    },
  ],
]

describe.each(adapters)('Behind %s', (_, call) => {
  test('a good token opens the route', async () => {
    const token = await issuer.token({ scope: 'orders:read' })
    const answer = await call(event({ authorization: `Bearer ${token}` }))
    expect([answer.statusCode, JSON.parse(answer.body)]).toEqual([200, { subject: 'user-1' }])
  })

  test('a missing scope, a bad token and none get their challenges', async () => {
    const token = await issuer.token({ scope: 'orders:write' })
    const answers = await Promise.all(
      [{ authorization: `Bearer ${token}` }, { authorization: `Bearer ${token}x` }, {}].map((headers) =>
        call(event(headers as Record<string, string>)),
      ),
    )
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([403, 401, 401])
    expect(answers.map(({ headers }) => headers['www-authenticate']?.split(',')[0])).toEqual([
      'Bearer error="insufficient_scope"',
      'Bearer error="invalid_token"',
      'Bearer',
    ])
  })
})
