/** One call of a resolver of issuers: it has a deadline, and can be ended earlier. */
import { UnavailableError } from '../errors/errors.js'

/**
 * Returns an issuer's options, or `undefined` or `null` if it is not trusted. The signal aborts when
 * nobody waits any more.
 */
export type ResolveIssuer = (iss: string, signal: AbortSignal) => unknown

/** The issuers whose calls have not settled. */
export type Slots = Set<string>

const CALL_TIMEOUT_MS = 2000

export class ResolverCall {
  readonly #abort = new AbortController()
  readonly #ended: Promise<never>
  #rejectEnded: (reason: Error) => void = () => undefined
  #error: UnavailableError | undefined

  constructor() {
    this.#ended = new Promise((_resolve, reject) => (this.#rejectEnded = reject))
  }

  /** Rejects with an UnavailableError if the resolver throws or is late: the token may be good. */
  async ask(resolve: ResolveIssuer, iss: string, slots: Slots): Promise<unknown> {
    const timer = setTimeout(() => {
      this.#giveUp(new Error('The issuer resolver did not answer in time'))
    }, CALL_TIMEOUT_MS)
    try {
      return await Promise.race([this.#run(resolve, iss, slots), this.#ended])
    } catch (cause) {
      throw new UnavailableError('ERR_ISSUER_UNRESOLVED', { cause })
    } finally {
      clearTimeout(timer)
    }
  }

  /** The answer does not count any more, even if it is there. */
  end(error: UnavailableError): void {
    this.#error ??= error
    this.#giveUp(error)
  }

  /** Throws the error with which the call was ended. */
  assertNotEnded(): void {
    if (this.#error !== undefined) throw this.#error
  }

  // Rejects first: what the resolver does when its signal aborts is no answer.
  #giveUp(reason: Error): void {
    this.#rejectEnded(reason)
    this.#abort.abort(reason)
  }

  /** Holds its slot until the call has settled, however late that is. */
  async #run(resolve: ResolveIssuer, iss: string, slots: Slots): Promise<unknown> {
    slots.add(iss)
    try {
      return await resolve(iss, this.#abort.signal)
    } finally {
      slots.delete(iss)
    }
  }
}
