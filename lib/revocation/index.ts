/** Tokens that are taken back before they expire, and logouts that providers report. */
import { Clocks } from '../core/base/clock.js'
import { isObject } from '../core/base/own.js'
import { ConfigurationError } from '../core/errors/errors.js'
import { assertNotHandler, NO_HANDLER } from '../core/errors/misuse.js'
import type { Ignored } from '../core/errors/misuse.js'
import type { Handler } from '../core/http/request.js'
import type { RevocationMethod } from '../core/http/request-check.js'
import { parseClock } from '../core/options/clock.js'
import { OptionReader } from '../core/options/reader.js'
import { parseRevocation } from '../core/options/revocation.js'
import { serverBehind } from '../core/server/faces.js'
import { MemoryRevocationStore } from '../core/stores/memory-revocation-store.js'
import type { Revocation, RevocationStore, WritableRevocationStore } from '../core/stores/revocation-store.js'
import { logoutHandler } from './back-channel-logout.js'
import { revocationCheck } from './check.js'
import type { BackChannelLogoutOptions, MemoryRevocationsOptions, RevocationOptions } from './types.js'

export type { RevocationMethod } from '../core/http/request-check.js'
export type { RevocationStoreFullEvent } from '../core/stores/memory-revocation-store.js'
export type {
  RevocableToken,
  Revocation,
  RevocationStore,
  WritableRevocationStore,
} from '../core/stores/revocation-store.js'
export type { LogoutEvent } from './back-channel-logout.js'
export type { LogoutRefusalReason } from './refusal.js'
export type { BackChannelLogoutOptions, MemoryRevocationsOptions, RevocationOptions } from './types.js'

/**
 * A value for the option `revocation` of `resourceServer`: asks the store on every request, for
 * remembered tokens too. A revoked token gets 401 (ERR_TOKEN_REVOKED). If the store throws, rejects
 * or answers with anything but true or false, the answer is 503.
 *
 * Not checked: how long the store takes. Give a store of your own a time limit.
 *
 * @throws {ConfigurationError} for a wrong option, or anything but a store.
 * @example
 * const revocations = memoryRevocations()
 * app.use(resourceServer({ issuer, audience, revocation: revocation(revocations) }))
 */
export function revocation(
  store: RevocationStore,
  options?: RevocationOptions,
  ignored?: Ignored,
): RevocationMethod
export function revocation(...args: readonly unknown[]): RevocationMethod {
  assertNotHandler('revocation', args, NO_HANDLER)
  const [store, options = {}] = args
  assertStore(store, 'isRevoked', 'revocation.store')
  const reader = new OptionReader(options, 'revocation', ['dangerouslyAcceptOnStoreFailure'])
  const check = revocationCheck(store as RevocationStore, reader.boolean('dangerouslyAcceptOnStoreFailure'))
  return Object.freeze({ check })
}

/**
 * A revocation store in the memory of this process. It never forgets a live revocation. When full,
 * `revoke` throws, and publishes a `RevocationStoreFullEvent` on `express-resource-server:revocation`;
 * until the refused revocation would have ended, tokens of that issuer which it may be about get 503.
 *
 * Not checked: whether other processes know. A restart forgets everything.
 *
 * @throws {ConfigurationError} for a wrong option; from `revoke`, for a wrong revocation.
 * @example
 * const revocations = memoryRevocations()
 * revocations.revoke({ issuer: 'https://login.example.com', subject: 'alice', forSeconds: 3600 })
 */
export function memoryRevocations(options?: MemoryRevocationsOptions, ignored?: Ignored): MemoryRevocations
export function memoryRevocations(...args: readonly unknown[]): MemoryRevocations {
  assertNotHandler('memoryRevocations', args, NO_HANDLER)
  const [options = {}] = args
  const reader = new OptionReader(options, 'memoryRevocations', ['maxEntries'])
  const maxEntries = reader.integer('maxEntries', { min: 1, max: 10_000_000 }) ?? 1_000_000
  const store = new MemoryRevocationStore(maxEntries)
  return Object.freeze({
    isRevoked: (token) => store.isRevoked(token),
    revoke: (entry) => {
      store.add(parseRevocation(entry))
    },
  } satisfies MemoryRevocations)
}

/** A store that answers at once. */
export interface MemoryRevocations extends WritableRevocationStore {
  isRevoked(...args: Parameters<RevocationStore['isRevoked']>): boolean
  revoke(revocation: Revocation): void
}

/**
 * A handler for the `backchannel_logout_uri` of this application (OpenID Connect Back-Channel Logout
 * 1.0). Verifies the logout token with the keys of the server's issuers, and revokes by `sid`, or
 * without one everything of `sub` that was issued until `iat`. Answers 200, 400 with the reason, or
 * 503 if keys or store are unavailable. A provider may repeat a logout.
 *
 * Not checked: `jti`, as repeating a logout changes nothing; whether access tokens hold `sid`: a
 * logout by `sid` ends only those that do.
 *
 * @throws {ConfigurationError} for a wrong option.
 * @example
 * app.post('/logout', backChannelLogout({ server: api, clientId: 'orders-app', store: revocations }))
 */
export function backChannelLogout(options: BackChannelLogoutOptions, ignored?: Ignored): Handler
export function backChannelLogout(...args: readonly unknown[]): Handler {
  assertNotHandler('backChannelLogout', args)
  const reader = new OptionReader(args[0], 'backChannelLogout', Object.keys(NAMES))
  const store = reader.value('store')
  assertStore(store, 'revoke', reader.pathOf('store'))
  const clocks = new Clocks(parseClock(reader))
  return logoutHandler({
    server:
      serverBehind(reader.value('server')) ?? reader.fail('server', 'must be what resourceServer() returned'),
    clientIds: new Set(reader.strings('clientId') ?? reader.fail('clientId', 'is required')),
    store: store as WritableRevocationStore,
    forSeconds: reader.number('forSeconds', { min: 60, max: 315_360_000 }) ?? TWO_DAYS_SECONDS,
    clockToleranceSeconds: reader.number('clockToleranceSeconds', { min: 0, max: 300 }) ?? 15,
    nowSeconds: () => clocks.nowSeconds(),
  })
}

const NAMES: Readonly<Record<keyof BackChannelLogoutOptions, true>> = {
  server: true,
  clientId: true,
  store: true,
  forSeconds: true,
  clockToleranceSeconds: true,
  clock: true,
}

/** Some providers issue access tokens for a day. */
const TWO_DAYS_SECONDS = 172_800

function assertStore(store: unknown, method: 'isRevoked' | 'revoke', option: string): void {
  if (isObject(store) && typeof store[method] === 'function') return
  throw new ConfigurationError(
    `${option}: must be a store with ${method}(), such as memoryRevocations()`,
    option,
  )
}
