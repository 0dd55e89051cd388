/** Guards about how a token came to be: the login, the details that the user agreed to, who acts for whom. */
import type { ActorPattern } from '../core/access/actor.js'
import { assertNames } from '../core/access/assertions.js'
import { authorizedFor, fitting } from '../core/access/authorization-details.js'
import type { AuthorizationDetail } from '../core/access/authorization-details.js'
import { makeGuard } from '../core/access/guard.js'
import type { AnyGuard, AsyncGuard, Guard } from '../core/access/guard.js'
import { actedBy, authenticated } from '../core/access/requirements.js'
import { isScopeToken } from '../core/access/scopes.js'
import { loggedIn } from '../core/access/step-up.js'
import { isString } from '../core/base/own.js'
import { ConfigurationError } from '../core/errors/errors.js'
import type { ResourceRequest } from '../core/http/request.js'
import { OptionReader } from '../core/options/reader.js'
import { isStandardSchema } from '../core/token/standard-schema.js'
import type { StandardSchema } from '../core/token/standard-schema.js'
import type { GuardFor } from './guards.js'
import { assertArgumentCount } from '../core/errors/misuse.js'

/** What `requireAuthentication` requires of the user's login. RFC 9470. */
export interface RequireAuthenticationOptions {
  /**
   * Authentication context classes (`acr`), one of which is enough, or a stronger one by the server's
   * `acrLevels`. At least one; without spaces, quotes and backslashes. Default: any.
   */
  readonly acrValues?: readonly string[] | undefined
  /** Authentication methods (`amr`, RFC 8176), all of which are required. Default: any. */
  readonly amr?: readonly string[] | undefined
  /**
   * Seconds since the login (`auth_time`), 0 to 31536000, plus the clock tolerance. A token without
   * `auth_time` is refused. Default: any.
   */
  readonly maxAgeSeconds?: number | undefined
}

const MAX_AGE = { min: 0, max: 31_536_000 }

/**
 * Passes if there is a principal, and if its login is strong and recent enough. Refuses with 401
 * `insufficient_user_authentication`, `acr_values` and `max_age` (RFC 9470 §3), so that the client
 * can send the user to log in again. Without options it is for routes behind an `optional` server;
 * every other guard requires a principal too.
 *
 * Not checked: what the issuer means by a class; `amr` is not in the challenge, which has no
 * parameter for it.
 *
 * @example
 * app.get('/me', requireAuthentication(), (req, res) => res.json(req.auth?.subject))
 * app.post('/transfers', requireAuthentication({ acrValues: ['urn:mfa'], maxAgeSeconds: 300 }))
 *
 * @throws {ConfigurationError} at set-up, for a wrong option, and if it is used as a handler itself.
 */
export function requireAuthentication(options?: RequireAuthenticationOptions, none?: undefined): Guard
export function requireAuthentication(...args: readonly unknown[]): Guard {
  const name = 'requireAuthentication'
  assertArgumentCount(name, args, 1)
  const [options] = args
  if (options === undefined) return makeGuard(name, authenticated)
  const reader = new OptionReader(options, name, ['acrValues', 'amr', 'maxAgeSeconds'])
  const given = reader.strings('acrValues')
  const acrValues = given && [...new Set(given)]
  const amr = reader.strings('amr')
  if (acrValues !== undefined && !acrValues.every((each) => isScopeToken(each)))
    reader.fail('acrValues', "has spaces or quotes. Write each class on its own: acrValues: ['a', 'b']")
  if (amr !== undefined) assertNames(amr, `${name}.amr`)
  const maxAgeSeconds = reader.integer('maxAgeSeconds', MAX_AGE)
  if (acrValues === undefined && amr === undefined && maxAgeSeconds === undefined)
    return makeGuard(name, authenticated)
  const age = maxAgeSeconds === undefined ? [] : [`${maxAgeSeconds} s`]
  const names = [...(acrValues ?? []), ...(amr ?? []), ...age]
  return makeGuard(name, loggedIn({ acrValues, amr, maxAgeSeconds }), { names })
}

/**
 * Passes if `authorization_details` has a member of this type (RFC 9396) for which the predicate
 * returns, or resolves to, literal `true`, or which fits the schema (Standard Schema 1). Otherwise
 * refuses with 403 `access_denied`. Members of other types are ignored.
 *
 * Not checked: what the other members of a detail mean.
 *
 * @example
 * interface Payment { type: 'payment'; amount: number }
 * app.post('/payments', requireAuthorizationDetails('payment', (detail: Payment, req: Request) =>
 *   detail.amount >= req.body.amount))
 *
 * @throws {ConfigurationError} at set-up, without a type, or without a function or schema.
 */
export function requireAuthorizationDetails<
  Detail extends Pick<AuthorizationDetail, 'type'> = AuthorizationDetail,
  R extends ResourceRequest = ResourceRequest,
  Answer extends boolean | Promise<boolean> = boolean,
>(type: string, predicate: (detail: Detail, request: R) => Answer): GuardFor<Answer>
export function requireAuthorizationDetails(type: string, schema: StandardSchema): AsyncGuard
export function requireAuthorizationDetails(...args: readonly unknown[]): AnyGuard {
  const name = 'requireAuthorizationDetails'
  assertArgumentCount(name, args, 2)
  const [type, rule] = args
  if (!isString(type)) throw new ConfigurationError(`${name}: needs the type of the details`, name)
  assertNames([type], name)
  if (isStandardSchema(rule)) return makeGuard(name, authorizedFor(type, fitting(rule)), { names: [type] })
  if (typeof rule !== 'function')
    throw new ConfigurationError(`${name}: needs a function or a Standard Schema`, name)
  return makeGuard(name, authorizedFor(type, rule as Parameters<typeof authorizedFor>[1]), { names: [type] })
}

/**
 * Passes if the party that acts for the subject now (`act`, RFC 8693 §4.1) has all the given values.
 * Otherwise refuses with 403 `access_denied`. Earlier actors are never asked.
 *
 * @example
 * app.use('/support', requireActor({ issuer: 'https://login.example.com', clientId: 'helpdesk' }))
 *
 * @throws {ConfigurationError} at set-up, without a value, or for a wrong one.
 */
export function requireActor(pattern: ActorPattern, none?: undefined): Guard
export function requireActor(...args: readonly unknown[]): Guard {
  const name = 'requireActor'
  assertArgumentCount(name, args, 1)
  const reader = new OptionReader(args[0], name, ['issuer', 'subject', 'clientId'])
  const [issuer, subject, clientId] = ['issuer', 'subject', 'clientId'].map((each) => reader.string(each))
  if (issuer === undefined && subject === undefined && clientId === undefined)
    throw new ConfigurationError(`${name}: needs issuer, subject or clientId`, name)
  return makeGuard(
    name,
    actedBy({
      ...(issuer !== undefined && { issuer }),
      ...(subject !== undefined && { subject }),
      ...(clientId !== undefined && { clientId }),
    }),
  )
}
