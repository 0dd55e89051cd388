/** Adds headers to a response without discarding what other middleware has set. */
import { NO_HEADERS } from './request.js'
import type { ResourceResponse, ResponseHeaders } from './request.js'

/**
 * The headers of this package that scripts of other origins may need, for CORS. RFC 6750 §3,
 * RFC 9449 §8.2.
 *
 * @example
 * app.use(cors({ origin: 'https://app.example.com', exposedHeaders: [...exposedHeaders] }))
 */
export const exposedHeaders: readonly string[] = Object.freeze([
  'WWW-Authenticate',
  'DPoP-Nonce',
  'Retry-After',
])

/** Headers with one value, which the last server sets. */
const SINGLE: ReadonlySet<string> = new Set(['dpop-nonce'])

/** Appends each value to the list that the header already has. Does nothing once headers were sent. */
export function addHeaders(headers: ResponseHeaders, res: ResourceResponse): void {
  if (headers === NO_HEADERS || res.headersSent === true) return
  for (const [name, value] of Object.entries(headers)) {
    const present = SINGLE.has(name) ? undefined : res.getHeader(name)
    const added =
      present === undefined ? value : joined(present, name === 'vary' ? value.split(', ') : [value])
    if (added !== undefined) res.setHeader(name, added)
  }
}

/** `undefined`: the list has the values already, as behind another server or `cors()`. */
function joined(present: number | string | readonly string[], values: readonly string[]): string | undefined {
  const list = typeof present === 'object' ? present.join(', ') : String(present)
  const members = list.split(',').map((member) => member.trim().toLowerCase())
  const added = values.filter((value) => !members.includes(value.toLowerCase()))
  return added.length === 0 ? undefined : [list, ...added].join(', ')
}
