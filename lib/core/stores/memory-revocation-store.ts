/** A revocation store in the memory of one process. */
import { channel } from 'node:diagnostics_channel'
import type { Channel } from 'node:diagnostics_channel'
import { RevocationList } from './revocation-list.js'
import type { RevocableToken, RevocationStore } from './revocation-store.js'
import { targetOf } from './revocation-targets.js'
import type { ParsedRevocation } from './revocation-targets.js'

/** Published on `express-resource-server:revocation` when a full store refuses a revocation. */
export interface RevocationStoreFullEvent {
  readonly type: 'full'
  readonly maxEntries: number
}

const revocation: Channel = channel('express-resource-server:revocation')

/**
 * Never forgets a live entry to make room. A revocation that finds the store full is refused; until
 * it would have ended, the store cannot tell whether it was about a token of the same issuer that
 * fits its date.
 */
export class MemoryRevocationStore implements RevocationStore {
  readonly #list: RevocationList
  readonly #maxEntries: number

  constructor(maxEntries: number, monotonicMs?: () => number) {
    this.#list = new RevocationList(maxEntries, monotonicMs)
    this.#maxEntries = maxEntries
  }

  isRevoked(token: RevocableToken): boolean {
    const answer = this.#list.ask(token)
    if (answer === 'unknown') throw new Error('The revocation store was full when it was told of tokens')
    return answer === 'revoked'
  }

  add({ issuer, kind, value, before, forSeconds }: ParsedRevocation): void {
    if (this.#list.add(targetOf(issuer, kind, value), before, forSeconds)) return
    if (revocation.hasSubscribers)
      revocation.publish({ type: 'full', maxEntries: this.#maxEntries } satisfies RevocationStoreFullEvent)
    throw new Error('The revocation store is full')
  }
}
