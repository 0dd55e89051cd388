/**
 * Issuers that are looked up when their first token arrives, such as tenants. The look-up is code
 * of the application and may do I/O, so everything that grows with invented issuers has a bound.
 * RFC 8725 §3.8.
 */
import type { Clocks } from '../base/clock.js'
import { InternalError, UnauthorizedError, UnavailableError } from '../errors/errors.js'
import { throwCopy } from '../errors/copy.js'
import type { Issuers, ManagedIssuer, TrustedIssuer } from './issuers.js'
import { notePurge } from '../keys/purges.js'
import type { MaybePromise } from '../base/maybe-promise.js'
import { isString } from '../base/own.js'
import { fingerprintOf, isSameFingerprint } from './resolver-answer.js'
import { ResolverCall } from './resolver-call.js'
import type { ResolveIssuer, Slots } from './resolver-call.js'
import { ResolverMemory } from './resolver-memory.js'
import type { Resolved } from './resolver-memory.js'

export interface IssuerResolverConfig {
  readonly resolve: ResolveIssuer
  /** Makes a trusted issuer from the answer. Throws a ConfigurationError if the answer is wrong. */
  readonly make: (options: unknown) => ManagedIssuer
  readonly clocks: Clocks
}

interface Pending {
  readonly call: ResolverCall
  readonly issuer: Promise<ManagedIssuer>
}

const MAX_ISSUER_LENGTH = 512
const TRUSTED_MS = 600_000
/**
 * For how long after `TRUSTED_MS` the last answer serves while the resolver is overloaded or fails.
 */
const GRACE_MS = 300_000
const RETRY_MS = 5000
/** Known and new issuers each, and one for each issuer, however late it settles. */
const MAX_CALLS = 32

export class ResolvedIssuers implements Issuers {
  readonly #config: IssuerResolverConfig
  readonly #memory: ResolverMemory
  readonly #calls = new Map<string, Pending>()
  #isClosed = false
  /** Apart, so that invented issuers cannot keep known ones from being renewed. */
  readonly #slots: { readonly known: Slots; readonly new: Slots } = { known: new Set(), new: new Set() }

  constructor(config: IssuerResolverConfig) {
    this.#config = config
    this.#memory = new ResolverMemory(config.clocks)
  }

  all(): readonly ManagedIssuer[] {
    return [...this.#memory.known.values()].map(({ issuer }) => issuer)
  }

  configured(): readonly ManagedIssuer[] {
    return []
  }

  get(iss: string): ManagedIssuer | undefined {
    return this.#memory.known.peek(iss)?.issuer
  }

  isCurrent(issuer: TrustedIssuer): boolean {
    const known = this.#memory.known.get(issuer.issuer)
    return known?.issuer === issuer && this.#config.clocks.monotonicMs() < known.untilMs
  }

  trusts(issuer: TrustedIssuer): boolean {
    const known = this.#memory.known.peek(issuer.issuer)
    return known?.issuer === issuer && this.#config.clocks.monotonicMs() < known.lastMs
  }

  trusted(iss: unknown): MaybePromise<TrustedIssuer> {
    if (!isString(iss) || iss.length > MAX_ISSUER_LENGTH || this.#memory.isUnknown(iss)) {
      throw new UnauthorizedError('ERR_ISSUER_UNKNOWN')
    }
    const known = this.#memory.known.get(iss)
    if (known !== undefined && this.#config.clocks.monotonicMs() < known.untilMs) return known.issuer
    if (this.#isClosed) throw new UnavailableError('ERR_CLOSED')
    const pending = this.#calls.get(iss)
    return pending === undefined ? this.#call(iss, known) : pending.issuer.catch(throwCopy)
  }

  /** An answer may hold keys itself, so no earlier one serves any more. Any issuer may be in a snapshot. */
  purge(issuer?: string): readonly string[] {
    notePurge(this.#config.clocks, issuer === undefined ? undefined : [issuer])
    this.#memory.end(issuer)
    const ended = this.#end('ERR_KEYS_UNAVAILABLE', issuer)
    return issuer === undefined ? ended : [issuer]
  }

  close(): void {
    this.#isClosed = true
    for (const { keys } of this.all()) keys.close()
    this.#end('ERR_CLOSED')
  }

  /** Later requests make calls of their own. */
  #end(code: 'ERR_KEYS_UNAVAILABLE' | 'ERR_CLOSED', issuer?: string): readonly string[] {
    const ended = [...this.#calls].filter(([iss]) => issuer === undefined || iss === issuer)
    for (const [iss, { call }] of ended) {
      this.#calls.delete(iss)
      call.end(new UnavailableError(code))
    }
    return ended.map(([iss]) => iss)
  }

  #call(iss: string, known: Resolved | undefined): MaybePromise<ManagedIssuer> {
    const slots = known === undefined ? this.#slots.new : this.#slots.known
    const isUnsettled = this.#slots.known.has(iss) || this.#slots.new.has(iss)
    if (isUnsettled || slots.size >= MAX_CALLS)
      return this.#lastAnswer(iss, new UnavailableError('ERR_ISSUER_UNRESOLVED'))
    const call = new ResolverCall()
    const issuer = call
      .ask(this.#config.resolve, iss, slots)
      .then(
        (options) => {
          call.assertNotEnded()
          return this.#renew(iss, options)
        },
        (unavailable: unknown) => {
          call.assertNotEnded()
          return this.#lastAnswer(iss, unavailable)
        },
      )
      .finally(() => {
        if (this.#calls.get(iss)?.call === call) this.#calls.delete(iss)
      })
    this.#calls.set(iss, { call, issuer })
    return issuer
  }

  /**
   * For a few seconds, and only for a while after it ended. Throws `unavailable` if there is none.
   */
  #lastAnswer(iss: string, unavailable: unknown): ManagedIssuer {
    const known = this.#memory.known.peek(iss)
    const now = this.#config.clocks.monotonicMs()
    if (known === undefined || now >= known.lastMs) throw unavailable
    this.#memory.known.set(iss, { ...known, untilMs: Math.min(now + RETRY_MS, known.lastMs) })
    return known.issuer
  }

  #renew(iss: string, options: unknown): ManagedIssuer {
    if (this.#isClosed) throw new UnavailableError('ERR_CLOSED')
    if (options === undefined || options === null) {
      this.#memory.noteUnknown(iss)
      throw new UnauthorizedError('ERR_ISSUER_UNKNOWN')
    }
    const known = this.#memory.known.peek(iss)
    const answer = fingerprintOf(options)
    const isUnchanged = known !== undefined && isSameFingerprint(known.answer, answer)
    const issuer = isUnchanged ? known.issuer : this.#make(iss, options)
    const untilMs = this.#config.clocks.monotonicMs() + TRUSTED_MS
    this.#memory.remember(iss, { issuer, answer, untilMs, lastMs: untilMs + GRACE_MS })
    // Released after the new entry took hold: the two may share a key source, which needs one user.
    if (!isUnchanged) known?.issuer.keys.close()
    return issuer
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
