/**
 * What must and must not compile about handlers and guards. Nothing here runs: the compiler reads
 * it.
 */
import express from 'express'
import type { Request, RequestHandler } from 'express'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { JWTPayload } from 'jose'
import {
  allOf,
  anyOf,
  requireAnyRole,
  requireAnyScope,
  requireAuthentication,
  requireClaim,
  requireRoles,
  requireScopes,
  requireThat,
  resourceServer,
} from 'express-resource-server'
import type { AsyncGuard, Guard, Handler, Principal, ResourceRequest } from 'express-resource-server'

/** `true` when both types are the same, `never` otherwise. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : never

const app = express()
const api = resourceServer({ issuer: 'https://issuer.test', audience: 'https://api.test' })
declare const request: ResourceRequest
declare const principal: Principal
declare const typed: Principal<{ tenant: string }>

app.use(api)
app.use('/api', api, requireScopes('a'))
express.Router().use(api).get('/', requireScopes('a'))

/** The types of a route are those that Express gives it without a guard. */
app.get('/orders/:id', requireScopes('a'), (req, res) => {
  true satisfies Same<typeof req.params.id, string>
  true satisfies Same<typeof req.auth, Principal | undefined>
  // @ts-expect-error: the route has no such parameter
  res.json(req.params.other)
})
app.get(
  '/orders/:id/:line',
  requireScopes('a'),
  requireThat(async () => true),
  allOf(requireRoles('b')),
  (req, res) => {
    const [id, line]: [string, string] = [req.params.id, req.params.line]
    res.json({ id, line })
  },
)

app.get('/', (req, res) => {
  const subject: string | undefined = req.auth?.subject
  const claims: Readonly<JWTPayload> | undefined = req.auth?.claims
  // @ts-expect-error: an anonymous request has no principal
  const certain: string = req.auth.issuer
  // @ts-expect-error: a principal is read-only
  req.auth!.subject = 'admin'
  // @ts-expect-error: its arrays are, too
  req.auth!.scopes.push('admin')
  res.json({ subject, claims, certain, always: api.principalOf(req).issuer })
})

/** Every Connect-style framework accepts them. */
createServer((req, res) => {
  api(req, res, (error?: unknown) => {
    requireScopes('a')(req, res, () => res.end(String(error)))
  })
})
export const handlers: readonly Handler[] = [api, requireScopes('a'), requireThat(async () => true)]
export const inExpress: readonly RequestHandler[] = [api, requireScopes('a')]
export const inNode: (req: IncomingMessage, res: ServerResponse, next: () => void) => void = api

/** Guards need something to require. */
requireScopes('a')
requireScopes('a', 'b')
requireScopes((req) => [String(req.method)])
requireScopes((req: Request<{ id: string }>) => [`orders:${req.params.id}`])
// @ts-expect-error: no scope is required
requireScopes()
// @ts-expect-error: an array is no scope
requireScopes(['a'])
// @ts-expect-error: a scope next to a function
requireScopes(() => ['a'], 'b')
// @ts-expect-error: the scopes of a request are at hand
requireScopes(async () => ['a'])
// @ts-expect-error: one scope is an array of one
requireScopes(() => 'a')
// @ts-expect-error: no scope is required
requireAnyScope()
// @ts-expect-error: no role is required
requireRoles()
// @ts-expect-error: no role is required
requireAnyRole()
// @ts-expect-error: classes are an array
requireAuthentication({ acrValues: 'a' })
// @ts-expect-error: the unit is in the name
requireAuthentication({ maxAge: 60 })
// @ts-expect-error: no value is required
requireClaim('tenant')
// @ts-expect-error: a setting that may be missing would let those pass who lack the claim
requireClaim('tenant', process.env['TENANT'])
// @ts-expect-error: objects are never equal
requireClaim('tenant', { id: 1 })
// @ts-expect-error: a predicate answers true or false
requireThat(() => 'yes')
// @ts-expect-error: later, too
requireThat(async () => 'yes')
// @ts-expect-error: the option is called scope
requireThat(() => true, { scopes: 'a' })

/** A synchronous guard, and an asynchronous one. */
const now = requireThat(({ subject }) => subject === 'a')
const later = requireThat(async ({ subject }) => subject === 'a')
export const same: readonly true[] = [
  true satisfies Same<typeof now, Guard>,
  true satisfies Same<typeof later, AsyncGuard>,
  true satisfies Same<ReturnType<typeof requireAuthentication>, Guard>,
  true satisfies Same<ReturnType<typeof requireAnyScope>, Guard>,
]
export const claimNow: Guard = requireClaim('a', (value) => value === 'b')
export const claimLater: AsyncGuard = requireClaim('a', async (value) => value === 'b')
export const allNow: Guard = allOf(now, requireScopes('a'), anyOf(requireRoles('b'), now))
export const allLater: AsyncGuard = allOf(now, later)
export const anyLater: AsyncGuard = anyOf(now, allOf(later, now))
// @ts-expect-error: one of them answers later
export const notNow: Guard = allOf(now, later)
// @ts-expect-error: one of them answers later
export const neitherNow: Guard = anyOf(now, allOf(now, later))
// @ts-expect-error: nothing to compose
allOf()
// @ts-expect-error: nothing to compose
anyOf()
// @ts-expect-error: a resource server is no guard
allOf(api)
// @ts-expect-error: a handler is no guard
anyOf((_req: IncomingMessage, _res: ServerResponse, next: () => void) => {
  next()
})

/** Whether a predicate of any type answers later is not known: its guard has to be awaited. */
declare const anything: any
export const unsure = requireThat(anything)
export const answersAnything = requireThat(() => anything)
export const claimUnsure = requireClaim('a', anything)
export const either = requireThat((): boolean | Promise<boolean> => true)
export const unsureOnes: readonly true[] = [
  true satisfies Same<typeof unsure, AsyncGuard>,
  true satisfies Same<typeof answersAnything, AsyncGuard>,
  true satisfies Same<typeof claimUnsure, AsyncGuard>,
  true satisfies Same<typeof either, AsyncGuard>,
]
export const ofAny = allOf(anything)
export const withAny = anyOf(now, anything)
export const combinedOnes: readonly true[] = [
  true satisfies Same<typeof ofAny, AsyncGuard>,
  true satisfies Same<typeof withAny, AsyncGuard>,
]

/** Factories are not handlers, whatever types Express has: its older ones let handlers return anything. */
type OldHandler = (req: Request, res: express.Response, next: express.NextFunction) => void
type OldErrorHandler = (error: any, req: Request, res: express.Response, next: express.NextFunction) => void
declare const oldApp: { use(...handlers: readonly (OldHandler | OldErrorHandler)[]): void }
oldApp.use(
  api,
  requireAuthentication(),
  requireScopes('a'),
  requireThat(() => true),
)
// @ts-expect-error: the call is missing
oldApp.use(requireAuthentication)
// @ts-expect-error: the call is missing
app.get('/x', requireAuthentication)
// @ts-expect-error: the call is missing
app.use(requireAuthentication)
// @ts-expect-error: the call is missing
oldApp.use(resourceServer)
// @ts-expect-error: the call is missing
app.use(resourceServer)
// @ts-expect-error: the call is missing
oldApp.use(requireScopes)
// @ts-expect-error: the call is missing
app.get('/x', requireScopes)
// @ts-expect-error: the call is missing
oldApp.use(requireRoles)
// @ts-expect-error: the call is missing
oldApp.use(requireAnyScope)
// @ts-expect-error: the call is missing
oldApp.use(requireAnyRole)
// @ts-expect-error: the call is missing
oldApp.use(requireClaim)
// @ts-expect-error: the call is missing
oldApp.use(requireThat)
// @ts-expect-error: the call is missing
oldApp.use(allOf)

/** A path of a claim has a form of its own. */
requireClaim({ path: ['realm_access', 'roles'] }, 'admin')
// @ts-expect-error: a path is an array of names
requireClaim({ path: 'a.b' }, 'admin')

/** Decisions without a response to write to, for principals with claims of any type. */
export async function decide(req: Request): Promise<boolean> {
  now.check(principal, request)
  now.check(typed, req)
  await later.check(typed, req)
  const isAllowed: boolean = now.allows(api.principalOf(req), req)
  // @ts-expect-error: an anonymous request has no principal to decide about
  now.check(req.auth, req)
  // @ts-expect-error: a request belongs to it
  now.check(principal)
  return isAllowed && (await later.allows(principal, request))
}
