/** From a token to what the authorization server says about it: one call for all that ask at once, few calls in all. */
import type { Clocks } from '../core/base/clock.js'
import { freezeJson } from '../core/base/strict-json.js'
import type { MaybePromise } from '../core/base/maybe-promise.js'
import type { JsonObject } from '../core/base/own.js'
import { isA } from '../core/base/thrown.js'
import { UnauthorizedError, UnavailableError } from '../core/errors/errors.js'
import { UpstreamError } from '../core/errors/upstream-error.js'
import type { UpstreamSource } from '../core/errors/upstream-error.js'
import type { IntrospectionHealth } from '../core/server/introspection-health.js'
import type { ClaimReader } from '../core/token/claim-source.js'
import { applySchema } from '../core/token/standard-schema.js'
import type { StandardSchema } from '../core/token/standard-schema.js'
import { assertAgrees } from './agreement.js'
import { abortOfCalls } from './call.js'
import { Circuit, outcomeOf } from './circuit.js'
import type { EndpointFinder } from './endpoint.js'
import { judge, judgeAgain } from './judge.js'
import type { JudgeConfig } from './judge.js'
import { keyOf, Memory } from './memory.js'
import type { ActiveToken, MemoryLimits } from './memory.js'
import { isOfOneToken } from './one-token.js'
import { unavailableToken } from './unavailable.js'
import { Waiters } from './waiters.js'

export interface Answer {
  readonly answer: JsonObject
  readonly bytes: number
}

export interface IntrospectorConfig extends JudgeConfig {
  readonly clientIdOf: ClaimReader<string | undefined>
  readonly endpoints: EndpointFinder
  /** For messages. */
  readonly source: UpstreamSource
  readonly limits: MemoryLimits
  readonly clocks: Clocks
  readonly schema: StandardSchema | undefined
  /**
   * Rejects with an UnauthorizedError if the answer refuses the token, an UpstreamError, or an
   * UnavailableError for other trouble.
   */
  readonly call: (endpoint: URL, token: string, signal: AbortSignal) => Promise<Answer>
}

export interface Question {
  readonly token: string
  /** The claims of a token that was verified here; `undefined` for an opaque one. */
  readonly verified?: JsonObject | undefined
}

/** Apart, so that invented tokens cannot keep those that were active from being asked about again. */
type Slots = { readonly [kind in 'known' | 'new']: { running: number } }

const MAX_CALLS = 100
/** A JWT has its own. */
const NONE: JsonObject = Object.freeze({})

export class Introspector {
  readonly #config: IntrospectorConfig
  readonly #circuit: Circuit
  readonly #slots: Slots = { known: { running: 0 }, new: { running: 0 } }
  /** Each waits for endpoint and answer together. */
  readonly #waiters = new Waiters()
  readonly #calls = new Map<string, Promise<ActiveToken>>()
  #memory: Memory
  #abort = abortOfCalls()
  #isClosed = false

  constructor(config: IntrospectorConfig) {
    this.#config = config
    this.#circuit = new Circuit(config.clocks, config.source)
    this.#memory = new Memory(config.limits, config.clocks)
  }

  /** Throws or rejects with an UnauthorizedError if the token is refused, an UnavailableError if nobody can say. */
  ask(question: Question): MaybePromise<ActiveToken> {
    this.#assertOpen()
    const endpoint = this.#config.endpoints.find()
    const call =
      endpoint instanceof Promise
        ? endpoint.then((found) => this.#askAt(found, question))
        : this.#askAt(endpoint, question)
    return call instanceof Promise ? this.#waiters.wait(call) : call
  }

  async ready(timeoutMs: number): Promise<void> {
    this.#assertOpen()
    await this.#config.endpoints.ready(timeoutMs)
  }

  /** Forgets all answers, also those that are on their way, but not which tokens were active. */
  purge(): void {
    this.#memory = this.#memory.emptied()
    this.#calls.clear()
    this.#abort.abort(new UpstreamError('network', { reason: 'aborted' }))
    this.#abort = abortOfCalls()
  }

  close(): void {
    this.#isClosed = true
    this.purge()
    this.#config.endpoints.close()
  }

  health(): IntrospectionHealth {
    const { failures, isOpen, lastFailure } = this.#config.endpoints.trouble() ?? this.#circuit
    const { problem, reason } = lastFailure ?? {}
    return {
      issuer: this.#config.issuer,
      status: isOpen ? 'down' : 'up',
      consecutiveFailures: failures,
      ...(problem !== undefined && { lastFailure: problem }),
      ...(reason !== undefined && { lastFailureReason: reason }),
      callsInFlight: this.#slots.known.running + this.#slots.new.running,
      cachedTokens: this.#memory.activeCount,
    }
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new UnavailableError('ERR_CLOSED')
  }

  /** The server may have been closed since the endpoint was sought. */
  #askAt(endpoint: URL, question: Question): MaybePromise<ActiveToken> {
    this.#assertOpen()
    const kind = question.verified === undefined ? 'opaque' : 'verified'
    const key = keyOf(endpoint, kind, question.token)
    return this.#memory.find(key) ?? this.#calls.get(key) ?? this.#start(endpoint, key, question)
  }

  #start(endpoint: URL, key: string, question: Question): Promise<ActiveToken> {
    const slots = this.#memory.wasActive(key) ? this.#slots.known : this.#slots.new
    if (slots.running >= MAX_CALLS) throw new UnavailableError('ERR_OVERLOADED')
    const settle = this.#circuit.admit()
    slots.running++
    const memory = this.#memory
    const answer = this.#call(endpoint, question, settle).finally(() => {
      slots.running--
    })
    const call = this.#remember(answer, { key, question, memory }).finally(() => {
      if (this.#calls.get(key) === call) this.#calls.delete(key)
    })
    this.#calls.set(key, call)
    return call
  }

  async #call(endpoint: URL, { token }: Question, settle: ReturnType<Circuit['admit']>): Promise<Answer> {
    const { signal } = this.#abort
    try {
      const answer = await this.#config.call(endpoint, token, signal)
      settle(undefined)
      return answer
    } catch (thrown) {
      settle(signal.aborted ? 'unknown' : outcomeOf(thrown))
      throw thrown
    }
  }

  /** In the memory at the start of the call, which nobody reads after a purge. */
  async #remember(
    pending: Promise<Answer>,
    { key, question, memory }: { readonly key: string; readonly question: Question; readonly memory: Memory },
  ): Promise<ActiveToken> {
    try {
      const token = await this.#accept(await pending, question)
      memory.keep(key, token)
      return token
    } catch (thrown) {
      if (isA(thrown, UnauthorizedError)) memory.refuse(key, thrown)
      if (!isA(thrown, UpstreamError)) throw thrown
      if (!isOfOneToken(thrown)) throw this.#circuit.unavailable(thrown)
      memory.postpone(key, thrown)
      throw unavailableToken(thrown, this.#config.limits.negativeMs)
    }
  }

  async #accept({ answer, bytes }: Answer, { verified }: Question): Promise<ActiveToken> {
    const { clocks, schema, clientIdOf } = this.#config
    const now = clocks.nowSeconds()
    freezeJson(answer)
    if (verified !== undefined) {
      const registered = judgeAgain(answer, verified, this.#config, now)
      assertAgrees(answer, verified, clientIdOf)
      return { claims: NONE, registered, output: undefined, bytes }
    }
    const registered = judge(answer, this.#config, now)
    const output = schema === undefined ? undefined : await applySchema(schema, answer)
    return { claims: answer, registered, output, bytes }
  }
}
