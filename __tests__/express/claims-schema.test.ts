import { inspect } from 'node:util'
import { type } from 'arktype'
import express from 'express'
import * as v from 'valibot'
import { z } from 'zod'
import {
  ClaimsSchemaError,
  InternalError,
  UnauthorizedError,
  requireClaim,
  requireScopes,
  resourceServer,
} from 'express-resource-server'
import type { ResourceServer, ResourceServerOptions, StandardSchema } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import type { TestTokenOptions } from 'express-resource-server/testing'
import { start } from '../support/http.js'

const issuer = createTestIssuer()

/** The same shape in three validators: a tenant, and an address with a country and tags. */
const zodSchema = z.object({
  tenant: z.string(),
  address: z.object({ country: z.string().length(2), tags: z.array(z.string()) }),
})
const valibotSchema = v.object({
  tenant: v.string(),
  address: v.object({ country: v.pipe(v.string(), v.length(2)), tags: v.array(v.string()) }),
})
const arktypeSchema = type({ tenant: 'string', address: { country: 'string == 2', tags: 'string[]' } })

const SCHEMAS = [
  ['zod', zodSchema],
  ['valibot', valibotSchema],
  ['arktype', arktypeSchema],
] as const

const FITTING = { tenant: 'acme', address: { country: 'CH', tags: ['a', 'b'] } }
/** A value that must not appear anywhere. */
const SECRET = 'value-of-the-claim'

function serverWith<Schema extends StandardSchema>(
  claims: Schema,
  options: Partial<ResourceServerOptions> = {},
): ReturnType<typeof resourceServer<Schema>> {
  return resourceServer({ ...issuer.options, ...options, claims })
}

async function refusalOf(
  api: Pick<ResourceServer<unknown>, 'verify'>,
  token: TestTokenOptions,
): Promise<unknown> {
  return api.verify(await issuer.token(token)).then(
    () => 'accepted',
    (error: unknown) => error,
  )
}

/** A handwritten schema. */
function schema<Output = unknown>(
  validate: StandardSchema<Output>['~standard']['validate'],
): StandardSchema<Output> {
  return { '~standard': { version: 1, vendor: 'test', validate } }
}

describe.each([
  ['a dictionary of zod', z.object({ limits: z.record(z.string(), z.number()) })],
  ['a dictionary of valibot', v.object({ limits: v.record(v.string(), v.number()) })],
  ['a dictionary of arktype', type({ limits: { '[string]': 'number' } })],
  ['an object of valibot that takes no other members', v.object({ limits: v.strictObject({}) })],
  ['an object of arktype that takes no other members', type({ limits: { '+': 'reject' } })],
])('The member of %s, which does not fit', (_name, claims) => {
  test('is named by the token, so only paths has the name', async () => {
    const error = await refusalOf(serverWith(claims as StandardSchema), { limits: { [SECRET]: 'none' } })
    const { cause, detail, message, stack } = error as UnauthorizedError & { cause: ClaimsSchemaError }
    expect(cause.paths).toEqual([`limits.${SECRET}`])
    expect(cause.message).toBe('The claims do not fit the schema in 1 place: see paths')
    const shown = inspect(error, { depth: null, showHidden: true }) + JSON.stringify({ error, cause })
    for (const text of [shown, detail, message, stack, String(cause)]) expect(text).not.toContain(SECRET)
  })
})

describe.each(SCHEMAS)('A schema of %s', (_name, claims) => {
  const api = serverWith(claims as StandardSchema<typeof FITTING>)

  test('gives principal.claims its own shape', async () => {
    const principal = await api.verify(await issuer.token(FITTING))
    expect(principal.claims).toMatchObject(FITTING)
    expect(principal.claims.address.country).toBe('CH')
  })

  test('gives req.auth and principalOf(req) the same claims', async () => {
    const app = express().use(api)
    app.get('/', (req, res) => {
      expect(req.auth).toBe(api.principalOf(req))
      res.json(api.principalOf(req).claims)
    })
    const { body } = await (await start(app)).ask({ token: await issuer.token(FITTING) })
    expect(body).toMatchObject(FITTING)
  })

  test('has an output that is frozen, with all that it holds', async () => {
    const { claims: output } = await api.verify(await issuer.token(FITTING))
    expect([output, output.address, output.address.tags].every(Object.isFrozen)).toBe(true)
  })

  test('that does not fit is a 401 that names the paths', async () => {
    const error = await refusalOf(api, { address: { country: 'CHE', tags: ['a', 1] } })
    expect(error).toBeInstanceOf(UnauthorizedError)
    expect(error).toMatchObject({ code: 'ERR_CLAIMS_REFUSED', status: 401, error: 'invalid_token' })
    const { cause } = error as UnauthorizedError
    expect(cause).toBeInstanceOf(ClaimsSchemaError)
    expect((cause as ClaimsSchemaError).stack).not.toMatch(/\n\s+at /)
    expect([...(cause as ClaimsSchemaError).paths].sort()).toEqual([
      'address.country',
      'address.tags.1',
      'tenant',
    ])
  })

  test('that does not fit shows no value of a claim', async () => {
    const error = await refusalOf(api, {
      tenant: 7_654_321,
      address: { country: SECRET, tags: [{ [SECRET]: SECRET }] },
    })
    expect(error).toMatchObject({ code: 'ERR_CLAIMS_REFUSED' })
    const shown = inspect(error, { depth: null, showHidden: true }) + JSON.stringify(error)
    expect(shown).not.toContain(SECRET)
    expect(shown).not.toContain('7654321')
  })

  test('that does not fit shows the client no path', async () => {
    const app = express()
      .use(api)
      .get('/', (_req, res) => res.json('reached'))
    const answer = await (await start(app)).ask({ token: await issuer.token({ tenant: 1 }) })
    expect(answer.status).toBe(401)
    expect(answer.challenge?.parameters).toEqual({
      error: 'invalid_token',
      error_description: 'The claims of the access token do not fit this resource',
    })
    expect(answer.text).not.toMatch(/tenant|address/)
  })

  test('does not run for a token that is refused anyway', async () => {
    let runs = 0
    const counting = schema((value) => {
      runs++
      return claims['~standard'].validate(value)
    })
    const error = await refusalOf(serverWith(counting), { ...FITTING, aud: 'https://elsewhere.test' })
    expect(error).toMatchObject({ code: 'ERR_AUDIENCE_MISMATCH' })
    expect(runs).toBe(0)
  })
})

describe('The output of a schema', () => {
  test('may be another value than what was signed', async () => {
    const claims = z
      .object({ tenant: z.string() })
      .transform(({ tenant }) => ({ id: tenant.toUpperCase(), since: new Date(0) }))
    const principal = await serverWith(claims).verify(await issuer.token(FITTING))
    expect(principal.claims).toEqual({ id: 'ACME', since: new Date(0) })
  })

  test('leaves the rest of the principal as it was signed', async () => {
    const principal = await serverWith(zodSchema).verify(
      await issuer.token({ ...FITTING, sub: 'user-7', scope: 'orders:read', roles: ['admin'] }),
    )
    expect(Object.keys(principal.claims)).toEqual(['tenant', 'address'])
    expect(principal).toMatchObject({
      issuer: issuer.issuer,
      audience: [issuer.audience],
      subject: 'user-7',
      clientId: 'client-1',
      scopes: ['orders:read'],
      roles: ['admin'],
    })
    expect(principal.expiresAt).toEqual(expect.any(Number))
  })

  test.each([
    ['zod', z.looseObject({ since: z.string().transform((text) => new Date(text)) })],
    ['valibot', v.looseObject({ since: v.pipe(v.string(), v.transform((text) => new Date(text))) })], // prettier-ignore
    ['arktype', type({ since: 'string.date.parse' })],
  ])('may be made by a schema of %s that changes the claims', async (_name, claims) => {
    const principal = await serverWith(claims).verify(await issuer.token({ since: '2020-01-01' }))
    expect((principal.claims as { since: Date }).since).toEqual(new Date('2020-01-01'))
  })

  test.each([
    ['zod', z.object({ tenant: z.string() })],
    ['valibot', v.object({ tenant: v.string() })],
    ['arktype', type({ '+': 'delete', tenant: 'string' })],
  ])('may be made by a schema of %s that leaves claims out', async (_name, claims) => {
    const principal = await serverWith(claims).verify(await issuer.token(FITTING))
    expect(principal.claims).toEqual({ tenant: 'acme' })
    expect(principal.subject).toBe('user-1')
  })

  test('is frozen inside a part that the schema froze itself', async () => {
    const claims = z.object({ address: z.object({ tags: z.array(z.string()) }) }).readonly()
    const principal = await serverWith(claims).verify(await issuer.token(FITTING))
    expect(Object.isFrozen(principal.claims.address)).toBe(true)
    expect(() => principal.claims.address.tags.push('c')).toThrow(TypeError)
  })

  test('may hold what JavaScript cannot freeze', async () => {
    const claims = z
      .object({ tenant: z.string() })
      .transform(({ tenant }) => ({ bytes: Buffer.from(tenant), list: new Uint16Array(1) }))
    const principal = await serverWith(claims).verify(await issuer.token(FITTING))
    expect(principal.claims.bytes.toString()).toBe('acme')
  })

  test('may refer to itself, and have getters that nobody calls', async () => {
    const claims = schema(() => {
      const value = {
        get fails(): never {
          throw new Error('called')
        },
      }
      return { value: Object.assign(value, { self: value }) }
    })
    const principal = await serverWith(claims as StandardSchema<{ self: object }>).verify(
      await issuer.token(),
    )
    expect(principal.claims.self).toBe(principal.claims)
  })

  test.each([null, undefined, 0, 'text', false])('may be %p', async (value) => {
    const principal = await serverWith(schema(() => ({ value }))).verify(await issuer.token())
    expect(principal.claims).toBe(value)
  })
})

describe('A schema runs once', () => {
  function counting(): { readonly claims: StandardSchema; runs: number } {
    const counter = {
      runs: 0,
      claims: schema((value) => {
        counter.runs++
        return { value }
      }),
    }
    return counter
  }

  test('for a request, however many guards it meets', async () => {
    const counter = counting()
    const guards = [requireScopes('a'), requireClaim('tenant', 'acme'), requireScopes('a', 'b')]
    const app = express()
      .use(serverWith(counter.claims))
      .get('/', ...guards, (_req, res) => res.json('reached'))
    const { status } = await (
      await start(app)
    ).ask({ token: await issuer.token({ ...FITTING, scope: 'a b' }) })
    expect([status, counter.runs]).toEqual([200, 1])
  })

  test('for each of several tokens', async () => {
    const counter = counting()
    const api = serverWith(counter.claims)
    for (let i = 0; i < 3; i++) await api.verify(await issuer.token())
    expect(counter.runs).toBe(3)
  })

  test('for a token that comes again', async () => {
    const counter = counting()
    const api = serverWith(counter.claims)
    const token = await issuer.token()
    const principals = [await api.verify(token), await api.verify(token), await api.verify(token)]
    expect(new Set(principals.map(({ claims }) => claims)).size).toBe(1)
    expect(counter.runs).toBe(1)
  })

  test('for each verification, when tokens are not remembered', async () => {
    const counter = counting()
    const api = serverWith(counter.claims, { tokenCache: false })
    const token = await issuer.token()
    await api.verify(token)
    await api.verify(token)
    expect(counter.runs).toBe(2)
  })

  test('once for a request whose output cannot be shared, when tokens are not remembered', async () => {
    let runs = 0
    const dated = schema((value) => {
      runs++
      return { value: { ...(value as object), since: new Date(0) } }
    })
    await serverWith(dated, { tokenCache: false }).verify(await issuer.token())
    expect(runs).toBe(1)
  })

  test('more for a token that it refused, as refusals are not remembered', async () => {
    let runs = 0
    const api = serverWith(
      schema(() => {
        runs++
        return { issues: [] }
      }),
    )
    const token = await issuer.token()
    await expect(api.verify(token)).rejects.toThrow(UnauthorizedError)
    await expect(api.verify(token)).rejects.toThrow(UnauthorizedError)
    expect(runs).toBe(2)
  })
})

describe('An asynchronous schema', () => {
  const isKnown = (tenant: string): Promise<boolean> => Promise.resolve(tenant === 'acme')

  test.each([
    ['zod', z.object({ tenant: z.string().refine(isKnown) })],
    ['valibot', v.objectAsync({ tenant: v.pipeAsync(v.string(), v.checkAsync(isKnown)) })],
  ])('of %s is awaited before the handler runs', async (_name, claims) => {
    const app = express()
      .use(serverWith(claims))
      .get('/', (req, res) => res.json(req.auth?.claims))
    const running = await start(app)
    const good = await running.ask({ token: await issuer.token(FITTING) })
    expect([good.status, good.body]).toEqual([200, { tenant: 'acme' }])
    const bad = await running.ask({ token: await issuer.token({ ...FITTING, tenant: SECRET }) })
    expect([bad.status, bad.body.error]).toEqual([401, 'invalid_token'])
  })

  test('has an output that is frozen', async () => {
    const claims = z
      .object({ address: z.object({ tags: z.array(z.string()) }) })
      .refine(() => Promise.resolve(true))
    const principal = await serverWith(claims).verify(await issuer.token(FITTING))
    expect(Object.isFrozen(principal.claims.address.tags)).toBe(true)
  })

  test('names the paths that do not fit', async () => {
    const claims = z.object({ tenant: z.string().refine(isKnown) })
    const error = await refusalOf(serverWith(claims), { tenant: 'other' })
    expect(error).toMatchObject({ code: 'ERR_CLAIMS_REFUSED', cause: { paths: ['tenant'] } })
  })

  test('may answer with a thenable of another make', async () => {
    const claims = schema<string>(
      () => ({ then: (resolve: (value: unknown) => void) => resolve({ value: 'later' }) }) as never,
    )
    expect((await serverWith(claims).verify(await issuer.token())).claims).toBe('later')
  })

  test('runs once for those who bring the same token at the same time', async () => {
    let runs = 0
    const claims = schema(async (value) => {
      runs++
      await new Promise(setImmediate)
      return { value }
    })
    const api = serverWith(claims)
    const token = await issuer.token()
    await Promise.all(Array.from({ length: 5 }, () => api.verify(token)))
    expect(runs).toBe(1)
  })
})

function fail(): never {
  throw new Error(SECRET)
}

describe('A schema that fails', () => {
  const FAILURES = [
    ['throws', fail],
    ['rejects', () => Promise.reject(new Error(SECRET))],
    ['answers undefined', () => undefined],
    ['answers later with null', () => Promise.resolve(null)],
  ] as const

  test.each(FAILURES)('because it %s is a 500', async (_title, validate) => {
    const error = await refusalOf(serverWith(schema(validate as never)), {})
    expect(error).toBeInstanceOf(InternalError)
    expect(error).toMatchObject({ code: 'ERR_INTERNAL', status: 500, cause: expect.any(Error) })
  })

  test.each(FAILURES)('because it %s tells the client nothing', async (_title, validate) => {
    let seen: unknown
    const handleError: express.ErrorRequestHandler = (error, _req, res, _next) => {
      seen = error
      res.sendStatus(error.status)
    }
    const app = express()
      .use(serverWith(schema(validate as never)))
      .get('/', (_req, res) => res.json('reached'))
      .use(handleError)
    const answer = await (await start(app)).ask({ token: await issuer.token() })
    expect(seen).toBeInstanceOf(InternalError)
    expect([answer.status, answer.challenge, answer.text]).toEqual([500, undefined, 'Internal Server Error'])
  })

  test.each([undefined, null, 'route', 'router'])(
    'by throwing %p never lets a request through',
    async (thrown) => {
      const throwing = schema(() => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error
        throw thrown
      })
      const handleError: express.ErrorRequestHandler = (error, _req, res, _next) =>
        res.sendStatus(error.status)
      const app = express()
        .use(serverWith(throwing))
        .get('/', (_req, res) => res.json('reached'))
        .use(handleError)
      expect((await (await start(app)).ask({ token: await issuer.token() })).status).toBe(500)
    },
  )
})

describe('What is read of the claims as they were signed', () => {
  const claims = z
    .object({ tenant: z.string() })
    .transform(() => ({ tenant: 'changed', scope: 'admin', amr: 'mfa' }))
  const SIGNED = { tenant: 'acme', scope: 'orders:read', roles: ['clerk'], amr: ['pwd'] }

  test.each([
    ['requireClaim with a value', requireClaim('tenant', 'acme'), 200],
    ['requireClaim with the value of the output', requireClaim('tenant', 'changed'), 403],
    ['requireClaim with a predicate', requireClaim('tenant', (value) => value === 'acme'), 200],
    ['requireClaim with what only the output holds', requireClaim('amr', 'mfa'), 403],
    ['requireScopes with what was signed', requireScopes('orders:read'), 200],
    ['requireScopes with what only the output holds', requireScopes('admin'), 403],
  ])('%s', async (_title, guard, expected) => {
    const app = express()
      .use(serverWith(claims))
      .get('/', guard, (req, res) => res.json(req.auth?.claims))
    const { status } = await (await start(app)).ask({ token: await issuer.token(SIGNED) })
    expect(status).toBe(expected)
  })

  test('scopes, roles and clientId', async () => {
    const api = serverWith(claims, { clientId: 'tenant' })
    const principal = await api.verify(await issuer.token(SIGNED))
    expect(principal).toMatchObject({ scopes: ['orders:read'], roles: ['clerk'], clientId: 'acme' })
    expect(principal.hasScope('admin')).toBe(false)
  })

  test('cannot be changed by the schema, which is given a copy', async () => {
    const writing = schema((value) => {
      const written = value as { scope: string; amr: string[] }
      written.scope = 'admin'
      written.amr.push('mfa')
      return { value }
    })
    const principal = await serverWith(writing).verify(await issuer.token(SIGNED))
    expect(principal.claims).toMatchObject({ scope: 'admin', amr: ['pwd', 'mfa'] })
    expect(principal.scopes).toEqual(['orders:read'])
    const request = { headers: {}, rawHeaders: [] }
    expect(requireClaim('amr', 'mfa').allows(principal, request)).toBe(false)
    expect(requireClaim('amr', 'pwd').allows(principal, request)).toBe(true)
  })

  test('are what the schema is given, exactly', async () => {
    let given: unknown
    const looking = schema((value) => {
      given = value
      return { value }
    })
    const claims = { none: null, list: [[], {}, -0], deep: { 'a.b': [{ c: false }] }, text: '\u2028' }
    await serverWith(looking).verify(await issuer.token(claims))
    expect(given).toMatchObject({ ...claims, iss: issuer.issuer, list: [[], {}, 0] })
  })

  test('may have members named like those of every object', async () => {
    let given: object = {}
    const looking = schema((value) => {
      given = value as object
      return { value }
    })
    const claims = JSON.parse('{"__proto__":{"polluted":true},"constructor":1,"hasOwnProperty":2}') as object
    await serverWith(looking).verify(await issuer.token({ ...claims, nested: claims }))
    expect(Object.getPrototypeOf(given)).toBe(Object.prototype)
    expect(Object.keys((given as { nested: object }).nested)).toEqual(Object.keys(claims))
    expect('polluted' in given).toBe(false)
  })
})

describe('The option claims', () => {
  test.each([
    ['a parse function', () => ({})],
    ['an object that is no schema', {}],
    [
      'a schema of another version',
      { '~standard': { version: 2, vendor: 'test', validate: () => ({ value: 1 }) } },
    ],
    ['a schema without validate', { '~standard': { version: 1, vendor: 'test' } }],
    ['null', null],
    ['a JSON Schema', { type: 'object', properties: { tenant: { type: 'string' } } }],
  ])('refuses %s at start-up', (_title, claims) => {
    expect(() => resourceServer({ ...issuer.options, claims: claims as never })).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIGURATION', option: 'claims' }),
    )
  })

  test('leaves the claims as they are when it is undefined', async () => {
    const api = resourceServer({ ...issuer.options, claims: undefined })
    expect((await api.verify(await issuer.token(FITTING))).claims).toMatchObject({
      ...FITTING,
      sub: 'user-1',
    })
  })
})
