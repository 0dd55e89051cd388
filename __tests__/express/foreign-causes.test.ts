/** Causes that are no ordinary errors: an outage stays a 503, and every request can read why. */
import { inspect } from 'node:util'
import express from 'express'
import { ForbiddenError, resourceServer, UnauthorizedError } from 'express-resource-server'
import type { ResourceServerOptions } from 'express-resource-server'
import { introspection } from 'express-resource-server/introspection'
import { createTestIssuer } from 'express-resource-server/testing'
import { start } from '../support/http.js'

const ISSUER = 'https://down.test'
const issuer = createTestIssuer({ issuer: ISSUER })
const { audience } = issuer

type Read = { readonly name: string; readonly message: string; readonly cause?: Read; reason?: unknown }

const errorOf = (promise: Promise<unknown>) =>
  promise.then(
    () => ({ code: 'accepted' }) as never,
    (error: unknown) => error as Read & { status: number; code: string },
  )

/** Reads an error as error handlers and loggers do. */
function read(error: Read | undefined, depth = 0): unknown {
  if (error === undefined || depth > 4) return undefined
  expect(inspect(error)).toContain(error.message)
  return [error.name, error.message, read(error.cause, depth + 1)]
}

class Private extends Error {
  readonly #why = 'private reason'
  override get message() {
    return this.#why
  }
}

const trapped = (): Error =>
  new Proxy(new Error('trapped'), {
    getOwnPropertyDescriptor: () => {
      throw new Error('trap')
    },
    ownKeys: () => {
      throw new Error('trap')
    },
  })

const unreadable = (): Error =>
  Object.defineProperty(new Error('x'), 'code', {
    get: () => {
      throw new Error('getter')
    },
  })

const THROWN: readonly (readonly [string, () => Error, string])[] = [
  ['a DOMException of a time limit', () => new DOMException('late', 'TimeoutError'), 'timeout'],
  ['a DOMException of an abort', () => AbortSignal.abort().reason as Error, 'other'],
  [
    'a TypeError with a DOMException as cause',
    () => new TypeError('fetch failed', { cause: new DOMException('late', 'TimeoutError') }),
    'timeout',
  ],
  ['an error with private members', () => new Private(), 'other'],
  ['a Proxy of an error', trapped, 'other'],
  ['a frozen error', () => Object.freeze(new Error('frozen')), 'other'],
  [
    'an AggregateError',
    () => new AggregateError([Object.assign(new Error('no'), { code: 'ECONNREFUSED' })]),
    'refused',
  ],
  ['an error that throws when it is read', unreadable, 'other'],
  ['undefined', () => undefined as never, 'other'],
]

type Options = Omit<ResourceServerOptions, 'audience'>

const keysBy = (fetch: () => Promise<never>): Options => ({
  issuer: { issuer: ISSUER, jwksUri: `${ISSUER}/jwks` },
  fetch,
})
const answersBy = (fetch: () => Promise<never>): Options => ({
  issuer: { issuer: ISSUER, opaqueOnly: true },
  opaque: introspection({ endpoint: `${ISSUER}/introspect`, client: { id: 'a', secret: 's' } }),
  fetch,
})

describe.each(THROWN)('%s, thrown by a custom fetch', (_, make, reason) => {
  const fetch = () => Promise.reject(make())

  test.each([
    ['keys', keysBy, 'ERR_KEYS_UNAVAILABLE'],
    ['introspection', answersBy, 'ERR_INTROSPECTION_UNAVAILABLE'],
  ] as const)('is a 503 of %s, which every request can read', async (kind, optionsBy, code) => {
    const api = resourceServer({ ...optionsBy(fetch), audience })
    const token = kind === 'keys' ? await issuer.token() : 'opaque'
    const ask = () => errorOf(api.verify(token))
    const errors = [await ask(), await ask(), ...(await Promise.all([ask(), ask(), ask()]))]
    for (const error of errors) {
      expect(error).toMatchObject({ status: 503, code, cause: { problem: 'network', reason } })
      if (make !== unreadable) read(error)
    }
    expect(new Set(errors).size).toBe(errors.length)
  })

  test('is a 503 of ready() and refresh()', async () => {
    const api = resourceServer({ ...keysBy(fetch), audience })
    for (const failed of [() => api.ready(), () => api.refresh(), () => api.refresh()])
      expect(await errorOf(failed())).toMatchObject({ status: 503, code: 'ERR_KEYS_UNAVAILABLE' })
  })

  test('is a 503 of a resolver, which every request can read', async () => {
    const api = resourceServer({ issuer: fetch, audience })
    const token = await issuer.token()
    const errors = await Promise.all([1, 2, 3].map(() => errorOf(api.verify(token))))
    for (const error of errors) {
      expect(error).toMatchObject({ status: 503, code: 'ERR_ISSUER_UNRESOLVED' })
      if (make !== unreadable) read(error)
    }
    expect(new Set(errors).size).toBe(errors.length)
  })
})

test.each([
  ['its own time limit', () => AbortSignal.timeout(1)],
  ['both limits', (signal: AbortSignal) => AbortSignal.any([signal, AbortSignal.timeout(1)])],
])('a fetch with %s, and a host that never answers, is a 503', async (_, limit) => {
  const { url } = await start(() => undefined)
  const api = resourceServer({
    issuer: { issuer: ISSUER, jwksUri: `${url}/jwks` },
    audience,
    fetch: (target, init) => fetch(target, { ...init, signal: limit(init.signal) }),
  })
  const { ask } = await start(express().use(api))
  const token = await issuer.token()
  for (const answer of [await ask({ token }), await ask({ token })]) {
    expect([answer.status, answer.body.error]).toEqual([503, 'temporarily_unavailable'])
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
  }
  expect(await errorOf(api.verify(token))).toMatchObject({ cause: { reason: 'timeout' } })
})

test('an unknown key is a 503 when the refresh for it was aborted', async () => {
  let isDown = false
  const api = resourceServer({
    ...keysBy(() => Promise.reject(new Error('unused'))),
    audience,
    fetch: async () => {
      if (isDown) throw new DOMException('late', 'TimeoutError')
      return new Response(JSON.stringify(issuer.jwks))
    },
  })
  await api.verify(await issuer.token())
  isDown = true
  const token = await issuer.token({ header: { kid: 'new' } })
  const errors = await Promise.all([1, 2].map(() => errorOf(api.verify(token))))
  expect(errors).toMatchObject(Array(2).fill({ status: 503, code: 'ERR_KEYS_UNAVAILABLE' }))
})

describe('several requests that wait for one schema', () => {
  async function refused(make: () => Error, count = 3) {
    const validate = () => new Promise<never>((_resolve, reject) => setImmediate(() => reject(make())))
    const claims = { '~standard': { version: 1, vendor: 'test', validate } } as const
    const api = resourceServer({ ...issuer.options, claims })
    const token = await issuer.token()
    return Promise.all(Array.from({ length: count }, () => errorOf(api.verify(token))))
  }

  test('can all read an error whose class extends one of this package', async () => {
    class TenantError extends UnauthorizedError {
      readonly #tenant = 'acme'
      get tenant() {
        return this.#tenant
      }
    }
    for (const error of await refused(() => new TenantError('ERR_CLAIMS_REFUSED')))
      expect((error as unknown as TenantError).tenant).toBe('acme')
  })

  test('can all be refused by a frozen error', async () => {
    const errors = await refused(() => Object.freeze(new ForbiddenError('ERR_ACCESS_DENIED')))
    expect(errors).toMatchObject(Array(3).fill({ status: 403, code: 'ERR_ACCESS_DENIED' }))
  })

  test('share nothing of a refusal that can be changed', async () => {
    const errors = await refused(
      () => new ForbiddenError('ERR_SCOPE_INSUFFICIENT', { requiredScopes: ['a'] }),
    )
    const [first, ...others] = errors as unknown as ForbiddenError[]
    Object.assign(first!.requiredScopes, ['EVIL'])
    Object.assign(first!.challenge!.parameters!, { scope: 'EVIL' })
    Object.assign(first!.headers, { evil: 'EVIL' })
    for (const { requiredScopes, challenge, headers } of others) {
      expect([requiredScopes, challenge?.parameters]).toEqual([['a'], { scope: 'a' }])
      expect(headers).not.toHaveProperty('evil')
    }
  })

  test('see the stack of what it threw, and change only their own', async () => {
    function thrower() {
      return new TypeError('broken schema')
    }
    const [first, ...others] = await refused(thrower)
    first!.cause!.reason = 'EVIL'
    Object.assign(first!, { stack: 'EVIL' })
    for (const error of others as unknown as Error[]) {
      expect(error.stack).toMatch(/^InternalError: .*\n\[cause\]: TypeError: broken schema\n +at thrower/)
      expect((error.cause as Error).stack).toContain('thrower')
      expect(error.cause).not.toHaveProperty('reason')
    }
  })
})
