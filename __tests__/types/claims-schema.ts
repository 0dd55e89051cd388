/** What must and must not compile about typed claims. Nothing here runs: the compiler reads it. */
import { type } from 'arktype'
import type { Request } from 'express'
import type { IncomingMessage } from 'node:http'
import * as v from 'valibot'
import { z } from 'zod'
import type { JWTPayload } from 'jose'
import { requireThat, resourceServer } from 'express-resource-server'
import type {
  ClaimsOf,
  Principal,
  ResourceServer,
  ResourceServerOptions,
  StandardSchema,
} from 'express-resource-server'

/** `true` when both types are the same, `never` otherwise. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : never

const options = { issuer: 'https://issuer.test', audience: 'https://api.test' }
declare const req: Request
declare const incoming: IncomingMessage

interface Shape {
  tenant: string
  age: number
}

const byZod = z.object({ tenant: z.string(), age: z.number() })
const byValibot = v.object({ tenant: v.string(), age: v.number() })
const byArktype = type({ tenant: 'string', age: 'number' })

const zodApi = resourceServer({ ...options, claims: byZod })
const valibotApi = resourceServer({ ...options, claims: byValibot })
const arktypeApi = resourceServer({ ...options, claims: byArktype })
const plainApi = resourceServer(options)
export const undefinedApi = resourceServer({ ...options, claims: undefined })

export const same: readonly true[] = [
  true satisfies Same<ClaimsOf<typeof byZod>, Shape>,
  true satisfies Same<ClaimsOf<typeof byValibot>, Shape>,
  true satisfies Same<ClaimsOf<typeof byArktype>, Shape>,
  true satisfies Same<ClaimsOf<undefined>, JWTPayload>,
  true satisfies Same<typeof plainApi, ResourceServer>,
  true satisfies Same<typeof undefinedApi, ResourceServer>,
]

/** Every way to get a principal. */
export async function read(): Promise<readonly string[]> {
  const { claims } = await zodApi.verify('token')
  const { principal } = await zodApi.authenticate(incoming)
  const later = zodApi.principalOf(req).claims.tenant.toUpperCase()
  return [
    claims.tenant,
    principal.claims.tenant,
    later,
    zodApi.principalOf(incoming).claims.tenant,
    valibotApi.principalOf(req).claims.tenant,
    arktypeApi.principalOf(req).claims.tenant,
  ]
}

export const years: readonly number[] = [
  zodApi.principalOf(req).claims.age,
  valibotApi.principalOf(req).claims.age,
  arktypeApi.principalOf(req).claims.age,
]

/** The output counts, not the input. */
const renaming = z.object({ org_id: z.string() }).transform(({ org_id }) => ({ organisation: org_id }))
const renamingApi = resourceServer({ ...options, claims: renaming })
export const organisation: string = renamingApi.principalOf(req).claims.organisation

/** A handwritten schema, and an asynchronous one. */
const byHand: StandardSchema<{ readonly plan: 'free' | 'paid' }> = {
  '~standard': { version: 1, vendor: 'mine', validate: () => Promise.resolve({ value: { plan: 'free' } }) },
}
const handApi = resourceServer({ ...options, claims: byHand })
export const plan: 'free' | 'paid' = handApi.principalOf(req).claims.plan

/** Without a schema, registered claims have their types and all others are `unknown`. */
export const subject: string | undefined = plainApi.principalOf(req).claims.sub
export const unknown: unknown = plainApi.principalOf(req).claims['tenant']

/** Without Register, what Express and guards see is plain. */
export const registered: unknown = req.auth?.claims['tenant']
requireThat((principal) => principal.claims['tenant'] === 'acme')

/** Functions that take principals of a shape. */
export function greet(principal: Principal<Shape>): string {
  return principal.claims.tenant
}
greet(zodApi.principalOf(req))
greet(valibotApi.principalOf(req))
greet(arktypeApi.principalOf(req))

declare function take(value: unknown): void

export function mustNotCompile(): void {
  // @ts-expect-error a claim that the schema does not have
  take(zodApi.principalOf(req).claims.tenat)
  // @ts-expect-error a claim that the schema does not have
  take(valibotApi.principalOf(req).claims.sub)
  // @ts-expect-error a claim that the schema does not have
  take(arktypeApi.principalOf(req).claims.sub)
  // @ts-expect-error the input's name of a claim that is renamed
  take(renamingApi.principalOf(req).claims.org_id)
  // @ts-expect-error another type
  take(zodApi.principalOf(req).claims.age satisfies string)
  // @ts-expect-error a claim of unknown type
  take(plainApi.principalOf(req).claims['tenant'] satisfies string)
  // @ts-expect-error claims cannot be written
  zodApi.principalOf(req).claims.tenant = 'other'
  // @ts-expect-error nor replaced
  zodApi.principalOf(req).claims = { tenant: 'other', age: 1 }
  // @ts-expect-error a principal without that shape
  greet(plainApi.principalOf(req))
  // @ts-expect-error a type argument is no validator
  resourceServer<Shape>(options)
  // @ts-expect-error a function is no schema
  resourceServer({ ...options, claims: (claims: unknown) => claims as Shape })
  // @ts-expect-error a schema of another version
  resourceServer({ ...options, claims: { '~standard': { version: 2, vendor: 'x', validate: byZod.parse } } })
  // @ts-expect-error an object that is no schema
  resourceServer({ ...options, claims: { tenant: 'string' } })
  // @ts-expect-error without Register the claims of req.auth are unknown
  take(req.auth?.claims['tenant'] satisfies string | undefined)
  // @ts-expect-error req.auth may be undefined
  take(req.auth.claims)
}

/** Options may be declared separately, with the type of their schema. */
export const apart: ResourceServerOptions<typeof byZod> = { ...options, claims: byZod }
const byOther = z.object({ other: z.string() })
// @ts-expect-error the schema of another shape
export const wrong: ResourceServerOptions<typeof byZod> = { ...options, claims: byOther }
