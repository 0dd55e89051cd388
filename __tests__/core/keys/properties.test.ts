import fc from 'fast-check'
import { resourceServer } from 'express-resource-server'
import type { ResourceServer } from 'express-resource-server'
import { AUDIENCE, signingKey, signToken } from '../../support/key-server.js'
import type { SigningKey } from '../../support/key-server.js'
import { outcome } from '../../support/key-harness.js'
import type { Outcome } from '../../support/key-harness.js'
import { sized } from '../../support/sized.js'

const ISSUER = 'https://issuer.test'
const TTL_S = 60
const STALE_S = 120
const COOLDOWN_S = 10
const RUNS = sized({ usual: 50, thorough: 250 })

const ANSWERS = [
  'ok',
  'ok',
  'not modified',
  '500',
  '404',
  '429',
  'hang',
  'drip',
  'garbage',
  'empty',
  'reset',
] as const
type Kind = (typeof ANSWERS)[number]

type Step =
  | { readonly does: 'advance'; readonly seconds: number }
  | { readonly does: 'jump'; readonly seconds: number }
  | { readonly does: 'answer'; readonly kind: Kind }
  | { readonly does: 'rotate' }
  | { readonly does: 'add' }
  | { readonly does: 'purge' }
  | { readonly does: 'hammer' }
  | { readonly does: 'ask'; readonly kid: 'current' | 'old' | 'unknown'; readonly times: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant('advance' as const),
      seconds: fc.constantFrom(0.2, 1, 5, 15, 30, 50, 61, 130),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant('jump' as const),
      seconds: fc.constantFrom(-3600, 3600, 86_400),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ does: fc.constant('answer' as const), kind: fc.constantFrom(...ANSWERS) }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constantFrom('rotate' as const, 'add' as const) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constantFrom('purge' as const, 'hammer' as const) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      does: fc.constant('ask' as const),
      kid: fc.constantFrom('current' as const, 'old' as const, 'unknown' as const),
      times: fc.constantFrom(1, 1, 3, 20),
    }),
  },
)

interface Accepted {
  readonly kids: ReadonlySet<string>
  readonly at: number
}

interface Answered {
  readonly key: SigningKey
  readonly before: Accepted | undefined
  readonly result: Outcome
  readonly askedAt: number
  readonly tookMs: number
}

/** For rules that are checked at every step, where `expect` would take half the time of the test. */
function must(rule: string, holds: boolean): void {
  if (!holds) throw new Error(`Broken: ${rule}`)
}

/** The issuer, its network and the process that asks it, all in fake time; and what must hold of them. */
class World {
  readonly #api: ResourceServer
  readonly #pool: readonly SigningKey[]
  readonly #startedAt = performance.now()
  readonly #retired: SigningKey[] = []
  #published: SigningKey[]
  #kind: Kind = 'ok'
  #wallOffsetMs = 0
  #serial = 0
  #fetches = 0
  #purges = 0
  #jumps = 0
  #successes = 0
  /** What the resource server was last given and must have accepted. */
  #accepted: Accepted | undefined

  constructor(pool: readonly SigningKey[]) {
    this.#pool = pool
    this.#published = [this.#nextKey()]
    const now = () => Date.now() + this.#wallOffsetMs
    this.#api = resourceServer({
      issuer: { issuer: ISSUER, jwksUri: `${ISSUER}/jwks` },
      audience: AUDIENCE,
      clock: { epochMs: now, monotonicMs: () => performance.now() },
      fetch: (_url, init) => this.#answer(init.headers['if-none-match'] !== undefined),
      keys: { ttlSeconds: TTL_S, staleSeconds: STALE_S, cooldownSeconds: COOLDOWN_S },
    })
  }

  async run(steps: readonly Step[]): Promise<void> {
    for (const each of steps) await this.#do(each)
    this.#api.close()
    await jest.advanceTimersByTimeAsync(10_000)
    this.#checkFetches()
  }

  async #do(each: Step): Promise<void> {
    if (each.does === 'advance') await jest.advanceTimersByTimeAsync(each.seconds * 1000)
    else if (each.does === 'jump') this.#jump(each.seconds)
    else if (each.does === 'hammer') await this.#hammer()
    else if (each.does === 'answer') this.#kind = each.kind
    else if (each.does === 'rotate') this.#retired.push(...this.#published.splice(0, 99, this.#nextKey()))
    else if (each.does === 'add') this.#published.push(this.#nextKey())
    else if (each.does === 'purge') this.#purge()
    else await this.#ask(each.kid, each.times)
  }

  #jump(seconds: number): void {
    this.#jumps++
    this.#wallOffsetMs += seconds * 1000
  }

  /** A request every 50 ms, for some seconds. */
  async #hammer(): Promise<void> {
    for (let i = 0; i < 60; i++) {
      await this.#ask(i % 4 === 0 ? 'unknown' : 'current', 1)
      await jest.advanceTimersByTimeAsync(50)
    }
  }

  #purge(): void {
    this.#purges++
    this.#accepted = undefined
    this.#api.purge()
  }

  async #ask(kid: 'current' | 'old' | 'unknown', times: number): Promise<void> {
    const key = this.#keyOf(kid)
    const before = this.#accepted
    const askedAt = performance.now()
    const seen: { readonly result: Outcome; readonly tookMs: number }[] = []
    for (let i = 0; i < times; i++) {
      const token = signToken(key, { issuer: ISSUER, claims: { jti: String(this.#serial++ % 5) } })
      void outcome(this.#api.verify(token)).then((result) => {
        seen.push({ result, tookMs: performance.now() - askedAt })
      })
    }
    while (seen.length < times) {
      if (performance.now() - askedAt > 20_000) throw new Error('a request never settles')
      await jest.advanceTimersByTimeAsync(10)
    }
    for (const { result, tookMs } of seen) this.#check({ key, before, result, askedAt, tookMs })
  }

  #check({ key, before, result, askedAt, tookMs }: Answered): void {
    const trusted = before !== undefined && askedAt - before.at < (TTL_S + STALE_S - 2) * 1000
    const known = before?.kids.has(key.kid) === true
    const isNew = this.#accepted !== before
    const isOver = before === undefined || askedAt - before.at >= (TTL_S + STALE_S) * 1000
    must('answers in time', tookMs <= (known && trusted ? 1000 : 5000))
    must('answers 200, 401 or 503', [200, 401, 503].includes(result.status))
    if (result.status === 200)
      must('accepts known keys only', known || this.#accepted?.kids.has(key.kid) === true)
    if (result.status === 503) must('says when to come back', Number(result.retryAfter) >= 1)
    if (trusted && known && !isNew) must('serves while keys are trusted', result.status === 200)
    if (key.kid === 'unknown') must('accepts no unknown key', result.status !== 200)
    if (isOver && !isNew) must('serves no longer than keys are trusted', result.status === 503)
  }

  /** By the design: expiry, bucket and back-off are all that may cause a flight, which is two fetches at most. */
  #checkFetches(): void {
    const seconds = (performance.now() - this.#startedAt) / 1000
    const flights = 3 + seconds / (0.7 * TTL_S) + seconds / COOLDOWN_S + this.#purges + this.#jumps
    // Jitter is at least 0.5 here: three failures in a row take 1.5 s or more, and each of the others 2.5 s.
    const failures = 3 * (1 + this.#successes + this.#purges) + seconds / 2.5
    expect(this.#fetches).toBeLessThanOrEqual(2 * (flights + failures))
  }

  #keyOf(kid: 'current' | 'old' | 'unknown'): SigningKey {
    if (kid === 'unknown') return { ...this.#published[0]!, kid: 'unknown' }
    return kid === 'old' ? (this.#retired.at(-1) ?? this.#published[0]!) : this.#published.at(-1)!
  }

  #nextKey(): SigningKey {
    const key = this.#pool[this.#serial++ % this.#pool.length]!
    return { ...key, kid: `k${this.#serial}`, jwk: { ...key.jwk, kid: `k${this.#serial}` } }
  }

  #answer(isConditional: boolean): Promise<Response> {
    this.#fetches++
    const status = (code: number, headers = {}) =>
      Promise.resolve(new Response(null, { status: code, headers }))
    switch (this.#kind) {
      case 'ok':
        return this.#good()
      case 'not modified':
        return isConditional ? this.#notModified() : this.#good()
      case '500':
        return status(500)
      case '404':
        return status(404)
      case '429':
        return status(429, { 'retry-after': '20' })
      case 'hang':
        return new Promise(() => undefined)
      case 'drip':
        return Promise.resolve(new Response(new ReadableStream({})))
      case 'garbage':
        return Promise.resolve(new Response('<html>'))
      case 'empty':
        return Promise.resolve(Response.json({ keys: [] }))
      case 'reset':
        return Promise.reject(new TypeError('fetch failed'))
    }
  }

  #good(): Promise<Response> {
    this.#successes++
    this.#accepted = { kids: new Set(this.#published.map(({ kid }) => kid)), at: performance.now() }
    const jwks = { keys: this.#published.map(({ jwk }) => jwk) }
    return Promise.resolve(Response.json(jwks, { headers: { etag: '"1"' } }))
  }

  #notModified(): Promise<Response> {
    this.#successes++
    if (this.#accepted !== undefined) this.#accepted = { ...this.#accepted, at: performance.now() }
    return Promise.resolve(new Response(null, { status: 304 }))
  }
}

describe('whatever the network, the issuer and the clients do', () => {
  const pool = Array.from({ length: 8 }, (_, index) => signingKey(`pool-${index}`))

  beforeEach(() =>
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate'] }),
  )
  afterEach(() => {
    jest.useRealTimers()
    jest.restoreAllMocks()
  })

  test('each request is answered in time, good keys serve while they are trusted, removed ones do not, and fetches are bounded', async () => {
    const random = jest.spyOn(Math, 'random')
    const program = fc.record({
      steps: fc.array(step, { minLength: 5, maxLength: 60 }),
      jitter: fc.double({ min: 0.5, max: 0.999, noNaN: true }),
    })
    await fc.assert(
      fc.asyncProperty(program, async ({ steps, jitter }) => {
        random.mockReturnValue(jitter)
        await new World(pool).run(steps)
      }),
      { numRuns: RUNS },
    )
  })
})
