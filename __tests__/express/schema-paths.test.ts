/** Where claims did not fit a schema: every request that was refused for it can read the places. */
import { inspect } from 'node:util'
import { ClaimsSchemaError, resourceServer } from 'express-resource-server'
import type { ResourceServerOptions } from 'express-resource-server'
import { introspection } from 'express-resource-server/introspection'
import { createTestIssuer } from 'express-resource-server/testing'

const issuer = createTestIssuer()
const PLACE = 'limits.place-of-the-claim'

const claims = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: async () => {
      await new Promise((resolve) => setImmediate(resolve))
      return { issues: [{ path: PLACE.split('.') }] }
    },
  },
} as const

const opaqueOptions = {
  opaque: introspection({ endpoint: `${issuer.issuer}/introspect`, client: { id: 'a', secret: 's' } }),
  fetch: async () => {
    const exp = Math.floor(Date.now() / 1000) + 60
    return new Response(JSON.stringify({ active: true, aud: issuer.audience, exp }), {
      headers: { 'content-type': 'application/json' },
    })
  },
}

describe.each<[string, Partial<ResourceServerOptions>, () => Promise<string>]>([
  ['a JWT', {}, () => issuer.token()],
  ['an opaque token', opaqueOptions, async () => 'opaque'],
])('The places in the claims of %s', (_, options, tokenOf) => {
  const api = resourceServer({ ...issuer.options, ...options, claims })
  const causeOf = (token: string) =>
    api.verify(token).then(
      () => undefined,
      (error: unknown) => (error as { cause: ClaimsSchemaError }).cause,
    )

  test('are told to a request alone, to those that wait with it, and to a later one', async () => {
    const token = await tokenOf()
    const causes = [await causeOf(token), ...(await Promise.all([1, 2, 3].map(() => causeOf(token))))]
    for (const cause of causes) {
      expect(cause).toBeInstanceOf(ClaimsSchemaError)
      expect(cause?.paths).toEqual([PLACE])
    }
    expect(new Set(causes).size).toBe(causes.length)
  })

  test('are printed for none of them, and changed for none by another', async () => {
    const token = await tokenOf()
    const [first, ...others] = await Promise.all([1, 2, 3].map(() => causeOf(token)))
    expect(() => (first?.paths as string[]).push('EVIL')).toThrow(TypeError)
    Object.assign(first!, { message: 'EVIL' })
    for (const cause of others) {
      expect(cause?.message).toBe('The claims do not fit the schema in 1 place: see paths')
      expect(cause?.paths).toEqual([PLACE])
      const printed = [inspect(cause, { showHidden: true }), cause?.stack, JSON.stringify(cause)]
      expect(printed.join()).not.toContain(PLACE)
    }
  })
})
