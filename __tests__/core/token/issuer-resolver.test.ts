import { resourceServer, UnauthorizedError } from 'express-resource-server'
import type { IssuerOptions, IssuerResolver, ResourceServer } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import type { TestIssuer } from 'express-resource-server/testing'
import { sized } from '../../support/sized.js'

let nowMs: number
const clock = { epochMs: (): number => nowMs }
let tenant: TestIssuer
let other: TestIssuer
const audience = 'https://api.test'

beforeAll(() => {
  nowMs = 1_800_000_000_000
  tenant = createTestIssuer({ issuer: 'https://login.test/tenant-a', clock })
  other = createTestIssuer({ issuer: 'https://login.test/tenant-b', clock })
})

beforeEach(() => {
  nowMs = 1_800_000_000_000
})

function optionsOf({ issuer, jwks }: TestIssuer): IssuerOptions {
  return { issuer, jwks }
}

/** A server whose resolver answers from a register that the test changes, and counts how often it is asked. */
function serverOver(register: Map<string, TestIssuer>): { api: ResourceServer; asked: string[] } {
  const asked: string[] = []
  const resolver: IssuerResolver = (iss) => {
    asked.push(iss)
    const found = register.get(iss)
    return found && optionsOf(found)
  }
  return { api: resourceServer({ issuer: resolver, audience, clock }), asked }
}

async function codeOf(result: Promise<unknown>): Promise<string> {
  return result.then(
    () => 'accepted',
    (error: unknown) => (error as { code: string }).code,
  )
}

describe('A resolver of issuers', () => {
  test('is asked once for an issuer that it knows, and trusts its tokens', async () => {
    const { api, asked } = serverOver(new Map([[tenant.issuer, tenant]]))
    const principal = await api.verify(await tenant.token({ sub: 'user-7' }))
    await api.verify(await tenant.token())
    expect([principal.issuer, principal.subject]).toEqual([tenant.issuer, 'user-7'])
    expect(asked).toEqual([tenant.issuer])
  })

  test('answers undefined for an issuer that is not trusted: refused, and not asked again for 30 s', async () => {
    const register = new Map<string, TestIssuer>()
    const { api, asked } = serverOver(register)
    expect(await codeOf(api.verify(await tenant.token()))).toBe('ERR_ISSUER_UNKNOWN')
    register.set(tenant.issuer, tenant)
    nowMs += 29_000
    expect(await codeOf(api.verify(await tenant.token()))).toBe('ERR_ISSUER_UNKNOWN')
    nowMs += 1001
    expect(await codeOf(api.verify(await tenant.token()))).toBe('accepted')
    expect(asked).toHaveLength(2)
  })

  test('an issuer that was taken off is refused within 600 s, its remembered tokens too', async () => {
    const register = new Map([[tenant.issuer, tenant]])
    const { api } = serverOver(register)
    const token = await tenant.token({ exp: nowMs / 1000 + 3600 })
    expect(await codeOf(api.verify(token))).toBe('accepted')
    register.delete(tenant.issuer)
    nowMs += 599_000
    expect(await codeOf(api.verify(token))).toBe('accepted')
    nowMs += 1001
    expect(await codeOf(api.verify(token))).toBe('ERR_ISSUER_UNKNOWN')
  })

  test('an issuer whose answer did not change keeps its remembered tokens beyond 600 s', async () => {
    const { api, asked } = serverOver(new Map([[tenant.issuer, tenant]]))
    const token = await tenant.token({ exp: nowMs / 1000 + 3600 })
    await api.verify(token)
    const remembered = await api.verify(token)
    nowMs += 601_000
    await api.verify(await tenant.token())
    expect(await api.verify(token)).toBe(remembered)
    expect(asked).toHaveLength(2)
  })

  test('an answer with other options takes effect within 600 s', async () => {
    let wanted = audience
    const resolver: IssuerResolver = () => ({ ...optionsOf(tenant), audience: wanted })
    const api = resourceServer({ issuer: resolver, audience, clock })
    const token = await tenant.token({ exp: nowMs / 1000 + 3600 })
    expect(await codeOf(api.verify(token))).toBe('accepted')
    wanted = 'https://other.test'
    nowMs += 600_001
    expect(await codeOf(api.verify(token))).toBe('ERR_AUDIENCE_MISMATCH')
  })

  const INVENTED = sized({ usual: 5000, thorough: 100_000 })

  test(`${INVENTED} invented issuers displace no real one`, async () => {
    const { api, asked } = serverOver(new Map([[tenant.issuer, tenant]]))
    await api.verify(await tenant.token())
    const [header = '', payload = '', signature = ''] = (await tenant.token()).split('.')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object
    for (let i = 0; i < INVENTED; i++) {
      const invented = Buffer.from(JSON.stringify({ ...claims, iss: `https://invented-${i}.test` })).toString(
        'base64url',
      )
      await api.verify(`${header}.${invented}.${signature}`).catch(() => undefined)
    }
    const calls = asked.length
    expect(await codeOf(api.verify(await tenant.token()))).toBe('accepted')
    expect(asked).toHaveLength(calls)
  })

  test('has at most 32 calls at a time, one for each issuer; more are 503', async () => {
    const waiting: (() => void)[] = []
    const resolver: IssuerResolver = () =>
      new Promise((resolve) => {
        waiting.push(() => {
          resolve(undefined)
        })
      })
    const api = resourceServer({ issuer: resolver, audience, clock })
    const tokens = await Promise.all(
      Array.from({ length: 40 }, (_, i) => tenant.token({ iss: `https://t${i}.test` })),
    )
    const results = [...tokens, ...tokens].map((token) => codeOf(api.verify(token)))
    await Promise.resolve()
    expect(waiting).toHaveLength(32)
    for (const answer of waiting) answer()
    const codes = await Promise.all(results)
    expect(codes.filter((code) => code === 'ERR_ISSUER_UNKNOWN')).toHaveLength(64)
    expect(codes.filter((code) => code === 'ERR_ISSUER_UNRESOLVED')).toHaveLength(16)
  })

  test.each<[string, (signal: AbortSignal) => never | Promise<never>]>([
    [
      'throws',
      () => {
        throw new Error('down')
      },
    ],
    [
      'throws undefined',
      () => {
        throw undefined as unknown as Error
      },
    ],
    ['rejects', () => Promise.reject(new Error('down'))],
    [
      'gives up when its signal aborts',
      (signal) =>
        new Promise<never>((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reject(new Error('late'))
          })
        }),
    ],
  ])('that %s is 503 for the token at hand and is asked again for the next', async (_, fail) => {
    let calls = 0
    const api = resourceServer({
      issuer: (_iss, signal) => (++calls === 1 ? fail(signal) : optionsOf(tenant)),
      audience,
      clock,
    })
    const failure = await api.verify(await tenant.token()).catch((error: unknown) => error)
    expect(failure).toMatchObject({
      code: 'ERR_ISSUER_UNRESOLVED',
      status: 503,
      headers: { 'retry-after': '1' },
    })
    expect(await codeOf(api.verify(await tenant.token()))).toBe('accepted')
  })

  test.each<[string, unknown]>([
    ['of another issuer', () => optionsOf(other)],
    ['that are wrong', () => ({ issuer: tenant.issuer, jwks: { keys: [] } })],
    ['with an unknown name', () => ({ ...optionsOf(tenant), audienc: 'x' })],
    ['that are no object', () => 'https://login.test/tenant-a'],
  ])('that answers with options %s is 500, never trust', async (_, answer) => {
    const api = resourceServer({ issuer: answer as IssuerResolver, audience, clock })
    expect(await codeOf(api.verify(await tenant.token()))).toBe('ERR_INTERNAL')
  })

  test.each([
    ['of an algorithm that does not exist', { header: { alg: 'XX256' } }],
    ['with alg none', { header: { alg: 'none' } }],
    ['of another type', { header: { typ: 'logout+jwt' } }],
    ['with crit', { header: { crit: ['x'] } }],
    ['that expired', { exp: 1_799_999_000 }],
    ['without iss', { iss: undefined }],
    ['with an iss that is no string', { iss: 7 }],
    ['with an iss of 513 characters', { iss: `https://${'x'.repeat(505)}` }],
  ])('is not asked for a token %s', async (_, spec) => {
    const { api, asked } = serverOver(new Map([[tenant.issuer, tenant]]))
    await expect(api.verify(await tenant.token(spec))).rejects.toBeInstanceOf(UnauthorizedError)
    expect(asked).toEqual([])
  })

  test('keeps tenants apart: a token of one signed by the other is refused', async () => {
    const { api } = serverOver(
      new Map([
        [tenant.issuer, tenant],
        [other.issuer, other],
      ]),
    )
    await api.verify(await other.token())
    expect(await codeOf(api.verify(await other.token({ iss: tenant.issuer })))).toBe('ERR_SIGNATURE_INVALID')
  })
})

describe('purge() and close() while the resolver is asked', () => {
  interface Held {
    readonly signal: AbortSignal
    answer(options: unknown): void
    fail(error: Error): void
  }

  /** A server whose resolver holds each call. */
  function serverThatHolds(): { api: ResourceServer; held: Held[] } {
    const held: Held[] = []
    const resolver: IssuerResolver = (_iss, signal) =>
      new Promise((answer, fail) => {
        held.push({ signal, answer, fail })
      })
    return { api: resourceServer({ issuer: resolver, audience, clock }), held }
  }

  const ENDS: readonly [string, string, (api: ResourceServer) => void][] = [
    ['purge()', 'ERR_KEYS_UNAVAILABLE', (api) => api.purge()],
    ['purge() of this issuer', 'ERR_KEYS_UNAVAILABLE', (api) => api.purge({ issuer: tenant.issuer })],
    ['close()', 'ERR_CLOSED', (api) => api.close()],
  ]

  test.each(ENDS)('%s ends the look-up of a new issuer, and aborts its signal', async (_title, code, end) => {
    const { api, held } = serverThatHolds()
    const token = await tenant.token()
    const pending = [token, token, await tenant.token({ sub: 'other' })].map((each) =>
      codeOf(api.verify(each)),
    )
    end(api)
    expect(held.map(({ signal }) => signal.aborted)).toEqual([true])
    held[0]?.answer(optionsOf(tenant))
    expect(await Promise.all(pending)).toEqual([code, code, code])
    expect(api.health().issuers).toEqual([])
  })

  test.each(ENDS)('%s ends the look-up of a known issuer, without its last answer', async (_t, code, end) => {
    const { api, held } = serverThatHolds()
    const first = codeOf(api.verify(await tenant.token()))
    held[0]?.answer(optionsOf(tenant))
    expect(await first).toBe('accepted')
    nowMs += 600_001
    const pending = codeOf(api.verify(await tenant.token()))
    end(api)
    held[1]?.fail(new Error('down'))
    expect([await pending, held[1]?.signal.aborted, held[0]?.signal.aborted]).toEqual([code, true, false])
  })

  test('purge() discards an answer that has just come, and the next token makes a new call', async () => {
    const { api, held } = serverThatHolds()
    const token = await tenant.token()
    const pending = codeOf(api.verify(token))
    held[0]?.answer(optionsOf(tenant))
    api.purge()
    expect(await pending).toBe('ERR_KEYS_UNAVAILABLE')
    const rotated = createTestIssuer({ issuer: tenant.issuer, clock })
    const after = codeOf(api.verify(token))
    held[1]?.answer(optionsOf(rotated))
    expect([await after, held.length]).toEqual(['ERR_SIGNATURE_INVALID', 2])
  })

  test.each([
    ['of all', false],
    ['of the issuer', true],
  ])('purge() %s has the resolver asked again: keys may be in its answer', async (_title, isOne) => {
    const selection = isOne ? { issuer: tenant.issuer } : {}
    let answer = optionsOf(tenant)
    let calls = 0
    const resolver: IssuerResolver = () => {
      calls++
      return answer
    }
    const api = resourceServer({ issuer: resolver, audience, clock })
    const tokens = [await tenant.token(), await tenant.token({ sub: 'other' })] as const
    for (const token of tokens) expect(await codeOf(api.verify(token))).toBe('accepted')
    api.purge(selection)
    for (const token of tokens) expect(await codeOf(api.verify(token))).toBe('accepted')
    expect(calls).toBe(2)
    answer = optionsOf(createTestIssuer({ issuer: tenant.issuer, clock }))
    api.purge(selection)
    for (const token of tokens) expect(await codeOf(api.verify(token))).toBe('ERR_SIGNATURE_INVALID')
    expect(calls).toBe(3)
  })

  test.each([
    ['of all', {}],
    ['of the issuer', { issuer: 'https://login.test/tenant-a' }],
  ])(
    'purge() %s has the resolver asked again about an issuer that was unknown',
    async (_title, selection) => {
      const register = new Map<string, TestIssuer>()
      const { api } = serverOver(register)
      const [ofTenant, ofOther] = [await tenant.token(), await other.token()]
      for (const token of [ofTenant, ofOther])
        expect(await codeOf(api.verify(token))).toBe('ERR_ISSUER_UNKNOWN')
      register.set(tenant.issuer, tenant).set(other.issuer, other)
      api.purge(selection)
      expect(await codeOf(api.verify(ofTenant))).toBe('accepted')
      const isAll = !('issuer' in selection)
      expect(await codeOf(api.verify(ofOther))).toBe(isAll ? 'accepted' : 'ERR_ISSUER_UNKNOWN')
    },
  )

  test('after purge(), no earlier answer serves while the resolver fails', async () => {
    const { api, held } = serverThatHolds()
    const token = await tenant.token()
    const first = codeOf(api.verify(token))
    held[0]?.answer(optionsOf(tenant))
    expect(await first).toBe('accepted')
    api.purge()
    const second = codeOf(api.verify(token))
    held[1]?.fail(new Error('down'))
    expect(await second).toBe('ERR_ISSUER_UNRESOLVED')
  })

  test('purge() of one issuer leaves the answers about others alone', async () => {
    const asked: string[] = []
    const resolver: IssuerResolver = (iss) => {
      asked.push(iss)
      return optionsOf(iss === tenant.issuer ? tenant : other)
    }
    const api = resourceServer({ issuer: resolver, audience, clock })
    const tokens = [await tenant.token(), await other.token()]
    for (const token of tokens) await api.verify(token)
    api.purge({ issuer: other.issuer })
    for (const token of tokens) await api.verify(token)
    expect(asked).toEqual([tenant.issuer, other.issuer, other.issuer])
  })

  test('purge() of one issuer leaves the look-ups of others alone', async () => {
    const { api, held } = serverThatHolds()
    const pending = [codeOf(api.verify(await tenant.token())), codeOf(api.verify(await other.token()))]
    api.purge({ issuer: tenant.issuer })
    held[1]?.answer(optionsOf(other))
    expect(await Promise.all(pending)).toEqual(['ERR_KEYS_UNAVAILABLE', 'accepted'])
    expect(held.map(({ signal }) => signal.aborted)).toEqual([true, false])
  })

  test('what the resolver does when its signal aborts is no answer', async () => {
    const resolver: IssuerResolver = (_iss, signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          resolve(optionsOf(tenant))
        })
      })
    const api = resourceServer({ issuer: resolver, audience, clock })
    const pending = codeOf(api.verify(await tenant.token()))
    api.purge()
    expect(await pending).toBe('ERR_KEYS_UNAVAILABLE')
    expect(api.health().issuers).toEqual([])
  })

  test('purge() of an issuer that nobody has looked up is no mistake: a snapshot may have its keys', () => {
    const { api, held } = serverThatHolds()
    api.purge({ issuer: tenant.issuer })
    expect([held, api.health().issuers]).toEqual([[], []])
  })
})
