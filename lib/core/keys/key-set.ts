/** The seam between verification and where keys come from, and its simplest form: keys that are given. */
import type { MaybePromise } from '../maybe-promise.js'
import type { KeyIndex } from './document.js'
import type { KeyState } from './state.js'
import type { VerificationKey } from './verification-key.js'

export interface KeyQuery {
  readonly alg: string
  readonly kid?: string | undefined
}

export interface KeySet {
  /** The keys to try for a token; none when the issuer publishes none that fits. Rejects when keys cannot be had. */
  find(query: KeyQuery): MaybePromise<readonly VerificationKey[]>
  /** Whether a key that verified a token before is still trusted. Starts the refresh that is due; never waits. */
  touch(key: VerificationKey): boolean
  ready(timeoutMs: number): Promise<void>
  refresh(): Promise<void>
  purge(): void
  health(): KeySetHealth
  close(): void
}

export interface KeySetHealth {
  readonly state: KeyState
  /** Grows with each accepted document; 0 before the first. */
  readonly generation: number
  readonly keyCount: number
  /** Seconds since the last accepted document. */
  readonly ageSeconds?: number
  readonly consecutiveFailures: number
  /** Why the last attempt failed. */
  readonly lastFailure?: string
}

/** Keys given in the options: `jwks` or `secret`. */
export class StaticKeySet implements KeySet {
  readonly #index: KeyIndex
  readonly #ignoresKid: boolean

  constructor(index: KeyIndex, { ignoresKid = false }: { readonly ignoresKid?: boolean } = {}) {
    this.#index = index
    this.#ignoresKid = ignoresKid
  }

  find({ alg, kid }: KeyQuery): readonly VerificationKey[] {
    return this.#index.candidates(alg, this.#ignoresKid ? undefined : kid) ?? []
  }

  touch(key: VerificationKey): boolean {
    return this.#index.keys.has(key)
  }

  ready(): Promise<void> {
    return Promise.resolve()
  }

  refresh(): Promise<void> {
    return Promise.resolve()
  }

  /** Given keys have no other source, so there is nothing to drop them for. */
  purge(): void {}

  health(): KeySetHealth {
    return { state: 'FRESH', generation: 1, keyCount: this.#index.keys.size, consecutiveFailures: 0 }
  }

  close(): void {}
}
