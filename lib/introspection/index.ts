/** Opaque tokens: the authorization server says whether a token is active, and what it allows. RFC 7662, RFC 9701. */
import { assertNotHandler, NO_HANDLER } from '../core/errors/misuse.js'
import type { Ignored } from '../core/errors/misuse.js'
import type { OpaqueTokens } from '../core/options/value-types.js'
import { parseIntrospectionOptions } from './options.js'
import { Introspection } from './plan.js'
import type { IntrospectionOptions } from './types.js'

export type { OpaqueTokens } from '../core/options/value-types.js'
export type { IntrospectionHealth } from '../core/server/introspection-health.js'
export type { IntrospectionTrace } from './events.js'
export type { IntrospectionCacheOptions, IntrospectionClient, IntrospectionOptions } from './types.js'

/**
 * A value for the option `opaque` of `resourceServer`: asks the issuer's introspection endpoint about
 * tokens that are not JWTs (RFC 7662). `aud`, `exp`, `nbf`, `iss` and `cnf` of the answer are judged
 * like those of a JWT. Answers are remembered, for up to `cache.maxSeconds`.
 *
 * Not checked: whether a token was revoked while its answer is remembered.
 *
 * @throws {ConfigurationError} for a wrong option, also from `resourceServer`.
 * @example
 * const client = { id: 'orders-api', secret: process.env['INTROSPECTION_SECRET'] }
 * resourceServer({ issuer, audience, opaque: introspection({ client }) })
 */
export function introspection(options: IntrospectionOptions, ignored?: Ignored): OpaqueTokens
export function introspection(...args: readonly unknown[]): OpaqueTokens {
  assertNotHandler('introspection', args, NO_HANDLER)
  return new Introspection(parseIntrospectionOptions(args[0] as IntrospectionOptions))
}
