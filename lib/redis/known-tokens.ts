/** Tokens of which Redis knew nothing, each with the epoch in which it was asked. */
import { LRUCache } from 'lru-cache'
import type { RevocableToken } from '../core/stores/revocation-store.js'
import { targetsOf } from '../core/stores/revocation-targets.js'

const MAX_NAMES = 10_000

/**
 * By object, which is quick, and the latest also by what identifies them: servers make a new object
 * when a token comes for the second time, and each server has its own.
 */
export class KnownTokens {
  readonly #byObject = new WeakMap<RevocableToken, number>()
  /** Made with the first token, because it takes room for all its entries at once. */
  #byName: LRUCache<string, number> | undefined

  has(token: RevocableToken, epoch: number): boolean {
    if (this.#byObject.get(token) === epoch) return true
    if (this.#byName?.get(nameOf(token)) !== epoch) return false
    if (Object.isFrozen(token)) this.#byObject.set(token, epoch)
    return true
  }

  /** With the name that it had before Redis was asked: an object that is not frozen can change. */
  add(token: RevocableToken, name: string, epoch: number): void {
    if (Object.isFrozen(token)) this.#byObject.set(token, epoch)
    this.#byName ??= new LRUCache({ max: MAX_NAMES })
    this.#byName.set(name, epoch)
  }
}

/** All that decides whether a token is revoked. */
export function nameOf(token: RevocableToken): string {
  let name = String(token.issuedAt)
  for (const { key } of targetsOf(token)) name += ` ${key}`
  return name
}
