/** An introspection endpoint that answers as a test wants, and an API that asks it. */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import express from 'express'
import { requireScopes, resourceServer } from 'express-resource-server'
import type { ResourceServer, ResourceServerOptions } from 'express-resource-server'
import { introspection } from 'express-resource-server/introspection'
import type { IntrospectionOptions } from 'express-resource-server/introspection'
import { createTestIssuer } from 'express-resource-server/testing'
import { start } from '../../support/http.js'
import type { Running } from '../../support/http.js'
import { TestClock } from '../../support/test-clock.js'

export const CLIENT = { id: 'orders-api', secret: 's3cret' }
export const clock = new TestClock()
export const issuer = createTestIssuer({ clock })
export const nowSeconds = (): number => clock.epochMs() / 1000

/** What a server says about a good token, with these changes; a member that is `undefined` is left out. */
export const active = (changes: object = {}): object => ({
  active: true,
  iss: issuer.issuer,
  aud: issuer.audience,
  sub: 'user-1',
  client_id: 'client-1',
  scope: 'read',
  token_type: 'Bearer',
  exp: nowSeconds() + 300,
  ...changes,
})

export interface Asked {
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly form: URLSearchParams
}

/** An object is sent as JSON; a function writes the answer itself. */
export type Reply = object | ((res: ServerResponse, asked: Asked) => unknown)

export interface Endpoint {
  readonly url: string
  readonly asked: Asked[]
  /** About all tokens, or about this one. */
  reply(reply: Reply, token?: string): void
  readonly server: Running
}

export const raw =
  (status: number, body = '', headers: Record<string, string> = {}): Reply =>
  (res: ServerResponse) =>
    res.writeHead(status, headers).end(body)

export async function startEndpoint(): Promise<Endpoint> {
  const asked: Asked[] = []
  const replies = new Map<string, Reply>()
  const answer = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of req) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString()
    const question = { headers: req.headers, body, form: new URLSearchParams(body) }
    asked.push(question)
    const reply = replies.get(question.form.get('token') ?? '') ?? replies.get('') ?? { active: false }
    if (typeof reply === 'function') (reply as (res: ServerResponse, asked: Asked) => unknown)(res, question)
    else res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(reply))
  }
  const server = await start((req, res) => void answer(req, res))
  return {
    url: `${server.url}/introspect`,
    asked,
    server,
    reply: (reply, token = '') => replies.set(token, reply),
  }
}

export interface World extends Running {
  readonly endpoint: Endpoint
  readonly api: ResourceServer
}

/** `GET /` needs the scope `read` and answers with subject and claims. */
export async function startWorld(
  options: Partial<IntrospectionOptions> = {},
  server: Partial<ResourceServerOptions> = {},
  endpoint?: Endpoint,
): Promise<World> {
  const asked = endpoint ?? (await startEndpoint())
  // The longest that is allowed, as the machine may be busy.
  const opaque = introspection({ endpoint: asked.url, client: CLIENT, timeoutMs: 60_000, ...options })
  const api = resourceServer({ ...issuer.options, clock, opaque, ...server })
  const app = express()
  app.use(api)
  app.get('/', requireScopes('read'), (req, res) =>
    res.json([req.auth?.subject ?? null, req.auth?.header ?? null]),
  )
  return { ...(await start(app)), endpoint: asked, api }
}
