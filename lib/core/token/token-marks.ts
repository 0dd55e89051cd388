/** Tells ID tokens, refresh tokens and logout tokens from access tokens by their claims: a heuristic. RFC 8725 §3.11-3.12. */
import { isString, isStringArray, own } from '../base/own.js'
import type { JsonObject } from '../base/own.js'
import { UnauthorizedError } from '../errors/errors.js'
import { isRefreshToken } from '../errors/hints.js'

/**
 * Claims that show that a token is not an access token: `true` for their presence, an array for
 * some values, `unless` for their presence while none of the other claims is there.
 */
export type TokenMarks = Readonly<
  Record<string, true | readonly string[] | { readonly unless: readonly string[] }>
>

export const DEFAULT_ID_TOKEN_MARKS: TokenMarks = {
  at_hash: true,
  c_hash: true,
  s_hash: true,
  events: true,
  typ: ['ID', 'Refresh', 'Offline', 'Logout'],
  token_use: ['id'],
  // A code flow's ID token; older Keycloak versions also copy `nonce` into access tokens.
  nonce: { unless: ['scope', 'scp', 'client_id', 'jti'] },
}

const IDENTIFIERS: ReadonlySet<string> = new Set(['sub', 'client_id', 'azp', 'cid', 'appid', 'jti'])

/** Throws an UnauthorizedError. */
export function assertNoMarks(claims: JsonObject, marks: TokenMarks): void {
  for (const name of Object.keys(marks)) {
    const value = own(claims, name)
    // An ID token never has an empty one. Some issuers write all claims they know.
    if (value === undefined || value === null || value === '') continue
    if (isMark(value, marks[name], claims)) {
      const hint = isRefreshToken(claims) ? 'refresh_token' : 'id_token'
      throw new UnauthorizedError('ERR_NOT_AN_ACCESS_TOKEN', { hint })
    }
  }
}

function isMark(value: unknown, mark: TokenMarks[string] | undefined, claims: JsonObject): boolean {
  if (mark === true) return true
  if (isStringArray(mark)) return isString(value) && mark.includes(value)
  return mark?.unless.every((name) => isAbsent(claims, name)) === true
}

/** An empty identifier names nobody; another empty claim, such as `scope`, says something. */
export function isAbsent(claims: JsonObject, name: string): boolean {
  const value = own(claims, name)
  return value === undefined || value === null || (value === '' && IDENTIFIERS.has(name))
}
