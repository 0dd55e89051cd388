/** DPoP: access tokens bound to a key of the client, which proves with each request that it holds it. RFC 9449. */
import { assertNotHandler, NO_HANDLER } from '../core/errors/misuse.js'
import type { Ignored } from '../core/errors/misuse.js'
import type { ConfirmationMethod } from '../core/http/confirmation.js'
import { OptionReader } from '../core/options/reader.js'
import { MemoryReplayStore } from '../core/stores/memory-replay-store.js'
import type { ReplayStore } from '../core/stores/replay-store.js'
import { dpopMethod } from './method.js'
import { DEFAULT_MAX_ENTRIES, parseDpopOptions } from './options.js'
import type { DpopOptions, MemoryReplayStoreOptions } from './types.js'

export type { ConfirmationMethod } from '../core/http/confirmation.js'
export type { ReplayStoreFullEvent } from '../core/stores/memory-replay-store.js'
export type { ReplayAnswer, ReplayStore } from '../core/stores/replay-store.js'
export type { DpopNonceOptions, DpopOptions, MemoryReplayStoreOptions } from './types.js'

/**
 * A value for the option `confirmation` of `resourceServer`: accepts tokens with `cnf.jkt` in the
 * scheme `DPoP`, each with a proof of its own (RFC 9449 §4.3).
 *
 * Not checked: whether the authorization server binds every token. Set `required` for that.
 *
 * @throws {ConfigurationError} for a wrong option.
 * @example
 * resourceServer({ issuer, audience, confirmation: [dpop({ publicUrl: 'https://api.example.com' })] })
 */
export function dpop(options: DpopOptions, ignored?: Ignored): ConfirmationMethod
export function dpop(...args: readonly unknown[]): ConfirmationMethod {
  assertNotHandler('dpop', args, NO_HANDLER)
  return dpopMethod(parseDpopOptions(args[0] as DpopOptions))
}

/**
 * A replay store in the memory of this process. It never forgets a live entry: when full, it refuses,
 * and publishes a `ReplayStoreFullEvent` on `express-resource-server:replay`.
 *
 * @throws {ConfigurationError} for a wrong option.
 */
export function memoryReplayStore(options?: MemoryReplayStoreOptions, ignored?: Ignored): ReplayStore
export function memoryReplayStore(...args: readonly unknown[]): ReplayStore {
  assertNotHandler('memoryReplayStore', args, NO_HANDLER)
  const [options = {}] = args
  const reader = new OptionReader(options, 'memoryReplayStore', ['maxEntries'])
  return new MemoryReplayStore(
    reader.integer('maxEntries', { min: 1, max: 10_000_000 }) ?? DEFAULT_MAX_ENTRIES,
  )
}
