/** The protected API. One middleware verifies access tokens, and guards protect the routes. */
import cors from 'cors'
import express from 'express'
import type { Express } from 'express'
import type { JWK } from 'jose'
import { requireRoles, requireScopes, requireThat, resourceServer } from 'express-resource-server'
import type { ResourceServer } from 'express-resource-server'
import { introspection } from 'express-resource-server/introspection'
import { jwe } from 'express-resource-server/jwe'
import { memoryRevocations, revocation } from 'express-resource-server/revocation'
import type { MemoryRevocations } from 'express-resource-server/revocation'
import { API, ordersApi } from './names.js'

/** RFC 9068 §2.2: if no user is involved in the grant, the subject is the client itself. */
const requireMachine = requireThat(({ subject, clientId }) => subject !== undefined && subject === clientId)

export interface Api {
  readonly app: Express
  readonly protection: ResourceServer
  /** Where the API looks up tokens that were taken back. */
  readonly revocations: MemoryRevocations
}

/** `decryptionKey` is the private key for which the issuer encrypts tokens. */
export function createApi(issuer: string, decryptionKey: JWK): Api {
  const app = express()

  // CORS comes first: preflight requests carry no token. Scripts can read exposed headers only.
  app.use(cors({ exposedHeaders: ['WWW-Authenticate', 'Retry-After', 'Cache-Control', 'X-Request-Id'] }))

  // Public: clients without a token learn here where to get one.
  app.get('/', (_req, res) => {
    res.json({ audience: API, issuer })
  })

  // Public too: the issuer, or anyone else, can encrypt for this API with the key from here.
  const decryption = jwe({ keys: [decryptionKey] })
  app.get('/jwks', decryption.jwksRoute())

  const revocations = memoryRevocations()
  const protection = resourceServer({
    issuer,
    audience: API,
    roles: 'roles',
    // One middleware takes three kinds of tokens: signed, signed and encrypted, and opaque.
    decryption,
    opaque: introspection({
      client: { id: ordersApi.id, secret: ordersApi.secret },
      // Asks at each request, so that a token is refused as soon as the issuer takes it back. By
      // default, an answer counts for a minute.
      cache: { maxSeconds: 0 },
    }),
    revocation: revocation(revocations),
    // Both servers run on the same clock.
    clockToleranceSeconds: 0,
    // Short, so that you can watch key refreshes. By default, keys are refreshed every ten minutes.
    keys: { ttlSeconds: 20, cooldownSeconds: 5 },
  })
  app.use(protection)

  app.get('/me', (req, res) => {
    const { subject, clientId, scopes, roles, expiresAt } = protection.principalOf(req)
    res.json({ subject, clientId, scopes, roles, expiresAt })
  })

  const orders: unknown[] = [{ id: 1, details: { item: 'a book' } }]

  app.get('/orders', requireScopes('orders:read'), (_req, res) => {
    res.json(orders)
  })

  // Parsers come after the guards: the body of a refused request is never read.
  app.post('/orders', requireScopes('orders:write'), express.json(), (req, res) => {
    const order = { id: orders.length + 1, details: req.body as unknown }
    orders.push(order)
    res.status(201).json(order)
  })

  app.get('/admin', requireRoles('admin'), (req, res) => {
    res.json({ welcome: req.auth?.subject })
  })

  app.post('/webhooks/events', requireScopes('events:write'), requireMachine, express.json(), (req, res) => {
    res.json({ received: req.body as unknown, from: req.auth?.clientId })
  })

  return { app, protection, revocations }
}
