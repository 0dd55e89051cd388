/** A resolver under a flood of invented issuers: known ones are served on, and no call is forgotten before it settles. */
import { resourceServer } from 'express-resource-server'
import type { IssuerResolver, ResourceServer } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import { TestClock } from '../../support/test-clock.js'

const audience = 'https://api.test'

interface Call {
  readonly iss: string
  readonly signal: AbortSignal
  settle(answer?: unknown): void
}

/** A server whose resolver answers a known issuer at once, or holds every call. */
class Stage {
  readonly clock = new TestClock()
  readonly tenant = createTestIssuer({ issuer: 'https://login.test/known', audience, clock: this.clock })
  readonly calls: Call[] = []
  holdsAll = false
  api: ResourceServer

  constructor() {
    const issuer: IssuerResolver = (iss, signal) => {
      if (iss === this.tenant.issuer && !this.holdsAll) return { issuer: iss, jwks: this.tenant.jwks }
      return new Promise((resolve) => {
        this.calls.push({ iss, signal, settle: resolve })
      })
    }
    this.api = resourceServer({ issuer, audience, clock: this.clock })
  }

  async codeOf(token: string): Promise<string> {
    return this.api.verify(token).then(
      () => 'accepted',
      (error: unknown) => (error as { code: string }).code,
    )
  }

  async known(): Promise<string> {
    return this.codeOf(await this.tenant.token())
  }

  /** Tokens that nobody signed, of so many issuers that nobody knows. */
  async flood(count: number, name = 'invented'): Promise<Promise<string>[]> {
    const tokens = Array.from({ length: count }, (_, i) =>
      this.tenant.token({ iss: `https://${name}-${i}.test` }),
    )
    return (await Promise.all(tokens)).map((token) => this.codeOf(token))
  }

  settleAll(): void {
    for (const call of this.calls.splice(0)) call.settle()
  }
}

/** For tests that run at once: each waits for 2 s, as the resolver has so long. */
const on = (run: (stage: Stage) => Promise<void>) => async (): Promise<void> => {
  const stage = new Stage()
  try {
    await run(stage)
  } finally {
    stage.settleAll()
  }
}

describe('a flood of invented issuers', () => {
  test.concurrent(
    'does not keep a known issuer from being renewed',
    on(async (stage) => {
      expect(await stage.known()).toBe('accepted')
      const flood = await stage.flood(40)
      expect(stage.calls).toHaveLength(32)
      stage.clock.advance(601)
      expect(await stage.known()).toBe('accepted')
      stage.settleAll()
      await Promise.all(flood)
    }),
  )

  test.concurrent(
    'holds each slot until its call has settled, however late that is',
    on(async (stage) => {
      const late = await stage.flood(32)
      expect(new Set(await Promise.all(late))).toEqual(new Set(['ERR_ISSUER_UNRESOLVED']))
      expect(new Set(await Promise.all(await stage.flood(8, 'more')))).toEqual(
        new Set(['ERR_ISSUER_UNRESOLVED']),
      )
      expect(stage.calls).toHaveLength(32)
      stage.settleAll()
      await new Promise((resolve) => setImmediate(resolve))
      const after = await stage.flood(1, 'after')
      expect(stage.calls).toHaveLength(1)
      stage.settleAll()
      expect(await after[0]).toBe('ERR_ISSUER_UNKNOWN')
    }),
  )

  test.concurrent(
    'with one name holds one slot, also when its call is given up and does not settle',
    on(async (stage) => {
      const token = await stage.tenant.token({ iss: 'https://slow.test' })
      expect(await stage.codeOf(token)).toBe('ERR_ISSUER_UNRESOLVED')
      for (let i = 0; i < 40; i++) expect(await stage.codeOf(token)).toBe('ERR_ISSUER_UNRESOLVED')
      expect(stage.calls).toHaveLength(1)
      const others = await stage.flood(32)
      expect(stage.calls).toHaveLength(32)
      expect(await stage.known()).toBe('ERR_ISSUER_UNRESOLVED')
      stage.settleAll()
      await Promise.all(others)
      expect(await stage.known()).toBe('accepted')
      const again = stage.codeOf(token)
      stage.settleAll()
      expect(await again).toBe('ERR_ISSUER_UNKNOWN')
    }),
  )

  test.concurrent(
    'aborts the signal of a call that nobody waits for any more, and of no other',
    on(async (stage) => {
      const [waiting] = await stage.flood(1)
      const [late] = stage.calls
      expect(late?.signal.aborted).toBe(false)
      expect(await waiting).toBe('ERR_ISSUER_UNRESOLVED')
      expect(late?.signal.aborted).toBe(true)
      const [answered] = await stage.flood(1, 'answered')
      const inTime = stage.calls.at(-1)
      inTime?.settle()
      expect(await answered).toBe('ERR_ISSUER_UNKNOWN')
      expect(inTime?.signal.aborted).toBe(false)
    }),
  )
})

describe('a known issuer whose resolver does not answer', () => {
  test.concurrent(
    'is served by the last answer for 300 s after its 600 s, and then is 503',
    on(async (stage) => {
      const token = await stage.tenant.token({ exp: stage.clock.epochMs() / 1000 + 7200 })
      expect(await stage.codeOf(token)).toBe('accepted')
      stage.holdsAll = true
      stage.clock.advance(601)
      expect(await stage.codeOf(token)).toBe('accepted')
      expect(stage.calls).toHaveLength(1)
      // Within the pause nobody asks and nobody waits.
      expect(await stage.codeOf(token)).toBe('accepted')
      expect(stage.calls).toHaveLength(1)
      stage.clock.advance(300)
      expect(await stage.codeOf(token)).toBe('ERR_ISSUER_UNRESOLVED')
    }),
  )

  test.concurrent(
    'is not asked about again before its call has settled, nor after purge()',
    on(async (stage) => {
      expect(await stage.known()).toBe('accepted')
      stage.holdsAll = true
      stage.clock.advance(601)
      for (let i = 0; i < 40; i++) {
        expect(await stage.known()).toBe('accepted')
        stage.clock.advance(6)
      }
      expect(stage.calls).toHaveLength(1)
      stage.api.purge()
      expect(await stage.known()).toBe('ERR_ISSUER_UNRESOLVED')
      expect(stage.calls).toHaveLength(1)
      stage.settleAll()
      stage.holdsAll = false
      await new Promise((resolve) => setImmediate(resolve))
      expect(await stage.known()).toBe('accepted')
    }),
  )

  test.concurrent(
    'takes one call slot, so that others are renewed',
    on(async (stage) => {
      const names = Array.from({ length: 5 }, (_, i) => `https://login.test/tenant-${i}`)
      const tenants = names.map((issuer) => createTestIssuer({ issuer, audience, clock: stage.clock }))
      const stuck = new Set<string>()
      const asked: string[] = []
      const issuer: IssuerResolver = (iss) => {
        asked.push(iss)
        const tenant = tenants[names.indexOf(iss)]!
        return stuck.has(iss) ? new Promise(() => undefined) : { issuer: iss, jwks: tenant.jwks }
      }
      stage.api = resourceServer({ issuer, audience, clock: stage.clock })
      const codes = () => Promise.all(tenants.map(async (tenant) => stage.codeOf(await tenant.token())))
      const ACCEPTED = names.map(() => 'accepted')
      expect(await codes()).toEqual(ACCEPTED)
      for (const name of names.slice(1)) stuck.add(name)
      stage.clock.advance(601)
      expect(await codes()).toEqual(ACCEPTED)
      for (let i = 0; i < 40; i++) {
        stage.clock.advance(6)
        expect(await codes()).toEqual(ACCEPTED)
      }
      expect(asked).toHaveLength(10)
      stage.clock.advance(361)
      expect(await codes()).toEqual(['accepted', ...names.slice(1).map(() => 'ERR_ISSUER_UNRESOLVED')])
      expect(asked).toHaveLength(11)
    }),
  )

  test.concurrent(
    'is refused as soon as the resolver says so',
    on(async (stage) => {
      expect(await stage.known()).toBe('accepted')
      stage.holdsAll = true
      stage.clock.advance(601)
      expect(await stage.known()).toBe('accepted')
      stage.settleAll()
      await new Promise((resolve) => setImmediate(resolve))
      stage.clock.advance(6)
      const verified = stage.known()
      await new Promise((resolve) => setImmediate(resolve))
      stage.calls.at(-1)?.settle(undefined)
      expect(await verified).toBe('ERR_ISSUER_UNKNOWN')
    }),
  )
})
