/** Sends an answer through a response object. */
import { BODY_HEADERS } from './answer.js'
import type { Answer } from './answer.js'
import type { ResourceResponse, ResponseHeaders } from './request.js'

export function respond({ status, headers, body }: Answer, res: ResourceResponse): void {
  res.statusCode = status
  setHeaders(headers, res)
  try {
    res.end(body)
  } catch (thrown) {
    // Whoever answers now has a body of another length.
    for (const name of BODY_HEADERS) res.removeHeader?.(name)
    throw thrown
  }
}

export function setHeaders(headers: ResponseHeaders, res: ResourceResponse): void {
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
}
