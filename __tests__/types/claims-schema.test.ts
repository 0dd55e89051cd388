import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { problemsOf } from '../docs/support/compile.js'

/** An augmentation of Register is global, so each set of these texts is a program of its own. */
const REGISTER = `
import express from 'express'
import { requireClaim, requireThat, resourceServer } from 'express-resource-server'
import type { Principal } from 'express-resource-server'
`

const SCHEMAS = {
  zod: "import { z } from 'zod'\nconst claims = z.object({ tenant: z.string(), age: z.number() })",
  valibot: "import * as v from 'valibot'\nconst claims = v.object({ tenant: v.string(), age: v.number() })",
  arktype: "import { type } from 'arktype'\nconst claims = type({ tenant: 'string', age: 'number' })",
}

const SERVER = `
export const api = resourceServer({ issuer: 'https://issuer.test', audience: 'https://api.test', claims })
declare module 'express-resource-server' {
  interface Register {
    resourceServer: typeof api
  }
}
`

const MUST_COMPILE = `
const app = express()
app.use(api)
app.get('/', (req, res) => {
  const tenant: string | undefined = req.auth?.claims.tenant
  const age: number = req.auth === undefined ? 0 : req.auth.claims.age
  res.json({ tenant, age, same: api.principalOf(req).claims.tenant })
})
app.get('/own', requireThat((principal) => principal.claims.tenant === 'acme'))
app.get('/later', requireThat(async ({ claims }) => claims.age > 17))
app.get('/tenants/:tenant', requireThat((principal, req: express.Request) => principal.claims.tenant === req.params['tenant']))
app.get('/raw', requireClaim('tenant', 'acme'))
export const claimsOf = (principal: Principal<{ tenant: string }>): string => principal.claims.tenant
export const used = (req: express.Request): string | undefined => req.auth && claimsOf(req.auth)
export const guard = requireThat((principal) => principal.claims.age > 17)
export const allowed = (req: express.Request): boolean => guard.allows(api.principalOf(req), req)
`

/** Each of these lines must fail to compile, for the reason given. */
const MUST_NOT_COMPILE = [
  ["app.get('/', (req) => req.auth.claims)", "'req.auth' is possibly 'undefined'"],
  ["app.get('/', (req) => req.auth?.claims.tenat)", "Property 'tenat' does not exist"],
  ["app.get('/', (req) => req.auth?.claims.sub)", "Property 'sub' does not exist"],
  ["app.get('/', (req) => { req.auth!.claims.tenant = 'other' })", 'read-only property'],
  ["app.get('/', (req) => { const age: string = req.auth!.claims.age })", 'not assignable'],
  ['requireThat((principal) => principal.claims.nope)', "Property 'nope' does not exist"],
  ['requireThat((principal) => principal.claims.tenant)', 'not assignable'],
  ["requireClaim('tenant', { one: 'acme' })", 'No overload matches'],
] as const

describe.each(Object.entries(SCHEMAS))('Register, with a schema of %s', (_name, schema) => {
  const head = `${REGISTER}${schema}${SERVER}`

  const wrong = `const app = express()\n${MUST_NOT_COMPILE.map(([line]) => line).join('\n')}`
  const texts = new Map([
    ['server.ts', head],
    ['right.ts', `${REGISTER}import { api } from './server.js'\n${MUST_COMPILE}`],
    ['wrong.ts', `${REGISTER}${wrong}`],
  ])
  const problems = problemsOf(texts)

  test('types req.auth and the principals of guards in every file', () => {
    expect(problems.get('server.ts')).toEqual([])
    expect(problems.get('right.ts')).toEqual([])
  })

  const firstLine = `${REGISTER}const app = express()\n`.split('\n').length
  test.each(MUST_NOT_COMPILE.map(([line, reason], index) => [line, reason, firstLine + index] as const))(
    'refuses %s',
    (_line, reason, lineNumber) => {
      const found = problems.get('wrong.ts')?.filter((problem) => problem.startsWith(`${lineNumber}: `))
      expect(found).toEqual([expect.stringContaining(reason)])
    },
  )

  test('refuses nothing else', () => {
    expect(problems.get('wrong.ts')).toHaveLength(MUST_NOT_COMPILE.length)
  })
})

describe('Without Register', () => {
  test('the file of type tests compiles, and every line that must not compile does not', () => {
    const text = readFileSync(join(__dirname, 'claims-schema.ts'), 'utf8')
    expect(text.match(/@ts-expect-error/g)?.length).toBeGreaterThan(10)
    expect(problemsOf(new Map([['claims-schema.ts', text]])).get('claims-schema.ts')).toEqual([])
  })
})
