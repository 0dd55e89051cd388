/** Values of one entry fit the options of another, and users can emit declarations for them. */
import express from 'express'
import { requireThat, resourceServer } from 'express-resource-server'
import type { Algorithm, Principal, ResourceServerOptions, StandardSchema } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import type { Algorithm as TestAlgorithm, TestIssuerServer } from 'express-resource-server/testing'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const assertType = <Assertion extends true>(): Assertion | undefined => undefined

interface Shape {
  readonly tenant: string
}

export const schema: StandardSchema<Shape> = {
  '~standard': {
    version: 1,
    vendor: 'sample',
    validate: (value) => ({ value: { tenant: String(Reflect.get(Object(value), 'tenant')) } }),
  },
}

/** Without annotations: their declarations need the names of this package's types. */
export const issuer = createTestIssuer()
export const { options, jwks } = issuer
export const plain = resourceServer(options)
export const typed = resourceServer({ ...options, claims: schema, optional: true })
export const guard = requireThat(({ hasScope }, { method }) => method === 'GET' || hasScope('write'))
export const health = plain.health()
export const listen = (server: TestIssuerServer) => resourceServer(server.options)
export const verify = async (token: string) => typed.verify(token)

declare module 'express-resource-server' {
  interface Register {
    resourceServer: typeof typed
  }
}

assertType<Equal<Algorithm, TestAlgorithm>>()
assertType<typeof options extends ResourceServerOptions ? true : false>()
assertType<Equal<Awaited<ReturnType<typeof verify>>, Principal<Shape>>>()

express.Router().get('/', guard, (req, res) => {
  assertType<Equal<typeof req.auth, Principal<Shape> | undefined>>()
  // @ts-expect-error: the schema knows no such claim
  req.auth?.claims.other
  res.json(req.auth?.claims.tenant)
})
