/** A key finder that can be managed, and its simplest form: the keys of the options. */
import type { KeyIndex } from '../jws/jwk-set.js'
import type { VerificationKey } from '../jws/verification-key.js'
import { GIVEN_KEYS } from './health.js'
import type { KeySetHealth } from './health.js'
import type { KeyFinder, KeyQuery } from './key-finder.js'
import type { IssuerSnapshot } from './snapshot.js'

export interface KeySource extends KeyFinder {
  ready(timeoutMs: number): Promise<void>
  refresh(): Promise<void>
  purge(): void
  health(): KeySetHealth
  /** Whether somebody waits for keys. */
  isAwaited(): boolean
  /** `undefined` if another process does not need one. */
  snapshot(): Omit<IssuerSnapshot, 'issuer'> | undefined
  close(): void
}

/** The keys of the options `jwks` and `secret`. */
export class GivenKeys implements KeySource {
  readonly #index: KeyIndex
  readonly #ignoresKid: boolean

  constructor(index: KeyIndex, { ignoresKid = false }: { readonly ignoresKid?: boolean } = {}) {
    this.#index = index
    this.#ignoresKid = ignoresKid
  }

  find({ alg, kid }: KeyQuery): readonly VerificationKey[] {
    return this.#index.candidates(alg, this.#ignoresKid ? undefined : kid)
  }

  findNewer(): readonly VerificationKey[] {
    return []
  }

  touch(key: VerificationKey): boolean {
    return this.#index.keys.has(key)
  }

  trusts(key: VerificationKey): boolean {
    return this.touch(key)
  }

  ready(): Promise<void> {
    return Promise.resolve()
  }

  refresh(): Promise<void> {
    return Promise.resolve()
  }

  /** Does nothing: given keys cannot be fetched again. */
  purge(): void {}

  health(): KeySetHealth {
    return { ...GIVEN_KEYS, keyCount: this.#index.keys.size }
  }

  isAwaited(): boolean {
    return false
  }

  snapshot(): undefined {
    return undefined
  }

  close(): void {}
}
