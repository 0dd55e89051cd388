/** The target of a request as a path, whatever form it was sent in. RFC 9112 §3.2. */
import type { ResourceRequest } from './request.js'

/** A plain one only: of others, such as one with a backslash, parsers differ in where the path begins. */
const AUTHORITY = /^https?:\/\/(?:[\w.-]+|\[[\da-f:.]+\])(?::\d*)?(?=[/?#]|$)/i

/**
 * Path and query before any router removed its mount path. Proxies may send the absolute form, and
 * fetch handlers have it in `request.url`: scheme and authority, which the sender chooses, are left
 * out. Other forms, such as `*`, stay as they are.
 */
export function targetOf({ originalUrl, url }: ResourceRequest): string {
  const target = originalUrl ?? url ?? ''
  if (target.startsWith('/')) return target
  const authority = AUTHORITY.exec(target)
  if (authority === null) return target
  const rest = target.slice(authority[0].length)
  return rest.startsWith('/') ? rest : `/${rest}`
}
