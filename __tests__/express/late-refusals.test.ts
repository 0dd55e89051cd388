/** A refusal may come after a middleware with a time limit has answered. Then the connection is the next request's. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Agent, get } from 'node:http'
import express from 'express'
import express4 from 'express4'
import { requireThat, resourceServer } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import { start } from '../support/http.js'

const issuer = createTestIssuer()
const CHANNEL = 'express-resource-server:refused'

/** Makes a promise that `open` fulfils. */
const gate = () => {
  let open: (value?: unknown) => void = () => undefined
  const opened = new Promise((resolve) => (open = resolve))
  return { open, opened }
}

/** Routers leave their last handler by `setImmediate`, once for each router. */
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate)
}

/** What the response does when the time is up: ends, or only begins. */
const limits = {
  ends: (res: express.Response): void => void res.status(503).json({ error: 'timeout' }),
  begins: (res: express.Response): void => void res.status(503).write('timeout'),
}

/** The answer on a connection that requests share, or what went wrong with it. */
const asker = (port: number, token: string) => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const ask = (path: string): Promise<string> =>
    new Promise((resolve) => {
      const failed = (): void => resolve('broken')
      const headers = { authorization: `Bearer ${token}` }
      get({ agent, port, path, headers }, (res) => {
        res.on('error', failed).on('end', () => resolve(String(res.statusCode)))
        res.resume()
      }).on('error', failed)
    })
  return { ask, end: () => agent.destroy() }
}

type Late = (isReady: Promise<unknown>) => express.RequestHandler

/** A guard, and a server, that refuse when they are told to. */
const lateRefusals: Record<string, Late> = {
  'a guard': (isReady) => {
    const api = resourceServer(issuer.options)
    const guard = requireThat(async () => {
      await isReady
      return false
    })
    return express.Router().use(api, guard) as express.RequestHandler
  },
  'a server': (isReady) =>
    resourceServer({
      issuer: { issuer: issuer.issuer },
      audience: issuer.audience,
      fetch: async () => {
        await isReady
        throw new Error('no network')
      },
    }),
  'a server that hands refusals on': (isReady) =>
    resourceServer({
      issuer: { issuer: issuer.issuer },
      audience: issuer.audience,
      refusals: 'next',
      fetch: async () => {
        await isReady
        throw new Error('no network')
      },
    }),
}

const faulty: Late = (isReady) => {
  const api = resourceServer(issuer.options)
  const guard = requireThat(async () => {
    await isReady
    throw new Error('boom')
  })
  return express.Router().use(api, guard) as express.RequestHandler
}

/** Has the time limit strike first, then the refusal while a second request is on the connection. */
const twoRequests = async (framework: typeof express, late: Late, limit: (res: express.Response) => void) => {
  const isNext = gate()
  const refused = gate()
  subscribe(CHANNEL, refused.open)
  const app = framework()
  app.set('env', 'test')
  app.get('/next', (_req, res) => {
    isNext.open()
    void refused.opened.then(settled).then(() => res.json('next'))
  })
  app.use((_req, res, next) => {
    next()
    limit(res)
    if (!res.writableEnded) isNext.open()
  }, late(isNext.opened))
  const { port } = await start(app)
  const client = asker(port, await issuer.token())
  const first = await client.ask('/late')
  const second = first === 'broken' ? first : await client.ask('/next')
  client.end()
  await refused.opened
  unsubscribe(CHANNEL, refused.open)
  return [first, second]
}

describe.each([
  ['Express 5', express],
  ['Express 4', express4],
])('on %s', (_, framework) => {
  test.each(Object.entries(lateRefusals))(
    '%s that refuses late leaves the next request alone',
    async (_title, late) => {
      expect(await twoRequests(framework, late, limits.ends)).toEqual(['503', '200'])
    },
  )

  test('a fault of the application reaches its error handler however late, and Express cuts the connection', async () => {
    expect(await twoRequests(framework, faulty, limits.ends)).toEqual(['503', 'broken'])
  })

  test('an answer that has begun and not ended is cut off', async () => {
    expect(await twoRequests(framework, lateRefusals['a guard']!, limits.begins)).toEqual([
      'broken',
      'broken',
    ])
  })
})
