/** What a logout token must say. OpenID Connect Back-Channel Logout 1.0 §2.4, §2.6. */
import { isObject, isString, isStringArray, own } from '../core/base/own.js'
import type { JsonObject } from '../core/base/own.js'
import { LogoutRefusal } from './refusal.js'
import { MAX_NUMERIC_DATE } from '../core/token/claims.js'

export interface LogoutRules {
  readonly clientIds: ReadonlySet<string>
  readonly clockToleranceSeconds: number
  readonly nowSeconds: () => number
}

/** Whose tokens end: those of a session, or those of a subject that were issued until then. */
export type LoggedOut = { readonly sid: string } | { readonly subject: string; readonly before: number }

/** Values of `typ`; many providers send none of their own. */
export const LOGOUT_TYPES: ReadonlySet<string | undefined> = new Set(['logout+jwt', 'jwt', undefined])

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'
/** For tokens without `exp`. */
const MAX_AGE_SECONDS = 120

/** Also for claims that are not verified yet, to refuse them early. Throws a LogoutRefusal. */
export function assertLogoutClaims(claims: JsonObject, rules: LogoutRules): LoggedOut {
  const events = own(claims, 'events')
  if (!isObject(events) || !isObject(own(events, EVENT))) throw new LogoutRefusal('events')
  if (Object.hasOwn(claims, 'nonce')) throw new LogoutRefusal('nonce')
  assertAudience(own(claims, 'aud'), rules)
  const issuedAt = assertTime(claims, rules)
  const sid = identifier(claims, 'sid')
  const subject = identifier(claims, 'sub')
  if (sid !== undefined) return { sid }
  if (subject !== undefined) return { subject, before: issuedAt }
  throw new LogoutRefusal('target')
}

function assertAudience(aud: unknown, { clientIds }: LogoutRules): void {
  const audiences = isString(aud) ? [aud] : aud
  if (!isStringArray(audiences) || !audiences.some((each) => clientIds.has(each)))
    throw new LogoutRefusal('audience')
}

function assertTime(claims: JsonObject, { clockToleranceSeconds, nowSeconds }: LogoutRules): number {
  const now = nowSeconds()
  const issuedAt = numericDate(claims, 'iat')
  const expiresAt = numericDate(claims, 'exp') ?? (issuedAt ?? 0) + MAX_AGE_SECONDS
  if (issuedAt === undefined || issuedAt > now + clockToleranceSeconds) throw new LogoutRefusal('time')
  if (now >= expiresAt + clockToleranceSeconds) throw new LogoutRefusal('time')
  return issuedAt
}

function numericDate(claims: JsonObject, name: string): number | undefined {
  const value = own(claims, name)
  if (value === undefined) return undefined
  if (typeof value !== 'number' || !(value >= 0 && value <= MAX_NUMERIC_DATE)) throw new LogoutRefusal('time')
  return value
}

/** `null` counts as absent: some providers send both members, whichever they mean. */
function identifier(claims: JsonObject, name: string): string | undefined {
  const value = own(claims, name) ?? undefined
  if (value === undefined || (isString(value) && value !== '')) return value
  throw new LogoutRefusal('target')
}
