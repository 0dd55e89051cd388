/**
 * What a resolver answered of late. Known and unknown issuers are remembered apart, so that invented
 * ones never displace real ones.
 */
import { LRUCache } from 'lru-cache'
import type { Clocks } from '../base/clock.js'
import type { ManagedIssuer } from './issuers.js'
import type { Fingerprint } from './resolver-answer.js'

export interface Resolved {
  readonly issuer: ManagedIssuer
  readonly answer: Fingerprint
  untilMs: number
  /** How long the answer may serve if there is no newer one. */
  lastMs: number
}

const MAX_REMEMBERED = 1000
const UNKNOWN_MS = 30_000

export class ResolverMemory {
  /** Keys of an issuer that leaves it are released, unless a newer answer takes its place. */
  readonly known: LRUCache<string, Resolved> = new LRUCache({
    max: MAX_REMEMBERED,
    dispose: ({ issuer }, _iss, reason) => {
      if (reason !== 'set') issuer.keys.close()
    },
  })
  readonly #unknown: LRUCache<string, true>

  constructor(clocks: Clocks) {
    const perf = { now: (): number => clocks.monotonicMs() }
    this.#unknown = new LRUCache({ max: MAX_REMEMBERED, ttl: UNKNOWN_MS, ttlResolution: 0, perf })
  }

  remember(iss: string, resolved: Resolved): void {
    if (!this.known.has(iss)) this.#makeRoom()
    this.known.set(iss, resolved)
  }

  /** Requests that wait for keys would fail if the keys were released. */
  #makeRoom(): void {
    if (this.known.size < MAX_REMEMBERED) return
    for (const iss of this.known.rkeys()) {
      if (this.known.peek(iss)?.issuer.keys.isAwaited() === true) continue
      this.known.delete(iss)
      return
    }
  }

  isUnknown(iss: string): boolean {
    return this.#unknown.has(iss)
  }

  noteUnknown(iss: string): void {
    this.known.delete(iss)
    this.#unknown.set(iss, true)
  }

  /** No earlier answer counts any more: about all issuers, or about this one. */
  end(issuer: string | undefined): void {
    for (const each of this.known.values()) {
      if (issuer === undefined || each.issuer.issuer === issuer) each.untilMs = each.lastMs = -Infinity
    }
    if (issuer === undefined) this.#unknown.clear()
    else this.#unknown.delete(issuer)
  }
}
