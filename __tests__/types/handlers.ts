/**
 * Functions that are not handlers must not compile where Express takes one. Nothing here runs: the
 * compiler reads it.
 */
/* eslint-disable @typescript-eslint/no-misused-promises -- these misuses are what the compiler has to find. */
import { EventEmitter } from 'node:events'
import express from 'express'
import type { NextFunction, Request, Response } from 'express'
import { requireActor, requireAuthentication, requireThat, resourceServer } from 'express-resource-server'
import type { Answer, AuthenticationResult, Health, Principal, ResourceServer } from 'express-resource-server'
import { dpop, memoryReplayStore } from 'express-resource-server/dpop'
import { introspection } from 'express-resource-server/introspection'
import { jwe } from 'express-resource-server/jwe'
import { authInfo, requireTools } from 'express-resource-server/mcp'
import { protectedResource } from 'express-resource-server/metadata'
import { mtls } from 'express-resource-server/mtls'
import { redisStores } from 'express-resource-server/redis'
import { backChannelLogout, memoryRevocations, revocation } from 'express-resource-server/revocation'
import { createTestIssuer } from 'express-resource-server/testing'

const app = express()
const router = express.Router()
const api = resourceServer({ issuer: 'https://issuer.test', audience: 'https://api.test' })

// @ts-expect-error: api itself is the handler
app.use(api.authenticate)
// @ts-expect-error: api itself is the handler
app.get('/x', api.authenticate)
// @ts-expect-error: api itself is the handler
router.use(api.authenticate)
// @ts-expect-error: api itself is the handler
app.use(api.verify)
// @ts-expect-error: api itself is the handler
app.use(api.principalOf)
// @ts-expect-error: the call is missing
app.get('/health', api.healthRoute)
// @ts-expect-error: no handler
app.get('/health', api.health)
// @ts-expect-error: no handler
app.get('/ready', api.ready)
// @ts-expect-error: no handler
app.post('/refresh', api.refresh)
// @ts-expect-error: no handler
app.post('/purge', api.purge)
// @ts-expect-error: no handler
app.get('/keys', api.snapshot)
// @ts-expect-error: no handler
app.post('/close', api.close)
// @ts-expect-error: no handler, not even for errors
app.use(api.answerTo)
// @ts-expect-error: the guard itself is the handler
app.use(requireActor({ subject: 'a' }).check)
// @ts-expect-error: the guard itself is the handler
app.use(requireActor({ subject: 'a' }).allows)
// @ts-expect-error: the guard itself is the handler
app.get('/x', requireActor({ subject: 'a' }).check)
// @ts-expect-error: the guard itself is the handler
app.use(requireThat(async () => true).check)
// @ts-expect-error: the guard itself is the handler
app.use(requireThat(async () => true).allows)
// @ts-expect-error: the call is missing
app.get('/x', requireActor)
// @ts-expect-error: the call is missing
app.use([requireActor])
// @ts-expect-error: the call is missing
app.use(protectedResource)
// @ts-expect-error: the call is missing
app.post('/mcp', requireTools)
// @ts-expect-error: no handler
app.use(authInfo)
// @ts-expect-error: the call is missing
app.post('/logout', backChannelLogout)
// @ts-expect-error: a value for an option
app.use(dpop)
// @ts-expect-error: a value for an option
app.use(memoryReplayStore)
// @ts-expect-error: a value for an option
app.use(mtls)
// @ts-expect-error: a value for an option
app.use(jwe)
// @ts-expect-error: a value for an option
app.use(introspection)
// @ts-expect-error: a value for an option
app.use(revocation)
// @ts-expect-error: a value for an option
app.use(memoryRevocations)
// @ts-expect-error: a value for an option
app.use(redisStores)
// @ts-expect-error: no handler
app.use(createTestIssuer)

/** Older types of Express let handlers return anything. */
type OldHandler = (req: Request, res: Response, next: NextFunction) => void
type OldErrorHandler = (error: any, req: Request, res: Response, next: NextFunction) => void
declare const oldApp: { use(...handlers: readonly (OldHandler | OldErrorHandler)[]): void }
oldApp.use(api, api.healthRoute(), requireActor({ subject: 'a' }), requireAuthentication())
// @ts-expect-error: api itself is the handler
oldApp.use(api.authenticate)
// @ts-expect-error: api itself is the handler
oldApp.use(api.verify)
// @ts-expect-error: no handler
oldApp.use(api.close)
// @ts-expect-error: no handler
oldApp.use(api.ready)
// @ts-expect-error: the call is missing
oldApp.use(requireActor)

/** Calls, whatever else is at hand. */
declare const maybe: ResourceServer | undefined
declare const requests: readonly Request[]
declare const errors: readonly unknown[]
declare const tokens: readonly string[]
export async function called(req: Request, token: string): Promise<unknown[]> {
  const { authenticate, verify, principalOf, health, close, ready } = api
  const result: AuthenticationResult = await authenticate(req)
  const principal: Principal = await verify(token)
  const state: Health = health()
  await verify(token, undefined)
  await verify(token, { signal: AbortSignal.timeout(5) })
  await ready()
  await ready(undefined)
  await api.ready({ timeoutMs: 5 })
  await api.refresh()
  await api.refresh({ issuer: 'https://issuer.test' })
  api.purge({ issuer: undefined })
  const snapshot = api.snapshot()
  maybe?.close()
  close()
  return [
    result,
    principal,
    state,
    snapshot,
    principalOf(req),
    await maybe?.authenticate(req),
    maybe?.health(),
  ]
}
export const callbacks: readonly unknown[] = [
  requests.map(api.authenticate) satisfies Promise<AuthenticationResult>[],
  requests.map(api.principalOf) satisfies Principal[],
  errors.map(api.answerTo) satisfies Answer[],
  Promise.all(tokens.map((token) => api.verify(token))),
  Promise.reject(new Error('any')).catch(api.answerTo),
  Promise.resolve().finally(api.close),
  setTimeout(api.close, 5),
  setInterval(api.refresh, 5),
  process.on('SIGTERM', api.close),
  new EventEmitter().on('end', api.close),
  app.listen(0).on('close', api.close),
]
AbortSignal.timeout(5).addEventListener('abort', api.close)
export const metadata = [{ resource: 'https://api.test', authorizationServers: ['https://issuer.test'] }].map(
  protectedResource,
)
export const double: Pick<ResourceServer, 'close' | 'verify'> = {
  close: () => undefined,
  verify: (token: string) => api.verify(token),
}
