/** The seam between verification and where keys come from, and its simplest form: keys that are given. */
import type { MaybePromise } from '../base/maybe-promise.js'
import type { KeyIndex } from '../jws/jwk-set.js'
import { GIVEN_KEYS } from './health.js'
import type { KeySetHealth } from './health.js'
import type { IssuerSnapshot } from './snapshot.js'
import type { VerificationKey } from '../jws/verification-key.js'

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
  /** `undefined`: there is nothing to carry elsewhere. */
  snapshot(): Omit<IssuerSnapshot, 'issuer'> | undefined
  close(): void
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
    return { ...GIVEN_KEYS, keyCount: this.#index.keys.size }
  }

  snapshot(): undefined {
    return undefined
  }

  close(): void {}
}
