/** Adds headers to a response without discarding what other middleware has set. */
import { NO_HEADERS } from './request.js'
import type { ResourceResponse, ResponseHeaders } from './request.js'

/** Appends each value to the list that the header already has. Does nothing once headers were sent. */
export function addHeaders(headers: ResponseHeaders, res: ResourceResponse): void {
  if (headers === NO_HEADERS || res.headersSent === true) return
  for (const [name, value] of Object.entries(headers)) {
    const present = res.getHeader(name)
    res.setHeader(name, present === undefined ? value : joined(present, value))
  }
}

function joined(present: number | string | readonly string[], value: string): string {
  return `${typeof present === 'object' ? present.join(', ') : String(present)}, ${value}`
}
