/**
 * Issuers that are looked up when their first token arrives: tenants, say. The look-up is the user's own code and may do
 * I/O, so that everything an attacker could grow by inventing issuers has a bound. RFC 8725 §3.8.
 */
import { LRUCache } from 'lru-cache'
import type { Clocks } from '../base/clock.js'
import { InternalError, UnauthorizedError, UnavailableError } from '../errors/errors.js'
import { throwCopy } from '../errors/copy.js'
import type { Issuers, ManagedIssuer, TrustedIssuer } from './issuers.js'
import type { MaybePromise } from '../base/maybe-promise.js'
import { isString } from '../base/own.js'
import { fingerprintOf, isSameFingerprint } from './resolver-answer.js'
import type { Fingerprint } from './resolver-answer.js'

/** Asks the user for an issuer's options; `undefined` or `null` if it is not trusted. */
export type ResolveIssuer = (iss: string) => unknown

export interface IssuerResolverConfig {
  readonly resolve: ResolveIssuer
  /** Makes a trusted issuer from the answer. Throws a ConfigurationError if the answer is wrong. */
  readonly make: (options: unknown) => ManagedIssuer
  readonly clocks: Clocks
}

interface Resolved {
  readonly issuer: ManagedIssuer
  readonly answer: Fingerprint
  readonly untilMs: number
}

const MAX_ISSUER_LENGTH = 512
const MAX_REMEMBERED = 1000
const TRUSTED_MS = 600_000
const UNKNOWN_MS = 30_000
const MAX_CALLS = 32
const CALL_TIMEOUT_MS = 2000

/** Known and unknown issuers are remembered apart, so that invented ones never displace real ones. */
export class ResolvedIssuers implements Issuers {
  readonly #config: IssuerResolverConfig
  readonly #trusted = new LRUCache<string, Resolved>({
    max: MAX_REMEMBERED,
    dispose: ({ issuer }, _iss, reason) => {
      if (reason !== 'set') issuer.keys.close()
    },
  })
  readonly #unknown: LRUCache<string, true>
  readonly #calls = new Map<string, Promise<ManagedIssuer>>()
  #isClosed = false

  constructor(config: IssuerResolverConfig) {
    this.#config = config
    const perf = { now: (): number => config.clocks.monotonicMs() }
    this.#unknown = new LRUCache({ max: MAX_REMEMBERED, ttl: UNKNOWN_MS, ttlResolution: 0, perf })
  }

  all(): readonly ManagedIssuer[] {
    return [...this.#trusted.values()].map(({ issuer }) => issuer)
  }

  configured(): readonly ManagedIssuer[] {
    return []
  }

  get(iss: string): ManagedIssuer | undefined {
    return this.#trusted.peek(iss)?.issuer
  }

  isCurrent(issuer: TrustedIssuer): boolean {
    const known = this.#trusted.get(issuer.issuer)
    return known?.issuer === issuer && this.#config.clocks.monotonicMs() < known.untilMs
  }

  trusted(iss: unknown): MaybePromise<TrustedIssuer> {
    if (!isString(iss) || iss.length > MAX_ISSUER_LENGTH || this.#unknown.has(iss)) {
      throw new UnauthorizedError('ERR_ISSUER_UNKNOWN')
    }
    const known = this.#trusted.get(iss)
    if (known !== undefined && this.#config.clocks.monotonicMs() < known.untilMs) return known.issuer
    if (this.#isClosed) throw new UnavailableError('ERR_CLOSED')
    const call = this.#calls.get(iss)
    return call === undefined ? this.#call(iss) : call.catch(throwCopy)
  }

  close(): void {
    this.#isClosed = true
    for (const { keys } of this.all()) keys.close()
  }

  #call(iss: string): Promise<ManagedIssuer> {
    if (this.#calls.size >= MAX_CALLS) throw new UnavailableError('ERR_ISSUER_UNRESOLVED')
    const call = this.#resolve(iss).finally(() => this.#calls.delete(iss))
    this.#calls.set(iss, call)
    return call
  }

  async #resolve(iss: string): Promise<ManagedIssuer> {
    const options = await this.#ask(iss)
    if (this.#isClosed) throw new UnavailableError('ERR_CLOSED')
    if (options === undefined || options === null) {
      this.#trusted.delete(iss)
      this.#unknown.set(iss, true)
      throw new UnauthorizedError('ERR_ISSUER_UNKNOWN')
    }
    const known = this.#trusted.peek(iss)
    const answer = fingerprintOf(options)
    const isUnchanged = known !== undefined && isSameFingerprint(known.answer, answer)
    const issuer = isUnchanged ? known.issuer : this.#make(iss, options)
    this.#trusted.set(iss, { issuer, answer, untilMs: this.#config.clocks.monotonicMs() + TRUSTED_MS })
    // Released only now: the new entry shares the old one's key source, which would otherwise be dropped in between.
    if (!isUnchanged) known?.issuer.keys.close()
    return issuer
  }

  /** What it throws, and that it does not answer, is trouble upstream: the token may be good. */
  async #ask(iss: string): Promise<unknown> {
    let timer: NodeJS.Timeout | undefined
    const deadline = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new Error('The issuer resolver did not answer in time'))
      }, CALL_TIMEOUT_MS)
    })
    try {
      return await Promise.race([(async () => this.#config.resolve(iss))(), deadline])
    } catch (cause) {
      throw new UnavailableError('ERR_ISSUER_UNRESOLVED', { cause })
    } finally {
      clearTimeout(timer)
    }
  }

  #make(iss: string, options: unknown): ManagedIssuer {
    try {
      const issuer = this.#config.make(options)
      if (issuer.issuer === iss) return issuer
      issuer.keys.close()
    } catch (cause) {
      throw new InternalError('ERR_INTERNAL', { cause })
    }
    throw new InternalError('ERR_INTERNAL', {
      cause: new TypeError('The issuer resolver answered with the options of another issuer'),
    })
  }
}
